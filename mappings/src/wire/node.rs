//! The lens both formats are read through.

use std::borrow::Cow;

use gateway_core::json as core_json;

use super::{Mark, Names, write, xml};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A JSON object; an XML element with child elements.
    Object,
    /// A JSON array.
    Array,
    /// A JSON string; an XML element without child elements; an attribute.
    Text,
    /// A JSON number.
    Number,
    /// `true` or `false` in JSON.
    Bool,
    /// `null` in JSON; an element with `xsi:nil="true"`.
    Null,
}

/// One value, element or attribute of a document. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Node<'d>(Lens<'d>);

#[derive(Debug, Clone, Copy)]
enum Lens<'d> {
    Json(core_json::Node<'d>, Names),
    Xml(xml::Place<'d>),
}

impl<'d> Node<'d> {
    pub(super) fn json(node: core_json::Node<'d>, names: Names) -> Self {
        Self(Lens::Json(node, names))
    }

    pub(super) fn xml(place: xml::Place<'d>) -> Self {
        Self(Lens::Xml(place))
    }

    /// Its place in the document; see [`Document::marked`](super::Document::marked).
    #[must_use]
    pub fn mark(self) -> Mark {
        match self.0 {
            Lens::Json(node, _) => Mark(node.index()),
            Lens::Xml(place) => Mark(place.at()),
        }
    }

    /// What this node is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.0 {
            Lens::Xml(place) => place.kind(),
            Lens::Json(node, _) => match node.kind() {
                core_json::Kind::Object => Kind::Object,
                core_json::Kind::Array => Kind::Array,
                core_json::Kind::String => Kind::Text,
                core_json::Kind::Number => Kind::Number,
                core_json::Kind::Bool(_) => Kind::Bool,
                core_json::Kind::Null => Kind::Null,
            },
        }
    }

    /// The name as it is written: the member's, or the element's without its prefix. Empty for the root and the items
    /// of an array in JSON.
    #[must_use]
    pub fn name(self) -> &'d str {
        match self.0 {
            Lens::Json(node, _) => node.key(),
            Lens::Xml(place) => place.name(),
        }
    }

    /// The namespace of an element or attribute.
    #[must_use]
    pub fn namespace(self) -> Option<&'d str> {
        match self.0 {
            Lens::Json(..) => None,
            Lens::Xml(place) => place.namespace(),
        }
    }

    /// What `path` leads to: names with dots between them, the first that fits on each step.
    #[must_use]
    pub fn get(self, path: &str) -> Option<Node<'d>> {
        match path.split_once('.') {
            None => self.member(path),
            Some((name, rest)) => self.member(name)?.get(rest),
        }
    }

    /// The member, child element or (`@Id`) attribute `name`; a dot in it is a letter like any other. An element counts
    /// when it is in the namespace of this one or in none; an attribute when it is in none.
    #[must_use]
    pub fn member(self, name: &str) -> Option<Node<'d>> {
        match self.0 {
            Lens::Xml(place) => place.member(name).map(Node::xml),
            Lens::Json(node, names) => {
                let found = match names {
                    Names::AsWritten => node.get(name),
                    // Mostly it is written as expected, and names that collide were refused.
                    Names::AnyCase => node.get(name).or_else(|| {
                        node.entries()
                            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
                    }),
                };
                found.map(|node| Node::json(node, names))
            }
        }
    }

    /// The child element `name` in `namespace` (none: in no namespace).
    #[must_use]
    pub fn child(self, namespace: Option<&str>, name: &str) -> Option<Node<'d>> {
        self.members().find(|node| node.name() == name && node.namespace() == namespace)
    }

    /// The attribute `name` in `namespace`, for instance `xsi:type` as `(Some(XSI), "type")`.
    #[must_use]
    pub fn attribute(self, namespace: Option<&str>, name: &str) -> Option<Node<'d>> {
        match self.0 {
            Lens::Json(..) => None,
            Lens::Xml(place) => place
                .attributes()
                .find(|attribute| attribute.name() == name && attribute.namespace() == namespace)
                .map(Node::xml),
        }
    }

    /// The items of a JSON array, or the child elements in XML.
    pub fn items(self) -> impl Iterator<Item = Node<'d>> + Clone {
        let (json, xml) = match self.0 {
            Lens::Json(node, names) => (Some((node, names)), None),
            Lens::Xml(place) => (None, Some(place)),
        };
        let json =
            json.into_iter().flat_map(|(node, names)| node.items().map(move |item| Node::json(item, names)));
        json.chain(xml.into_iter().flat_map(|place| place.elements().map(Node::xml)))
    }

    /// The members of a JSON object, or the child elements in XML, in the order of the text.
    pub fn members(self) -> impl Iterator<Item = Node<'d>> + Clone {
        let (json, xml) = match self.0 {
            Lens::Json(node, names) => (Some((node, names)), None),
            Lens::Xml(place) => (None, Some(place)),
        };
        let json = json
            .into_iter()
            .flat_map(|(node, names)| node.entries().map(move |(_, item)| Node::json(item, names)));
        json.chain(xml.into_iter().flat_map(|place| place.elements().map(Node::xml)))
    }

    /// The text of a scalar, white space and all: a string's, a number's as it was written, `true` or `false`. `None`
    /// for null and for what has parts.
    #[must_use]
    pub fn text(self) -> Option<Cow<'d, str>> {
        self.as_str().map(Cow::Borrowed)
    }

    /// As [`Node::text`]: every text lies in the arena.
    #[must_use]
    pub fn as_str(self) -> Option<&'d str> {
        match self.0 {
            Lens::Xml(place) => place.text(),
            Lens::Json(node, _) => match node.kind() {
                core_json::Kind::String => node.as_str(),
                core_json::Kind::Number | core_json::Kind::Bool(_) => Some(node.raw()),
                _ => None,
            },
        }
    }

    /// The subtree as compact JSON, members in the order of the text. An element with parts becomes an object with its
    /// attributes as `@name`, its own text as `#text`, and arrays where a name repeats.
    #[must_use]
    pub fn raw_json(self) -> Cow<'d, str> {
        match self.0 {
            Lens::Json(node, _) => write::compact(node.raw()),
            Lens::Xml(place) => Cow::Owned(write::element_json(place)),
        }
    }
}
