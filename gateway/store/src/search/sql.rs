//! The plan of a search.
//!
//! One filter leads: its index rows are found by value, the others are probed per resource found. Which one leads is
//! decided here, by how many resources a value of its kind usually names, and not left to a planner without statistics:
//! `Appointment?patient=…&date=…` costs what the patient has, however many appointments others have.

use fhir_profiles::search::{Criterion, Filter, Prefix, Query};
use gateway_core::TenantId;

use crate::index_rows::{blind, cut, storable};
use crate::keys::Keys;

/// A statement and what is bound to it.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

/// A bound value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

/// All index tables, for `:missing`.
const TABLES: [&str; 6] =
    ["index_token", "index_string", "index_date", "index_reference", "index_uri", "index_number"];

/// Keeps a probe a probe: a planner may not turn what ends like this into a join with the whole table.
const PROBE: &str = " LIMIT 1 OFFSET 0";

/// The statement that finds what `query` asks, counts it and cuts out the page after `after`.
pub(crate) fn search(query: &Query, tenant: &TenantId, keys: &Keys, after: i64, limit: i64) -> Search {
    let mut plan = Plan { values: Vec::new(), tenant, keys };
    // $1 and $2, used by name below.
    plan.text(tenant.as_str());
    plan.text(query.resource_type.as_str());
    let leader = leader(query);
    let hit = leader.map(|leader| plan.hit(leader));
    let conditions: Vec<String> = query
        .filters
        .iter()
        .filter(|filter| !leader.is_some_and(|leader| std::ptr::eq(leader, *filter)))
        .map(|filter| format!("\n  AND {}", plan.condition(filter)))
        .collect();
    let conditions = conditions.concat();
    let (after, limit) = (plan.number(after), plan.number(limit));
    // What leads names tenant and type already, and only current versions have index rows. Saying tenant and type again
    // would let PostgreSQL, as long as it knows little about the tables, go through the type for each resource found.
    let found = match hit {
        Some(hit) if conditions.is_empty() => format!("found (seq) AS MATERIALIZED ({hit})"),
        Some(hit) => format!(
            "hit (seq) AS MATERIALIZED ({hit}),
found (seq) AS MATERIALIZED (
  SELECT r.seq FROM hit CROSS JOIN resource r WHERE r.seq = hit.seq{conditions})"
        ),
        None => format!(
            "found (seq) AS MATERIALIZED (
  SELECT r.seq FROM resource r
  WHERE r.tenant = $1 AND r.type = $2 AND r.deleted = FALSE{conditions})"
        ),
    };
    let text = format!(
        "WITH {found},
page (seq) AS (SELECT seq FROM found WHERE seq > {after} ORDER BY seq LIMIT {limit})
SELECT t.total, r.seq AS position, r.type, r.id, r.version, r.last_updated, r.method, r.content
FROM (SELECT count(*) AS total FROM found) t
LEFT JOIN page ON TRUE
LEFT JOIN resource r ON r.seq = page.seq
ORDER BY r.seq"
    );
    Search { text, values: plan.values }
}

/// The filter that names the fewest resources, if one can be looked up by value.
fn leader(query: &Query) -> Option<&Filter> {
    query
        .filters
        .iter()
        .filter_map(|filter| Some((breadth(filter)?, filter)))
        .min_by_key(|(b, _)| *b)
        .map(|(_, f)| f)
}

/// How many resources a filter names, on a scale of our own; `None` when its index rows cannot lead.
fn breadth(filter: &Filter) -> Option<u8> {
    if filter.negated || filter.any.is_empty() || on_resource(&filter.parameter) {
        return None;
    }
    filter
        .any
        .iter()
        .map(|criterion| reach(&filter.parameter, criterion))
        .try_fold(0, |most, one| Some(most.max(one?)))
}

/// Whether a parameter is looked at on the resource's own row.
fn on_resource(parameter: &str) -> bool {
    matches!(parameter, "_id" | "_lastUpdated")
}

fn reach(parameter: &str, criterion: &Criterion) -> Option<u8> {
    Some(match criterion {
        Criterion::Id(_)
        | Criterion::Missing(_)
        | Criterion::Contains(_)
        | Criterion::Text(_)
        | Criterion::UriBelow(_)
        | Criterion::Number { .. }
        | Criterion::AnyOf(_)
        | Criterion::AllOf(_)
        | Criterion::Chain(_)
        | Criterion::Has { .. } => return None,
        Criterion::Token { code: None, .. } => 9,
        Criterion::Token { secret: true, .. } => 0,
        Criterion::Token { .. } if parameter == "identifier" => 1,
        Criterion::Reference(_) => 2,
        Criterion::Uri(_) | Criterion::String { exact: true, .. } => 3,
        Criterion::String { exact: false, .. } => 4,
        Criterion::Date { prefix: Prefix::Eq, .. } => 5,
        Criterion::Token { .. } => 6,
        Criterion::Date { .. } => 8,
    })
}

struct Plan<'a> {
    values: Vec<Value>,
    tenant: &'a TenantId,
    keys: &'a Keys,
}

impl Plan<'_> {
    fn text(&mut self, text: &str) -> String {
        self.bound(Value::Text(storable(text.to_owned())))
    }

    fn number(&mut self, number: i64) -> String {
        self.bound(Value::Number(number))
    }

    fn bound(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// The resources that the leading filter names.
    fn hit(&mut self, filter: &Filter) -> String {
        let parameter = self.text(&filter.parameter);
        let parts: Vec<String> = filter
            .any
            .iter()
            .map(|criterion| {
                let (table, matches) = self.matches(criterion);
                format!(
                    "SELECT i.seq FROM {table} i
     WHERE i.tenant = $1 AND i.type = $2 AND i.parameter = {parameter}{matches}"
                )
            })
            .collect();
        match &*parts {
            // A resource may match with several values; UNION keeps it once, and so must a single part.
            [one] => one.replacen("SELECT", "SELECT DISTINCT", 1),
            many => many.join("\n     UNION "),
        }
    }

    /// Whether the resource `r` passes a filter.
    fn condition(&mut self, filter: &Filter) -> String {
        let parts: Vec<String> = filter.any.iter().map(|c| self.holds(&filter.parameter, c)).collect();
        let any = if parts.is_empty() { "FALSE".to_owned() } else { format!("({})", parts.join(" OR ")) };
        if filter.negated { format!("NOT {any}") } else { any }
    }

    fn holds(&mut self, parameter: &str, criterion: &Criterion) -> String {
        match criterion {
            Criterion::Id(id) => format!("r.id = {}", self.text(id.as_str())),
            Criterion::Missing(missing) if on_resource(parameter) => {
                (if *missing { "FALSE" } else { "TRUE" }).to_owned()
            }
            Criterion::Missing(missing) => self.missing(parameter, *missing),
            Criterion::Date { prefix, start, end } if parameter == "_lastUpdated" => {
                // A version is made at one instant.
                self.compares(*prefix, *start, *end, "r.last_updated", "r.last_updated + 1")
            }
            _ => {
                let (table, matches) = self.matches(criterion);
                let parameter = self.text(parameter);
                format!(
                    "EXISTS (SELECT 1 FROM {table} i
       WHERE i.seq = r.seq AND i.parameter = {parameter}{matches}{PROBE})"
                )
            }
        }
    }

    fn missing(&mut self, parameter: &str, missing: bool) -> String {
        let parameter = self.text(parameter);
        let probes: Vec<String> = TABLES
            .iter()
            .map(|table| {
                format!(
                    "EXISTS (SELECT 1 FROM {table} i WHERE i.seq = r.seq AND i.parameter = {parameter}{PROBE})"
                )
            })
            .collect();
        format!("{}({})", if missing { "NOT " } else { "" }, probes.join(" OR "))
    }

    /// The table a criterion is looked up in, and what its rows `i` must be.
    fn matches(&mut self, criterion: &Criterion) -> (&'static str, String) {
        match criterion {
            Criterion::Token { .. } => ("index_token", self.token(criterion)),
            Criterion::String { text, exact } => ("index_string", self.string(text, *exact)),
            Criterion::Date { prefix, start, end } => {
                let compares = self.compares(*prefix, *start, *end, "i.start_at", "i.end_at");
                ("index_date", format!(" AND {compares}"))
            }
            Criterion::Reference(key) => {
                let (target, id) = (self.text(key.resource_type.as_str()), self.text(key.id.as_str()));
                ("index_reference", format!(" AND i.target_type = {target} AND i.target_id = {id}"))
            }
            Criterion::Uri(uri) => ("index_uri", format!(" AND i.value = {}", self.text(uri))),
            // Looked at on the resource itself, before it comes to this; the rest is never read from a URL yet.
            Criterion::Id(_)
            | Criterion::Missing(_)
            | Criterion::Contains(_)
            | Criterion::Text(_)
            | Criterion::UriBelow(_)
            | Criterion::Number { .. }
            | Criterion::AnyOf(_)
            | Criterion::AllOf(_)
            | Criterion::Chain(_)
            | Criterion::Has { .. } => ("index_token", " AND FALSE".to_owned()),
        }
    }

    /// What a code may be in the index. Without a system the same digits may also be a number that is no secret.
    fn codes(&self, code: &str, criterion: &Criterion) -> Vec<String> {
        match criterion {
            Criterion::Token { secret: true, system: Some(_), .. } => {
                vec![blind(self.keys, self.tenant, code)]
            }
            Criterion::Token { secret: true, system: None, .. } => {
                vec![blind(self.keys, self.tenant, code), code.to_owned()]
            }
            _ => vec![code.to_owned()],
        }
    }

    fn token(&mut self, criterion: &Criterion) -> String {
        let Criterion::Token { system, code, .. } = criterion else { return String::new() };
        let codes = code.iter().flat_map(|code| self.codes(code, criterion)).collect::<Vec<_>>();
        let codes: Vec<String> = codes.iter().map(|code| self.text(code)).collect();
        let system = system.as_ref().map(|system| self.text(system.as_deref().unwrap_or_default()));
        let codes = (!codes.is_empty()).then(|| format!(" AND i.code IN ({})", codes.join(", ")));
        let system = system.map(|system| format!(" AND i.system = {system}"));
        codes.unwrap_or_default() + &system.unwrap_or_default()
    }

    fn string(&mut self, text: &str, exact: bool) -> String {
        let kept = cut(text.to_owned());
        if kept.len() < text.len() {
            // Longer than what the index holds: it cannot be told, so nothing is found.
            return " AND FALSE".to_owned();
        }
        let from = self.bound(Value::Text(kept));
        match successor(text) {
            _ if exact => format!(" AND i.value = {from}"),
            Some(end) => {
                let end = self.bound(Value::Text(end));
                format!(" AND i.value >= {from} AND i.value < {end}")
            }
            None => format!(" AND i.value >= {from}"),
        }
    }

    /// How periods are compared (FHIR R4 search, prefixes). Periods do not end before they start, so a bound on one end
    /// is also one on the other; it is said where it lets the index be used.
    fn compares(&mut self, prefix: Prefix, start: i64, end: i64, first: &str, last: &str) -> String {
        let (start, end) = (self.number(start), self.number(end));
        match prefix {
            Prefix::Eq => format!("({first} >= {start} AND {first} <= {end} AND {last} <= {end})"),
            Prefix::Ne => format!("({first} < {start} OR {last} > {end})"),
            Prefix::Gt => format!("({last} > {end})"),
            Prefix::Lt => format!("({first} < {start})"),
            Prefix::Ge => format!("({first} >= {start} OR {last} > {end})"),
            Prefix::Le => format!("({first} <= {end} AND ({first} < {start} OR {last} <= {end}))"),
            Prefix::Sa => format!("({first} >= {end})"),
            Prefix::Eb => format!("({first} <= {start} AND {last} <= {start})"),
            Prefix::Ap => format!("({first} < {end} AND {last} > {start})"),
        }
    }
}

/// The first text that is greater than every text that starts with `text`.
fn successor(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    while let Some(last) = chars.pop() {
        // Code points without the surrogates; the order of UTF-8 bytes is the same.
        if let Some(next) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_is_after_all_that_start_with_the_text() {
        assert_eq!(successor("jan").as_deref(), Some("jao"));
        assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(successor("\u{10ffff}"), None);
        assert_eq!(successor(""), None);
    }
}
