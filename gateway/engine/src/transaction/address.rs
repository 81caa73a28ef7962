//! How entries of a Bundle mention each other (<https://hl7.org/fhir/R4/bundle.html#references>).
//!
//! An entry is known by its `fullUrl`. A reference in it that is relative is seen from there first: where the `fullUrl` is
//! `[base]/Type/id`, `Patient/1` is `[base]/Patient/1`. What names a version is left alone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use fhir_profiles::mention::{Mention, Role, readdressed};
use gateway_core::{Issue, IssueCode, Key, Problem, Resource, ResourceType};

/// An address as it is seen from the entry with this `fullUrl`.
pub(super) fn absolute<'a>(address: &'a str, full_url: Option<&str>) -> Cow<'a, str> {
    match full_url.and_then(base) {
        Some(base) if Key::from_reference(address).is_some() => Cow::Owned(format!("{base}/{address}")),
        _ => Cow::Borrowed(address),
    }
}

/// The base of `[base]/Type/id`.
fn base(full_url: &str) -> Option<&str> {
    let (rest, _) = full_url.rsplit_once('/')?;
    let (base, resource_type) = rest.rsplit_once('/')?;
    (base.contains("://") && resource_type.parse::<ResourceType>().is_ok()).then_some(base)
}

/// What a mention leads to.
pub(super) fn meant<'m>(mention: &Mention<'m>, full_url: Option<&str>) -> Cow<'m, str> {
    if mention.role == Role::Reference {
        absolute(mention.address, full_url)
    } else {
        Cow::Borrowed(mention.address)
    }
}

/// Goes on only when `resource`, of the entry with this `fullUrl`, refers to none of `others`: the entries of a batch are
/// done each on its own.
///
/// # Errors
/// `Malformed`, an issue for each reference to one of them.
pub fn mentions_none(
    resource: &Resource,
    full_url: Option<&str>,
    others: &BTreeSet<String>,
) -> Result<(), Problem> {
    let mut issues = Vec::new();
    let unchanged = readdressed(resource, |mention| {
        if mention.role == Role::Reference && others.contains(&*meant(mention, full_url)) {
            let text = "the entries of a batch cannot refer to what the batch makes; use a transaction";
            issues.push(Issue::error(IssueCode::Invalid, text).at(mention.expression()));
        }
        None
    });
    debug_assert!(unchanged.is_none());
    if issues.is_empty() { Ok(()) } else { Err(Problem::Malformed(issues)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_reference_is_seen_from_where_its_entry_is() {
        let cases = [
            ("Patient/1", Some("http://a/fhir/Slot/2"), "http://a/fhir/Patient/1"),
            ("Patient/1", Some("urn:uuid:x"), "Patient/1"),
            ("Patient/1", Some("http://a/fhir/Nothing/2"), "Patient/1"),
            ("Patient/1", None, "Patient/1"),
            ("#p", Some("http://a/fhir/Slot/2"), "#p"),
            ("urn:uuid:x", Some("http://a/fhir/Slot/2"), "urn:uuid:x"),
            ("http://b/Patient/1", Some("http://a/fhir/Slot/2"), "http://b/Patient/1"),
            ("Patient?identifier=a", Some("http://a/fhir/Slot/2"), "Patient?identifier=a"),
        ];
        for (address, full_url, expected) in cases {
            assert_eq!(absolute(address, full_url), expected, "{address} {full_url:?}");
        }
    }

    #[test]
    fn a_reference_to_what_is_only_being_made_is_named() {
        let others = BTreeSet::from(["http://a/Patient/1".to_owned(), "urn:uuid:x".to_owned()]);
        let text = r#"{"resourceType":"Provenance","target":[{"reference":"Patient/1"},{"reference":"urn:uuid:x"},
            {"reference":"Patient/2"}],"policy":["urn:uuid:x"]}"#;
        let resource = Resource::from_text(text).unwrap();
        let places = |full_url| match mentions_none(&resource, full_url, &others) {
            Ok(()) => vec![],
            Err(Problem::Malformed(issues)) => issues.into_iter().filter_map(|i| i.expression).collect(),
            Err(other) => panic!("{other:?}"),
        };
        let (one, two) = ("Provenance.target[0].reference", "Provenance.target[1].reference");
        assert_eq!(places(Some("http://a/Provenance/1")), [one, two]);
        assert_eq!(places(None), [two]);
    }
}
