//! `_sort` (FHIR R4 search, sorting): each key is a parameter whose values the index holds in an order.

use gateway_core::IssueCode::{Invalid, NotSupported, TooCostly};
use gateway_core::{Issue, ResourceType};

use super::{ParameterKind, Sort};
use crate::Profiles;

/// Each key costs the store a look at another index for everything found.
const MOST_KEYS: usize = 5;

pub(super) fn keys(
    profiles: &Profiles,
    resource_type: ResourceType,
    text: &str,
) -> Result<Vec<Sort>, Vec<Issue>> {
    let texts: Vec<_> = text.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    if texts.is_empty() {
        return Err(vec![issue(Invalid, "has no value")]);
    }
    if texts.len() > MOST_KEYS {
        return Err(vec![issue(TooCostly, "has more than 5 keys")]);
    }
    let (mut keys, mut issues) = (Vec::new(), Vec::new());
    for text in texts {
        match key(profiles, resource_type, text) {
            Ok(key) => keys.push(key),
            Err(issue) => issues.push(issue),
        }
    }
    if issues.is_empty() { Ok(keys) } else { Err(issues) }
}

fn key(profiles: &Profiles, resource_type: ResourceType, text: &str) -> Result<Sort, Issue> {
    let (code, descending) = text.strip_prefix('-').map_or((text, false), |code| (code, true));
    // People are filed by their surname without prefix, not by the first of their names' parts.
    let surname =
        matches!(code, "family" | "name") && profiles.searchable(resource_type).find("surname").is_some();
    let code = if surname { "surname" } else { code };
    let kind = match code {
        "_id" => ParameterKind::Token,
        "_lastUpdated" => ParameterKind::Date,
        _ => {
            let found = profiles.searchable(resource_type).find(code);
            let (parameter, _) = found
                .ok_or_else(|| issue(NotSupported, "has a key that is no search parameter of this type"))?;
            parameter.kind
        }
    };
    if matches!(kind, ParameterKind::Composite | ParameterKind::Special) {
        return Err(issue(NotSupported, "has a key whose values have no order"));
    }
    Ok(Sort { parameter: code.to_owned(), kind, descending })
}

/// The key itself is not repeated: it came from outside.
fn issue(code: gateway_core::IssueCode, rest: &str) -> Issue {
    Issue::error(code, format!("the parameter _sort {rest}")).at("http._sort")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(text: &str) -> Result<Vec<Sort>, Vec<Issue>> {
        keys(&Profiles::embedded(), ResourceType::Appointment, text)
    }

    #[test]
    fn keys_are_parameters_and_a_minus_turns_them_round() {
        let key = |parameter: &str, kind, descending| Sort { parameter: parameter.into(), kind, descending };
        assert_eq!(
            sort("-date,status,,_id,-_lastUpdated,patient").unwrap(),
            [
                key("date", ParameterKind::Date, true),
                key("status", ParameterKind::Token, false),
                key("_id", ParameterKind::Token, false),
                key("_lastUpdated", ParameterKind::Date, true),
                key("patient", ParameterKind::Reference, false),
            ]
        );
    }

    #[test]
    fn a_key_that_is_not_understood_is_refused() {
        for (text, count) in [
            ("", 1),
            (",", 1),
            ("foo", 1),
            ("-", 1),
            ("--date", 1),
            ("foo,bar,date", 2),
            ("Date", 1),
            ("patient.name", 1),
            ("date,date,date,date,date,date", 1),
        ] {
            assert_eq!(sort(text).unwrap_err().len(), count, "{text}");
        }
    }
}
