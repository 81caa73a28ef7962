//! A small tree of elements, for reading requests and for writing answers that can be spoilt.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use crate::switches::Layout;

/// Requests are not nested deeper.
const DEPTH: usize = 32;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Tag>,
    /// Written `<A />` when there is nothing in it.
    pub(crate) closes_itself: bool,
}

impl Tag {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn text(name: &str, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::new(name) }
    }

    pub(crate) fn holding(name: &str, children: Vec<Self>) -> Self {
        Self { children, ..Self::new(name) }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Reads a document; nothing for one that is not well-formed, has a DTD, or nests too deep.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) if open.len() < DEPTH => open.push(opened(&start)?),
                Event::Empty(start) => root = place(opened(&start)?, &mut open, root)?,
                Event::End(_) => {
                    let tag = open.pop()?;
                    root = place(tag, &mut open, root)?;
                }
                Event::Text(text) => {
                    let text = text.xml10_content();
                    match open.last_mut() {
                        Some(tag) => tag.text.push_str(&text),
                        None if text.trim().is_empty() => {}
                        None => return None,
                    }
                }
                Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
                Event::GeneralRef(entity) => {
                    let resolved = match entity.resolve_char_ref().ok()? {
                        Some(letter) => letter.to_string(),
                        None => resolve_predefined_entity(&entity)?.to_owned(),
                    };
                    open.last_mut()?.text.push_str(&resolved);
                }
                Event::Decl(_) | Event::Comment(_) => {}
                Event::Eof => return if open.is_empty() { root } else { None },
                Event::Start(_) | Event::DocType(_) | Event::PI(_) => return None,
            }
        }
    }

    /// Writes the element after `out`.
    pub(crate) fn write(&self, out: &mut String, layout: Layout) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.extend([" ", name, "=\"", &escaped(value), "\""]);
        }
        if self.closes_itself && self.children.is_empty() && self.text.is_empty() {
            out.push_str(" />");
            return;
        }
        out.push('>');
        out.push_str(&escaped(&self.text));
        let line = if layout == Layout::Lines && !self.children.is_empty() { "\n" } else { "" };
        out.push_str(line);
        for child in &self.children {
            child.write(out, layout);
            out.push_str(line);
        }
        out.extend(["</", &self.name, ">"]);
    }
}

fn opened(start: &BytesStart<'_>) -> Option<Tag> {
    let mut tag = Tag::new(start.name().as_ref());
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let name = attribute.key.as_ref().to_owned();
        tag.attributes.push((name, quick_xml::escape::unescape(&attribute.value).ok()?.into_owned()));
    }
    Some(tag)
}

/// Puts a finished element into the one that is open, or makes it the root; there is one root.
#[expect(clippy::option_option, reason = "no document, no root yet, and a root are three things")]
fn place(mut tag: Tag, open: &mut [Tag], root: Option<Tag>) -> Option<Option<Tag>> {
    if !tag.children.is_empty() {
        tag.text.clear();
    }
    match (open.last_mut(), root) {
        (Some(parent), root) => {
            parent.children.push(tag);
            Some(root)
        }
        (None, None) => Some(Some(tag)),
        (None, Some(_)) => None,
    }
}

/// Text that stands for itself; a carriage return would become a line feed otherwise.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let tag =
            Tag::holding("A", vec![Tag::text("B", "x < \"y\" & z\r\nü"), Tag::new("C")]).with("Id", "-1");
        for layout in [Layout::Compact, Layout::Lines] {
            let mut text = String::new();
            tag.write(&mut text, layout);
            assert_eq!(Tag::read(&text), Some(tag.clone()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(<|>|/|a|b|&|;|\"|=| |!|#|x|\\PC){0,60}") {
            if let Some(tag) = Tag::read(&text) {
                let mut again = String::new();
                tag.write(&mut again, Layout::Compact);
                prop_assert!(Tag::read(&again).is_some(), "{again}");
            }
        }

        #[test]
        fn any_text_survives(text in "[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F\\u{FFFE}\\u{FFFF}]{0,40}") {
            let mut out = String::new();
            Tag::text("A", &*text).write(&mut out, Layout::Compact);
            prop_assert_eq!(Tag::read(&out).map(|tag| tag.text), Some(text));
        }
    }

    #[test]
    fn what_is_not_one_plain_document_is_refused() {
        let deep = "<a>".repeat(40) + &"</a>".repeat(40);
        for text in ["", "<a>", "<a/><b/>", "<a></b>", "<!DOCTYPE a><a/>", "<a>&x;</a>", "text", &deep] {
            assert_eq!(Tag::read(text), None, "{text}");
        }
    }
}
