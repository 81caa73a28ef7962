//! What a conditional interaction looks for (<https://hl7.org/fhir/R4/http.html#cond-update>): `If-None-Exist`, or the query
//! of a `PUT`, `PATCH` or `DELETE` on a type.
//!
//! Always strict: a parameter that is left out would find what nobody meant, so `Prefer: handling=lenient` changes nothing
//! here, and criteria that filter nothing are refused.

use fhir_profiles::search::Query;
use gateway_core::{Issue, IssueCode, Problem, ResourceType};
use http::HeaderMap;

use super::conditions::IF_NONE_EXIST;
use crate::App;
use crate::problem::{Refused, malformed};

/// Parameters about the answer of a search; a write has no such answer.
const SHAPING: [&str; 11] = [
    "_count",
    "_sort",
    "_include",
    "_revinclude",
    "_summary",
    "_elements",
    "_total",
    "_contained",
    "_containedType",
    "_page",
    "_score",
];

/// Reads decoded `name=value` pairs.
///
/// # Errors
/// 400: a parameter that is not understood or is about an answer, or no parameter.
pub(super) fn criteria(
    app: &App,
    resource_type: ResourceType,
    parameters: &[(String, String)],
) -> Result<Query, Refused> {
    let shaping: Vec<_> = parameters.iter().filter(|(name, _)| shapes(name)).map(shaped).collect();
    if !shaping.is_empty() {
        return Err(Refused(Problem::Malformed(shaping)));
    }
    let query = Query::parse(&app.engine.parts().profiles, resource_type, parameters);
    let query = query.map_err(Problem::Malformed)?;
    if query.filters.is_empty() {
        let text = "The criteria filter nothing; name a resource by its id, or say what it is found by.";
        return Err(malformed(IssueCode::Required, text));
    }
    Ok(query)
}

/// Reads `If-None-Exist`: the query alone. Some clients write the type or a question mark in front of it.
///
/// # Errors
/// As [`criteria`]; 400 for two of them, or for another type.
pub(super) fn if_none_exist(
    app: &App,
    headers: &HeaderMap,
    resource_type: ResourceType,
) -> Result<Option<Query>, Refused> {
    let mut values = headers.get_all(IF_NONE_EXIST).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).ok().filter(|_| values.next().is_none());
    let query = text.and_then(|text| query_of(text.trim(), resource_type)).ok_or_else(|| {
        malformed(IssueCode::Invalid, "If-None-Exist is one search query on the type that is created.")
    })?;
    let parameters: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    criteria(app, resource_type, &parameters).map(Some)
}

/// The part behind `Type?` or `?`.
fn query_of(text: &str, resource_type: ResourceType) -> Option<&str> {
    match text.split_once('?') {
        None => Some(text),
        Some((before, query)) => (before.is_empty() || before == resource_type.as_str()).then_some(query),
    }
}

fn shapes(name: &str) -> bool {
    name.split(':').next().is_some_and(|name| SHAPING.contains(&name))
}

fn shaped((name, _): &(String, String)) -> Issue {
    let text = "This parameter is about the answer of a search and cannot stand in criteria.";
    Issue::error(IssueCode::NotSupported, text).at(format!("http.{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_or_a_question_mark_in_front_is_no_part_of_the_query() {
        let cases = [
            ("identifier=a|b", Some("identifier=a|b")),
            ("?identifier=a|b", Some("identifier=a|b")),
            ("Patient?identifier=a|b", Some("identifier=a|b")),
            ("Slot?identifier=a|b", None),
            ("http://elsewhere.test/Patient?identifier=a|b", None),
        ];
        for (text, expected) in cases {
            assert_eq!(query_of(text, ResourceType::Patient), expected, "{text}");
        }
    }

    #[test]
    fn what_shapes_an_answer_is_known_with_its_modifier() {
        assert!(shapes("_include:iterate") && shapes("_count"));
        assert!(!shapes("_id") && !shapes("identifier:missing"));
    }
}
