//! A JSON value that can be changed. What is not touched keeps its text: digits, escapes, white space, order.
//!
//! A tree starts as a lens on a document and is opened level by level, only on the way to what changes. Opened arrays
//! and objects that are left without members are no JSON of FHIR's; [`Tree::prune`] takes them out
//! (<https://hl7.org/fhir/R4/json.html>).

use std::borrow::Cow;

use super::node::{Kind, Node};
use super::view::View;
use super::write::push_quoted;

/// The members of an object, in order.
pub type Members<'d> = Vec<(Cow<'d, str>, Tree<'d>)>;

/// A value that can be changed.
#[derive(Debug, Clone)]
pub enum Tree<'d> {
    /// As it stands in a document.
    Kept(Node<'d>),
    /// A `null` that stands in no document.
    Null,
    /// An array that was opened or made.
    Array(Vec<Tree<'d>>),
    /// An object that was opened or made.
    Object(Members<'d>),
}

impl<'d> Tree<'d> {
    /// A lens on it.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        match self {
            Self::Kept(node) => View::Node(*node),
            tree => View::Tree(tree),
        }
    }

    /// The items of an array, to be changed.
    pub fn items(&mut self) -> Option<&mut Vec<Tree<'d>>> {
        self.open();
        match self {
            Self::Array(items) => Some(items),
            Self::Kept(_) | Self::Null | Self::Object(_) => None,
        }
    }

    /// The members of an object, to be changed.
    pub fn members(&mut self) -> Option<&mut Members<'d>> {
        self.open();
        match self {
            Self::Object(members) => Some(members),
            Self::Kept(_) | Self::Null | Self::Array(_) => None,
        }
    }

    /// The member `name` of an object, to be changed.
    pub fn member(&mut self, name: &str) -> Option<&mut Tree<'d>> {
        self.members()?.iter_mut().find_map(|(key, value)| (key == name).then_some(value))
    }

    pub(super) fn open(&mut self) {
        let Self::Kept(node) = self else { return };
        match node.kind() {
            Kind::Array => *self = Self::Array(node.items().map(Self::Kept).collect()),
            Kind::Object => {
                let members = node.entries().map(|(key, value)| (Cow::Borrowed(key), Self::Kept(value)));
                *self = Self::Object(members.collect());
            }
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::String => {}
        }
    }

    /// Takes out every array and object that was opened and has nothing left. In a list beside primitives (`_given`) a
    /// place that is left empty becomes `null`, and nothing but `null`s is nothing. Whether anything is left here.
    pub fn prune(&mut self) -> bool {
        match self {
            Self::Kept(_) | Self::Null => true,
            Self::Array(items) => {
                items.retain_mut(Self::prune);
                !items.is_empty()
            }
            Self::Object(members) => {
                members.retain_mut(|(key, value)| match value {
                    Self::Array(items) if key.starts_with('_') => prune_beside(items),
                    value => value.prune(),
                });
                !members.is_empty()
            }
        }
    }

    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.push(&mut out);
        out
    }

    fn push(&self, out: &mut String) {
        match self {
            Self::Kept(node) => out.push_str(node.raw()),
            Self::Null => out.push_str("null"),
            Self::Array(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    separate(out, n);
                    item.push(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (n, (key, value)) in members.iter().enumerate() {
                    separate(out, n);
                    push_quoted(out, key);
                    out.push(':');
                    value.push(out);
                }
                out.push('}');
            }
        }
    }
}

fn prune_beside(items: &mut [Tree<'_>]) -> bool {
    for item in items.iter_mut() {
        if !item.prune() {
            *item = Tree::Null;
        }
    }
    items.iter().any(|item| item.view().kind() != Kind::Null)
}

fn separate(out: &mut String, n: usize) {
    if n > 0 {
        out.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Size};
    use super::*;

    fn document(text: &str) -> Document {
        Document::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_not_touched_keeps_its_text() {
        let document = document(r#"{ "a": { "x": 1.00 }, "b": [ 5e0, "\u00e9" ], "c": 1 }"#);
        let mut tree = Tree::Kept(document.root());
        assert_eq!(tree.text(), document.text());
        let new = Document::parse(b"2.50").unwrap();
        *tree.member("c").unwrap() = Tree::Kept(new.root());
        assert_eq!(tree.text(), r#"{"a":{ "x": 1.00 },"b":[ 5e0, "\u00e9" ],"c":2.50}"#);
    }

    #[test]
    fn what_was_emptied_goes_and_what_was_sent_empty_stays() {
        let document =
            document(r#"{"name":[{"given":["A"]}],"_given":[{"id":"a"},{"id":"b"}],"sent":[],"n":1}"#);
        let mut tree = Tree::Kept(document.root());
        let name = tree.member("name").and_then(Tree::items).unwrap();
        name[0].member("given").and_then(Tree::items).unwrap().clear();
        tree.member("_given").and_then(Tree::items).unwrap()[0].members().unwrap().clear();
        assert!(tree.prune());
        assert_eq!(tree.text(), r#"{"_given":[null,{"id":"b"}],"sent":[],"n":1}"#);
        tree.member("_given").and_then(Tree::items).unwrap()[1].members().unwrap().clear();
        tree.members().unwrap().retain(|(key, _)| key == "_given");
        assert!(!tree.prune());
    }

    #[test]
    fn a_size_is_that_of_the_text() {
        for text in [r#"{"a":[1,{"b":"é"}],"c":null}"#, "[]", "1.00", r#"{"k\n":[[[]]]}"#] {
            let document = document(text);
            let mut tree = Tree::Kept(document.root());
            let depth = tree.view().size().depth;
            if let Some(members) = tree.members() {
                for (_, value) in members.iter_mut() {
                    value.open();
                }
            }
            assert_eq!(tree.view().size(), Size { bytes: tree.text().len(), depth }, "{text}");
        }
    }
}
