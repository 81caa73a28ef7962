//! Which text some bytes are, and the bytes of a text (Tetra reference, section 1.7).
//!
//! Reading: a byte order mark wins; else `3C 00` or `00 3C` at the start is UTF-16; else the charset of the HTTP header
//! holds; else it is UTF-8, whatever the declaration says, because their declarations say utf-16 over UTF-8 bytes.
//! An invalid sequence is an error, never a replacement character.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::Unreadable;

/// How an XML document is put into bytes: the three styles of the writing rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8 that says so.
    #[default]
    Utf8,
    /// UTF-16, little end first, with a byte order mark.
    Utf16,
    /// UTF-8 bytes that declare utf-16, as the counterpart's own examples do.
    Utf8SayingUtf16,
}

/// The bytes of `xml` in `style`, with a fitting declaration in place of the one it may have.
#[must_use]
pub fn encode(xml: &str, style: Encoding) -> Vec<u8> {
    let name = if style == Encoding::Utf8 { "utf-8" } else { "utf-16" };
    let text = format!("<?xml version=\"1.0\" encoding=\"{name}\"?>\n{}", without_declaration(xml));
    match style {
        Encoding::Utf8 | Encoding::Utf8SayingUtf16 => text.into_bytes(),
        Encoding::Utf16 => {
            [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        }
    }
}

fn without_declaration(xml: &str) -> &str {
    let xml = xml.strip_prefix('\u{FEFF}').unwrap_or(xml);
    match xml.strip_prefix("<?xml").filter(|rest| rest.starts_with(char::is_whitespace)) {
        Some(rest) => rest.split_once("?>").map_or(xml, |(_, body)| body.trim_start()),
        None => xml,
    }
}

/// The text `bytes` are.
pub(super) fn decode(bytes: &[u8], charset: Option<&str>) -> Result<Box<str>, Unreadable> {
    let (encoding, bytes) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (UTF_8, rest),
        [0xFF, 0xFE, rest @ ..] => (UTF_16LE, rest),
        [0xFE, 0xFF, rest @ ..] => (UTF_16BE, rest),
        [0x3C, 0x00, ..] => (UTF_16LE, bytes),
        [0x00, 0x3C, ..] => (UTF_16BE, bytes),
        _ => (named(charset)?, bytes),
    };
    let invalid = || Unreadable::Encoding { encoding: encoding.name() };
    if encoding == UTF_8 {
        return std::str::from_utf8(bytes).map(Box::from).map_err(|_| invalid());
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(invalid)?;
    Ok(text.into())
}

fn named(charset: Option<&str>) -> Result<&'static encoding_rs::Encoding, Unreadable> {
    let Some(label) = charset.map(|label| label.trim().trim_matches('"')) else { return Ok(UTF_8) };
    encoding_rs::Encoding::for_label(label.as_bytes()).ok_or(Unreadable::Charset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Document;

    const XML: &str = "<A><Naam>Mw. Müller-Daniël €</Naam></A>";

    fn naam(bytes: &[u8], charset: Option<&str>) -> Result<String, Unreadable> {
        let document = Document::xml(bytes, charset)?;
        Ok(document.root().get("Naam").unwrap().text().unwrap().into_owned())
    }

    #[test]
    fn edge_11_utf16_declaration_over_utf8_bytes() {
        let bytes = encode(XML, Encoding::Utf8SayingUtf16);
        assert!(bytes.starts_with(b"<?xml version=\"1.0\" encoding=\"utf-16\"?>"));
        assert_eq!(naam(&bytes, None).unwrap(), "Mw. Müller-Daniël €");
        assert_eq!(naam(&bytes, Some("utf-8")).unwrap(), "Mw. Müller-Daniël €");
    }

    #[test]
    fn edge_12_true_utf16_with_and_without_a_mark() {
        let little = encode(XML, Encoding::Utf16);
        assert_eq!(little.get(..4), Some(&[0xFF, 0xFE, 0x3C, 0x00][..]));
        let big: Vec<u8> = little.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        for bytes in [&little[..], &big, &little[2..], &big[2..]] {
            for charset in [None, Some("utf-8"), Some("windows-1252")] {
                assert_eq!(naam(bytes, charset).unwrap(), "Mw. Müller-Daniël €");
            }
        }
    }

    #[test]
    fn edge_13_no_prolog_and_a_prolog_in_single_quotes() {
        assert_eq!(naam(XML.as_bytes(), None).unwrap(), "Mw. Müller-Daniël €");
        let single = format!("<?xml version='1.0' encoding='UTF-8'?>{XML}");
        assert_eq!(naam(single.as_bytes(), None).unwrap(), "Mw. Müller-Daniël €");
    }

    #[test]
    fn the_charset_of_the_header_holds_where_the_bytes_do_not_tell() {
        assert_eq!(naam(b"<A><Naam>Dani\xebl</Naam></A>", Some("\"ISO-8859-1\"")).unwrap(), "Daniël");
        assert_eq!(naam(b"<A/>", Some("klingon")).unwrap_err(), Unreadable::Charset);
    }

    #[test]
    fn an_invalid_sequence_is_an_error_and_no_replacement() {
        for (bytes, encoding) in [
            (&b"<A>Dani\xebl</A>"[..], "UTF-8"),
            (b"\xEF\xBB\xBF<A>\xC3</A>", "UTF-8"),
            (b"\xFF\xFE<\x00A\x00/\x00>", "UTF-16LE"),
            (b"\xFF\xFE<\x00\x00\xD8>\x00", "UTF-16LE"),
        ] {
            assert_eq!(Document::xml(bytes, None).unwrap_err(), Unreadable::Encoding { encoding });
        }
    }

    #[test]
    fn encodings_mixed_in_one_document_are_refused() {
        let mut bytes = encode("<A>x</A>", Encoding::Utf8);
        bytes.extend(encode("<B>y</B>", Encoding::Utf16));
        assert!(Document::xml(&bytes, None).is_err());
        let mut half = b"\xFF\xFE".to_vec();
        half.extend_from_slice(b"<A>plain</A>");
        assert!(Document::xml(&half, None).is_err());
    }

    #[test]
    fn a_declaration_is_replaced_and_never_doubled() {
        let once = encode("<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<A/>", Encoding::Utf8);
        assert_eq!(once, b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<A/>");
    }
}
