//! Texts in attributes: read from and written to the spelling of XML 1.0.

use std::borrow::Cow;

/// What a piece of XML holds that cannot be read here. Reading goes on after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// An entity other than the five of XML itself.
    Entity,
    /// A character that XML cannot hold.
    Character,
    /// A `<` or `&` that stands alone.
    Markup,
    /// A processing instruction.
    Instruction,
    /// A narrative's element outside its namespace.
    Namespace,
    /// A narrative's element with a prefix, which JSON could not resolve.
    Prefix,
}

impl Flaw {
    /// What follows the name of the element.
    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Entity => "must not hold entities other than those of XML itself",
            Self::Character => "must not hold characters that XML cannot",
            Self::Markup => "must not hold < or & that are not escaped",
            Self::Instruction => "must not hold processing instructions",
            Self::Namespace => "must be in the namespace http://www.w3.org/1999/xhtml",
            Self::Prefix => "must be written without namespace prefixes",
        }
    }
}

/// Whether XML 1.0 can hold a character.
fn is_character(c: char) -> bool {
    c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\t' | '\n' | '\r')
}

/// Whether XML 1.0 can hold a text as it is.
pub(super) fn is_plain(text: &str) -> bool {
    // 0xEF begins the two that are not characters
    !text.bytes().any(|b| b < b' ' || b == 0xEF) || text.chars().all(is_character)
}

/// What an entity or character reference stands for; `name` is what is between `&` and `;`.
pub(super) fn referred(name: &str) -> Result<char, Flaw> {
    let number = match (name, name.strip_prefix('#')) {
        ("lt", _) => return Ok('<'),
        ("gt", _) => return Ok('>'),
        ("amp", _) => return Ok('&'),
        ("quot", _) => return Ok('"'),
        ("apos", _) => return Ok('\''),
        (_, None) => return Err(Flaw::Entity),
        (_, Some(number)) => number,
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    let digits = Some(digits).filter(|digits| digits.chars().all(|c| c.is_digit(radix)));
    let code = digits.and_then(|digits| u32::from_str_radix(digits, radix).ok());
    code.and_then(char::from_u32).filter(|c| is_character(*c)).ok_or(Flaw::Character)
}

/// The text of an attribute. A line break or tab that is not escaped is a blank, as XML wants it.
pub(super) fn unescaped(raw: Cow<'_, str>) -> Result<Cow<'_, str>, Flaw> {
    if !raw.bytes().any(|b| matches!(b, b'&' | b'<' | 0xEF | ..b' ')) {
        return Ok(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = &*raw;
    while let Some((plain, c, after)) = next_special(rest) {
        out.push_str(plain);
        rest = after;
        match c {
            '&' => {
                let (name, after) = after.split_once(';').ok_or(Flaw::Markup)?;
                out.push(referred(name)?);
                rest = after;
            }
            '<' => return Err(Flaw::Markup),
            '\r' if after.starts_with('\n') => {}
            '\t' | '\n' | '\r' => out.push(' '),
            _ => return Err(Flaw::Character),
        }
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// The text before the first character that means something, that character, and the text behind it.
fn next_special(text: &str) -> Option<(&str, char, &str)> {
    let special = |c: char| matches!(c, '&' | '<' | '\t' | '\n' | '\r') || !is_character(c);
    let (at, c) = text.char_indices().find(|(_, c)| special(*c))?;
    Some((text.get(..at)?, c, text.get(at + c.len_utf8()..)?))
}

/// Appends ` name="text"`.
pub(super) fn push_attribute(out: &mut String, name: &str, text: &str) -> Result<(), Flaw> {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    let mut from = 0;
    let special = |b: u8| b < b' ' || matches!(b, b'&' | b'<' | b'>' | b'"' | 0xEF);
    for (at, byte) in text.bytes().enumerate().filter(|(_, b)| special(*b)) {
        let escape = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\t' => "&#9;",
            b'\n' => "&#10;",
            b'\r' => "&#13;",
            0xEF if !text.get(at..).is_some_and(|t| t.starts_with(['\u{fffe}', '\u{ffff}'])) => continue,
            _ => return Err(Flaw::Character),
        };
        out.push_str(text.get(from..at).unwrap_or_default());
        out.push_str(escape);
        from = at + 1;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.push('"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<String, Flaw> {
        unescaped(Cow::Borrowed(raw)).map(Cow::into_owned)
    }

    #[test]
    fn a_text_is_read_as_xml_has_it() {
        for (raw, expected) in [
            ("a &lt;b&gt; &amp;&quot;&apos;", Ok("a <b> &\"'")),
            ("&#65;&#x42;&#10;&#x1F469;", Ok("AB\n👩")),
            ("a\r\nb\tc\nd", Ok("a b c d")),
            ("\u{feff}ｆ", Ok("\u{feff}ｆ")),
            ("&nbsp;", Err(Flaw::Entity)),
            ("&#0;", Err(Flaw::Character)),
            ("&#xFFFF;", Err(Flaw::Character)),
            ("&#xD800;", Err(Flaw::Character)),
            ("&#+65;", Err(Flaw::Character)),
            ("a & b", Err(Flaw::Markup)),
            ("a<b", Err(Flaw::Markup)),
            ("\u{7}", Err(Flaw::Character)),
            ("\u{fffe}", Err(Flaw::Character)),
        ] {
            assert_eq!(read(raw), expected.map(str::to_owned), "{raw:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back(text in "\\PC{0,20}|[\\t\\n\\r&<>\"'\\[\\]; a]{0,20}") {
            let mut out = String::new();
            push_attribute(&mut out, "value", &text).unwrap();
            let raw = out.strip_prefix(" value=\"").and_then(|o| o.strip_suffix('"')).unwrap();
            proptest::prop_assert_eq!(read(raw).unwrap(), text);
        }

        #[test]
        fn reading_never_panics(raw in "(&|#|x|;|[0-9a-f]|lt|<|é|\u{ffff}){0,20}") {
            drop(read(&raw));
        }
    }
}
