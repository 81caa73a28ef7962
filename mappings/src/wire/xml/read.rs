//! Reading a decoded text into an [`Arena`]. Scanning is quick-xml's; what is ours is the arena and the refusals:
//! a DOCTYPE, entities other than the five, unbound prefixes, attributes twice, characters XML 1.0 does not have, a
//! second root, text beside the root, an end that never comes.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::names::{NUMBER_OF_XSI, Scope, split};
use super::{Arena, Is, NONE, Slot, Span};
use crate::wire::{Limits, MAX_DEPTH, Unreadable};

/// More attributes than this on one element are refused: looking for doubles compares them all.
const MAX_ATTRIBUTES: usize = 128;

pub(in crate::wire) fn read(text: Box<str>, limits: Limits) -> Result<Arena, Unreadable> {
    refuse_characters(&text)?;
    if u32::try_from(text.len()).is_err() {
        return Err(Unreadable::TooLong { limit: u32::MAX as usize });
    }
    let mut reading = Reading {
        text: &text,
        limits,
        unescaped: String::new(),
        slots: Vec::with_capacity((text.len() / 24 + 8).min(limits.nodes)),
        scope: Scope::new(),
        open: Vec::new(),
        prefixed: Vec::new(),
    };
    reading.document()?;
    let Reading { unescaped, slots, scope, .. } = reading;
    Ok(Arena { unescaped, slots, namespaces: scope.namespaces, text })
}

/// An element whose end has not come.
struct Open<'t> {
    at: usize,
    /// As it is written, prefix and all: what the end must repeat.
    name: &'t str,
    bound: usize,
    /// Where its text lies so far, while it has no child.
    text: Text,
}

#[derive(Clone, Copy)]
enum Text {
    None,
    Slice(Span),
    Unescaped { start: usize },
}

struct Reading<'t> {
    text: &'t str,
    limits: Limits,
    unescaped: String,
    slots: Vec<Slot>,
    scope: Scope<'t>,
    open: Vec<Open<'t>>,
    /// Attributes of the present element whose prefix waits for its declaration.
    prefixed: Vec<(usize, &'t str)>,
}

impl<'t> Reading<'t> {
    fn document(&mut self) -> Result<(), Unreadable> {
        let mut reader = Reader::from_str(self.text);
        let config = reader.config_mut();
        // Compared here instead, without copying the name.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let mut before = 0;
        loop {
            let event = reader.read_event().map_err(|error| self.syntax(what(&error)));
            let at = offset(before);
            match event.map_err(|error| moved(error, offset(reader.error_position())))? {
                Event::Start(start) => self.start(&start, at)?,
                Event::Empty(start) => {
                    self.start(&start, at)?;
                    self.close(at)?;
                }
                Event::End(end) => self.end(end.name().0, at)?,
                Event::Text(text) => self.characters(&text, at)?,
                Event::CData(text) => self.content(&text, at)?,
                Event::GeneralRef(name) => self.reference(&name, at)?,
                Event::Decl(_) if before > 0 => return Err(error("a declaration stands inside", at)),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::DocType(_) => return Err(Unreadable::Doctype),
                Event::Eof => break,
            }
            before = reader.buffer_position();
        }
        match (self.open.is_empty(), self.slots.is_empty()) {
            (true, false) => Ok(()),
            (true, true) => Err(self.syntax("there is no element")),
            (false, _) => Err(self.syntax("an element is not closed")),
        }
    }

    fn start(&mut self, start: &BytesStart<'t>, at: usize) -> Result<(), Unreadable> {
        if self.open.is_empty() && !self.slots.is_empty() {
            return Err(error("there is a second root", at));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Unreadable::TooDeep);
        }
        if let Some(parent) = self.open.last_mut() {
            self.slots[parent.at].is = Is::Parent;
            if let Text::Unescaped { start } = std::mem::replace(&mut parent.text, Text::None) {
                self.unescaped.truncate(start);
            }
        }
        let name = self.own(start.name().0);
        let (prefix, local) = split(name).map_err(|what| error(what, at))?;
        let (bound, slot) = (self.scope.depth(), self.slots.len());
        self.push(Is::Leaf, local)?;
        self.attributes(start, bound, at)?;
        self.slots[slot].namespace = self.scope.find(prefix).map_err(|what| error(what, at))?;
        self.resolve_attributes(slot, at)?;
        self.open.push(Open { at: slot, name, bound, text: Text::None });
        Ok(())
    }

    fn attributes(&mut self, start: &BytesStart<'t>, bound: usize, at: usize) -> Result<(), Unreadable> {
        self.prefixed.clear();
        let first = self.slots.len();
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| error("an attribute is none", at))?;
            let (name, value) = (self.own(attribute.key.0), self.own(&attribute.value));
            if value.contains('<') {
                return Err(error("an attribute holds a <", at));
            }
            let (prefix, local) = split(name).map_err(|what| error(what, at))?;
            if prefix == "xmlns" || name == "xmlns" {
                let namespace =
                    quick_xml::escape::unescape(value).map_err(|_| Unreadable::Entity { offset: at })?;
                let declared = if prefix.is_empty() { "" } else { local };
                self.scope.bind(declared, &namespace, bound).map_err(|what| error(what, at))?;
                continue;
            }
            if self.slots.len() - first >= MAX_ATTRIBUTES {
                return Err(error("there are too many attributes", at));
            }
            if !prefix.is_empty() {
                self.prefixed.push((self.slots.len(), prefix));
            }
            let slot = self.push(Is::Attribute, local)?;
            self.attribute_value(slot, value, at)?;
        }
        Ok(())
    }

    /// White space in the source of a value becomes spaces, as XML 1.0 section 3.3.3 has it.
    fn attribute_value(&mut self, slot: usize, value: &'t str, at: usize) -> Result<(), Unreadable> {
        if !value.contains(['&', '\t', '\n', '\r']) {
            self.slots[slot].text = self.span(value);
            return Ok(());
        }
        let start = self.unescaped.len();
        let mut pieces = value.split('&');
        self.push_spaced(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (name, rest) = piece.split_once(';').ok_or(Unreadable::Entity { offset: at })?;
            self.unescaped.push(character(name).ok_or(Unreadable::Entity { offset: at })?);
            self.push_spaced(rest);
        }
        self.slots[slot].unescaped = true;
        self.slots[slot].text = Span { start: narrow(start), end: narrow(self.unescaped.len()) };
        Ok(())
    }

    fn push_spaced(&mut self, piece: &str) {
        let piece = piece.replace("\r\n", " ");
        self.unescaped.extend(piece.chars().map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c }));
    }

    /// Gives the attributes of the element in `slot` their namespaces; none may stand there twice.
    fn resolve_attributes(&mut self, slot: usize, at: usize) -> Result<(), Unreadable> {
        for n in 0..self.prefixed.len() {
            let (attribute, prefix) = self.prefixed[n];
            self.slots[attribute].namespace = self.scope.find(prefix).map_err(|what| error(what, at))?;
        }
        let attributes = self.slots.get(slot + 1..).unwrap_or_default();
        let key = |slot: &Slot| (slot.namespace, super::slice(self.text, slot.name));
        for (n, attribute) in attributes.iter().enumerate() {
            if attributes.iter().take(n).any(|other| key(other) == key(attribute)) {
                return Err(error("an attribute stands there twice", at));
            }
        }
        let nil = attributes.iter().find(|attribute| key(attribute) == (NUMBER_OF_XSI, "nil"));
        if nil.is_some_and(|nil| !nil.unescaped && matches!(super::slice(self.text, nil.text), "true" | "1"))
        {
            self.slots[slot].is = Is::Nil;
        }
        Ok(())
    }

    /// Text between tags, with the line ends of XML 1.0 section 2.11.
    fn characters(&mut self, text: &str, at: usize) -> Result<(), Unreadable> {
        if self.open.is_empty() {
            let blank = text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            return if blank { Ok(()) } else { Err(error("text stands beside the root", at)) };
        }
        self.content(text, at)
    }

    fn content(&mut self, text: &str, at: usize) -> Result<(), Unreadable> {
        let span = self.span(text);
        let Some(open) = self.open.last_mut() else { return Err(error("text stands beside the root", at)) };
        let plain = !text.contains('\r');
        match (self.slots[open.at].is, open.text) {
            (Is::Parent, _) => {}
            (_, Text::None) if plain => open.text = Text::Slice(span),
            _ => {
                self.gather();
                if plain {
                    self.unescaped.push_str(text);
                } else {
                    self.unescaped.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
                }
            }
        }
        Ok(())
    }

    fn reference(&mut self, name: &str, at: usize) -> Result<(), Unreadable> {
        let character = character(name).ok_or(Unreadable::Entity { offset: at })?;
        let Some(open) = self.open.last() else { return Err(error("text stands beside the root", at)) };
        if self.slots[open.at].is != Is::Parent {
            self.gather();
            self.unescaped.push(character);
        }
        Ok(())
    }

    /// Moves the text of the innermost element to the side buffer, so that more can be added.
    fn gather(&mut self) {
        let Some(open) = self.open.last_mut() else { return };
        let start = self.unescaped.len();
        match open.text {
            Text::Unescaped { .. } => return,
            Text::Slice(span) => self.unescaped.push_str(super::slice(self.text, span)),
            Text::None => {}
        }
        open.text = Text::Unescaped { start };
    }

    fn end(&mut self, name: &str, at: usize) -> Result<(), Unreadable> {
        if self.open.last().is_none_or(|open| open.name != name) {
            return Err(error("an end has no beginning", at));
        }
        self.close(at)
    }

    fn close(&mut self, at: usize) -> Result<(), Unreadable> {
        let Some(open) = self.open.pop() else { return Err(error("an end has no beginning", at)) };
        let after = narrow(self.slots.len());
        let slot = &mut self.slots[open.at];
        slot.after = after;
        match open.text {
            Text::Slice(span) => slot.text = span,
            Text::Unescaped { start } => {
                slot.unescaped = true;
                slot.text = Span { start: narrow(start), end: narrow(self.unescaped.len()) };
            }
            Text::None => {}
        }
        if slot.is == Is::Nil && slot.text.start != slot.text.end {
            return Err(error("a nil element has content", at));
        }
        self.scope.leave(open.bound);
        Ok(())
    }

    fn push(&mut self, is: Is, name: &str) -> Result<usize, Unreadable> {
        let at = self.slots.len();
        if at >= self.limits.nodes {
            return Err(Unreadable::TooManyNodes { limit: self.limits.nodes });
        }
        let slot = Slot {
            name: self.span(name),
            text: Span::default(),
            after: narrow(at + 1),
            namespace: NONE,
            is,
            unescaped: false,
        };
        self.slots.push(slot);
        Ok(at)
    }

    /// Where `part`, a slice of the text, lies in it.
    fn span(&self, part: &str) -> Span {
        let start = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        Span { start: narrow(start), end: narrow(start.wrapping_add(part.len())) }
    }

    /// The same slice with the text's own lifetime.
    fn own(&self, part: &str) -> &'t str {
        super::slice(self.text, self.span(part))
    }

    fn syntax(&self, what: &'static str) -> Unreadable {
        error(what, self.text.len())
    }
}

/// The character a reference stands for: one of the five, or one by its number.
fn character(name: &str) -> Option<char> {
    let number = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    let digits = Some(digits).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|c| crate::wire::write::fits_xml(*c))
}

/// Refuses what is no character of XML 1.0 (section 2.2). Almost every text passes on its bytes alone: U+FFFE and U+FFFF
/// begin with a byte that no letter of a Western language has.
fn refuse_characters(text: &str) -> Result<(), Unreadable> {
    let odd = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xEF;
    if !text.bytes().fold(false, |found, byte| found | odd(byte)) {
        return Ok(());
    }
    match text.find(|c| !crate::wire::write::fits_xml(c)) {
        Some(offset) => Err(error("a character is none of XML's", offset)),
        None => Ok(()),
    }
}

fn what(error: &quick_xml::Error) -> &'static str {
    match error {
        quick_xml::Error::Syntax(_) => "something is not closed",
        _ => "it is not well-formed",
    }
}

fn error(what: &'static str, offset: usize) -> Unreadable {
    Unreadable::Xml { what, offset }
}

fn moved(error: Unreadable, to: usize) -> Unreadable {
    match error {
        Unreadable::Xml { what, .. } => Unreadable::Xml { what, offset: to },
        error => error,
    }
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
