//! The `div` of a narrative, which JSON keeps as its XML text: taken over as it was written once it is known to be
//! well formed. Whether it is harmless, the check says.

use std::borrow::Cow;

use gateway_core::json::push_quoted;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::NsReader;

use super::XHTML;
use super::attributes::MOST;
use super::read::{Reading, Space, Stop, Tag};
use super::text::{Flaw, is_plain, referred, unescaped};

impl<'x> Reading<'x> {
    /// Reads a `div` up to its end tag.
    pub(super) fn narrative(&mut self, tag: &Tag<'x>, out: &mut String) -> Result<(), Stop> {
        let behind = if tag.empty { 3 } else { 2 };
        let start = self.position().saturating_sub(tag.start.len() + behind);
        let checked = opening(&tag.start).and_then(|opened| {
            let rest = if tag.empty { None } else { inside(&mut self.reader, Space::Xhtml)? };
            Ok((tag.space != Space::Xhtml).then_some(Flaw::Namespace).or(opened).or(rest))
        });
        let flaw = match checked {
            Ok(flaw) => flaw,
            Err(NotXml::Doctype) => return Err(self.doctype()),
            Err(NotXml::Broken) => return Err(self.not_well_formed()),
        };
        if let Some(flaw) = flaw {
            self.flaw(flaw);
        }
        let raw = self.text.get(start..self.position()).unwrap_or_default();
        push_quoted(out, &bound(raw, &tag.start));
        Ok(())
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }
}

/// Why the rest of a text cannot be read.
enum NotXml {
    Broken,
    Doctype,
}

/// Reads up to the end tag of the element that is open; the first flaw on the way.
fn inside(reader: &mut NsReader<&[u8]>, space: Space) -> Result<Option<Flaw>, NotXml> {
    let mut open = 1_usize;
    let mut flaw = None;
    while open > 0 {
        let (resolved, event) = reader.read_resolved_event().map_err(|_| NotXml::Broken)?;
        let elsewhere = Space::of(&resolved) != space;
        let tag = |start: &BytesStart<'_>| {
            opening(start).map(|opened| elsewhere.then_some(Flaw::Namespace).or(opened))
        };
        let found = match event {
            Event::Start(start) => {
                open += 1;
                tag(&start)?
            }
            Event::Empty(start) => tag(&start)?,
            Event::End(_) => {
                open -= 1;
                None
            }
            Event::Text(text) | Event::Comment(text) => (!is_plain(&text)).then_some(Flaw::Character),
            Event::CData(text) => (!is_plain(&text)).then_some(Flaw::Character),
            Event::GeneralRef(name) => referred(&name).err(),
            Event::PI(_) => Some(Flaw::Instruction),
            Event::DocType(_) => return Err(NotXml::Doctype),
            Event::Decl(_) | Event::Eof => return Err(NotXml::Broken),
        };
        flaw = flaw.or(found);
    }
    Ok(flaw)
}

/// Looks at an opening tag: no prefix, no attribute twice, texts that can be read.
fn opening(start: &BytesStart<'_>) -> Result<Option<Flaw>, NotXml> {
    let mut flaw = start.name().prefix().map(|_| Flaw::Prefix);
    for (count, attribute) in start.attributes().enumerate() {
        let attribute = attribute.ok().filter(|_| count < MOST).ok_or(NotXml::Broken)?;
        flaw = flaw.or(unescaped(attribute.value).err());
    }
    Ok(flaw)
}

/// The text of a `div` with its namespace, which JSON may leave out.
fn bound<'t>(raw: &'t str, start: &BytesStart<'_>) -> Cow<'t, str> {
    let names = |attribute: &Attribute<'_>| attribute.key.into_inner() == "xmlns";
    match raw.strip_prefix("<div") {
        Some(rest) if !start.attributes().flatten().any(|attribute| names(&attribute)) => {
            format!("<div xmlns=\"{XHTML}\"{rest}").into()
        }
        _ => raw.into(),
    }
}

/// The text of a `div` as XML can hold it, or what follows the name of the element when it cannot.
pub(super) fn checked(html: &str) -> Result<Cow<'_, str>, &'static str> {
    const NO_DIV: &str = "must be one well-formed div to be said in XML";
    let html = html.trim();
    let mut reader = NsReader::from_str(html);
    reader.config_mut().check_comments = true;
    let (space, start, empty) = match reader.read_resolved_event() {
        Ok((resolved, Event::Start(start))) => (Space::of(&resolved), start, false),
        Ok((resolved, Event::Empty(start))) => (Space::of(&resolved), start, true),
        _ => return Err(NO_DIV),
    };
    if start.name().into_inner() != "div" || !matches!(space, Space::Xhtml | Space::None) {
        return Err(NO_DIV);
    }
    let opened = opening(&start).map_err(|_| NO_DIV)?;
    let rest = if empty { None } else { inside(&mut reader, space).map_err(|_| NO_DIV)? };
    match (opened.or(rest), reader.read_event()) {
        (Some(flaw), _) => Err(flaw.says()),
        (None, Ok(Event::Eof)) => Ok(bound(html, &start)),
        (None, _) => Err(NO_DIV),
    }
}
