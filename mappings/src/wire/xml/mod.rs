//! XML read once into a flat arena of slots over its decoded text.
//!
//! An element's slot is followed by those of its attributes, then by those of its child elements; `after` is the slot
//! behind the whole subtree. Names and texts are slices of the text; only what had to be unescaped lies in a side
//! buffer. Namespaces are resolved while reading and compared by number.

mod names;
mod read;

use super::Kind;

pub(super) use read::read;

/// The number of "no namespace".
const NONE: u16 = 0;

/// A slice of the text, or of the side buffer when the slot says so.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    /// An element with child elements.
    Parent,
    /// An element without.
    Leaf,
    /// A leaf with `xsi:nil="true"`.
    Nil,
    Attribute,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    name: Span,
    text: Span,
    after: u32,
    namespace: u16,
    is: Is,
    /// The text lies in the side buffer.
    unescaped: bool,
}

/// A decoded text and the arena over it.
#[derive(Debug, Clone)]
pub(super) struct Arena {
    text: Box<str>,
    unescaped: String,
    slots: Vec<Slot>,
    namespaces: Vec<Box<str>>,
}

impl Arena {
    pub(super) fn root(&self) -> Place<'_> {
        Place { arena: self, at: 0 }
    }

    pub(super) fn place(&self, at: u32) -> Option<Place<'_>> {
        ((at as usize) < self.slots.len()).then_some(Place { arena: self, at })
    }
}

/// One element or attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'d> {
    arena: &'d Arena,
    at: u32,
}

impl<'d> Place<'d> {
    pub(super) fn at(self) -> u32 {
        self.at
    }

    pub(super) fn kind(self) -> Kind {
        match self.slot().is {
            Is::Parent => Kind::Object,
            Is::Leaf | Is::Attribute => Kind::Text,
            Is::Nil => Kind::Null,
        }
    }

    pub(super) fn name(self) -> &'d str {
        slice(&self.arena.text, self.slot().name)
    }

    pub(super) fn namespace(self) -> Option<&'d str> {
        let number = self.slot().namespace;
        (number != NONE).then(|| self.arena.namespaces.get(usize::from(number)).map(Box::as_ref)).flatten()
    }

    pub(super) fn text(self) -> Option<&'d str> {
        let slot = self.slot();
        let source = if slot.unescaped { self.arena.unescaped.as_str() } else { &*self.arena.text };
        matches!(slot.is, Is::Leaf | Is::Attribute).then(|| slice(source, slot.text))
    }

    pub(super) fn member(self, name: &str) -> Option<Place<'d>> {
        if let Some(name) = name.strip_prefix('@') {
            return self.attributes().find(|place| place.slot().namespace == NONE && place.is_named(name));
        }
        let own = self.slot().namespace;
        self.elements().find(|place| {
            let namespace = place.slot().namespace;
            (namespace == own || namespace == NONE) && place.is_named(name)
        })
    }

    pub(super) fn attributes(self) -> impl Iterator<Item = Place<'d>> + Clone {
        let behind = self.slot().after;
        let places = (self.at + 1..behind).map(move |at| Place { arena: self.arena, at });
        places.take_while(|place| place.slot().is == Is::Attribute)
    }

    pub(super) fn elements(self) -> Elements<'d> {
        let behind = self.slot().after;
        let is_attribute = |at: &u32| Place { arena: self.arena, at: *at }.slot().is == Is::Attribute;
        let next = (self.at + 1..behind).find(|at| !is_attribute(at)).unwrap_or(behind);
        Elements { next: Place { arena: self.arena, at: next }, behind }
    }

    /// Compares lengths first, which tells most names apart without a look at the text.
    fn is_named(self, name: &str) -> bool {
        let Span { start, end } = self.slot().name;
        end.saturating_sub(start) as usize == name.len() && self.name() == name
    }

    fn slot(self) -> &'d Slot {
        &self.arena.slots[self.at as usize]
    }
}

/// The child elements of one element.
#[derive(Clone)]
pub(super) struct Elements<'d> {
    next: Place<'d>,
    behind: u32,
}

impl<'d> Iterator for Elements<'d> {
    type Item = Place<'d>;

    fn next(&mut self) -> Option<Place<'d>> {
        if self.next.at >= self.behind {
            return None;
        }
        let place = self.next;
        self.next.at = place.slot().after;
        Some(place)
    }
}

fn slice(source: &str, span: Span) -> &str {
    source.get(span.start as usize..span.end as usize).unwrap_or_default()
}
