//! Writing JSON and XML text: escapes, compact copies. What is written reads the same again.

use std::borrow::Cow;
use std::collections::HashMap;

use gateway_core::json::quoted;

use super::Kind;
use super::xml::Place;

/// Whether XML 1.0 can hold the character (section 2.2).
pub(super) fn fits_xml(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Adds `text` as the content of an element, or of an attribute, such that reading it gives `text` again. What XML
/// cannot hold becomes U+FFFD; [`super::Record::unwritable`] finds it before.
pub(super) fn push_escaped(out: &mut String, text: &str, attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            c if fits_xml(c) => out.push(c),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

/// A JSON text without the white space between its parts.
pub(super) fn compact(raw: &str) -> Cow<'_, str> {
    if !raw.contains([' ', '\t', '\n', '\r']) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let (mut inside, mut escaped) = (false, false);
    for c in raw.chars() {
        if inside || !c.is_ascii_whitespace() {
            out.push(c);
        }
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = inside,
            '"' => inside = !inside,
            _ => {}
        }
    }
    Cow::Owned(out)
}

/// An element as JSON: what [`super::Node::raw_json`] says.
pub(super) fn element_json(place: Place<'_>) -> String {
    let mut out = String::new();
    push_json(&mut out, place);
    out
}

fn push_json(out: &mut String, place: Place<'_>) {
    let mut attributes = place.attributes().peekable();
    match place.kind() {
        Kind::Null => return out.push_str("null"),
        Kind::Text if attributes.peek().is_none() => {
            return out.push_str(&quoted(place.text().unwrap_or_default()));
        }
        _ => {}
    }
    out.push('{');
    for attribute in attributes {
        push_name(out, &format!("@{}", attribute.name()));
        out.push_str(&quoted(attribute.text().unwrap_or_default()));
    }
    if let Some(text) = place.text().filter(|text| !text.is_empty()) {
        push_name(out, "#text");
        out.push_str(&quoted(text));
    }
    // Those of one name together, names in the order they first stand there.
    let mut first = HashMap::new();
    for (n, child) in place.elements().enumerate() {
        first.entry(child.name()).or_insert(n);
    }
    let mut children: Vec<_> = place.elements().collect();
    children.sort_by_key(|child| first.get(child.name()));
    for group in children.chunk_by(|a, b| a.name() == b.name()) {
        push_group(out, group);
    }
    out.push('}');
}

fn push_group(out: &mut String, group: &[Place<'_>]) {
    let [first, rest @ ..] = group else { return };
    push_name(out, first.name());
    if rest.is_empty() {
        return push_json(out, *first);
    }
    out.push('[');
    for (n, child) in group.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        push_json(out, *child);
    }
    out.push(']');
}

fn push_name(out: &mut String, name: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push_str(&quoted(name));
    out.push(':');
}

#[cfg(test)]
mod tests {
    use crate::wire::{Document, Names, Node};

    #[test]
    fn compact_json_keeps_order_texts_and_numbers() {
        let text = "{ \"b\" : \"a \\\" \\\\\" , \"a\" : [ 5.00 , { } ] }";
        let document = Document::json(text.as_bytes(), Names::AsWritten).unwrap();
        assert_eq!(document.root().raw_json(), r#"{"b":"a \" \\","a":[5.00,{}]}"#);
    }

    #[test]
    fn an_element_as_json_shows_attributes_and_what_repeats() {
        let xml = "<A x='1'><B>1</B><C y='2'>t</C><B/><D xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/></A>";
        let document = Document::xml(xml.as_bytes(), None).unwrap();
        let json = document.root().raw_json();
        assert_eq!(json, r##"{"@x":"1","B":["1",""],"C":{"@y":"2","#text":"t"},"D":null}"##);
    }

    #[test]
    fn every_node_has_a_compact_json() {
        let document = Document::json(br#"[ null , true , "x y" , 1e2 ]"#, Names::AsWritten).unwrap();
        let texts: Vec<_> = document.root().items().map(Node::raw_json).collect();
        assert_eq!(texts, ["null", "true", "\"x y\"", "1e2"]);
    }
}
