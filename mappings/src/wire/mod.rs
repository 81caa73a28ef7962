//! Their documents, read and written: JSON and XML behind one lens, [`Node`].
//!
//! A document is read once into an arena over its own (decoded) text; a node is a place in it and costs nothing to
//! copy. What is not whole is no document: a truncated text, an invalid sequence, two names that collide after folding,
//! a DOCTYPE, an entity, more nesting or nodes than [`Limits`] allow are refused as [`Unreadable`], which never repeats
//! the content. Which bytes are which text is the reading rule of the Tetra reference, section 1.7 (`charset`).

mod charset;
mod json;
mod node;
mod record;
mod unreadable;
mod write;
mod xml;

pub use charset::{Encoding, encode};
pub use node::{Kind, Node};
pub use record::{Record, Value};
pub use unreadable::Unreadable;

use gateway_core::json as core_json;

/// The namespace of `xsi:nil` and `xsi:type`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Deepest nesting that is read, in either format.
pub const MAX_DEPTH: usize = core_json::MAX_DEPTH;

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// JSON.
    Json,
    /// XML 1.0.
    Xml,
}

/// How the member names of a JSON document are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// As they are written.
    AsWritten,
    /// Whatever the case of their ASCII letters. Two names of one object that are the same but for case are refused.
    AnyCase,
}

/// How much of a document is taken in before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes as they came in. Looked at before anything is copied.
    pub bytes: usize,
    /// Values, elements and attributes.
    pub nodes: usize,
}

impl Default for Limits {
    /// 16 MiB and a million nodes: a hundred times the largest answer expected.
    fn default() -> Self {
        Self { bytes: 16 << 20, nodes: 1_000_000 }
    }
}

/// A node's place in its document: four bytes to find it by again, for who cannot hold on to the node itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark(pub(super) u32);

/// A document of theirs, read once into an arena over its own text.
#[derive(Debug, Clone)]
pub struct Document(Held);

#[derive(Debug, Clone)]
enum Held {
    Json(core_json::Document, Names),
    Xml(xml::Arena),
}

impl Document {
    /// Reads JSON (UTF-8, with or without a byte order mark) within the usual [`Limits`].
    ///
    /// # Errors
    /// [`Unreadable`] says what is wrong, never the content.
    pub fn json(bytes: &[u8], names: Names) -> Result<Self, Unreadable> {
        Self::json_within(bytes, names, Limits::default())
    }

    /// Reads JSON within `limits`.
    ///
    /// # Errors
    /// As [`Document::json`].
    pub fn json_within(bytes: &[u8], names: Names, limits: Limits) -> Result<Self, Unreadable> {
        json::read(bytes, names, limits).map(|document| Self(Held::Json(document, names)))
    }

    /// Reads XML within the usual [`Limits`]. `charset` is the one the HTTP header named, if it did.
    ///
    /// # Errors
    /// [`Unreadable`] says what is wrong, never the content.
    pub fn xml(bytes: &[u8], charset: Option<&str>) -> Result<Self, Unreadable> {
        Self::xml_within(bytes, charset, Limits::default())
    }

    /// Reads XML within `limits`.
    ///
    /// # Errors
    /// As [`Document::xml`].
    pub fn xml_within(bytes: &[u8], charset: Option<&str>, limits: Limits) -> Result<Self, Unreadable> {
        if bytes.len() > limits.bytes {
            return Err(Unreadable::TooLong { limit: limits.bytes });
        }
        xml::read(charset::decode(bytes, charset)?, limits).map(|arena| Self(Held::Xml(arena)))
    }

    /// What the document is written in.
    #[must_use]
    pub fn format(&self) -> Format {
        match &self.0 {
            Held::Json(..) => Format::Json,
            Held::Xml(_) => Format::Xml,
        }
    }

    /// The outermost value or element.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        match &self.0 {
            Held::Json(document, names) => Node::json(document.root(), *names),
            Held::Xml(arena) => Node::xml(arena.root()),
        }
    }

    /// The node that was marked by [`Node::mark`]; `None` when it was one of another document and there is none here.
    #[must_use]
    pub fn marked(&self, mark: Mark) -> Option<Node<'_>> {
        match &self.0 {
            Held::Json(document, names) => document.node(mark.0).map(|node| Node::json(node, *names)),
            Held::Xml(arena) => arena.place(mark.0).map(Node::xml),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_finds_its_node_again() {
        let json = Document::json(br#"{"a":[{"n":1},{"n":2}]}"#, Names::AnyCase).unwrap();
        let xml = Document::xml(b"<r><a><i><n>1</n></i><i><n>2</n></i></a></r>", None).unwrap();
        for document in [json, xml] {
            let marks: Vec<_> = document
                .root()
                .get("A")
                .or(document.root().get("a"))
                .unwrap()
                .items()
                .map(Node::mark)
                .collect();
            let found =
                marks.into_iter().map(|mark| document.marked(mark).unwrap().get("n").unwrap().as_str());
            assert_eq!(found.collect::<Vec<_>>(), [Some("1"), Some("2")]);
            assert!(document.marked(Mark(u32::MAX)).is_none());
        }
    }
}
