//! A lens on one value of a [`Document`].

use std::ops::Range;

use super::parse::{Document, Slot};

/// What a value is. Numbers and strings are read through [`Node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; its text is [`Node::raw`].
    Number,
    /// A string; its unescaped text is [`Node::as_str`].
    String,
    /// An array; see [`Node::items`].
    Array,
    /// An object; see [`Node::entries`].
    Object,
}

/// One value of a document. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Node<'d> {
    pub(super) document: &'d Document,
    pub(super) at: u32,
}

impl<'d> Node<'d> {
    /// Where it stands in its document; see [`Document::node`].
    #[must_use]
    pub fn index(self) -> u32 {
        self.at
    }

    /// What this value is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.slot().kind
    }

    /// The key this value stands under; empty for the root and for the items of an array.
    #[must_use]
    pub fn key(self) -> &'d str {
        self.document.slice(self.slot().key)
    }

    /// The value's source text, exactly as it came in.
    #[must_use]
    pub fn raw(self) -> &'d str {
        self.document.text.get(self.span()).unwrap_or_default()
    }

    /// Where [`Node::raw`] stands in [`Document::text`], in bytes.
    #[must_use]
    pub fn span(self) -> Range<usize> {
        let (start, end) = self.slot().source;
        start as usize..end as usize
    }

    /// The unescaped text of a string.
    #[must_use]
    pub fn as_str(self) -> Option<&'d str> {
        let slot = self.slot();
        (slot.kind == Kind::String).then(|| self.document.slice(slot.string))
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The text of a number.
    #[must_use]
    pub fn number(self) -> Option<&'d str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// How many direct children an array or object has; 0 for anything else.
    #[must_use]
    pub fn len(self) -> usize {
        self.slot().children as usize
    }

    /// Whether there is no direct child.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The key and value of each member of an object, in the order of the text. Empty for anything else.
    pub fn entries(self) -> impl Iterator<Item = (&'d str, Node<'d>)> + Clone {
        let left = if self.kind() == Kind::Object { self.slot().children } else { 0 };
        self.children(left).map(|node| (node.document.slice(node.slot().key), node))
    }

    /// The values of an array. Empty for anything else.
    pub fn items(self) -> impl Iterator<Item = Node<'d>> + Clone {
        let left = if self.kind() == Kind::Array { self.slot().children } else { 0 };
        self.children(left)
    }

    /// The items of an array, or the value itself when it is none: what FHIRPath sees under an element name.
    pub fn each(self) -> impl Iterator<Item = Node<'d>> + Clone {
        let array = self.kind() == Kind::Array;
        self.items().chain((!array).then_some(self))
    }

    /// The member `key` of an object.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        let left = if self.kind() == Kind::Object { self.slot().children } else { 0 };
        self.children(left).find(|node| node.slot().key.len() == key.len() && node.key() == key)
    }

    /// The string under `key`.
    #[must_use]
    pub fn text(self, key: &str) -> Option<&'d str> {
        self.get(key)?.as_str()
    }

    /// Every value found by walking `path` from here, arrays opened on the way, as simple FHIRPath does.
    #[must_use]
    pub fn find(self, path: &[&str]) -> Vec<Node<'d>> {
        let mut found = vec![self];
        for step in path {
            found = found.into_iter().filter_map(|n| n.get(step)).flat_map(Node::each).collect();
        }
        found
    }

    fn children(self, left: u32) -> Children<'d> {
        Children { document: self.document, at: self.at + 1, left }
    }

    fn slot(self) -> &'d Slot {
        &self.document.slots[self.at as usize]
    }
}

#[derive(Clone)]
struct Children<'d> {
    document: &'d Document,
    at: u32,
    left: u32,
}

impl<'d> Iterator for Children<'d> {
    type Item = Node<'d>;

    fn next(&mut self) -> Option<Node<'d>> {
        self.left = self.left.checked_sub(1)?;
        let node = Node { document: self.document, at: self.at };
        self.at = node.slot().after;
        Some(node)
    }
}
