//! `$expand`: the codes in a value set (<https://hl7.org/fhir/R4/valueset-operation-expand.html>).

use std::fmt::Write as _;

use axum::response::Response;
use fhir_profiles::terminology::{Lack, Member, Terms, ValueSet};
use gateway_core::instant_text;
use gateway_core::json::quoted;

use super::terms::{ask, lacking, missing, terms};
use super::{Call, Kind, Takes};
use crate::fhir::answer;
use crate::problem::Refused;

/// The last four change nothing here: expansions are flat, without designations or definitions.
pub(super) const TAKES: &[Takes] = &[
    Takes::maybe("url", Kind::Uri),
    Takes::maybe("valueSet", Kind::Resource),
    Takes::maybe("valueSetVersion", Kind::String),
    Takes::maybe("filter", Kind::String),
    Takes::maybe("offset", Kind::Integer),
    Takes::maybe("count", Kind::Integer),
    Takes::maybe("activeOnly", Kind::Boolean),
    Takes::maybe("displayLanguage", Kind::Code),
    Takes::maybe("includeDesignations", Kind::Boolean),
    Takes::maybe("includeDefinition", Kind::Boolean),
    Takes::maybe("excludeNested", Kind::Boolean),
    Takes::maybe("excludeNotForUI", Kind::Boolean),
];

pub(super) async fn expand(call: Call) -> Result<Response, Refused> {
    let (offset, count) = (call.input.number("offset")?, call.input.number("count")?);
    let (terms, named) = terms(&call, "valueSet").await?;
    let named = named.as_ref().map(|resource| ValueSet::read(resource.root()));
    let url = canonical(&call);
    if named.is_none() && url.is_none() {
        return Err(missing("url"));
    }
    let expanded = ask(&call, terms, |terms| {
        let value_set = find(terms, named.as_ref(), url.as_deref())?;
        terms.expand(&value_set).map(|members| (value_set, members))
    });
    let (value_set, mut members) = match expanded.await? {
        Ok(expanded) => expanded,
        Err(lack) => return Ok(lacking(&lack)),
    };
    if let Some(filter) = call.input.text("filter") {
        members.retain(|member| fits(member, filter));
    }
    let total = members.len();
    let page: Vec<_> =
        members.into_iter().skip(offset.unwrap_or(0)).take(count.unwrap_or(usize::MAX)).collect();
    let paged = offset.is_some() || count.is_some();
    let head = head(&call, &value_set, total, paged.then_some(offset.unwrap_or(0)), count);
    Ok(answer::json(written(&head, &page), &call.wish))
}

/// The value set of `url`, with the version that goes with it.
fn canonical(call: &Call) -> Option<String> {
    let url = call.input.text("url")?;
    Some(match call.input.text("valueSetVersion") {
        Some(version) => format!("{url}|{version}"),
        None => url.to_owned(),
    })
}

/// The one that was sent or stands in the path, else the one of the address.
pub(super) fn find(terms: &Terms, named: Option<&ValueSet>, url: Option<&str>) -> Result<ValueSet, Lack> {
    if let Some(named) = named {
        return Ok(named.clone());
    }
    let url = url.unwrap_or_default();
    terms.value_set(url).ok_or_else(|| Lack::ValueSet(url.to_owned()))
}

/// Every word of the filter stands in the code or in what it is called.
fn fits(member: &Member, filter: &str) -> bool {
    let told = format!("{} {}", member.code, member.display.as_deref().unwrap_or_default()).to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| told.contains(word))
}

/// The ValueSet up to its first code.
fn head(
    call: &Call,
    value_set: &ValueSet,
    total: usize,
    offset: Option<usize>,
    count: Option<usize>,
) -> String {
    let mut out = r#"{"resourceType":"ValueSet""#.to_owned();
    let told = [("url", &value_set.url), ("version", &value_set.version), ("name", &value_set.name)];
    for (key, value) in told.iter().filter(|(_, value)| !value.is_empty()) {
        write!(out, ",\"{key}\":{}", quoted(value)).expect("a String takes everything");
    }
    let parts = call.app.engine.parts();
    write!(
        out,
        r#","status":"active","expansion":{{"identifier":"urn:uuid:{}","timestamp":"{}","total":{total}"#,
        parts.ids.next(),
        instant_text(parts.clock.now())
    )
    .expect("a String takes everything");
    if let Some(offset) = offset {
        write!(out, ",\"offset\":{offset}").expect("a String takes everything");
    }
    let filter =
        call.input.text("filter").map(|filter| ("filter", format!("\"valueString\":{}", quoted(filter))));
    let numbers = [("offset", offset), ("count", count)].into_iter();
    let numbers = numbers.filter_map(|(n, v)| v.map(|v| (n, format!("\"valueInteger\":{v}"))));
    let told: Vec<_> = filter
        .into_iter()
        .chain(numbers)
        .map(|(name, value)| format!("{{\"name\":\"{name}\",{value}}}"))
        .collect();
    if !told.is_empty() {
        write!(out, ",\"parameter\":[{}]", told.join(",")).expect("a String takes everything");
    }
    out
}

fn written(head: &str, members: &[Member]) -> String {
    let each: Vec<_> = members
        .iter()
        .map(|member| {
            let display = member.display.as_ref().map(|text| format!(",\"display\":{}", quoted(text)));
            let (system, code) = (quoted(&member.system), quoted(&member.code));
            format!("{{\"system\":{system},\"code\":{code}{}}}", display.unwrap_or_default())
        })
        .collect();
    match each.as_slice() {
        [] => format!("{head}}}}}"),
        each => format!("{head},\"contains\":[{}]}}}}", each.join(",")),
    }
}
