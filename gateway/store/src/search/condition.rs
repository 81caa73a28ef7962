//! Whether a resource passes a filter, looked up per resource: an index row by its number and parameter.

use std::collections::BTreeMap;

use fhir_profiles::search::{Criterion, Filter};

use super::plan::{PROBE, Plan};
use super::{date, number, reference, text, token};

/// All index tables, for `:missing`.
const TABLES: [&str; 6] =
    ["index_token", "index_string", "index_date", "index_reference", "index_uri", "index_number"];

/// Whether a parameter is looked at on the resource's own row.
pub(super) fn on_resource(parameter: &str) -> bool {
    matches!(parameter, "_id" | "_lastUpdated")
}

/// Whether the resource `r` passes every filter.
pub(super) fn all<'q>(plan: &mut Plan<'_>, filters: impl IntoIterator<Item = &'q Filter>, r: &str) -> String {
    let mut all = String::new();
    for filter in filters {
        all.push_str("\n  AND ");
        all.push_str(&passes(plan, filter, r));
    }
    all
}

/// Whether the resource `r` passes a filter.
fn passes(plan: &mut Plan<'_>, filter: &Filter, r: &str) -> String {
    let mut parts = Vec::new();
    let mut rows: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let i = plan.name('i');
    for criterion in &filter.any {
        match row(plan, criterion, &i) {
            Some((table, is)) if !on_resource(&filter.parameter) => rows.entry(table).or_default().push(is),
            _ => parts.push(holds(plan, &filter.parameter, criterion, r)),
        }
    }
    for (table, is) in rows {
        let (parameter, is) = (plan.text(&filter.parameter), is.join(" OR "));
        parts.push(format!(
            "EXISTS (SELECT 1 FROM {table} {i}
       WHERE {i}.seq = {r}.seq AND {i}.parameter = {parameter} AND ({is}){PROBE})"
        ));
    }
    let any = if parts.is_empty() { "FALSE".to_owned() } else { format!("({})", parts.join(" OR ")) };
    if filter.negated { format!("NOT {any}") } else { any }
}

/// A criterion that is not about one row of an index.
fn holds(plan: &mut Plan<'_>, parameter: &str, criterion: &Criterion, r: &str) -> String {
    match criterion {
        Criterion::Id(id) => format!("{r}.id = {}", plan.text(id.as_str())),
        Criterion::Date { prefix, start, end } if parameter == "_lastUpdated" => {
            date::moment(plan, *prefix, (*start, *end), &format!("{r}.last_updated"))
        }
        Criterion::Missing(missing) if on_resource(parameter) => {
            (if *missing { "FALSE" } else { "TRUE" }).to_owned()
        }
        Criterion::Missing(missing) => self::missing(plan, parameter, *missing, r),
        Criterion::AnyOf(filters) => {
            let any: Vec<String> = filters.iter().map(|filter| passes(plan, filter, r)).collect();
            if any.is_empty() { "FALSE".to_owned() } else { format!("({})", any.join(" OR ")) }
        }
        Criterion::AllOf(filters) => format!("(TRUE{})", all(plan, filters, r)),
        Criterion::Chain(query) => reference::leads_to(plan, parameter, query, r),
        Criterion::Has { reference, query } => reference::is_named_by(plan, reference, query, r),
        // No such value stands on a resource's own row.
        _ => "FALSE".to_owned(),
    }
}

/// The table a criterion is looked up in, and what its row `i` must be; nothing for one that is not about a row.
pub(super) fn row(plan: &mut Plan<'_>, criterion: &Criterion, i: &str) -> Option<(&'static str, String)> {
    Some(match criterion {
        Criterion::Token { system, code, secret } => {
            ("index_token", token::is(plan, system.as_ref(), code.as_deref(), *secret, i))
        }
        Criterion::String { text, exact: true } => ("index_string", text::is(plan, text, i)),
        Criterion::String { text, exact: false } | Criterion::Text(text) => {
            ("index_string", text::starts(plan, text, i))
        }
        Criterion::Contains(text) => ("index_string", text::contains(plan, text, i)),
        Criterion::Date { prefix, start, end } => {
            ("index_date", date::compares(plan, *prefix, (*start, *end), i))
        }
        Criterion::Reference(key) => ("index_reference", reference::is(plan, key, i)),
        Criterion::Uri(uri) => ("index_uri", format!("{i}.value = {}", plan.text(uri))),
        Criterion::UriBelow(uri) => ("index_uri", text::below(plan, uri, i)),
        Criterion::Number { prefix, from, until, unit } => {
            ("index_number", number::compares(plan, *prefix, (from, until), unit.as_deref(), i))
        }
        Criterion::Id(_)
        | Criterion::Missing(_)
        | Criterion::AnyOf(_)
        | Criterion::AllOf(_)
        | Criterion::Chain(_)
        | Criterion::Has { .. } => return None,
    })
}

fn missing(plan: &mut Plan<'_>, parameter: &str, missing: bool, r: &str) -> String {
    let (parameter, i) = (plan.text(parameter), plan.name('i'));
    let probe = |table: &&str| {
        format!(
            "EXISTS (SELECT 1 FROM {table} {i} WHERE {i}.seq = {r}.seq AND {i}.parameter = {parameter}{PROBE})"
        )
    };
    let probes: Vec<String> = TABLES.iter().map(probe).collect();
    format!("{}({})", if missing { "NOT " } else { "" }, probes.join(" OR "))
}
