//! A FHIR resource: the text that came in, its type and its id.
//!
//! Nothing is lost on the way because nothing is printed from a struct: [`Resource::stored`] puts the server's own
//! `id` and `meta` in and copies every other element's source text. A new resource is made with a [`Draft`].

use crate::json::{Document, Node, ParseError, canonical, quoted};
use crate::{Id, Issue, IssueCode, ResourceType, Version};

/// A parsed resource. It says what it is; whether it is right, `fhir-profiles` says.
#[derive(Debug, Clone)]
pub struct Resource {
    document: Document,
    kind: ResourceType,
    id: Option<Id>,
}

impl Resource {
    /// Reads a body.
    ///
    /// # Errors
    /// One issue: `structure` for what is no JSON object, `invalid` for a missing or unknown `resourceType`, `value`
    /// for an id that is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, Issue> {
        Document::parse(bytes).map_err(|e| unreadable(&e)).and_then(Self::from_document)
    }

    /// Reads a text, for instance one that was stored.
    ///
    /// # Errors
    /// As [`Resource::parse`].
    pub fn from_text(text: impl Into<Box<str>>) -> Result<Self, Issue> {
        Document::parse_text(text.into()).map_err(|e| unreadable(&e)).and_then(Self::from_document)
    }

    fn from_document(document: Document) -> Result<Self, Issue> {
        let root = document.root();
        if root.kind() != crate::json::Kind::Object {
            return Err(Issue::error(IssueCode::Structure, "the body is not a JSON object"));
        }
        let Some(name) = root.text("resourceType") else {
            return Err(Issue::error(IssueCode::Invalid, "resourceType is missing").at("resourceType"));
        };
        let Ok(resource_type) = name.parse::<ResourceType>() else {
            return Err(
                Issue::error(IssueCode::Invalid, "resourceType names no type known here").at("resourceType")
            );
        };
        let id = match root.get("id").map(|node| node.as_str().unwrap_or_default().parse::<Id>()) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => {
                return Err(Issue::error(IssueCode::Value, "id must be 1 to 64 of A-Z a-z 0-9 - .")
                    .at(format!("{resource_type}.id")));
            }
        };
        Ok(Self { document, kind: resource_type, id })
    }

    /// The type named by `resourceType`.
    #[must_use]
    pub fn resource_type(&self) -> ResourceType {
        self.kind
    }

    /// The logical id in the text.
    #[must_use]
    pub fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// A lens on the whole resource.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        self.document.root()
    }

    /// The value that [`Node::index`] was told of.
    #[must_use]
    pub fn node(&self, index: u32) -> Option<Node<'_>> {
        self.document.node(index)
    }

    /// The text as it came in.
    #[must_use]
    pub fn text(&self) -> &str {
        self.document.text()
    }

    /// The text to keep and to answer with: the received elements as they were, with the server's `id`,
    /// `meta.versionId` and `meta.lastUpdated` (an `instant` text).
    #[must_use]
    pub fn stored(&self, id: &Id, version: Version, last_updated: &str) -> String {
        let (head, tail) = self.stored_around(id, last_updated);
        format!("{head}{version}{tail}")
    }

    /// The two parts of [`Resource::stored`] around the version's number, for a store that draws the version itself.
    #[must_use]
    pub fn stored_around(&self, id: &Id, last_updated: &str) -> (String, String) {
        let head =
            format!("{{\"resourceType\":\"{}\",\"id\":\"{id}\",\"meta\":{{\"versionId\":\"", self.kind);
        let mut tail = String::with_capacity(self.text().len() + 60);
        tail.push_str("\",\"lastUpdated\":\"");
        tail.push_str(last_updated);
        tail.push('"');
        for (name, value) in self.client_meta() {
            push_member(&mut tail, name, value.raw());
        }
        tail.push('}');
        for (name, value) in self.elements() {
            push_member(&mut tail, name, value.raw());
        }
        tail.push('}');
        (head, tail)
    }

    /// The canonical text of all that the client owns: two resources with the same content have the same one.
    #[must_use]
    pub fn content(&self) -> String {
        let mut draft = Draft::new(self.kind);
        let meta: Vec<_> = self
            .client_meta()
            .map(|(name, value)| format!("{}:{}", quoted(name), canonical(value)))
            .collect();
        if !meta.is_empty() {
            draft = draft.set("meta", format!("{{{}}}", meta.join(",")));
        }
        let mut elements: Vec<_> =
            self.elements().map(|(name, value)| (name.to_owned(), canonical(value))).collect();
        elements.sort_unstable();
        draft.elements.extend(elements);
        draft.text()
    }

    /// A draft that starts as a copy of this resource.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let mut draft = Draft::new(self.kind);
        for (name, value) in self.root().entries().filter(|(name, _)| *name != "resourceType") {
            draft.elements.push((name.to_owned(), value.raw().to_owned()));
        }
        draft
    }

    /// Elements other than the ones the server writes itself.
    fn elements(&self) -> impl Iterator<Item = (&str, Node<'_>)> {
        self.root().entries().filter(|(name, _)| !matches!(*name, "resourceType" | "id" | "meta"))
    }

    fn client_meta(&self) -> impl Iterator<Item = (&str, Node<'_>)> {
        self.root()
            .get("meta")
            .into_iter()
            .flat_map(Node::entries)
            .filter(|(name, _)| !matches!(*name, "versionId" | "lastUpdated"))
    }
}

/// A resource in the making: element names with the JSON text of their values, in order.
#[derive(Debug, Clone)]
pub struct Draft {
    resource_type: ResourceType,
    elements: Vec<(String, String)>,
}

impl Draft {
    /// An empty draft.
    #[must_use]
    pub fn new(resource_type: ResourceType) -> Self {
        Self { resource_type, elements: Vec::new() }
    }

    /// Sets `element` to a JSON text, in place when it is there already.
    #[must_use]
    pub fn set(mut self, element: &str, json: impl Into<String>) -> Self {
        let json = json.into();
        match self.elements.iter_mut().find(|(name, _)| name == element) {
            Some((_, value)) => *value = json,
            None => self.elements.push((element.to_owned(), json)),
        }
        self
    }

    /// Sets `element` to a string.
    #[must_use]
    pub fn set_text(self, element: &str, text: &str) -> Self {
        self.set(element, quoted(text))
    }

    /// Takes `element` out.
    #[must_use]
    pub fn remove(mut self, element: &str) -> Self {
        self.elements.retain(|(name, _)| name != element);
        self
    }

    /// The text of the draft.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{{\"resourceType\":\"{}\"", self.resource_type);
        for (name, value) in &self.elements {
            push_member(&mut out, name, value);
        }
        out.push('}');
        out
    }

    /// Reads the draft as a resource.
    ///
    /// # Errors
    /// As [`Resource::parse`]; a draft that was set from valid JSON texts and a valid id has none.
    pub fn build(&self) -> Result<Resource, Issue> {
        Resource::from_text(self.text())
    }
}

fn push_member(out: &mut String, name: &str, json: &str) {
    out.push(',');
    out.push_str(&quoted(name));
    out.push(':');
    out.push_str(json);
}

fn unreadable(error: &ParseError) -> Issue {
    let code = if *error == ParseError::TooLong { IssueCode::TooLong } else { IssueCode::Structure };
    Issue::error(code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(text: &str) -> Resource {
        Resource::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_received_text_is_kept_per_element() {
        let got = resource(
            r#"{ "resourceType":"Patient", "meta":{"versionId":"9","source":"x"}, "id":"a",
                 "extension":[ {"url":"u","valueDecimal": 5.00} ], "foo": {"b":1} }"#,
        );
        assert_eq!(
            got.stored(&"p1".parse().unwrap(), Version::FIRST, "2026-01-02T03:04:05Z"),
            r#"{"resourceType":"Patient","id":"p1","meta":{"versionId":"1","lastUpdated":"2026-01-02T03:04:05Z","source":"x"},"extension":[ {"url":"u","valueDecimal": 5.00} ],"foo":{"b":1}}"#
        );
    }

    #[test]
    fn content_ignores_what_the_server_owns() {
        let sent = resource(r#"{"resourceType":"Patient","active":true,"gender":"female"}"#);
        let stored = resource(&sent.stored(&"x".parse().unwrap(), Version::FIRST, "2026-01-02T03:04:05Z"));
        assert_eq!(sent.content(), stored.content());
        let tagged =
            resource(r#"{"resourceType":"Patient","meta":{"source":"s"},"active":true,"gender":"female"}"#);
        assert_ne!(sent.content(), tagged.content());
    }

    #[test]
    fn what_is_no_resource_says_why() {
        let code = |text: &str| Resource::parse(text.as_bytes()).unwrap_err().code;
        assert_eq!(code("[]"), IssueCode::Structure);
        assert_eq!(code("{}"), IssueCode::Invalid);
        assert_eq!(code(r#"{"resourceType":"Patiënt"}"#), IssueCode::Invalid);
        assert_eq!(code(r#"{"resourceType":"Patient","id":"a_b"}"#), IssueCode::Value);
        assert_eq!(code(r#"{"resourceType":"Patient","id":1}"#), IssueCode::Value);
    }

    #[test]
    fn a_draft_sets_in_place_and_keeps_the_rest() {
        let draft = resource(r#"{"resourceType":"Patient","id":"a","active":true}"#).draft();
        let text = draft.set("active", "false").set_text("gender", "male").remove("id").text();
        assert_eq!(text, r#"{"resourceType":"Patient","active":false,"gender":"male"}"#);
    }
}
