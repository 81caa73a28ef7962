//! What a resource mentions: every place where it may say the address of another one.
//!
//! A transaction gives new resources their ids, and whoever mentions one by the address it had in the Bundle is told the
//! new one (<https://hl7.org/fhir/R4/http.html#transaction>). Which elements hold an address, the table of R4 says:
//! `Reference.reference`, everything of type `uri`, `url`, `canonical`, `oid` and `uuid`, and links and images of a
//! narrative. The url of an extension says what it means, not where something is, and is none. Changing is done in the text:
//! what is not an address keeps its bytes.

mod narrative;

use std::ops::Range;

use gateway_core::Resource;
use gateway_core::json::{Kind as Json, quoted};

use crate::check::Place;
use crate::r4::{Kind, Primitive, Property, Shape, Special, r4};

/// How an address stands in a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// As the `reference` of a Reference.
    Reference,
    /// As a link or image of a narrative.
    Link,
    /// As a `uri` or the like, which may as well be the name of something.
    Uri,
}

/// An address as it stands in a resource.
#[derive(Clone, Copy)]
pub struct Mention<'m> {
    /// As what.
    pub role: Role,
    /// The address.
    pub address: &'m str,
    place: &'m Place<'m>,
}

impl Mention<'_> {
    /// The FHIRPath of the element.
    #[must_use]
    pub fn expression(&self) -> String {
        self.place.to_string()
    }
}

/// The text of `resource` with each address that `to` has another one for; `None` when it has none. Called in the order of
/// the text.
pub fn readdressed(
    resource: &Resource,
    mut to: impl FnMut(&Mention<'_>) -> Option<String>,
) -> Option<String> {
    let mut walk = Walk { to: &mut to, changes: Vec::new() };
    let place = Place::root(resource.root(), resource.resource_type().as_str());
    walk.object(r4().resource(resource.resource_type()), &place);
    let changes = walk.changes;
    (!changes.is_empty()).then(|| changed(resource.text(), changes))
}

/// `text` with other pieces in these places, which are in order and do not overlap.
fn changed(text: &str, changes: Vec<(Range<usize>, String)>) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut copied = 0;
    for (place, piece) in changes {
        out.push_str(text.get(copied..place.start).unwrap_or_default());
        out.push_str(&piece);
        copied = place.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

struct Walk<'w> {
    to: &'w mut dyn FnMut(&Mention<'_>) -> Option<String>,
    changes: Vec<(Range<usize>, String)>,
}

impl Walk<'_> {
    fn object(&mut self, shape: &Shape, place: &Place<'_>) {
        for (key, value) in place.node.entries() {
            let beside = key.strip_prefix('_');
            let Some(property) = shape.property(beside.unwrap_or(key)) else { continue };
            let of_extension = shape.special == Special::Extension && property.name == "url";
            let list = value.kind() == Json::Array;
            for (index, node) in value.each().enumerate() {
                let item = Place { index: list.then_some(index), ..place.child(property.name, node) };
                match beside {
                    Some(_) => self.object(r4().find("Element").expect("Element is a type of R4"), &item),
                    None if of_extension => {}
                    None => self.value(shape, property, &item),
                }
            }
        }
    }

    fn value(&mut self, shape: &Shape, property: &Property, place: &Place<'_>) {
        match property.kind {
            Kind::Complex(id) => self.object(r4().shape(id), place),
            Kind::Resource => self.nested(place),
            Kind::Primitive(Primitive::Uri | Primitive::Oid | Primitive::Uuid) => {
                self.address(place, Role::Uri);
            }
            Kind::Primitive(Primitive::Xhtml) => self.narrative(place),
            Kind::Primitive(_) if shape.special == Special::Reference && property.name == "reference" => {
                self.address(place, Role::Reference);
            }
            Kind::Primitive(_) => {}
        }
    }

    /// A resource inside a resource.
    fn nested(&mut self, place: &Place<'_>) {
        match place.node.text("resourceType").and_then(|name| r4().find(name)) {
            Some(shape) => self.object(shape, place),
            None => self.unknown(place),
        }
    }

    /// An object of a type that is not in the table: what is called a reference is one.
    fn unknown(&mut self, place: &Place<'_>) {
        for (key, value) in place.node.entries() {
            for node in value.each() {
                let item = place.child(key, node);
                if key == "reference" && node.kind() == Json::String {
                    self.address(&item, Role::Reference);
                } else {
                    self.unknown(&item);
                }
            }
        }
    }

    fn address(&mut self, place: &Place<'_>, role: Role) {
        let Some(address) = place.node.as_str() else { return };
        if let Some(new) = (self.to)(&Mention { role, address, place }) {
            self.changes.push((place.node.span(), quoted(&new)));
        }
    }

    fn narrative(&mut self, place: &Place<'_>) {
        let Some(html) = place.node.as_str() else { return };
        let mut changes = Vec::new();
        for link in narrative::links(html) {
            let address = html.get(link.clone()).unwrap_or_default().replace("&amp;", "&");
            let mention = Mention { role: Role::Link, address: &address, place };
            if let Some(new) = (self.to)(&mention) {
                changes.push((link, narrative::attribute(&new)));
            }
        }
        if !changes.is_empty() {
            self.changes.push((place.node.span(), quoted(&changed(html, changes))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "urn:uuid:3fa85f64-5717-4562-b3fc-2c963f66afa6";
    const NEW: &str = "Patient/7";

    fn resource(text: &str) -> Resource {
        Resource::from_text(text).unwrap()
    }

    fn renamed(text: &str) -> Option<String> {
        readdressed(&resource(text), |mention| (mention.address == OLD).then(|| NEW.to_owned()))
    }

    #[test]
    fn every_element_that_holds_an_address_is_found_and_no_other() {
        let with = |address: &str| {
            format!(
                r##"{{ "resourceType":"Appointment", "id":"x",
                "text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" title=\"{OLD}\">{OLD} <a href=\"{address}\">x</a><img src='{address}'/></div>"}},
                "contained":[ {{"resourceType":"Slot","schedule":{{"reference":"{address}"}},"comment":"{OLD}"}},
                              {{"resourceType":"Observation","subject":{{"reference":"{address}"}}}} ],
                "extension":[ {{"url":"{OLD}","valueUri":"{address}"}}, {{"url":"u","valueString":"{OLD}"}},
                              {{"url":"u","valueReference":{{"reference":"{address}","display":"{OLD}"}}}} ],
                "_start":{{"extension":[{{"url":"u","valueUrl":"{address}"}}]}},
                "meta":{{"source":"{address}","profile":[ "a" , "{address}" ]}},
                "comment":"{OLD}", "minutesDuration": 5.00,
                "participant":[{{"actor":{{"reference":"{address}"}}}},{{"actor":{{"reference" : "#p"}}}}] }}"##
            )
        };
        assert_eq!(renamed(&with(OLD)).as_deref(), Some(with(NEW).as_str()));
        assert_eq!(renamed(&with("Patient/1")), None);
    }

    #[test]
    fn a_reference_is_told_from_other_addresses_with_its_place() {
        let text = r#"{"resourceType":"Provenance","target":[{"reference":"Patient/1"},{"reference":"Slot/2"}],
            "policy":["http://a"],"agent":[{"who":{"identifier":{"system":"http://b"}}}]}"#;
        let mut seen = Vec::new();
        let none = readdressed(&resource(text), |mention| {
            seen.push((mention.role, mention.expression()));
            None
        });
        let expected = [
            (Role::Reference, "Provenance.target[0].reference"),
            (Role::Reference, "Provenance.target[1].reference"),
            (Role::Uri, "Provenance.policy[0]"),
            (Role::Uri, "Provenance.agent[0].who.identifier.system"),
        ];
        assert_eq!(none, None);
        assert_eq!(seen, expected.map(|(role, place)| (role, place.to_owned())));
    }

    #[test]
    fn an_address_is_read_and_written_with_its_escapes() {
        let text =
            r#"{"resourceType":"Slot","schedule":{"reference":"http:\/\/a\/b"},"comment":"http:\/\/a\/b"}"#;
        let changed = readdressed(&resource(text), |mention| {
            (mention.address == "http://a/b").then(|| "a\"b".to_owned())
        });
        let expected = r#"{"resourceType":"Slot","schedule":{"reference":"a\"b"},"comment":"http:\/\/a\/b"}"#;
        assert_eq!(changed.as_deref(), Some(expected));
    }

    proptest::proptest! {
        #[test]
        fn there_and_back_is_where_it_began(ids in proptest::collection::vec("[a-z]{1,6}|é|\\\\n", 1..6), comment in "[ -~é]{0,20}") {
            let actors: Vec<_> = ids.iter().map(|id| format!(r#"{{"actor":{{"reference":"a/{id}"}}}}"#)).collect();
            let text = format!(
                r#"{{"resourceType":"Appointment","comment":{},"participant":[{}]}}"#,
                quoted(&comment), actors.join(" , ")
            );
            let there = readdressed(&resource(&text), |mention| mention.address.strip_prefix("a/").map(|id| format!("bb/{id}")));
            let there = there.unwrap();
            proptest::prop_assert_eq!(there.len(), text.len() + ids.len());
            let back = readdressed(&resource(&there), |mention| mention.address.strip_prefix("bb/").map(|id| format!("a/{id}")));
            proptest::prop_assert_eq!(back.unwrap(), text);
        }
    }
}
