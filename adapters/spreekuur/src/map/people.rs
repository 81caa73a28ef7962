//! Who a reference means: a contained resource, one of ours, or nobody we know.

use std::collections::BTreeMap;

use gateway_core::json::Node;
use gateway_core::{Bsn, Key, Resource};

/// The BSN's system as an OID.
const BSN_OID: &str = "urn:oid:2.16.840.1.113883.2.4.6.3";

/// Uses of a name or identifier that are not the person's present one.
const PAST: [&str; 4] = ["old", "maiden", "anonymous", "nickname"];

/// What the references of one resource can be resolved in.
#[derive(Clone, Copy)]
pub(super) struct People<'d> {
    pub(super) owner: &'d Resource,
    pub(super) referenced: &'d BTreeMap<Key, Resource>,
}

/// Which BSN a resource or reference carries.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// None.
    Nothing,
    /// One, however often it stands there.
    One(Bsn),
    /// A text that is no BSN.
    Unreadable,
    /// Different ones.
    Several,
}

impl<'d> People<'d> {
    /// The resource that `reference` names.
    pub(super) fn find(self, reference: &str) -> Option<Node<'d>> {
        if let Some(id) = reference.strip_prefix('#') {
            let contained = self.owner.root().find(&["contained"]);
            return contained.into_iter().find(|resource| resource.text("id") == Some(id));
        }
        Key::from_reference(reference).and_then(|key| self.referenced.get(&key)).map(Resource::root)
    }
}

/// The type that a reference names: by what it resolves to, by its text, or by `type`.
pub(super) fn type_of<'d>(reference: Node<'d>, resolved: Option<Node<'d>>) -> Option<&'d str> {
    let by_text = || {
        let mut steps = reference.text("reference")?.split("/_history/").next()?.rsplit('/');
        steps.next()?;
        steps.next()
    };
    resolved
        .and_then(|resource| resource.text("resourceType"))
        .or_else(by_text)
        .or_else(|| reference.text("type"))
}

/// The BSN among `identifiers`, without former ones.
pub(super) fn bsn<'d>(identifiers: impl IntoIterator<Item = Node<'d>>) -> Carried {
    let values: Vec<_> = identifiers
        .into_iter()
        .filter(|identifier| matches!(identifier.text("system"), Some(Bsn::SYSTEM | BSN_OID)))
        .filter(|identifier| identifier.text("use") != Some("old"))
        .map(|identifier| identifier.text("value").and_then(|value| value.trim().parse::<Bsn>().ok()))
        .collect();
    match values.first() {
        None => Carried::Nothing,
        Some(first) if values.iter().any(|value| value != first) => Carried::Several,
        Some(Some(bsn)) => Carried::One(bsn.clone()),
        Some(None) => Carried::Unreadable,
    }
}

/// What a resource is called: its `name` as one text, whether that is a text or a list of `HumanName`.
pub(super) fn name(resource: Node<'_>) -> Option<String> {
    let names: Vec<_> = resource.get("name")?.each().collect();
    let present = names.iter().find(|name| name.text("use").is_none_or(|u| !PAST.contains(&u)));
    written(*present.or(names.first())?)
}

fn written(name: Node<'_>) -> Option<String> {
    let whole = name.as_str().or_else(|| name.text("text")).and_then(said);
    whole.or_else(|| {
        let parts = ["prefix", "given", "family"].into_iter().flat_map(|part| name.find(&[part]));
        let parts: Vec<_> = parts.filter_map(Node::as_str).filter_map(said).collect();
        said(&parts.join(" "))
    })
}

/// `text` without blanks around it, when anything is left.
pub(super) fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(text: &str) -> Resource {
        Resource::from_text(text).unwrap()
    }

    #[test]
    fn a_name_is_the_present_one_in_full() {
        for (names, wanted) in [
            (r#"[{"text":"T. van Testpersoon","family":"X"}]"#, Some("T. van Testpersoon")),
            (
                r#"[{"use":"old","text":"Oud"},{"use":"official","prefix":["Mw."],"given":["A.","B."],"family":"Voorbeeld"}]"#,
                Some("Mw. A. B. Voorbeeld"),
            ),
            (r#"[{"use":"maiden","family":"Vroeger"}]"#, Some("Vroeger")),
            (r#""Spreekkamer 2""#, Some("Spreekkamer 2")),
            (r#"[{"text":"  "}]"#, None),
            ("[]", None),
        ] {
            let resource = resource(&format!(r#"{{"resourceType":"Patient","name":{names}}}"#));
            assert_eq!(name(resource.root()).as_deref(), wanted, "{names}");
        }
    }

    #[test]
    fn a_bsn_is_one_however_often_it_stands_there() {
        let one = Carried::One("999990019".parse().unwrap());
        let bsn_system = Bsn::SYSTEM;
        for (identifiers, wanted) in [
            (format!(r#"[{{"system":"{bsn_system}","value":"999990019"}}]"#), one),
            (
                format!(
                    r#"[{{"system":"{BSN_OID}","value":"010464554"}},{{"system":"{bsn_system}","value":"10464554"}}]"#
                ),
                Carried::One("010464554".parse().unwrap()),
            ),
            (
                format!(
                    r#"[{{"system":"{bsn_system}","value":"999990019"}},{{"system":"{bsn_system}","value":"123456782"}}]"#
                ),
                Carried::Several,
            ),
            (format!(r#"[{{"use":"old","system":"{bsn_system}","value":"123456782"}}]"#), Carried::Nothing),
            (format!(r#"[{{"system":"{bsn_system}","value":"12"}}]"#), Carried::Unreadable),
            (r#"[{"system":"other","value":"999990019"}]"#.to_owned(), Carried::Nothing),
        ] {
            let resource = resource(&format!(r#"{{"resourceType":"Patient","identifier":{identifiers}}}"#));
            assert_eq!(bsn(resource.root().find(&["identifier"])), wanted, "{identifiers}");
        }
    }
}
