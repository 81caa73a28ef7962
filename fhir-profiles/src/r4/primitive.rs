//! The primitive types and their formats (`dutch-fhir.md` section 2.12), judged by the text that came in.

use gateway_core::json::{Kind, Node};

use crate::moment::{self, Moment};

/// A primitive type of R4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Primitive {
    Boolean,
    Integer,
    UnsignedInt,
    PositiveInt,
    Decimal,
    String,
    Code,
    Id,
    Uri,
    Oid,
    Uuid,
    Date,
    DateTime,
    Instant,
    Time,
    Base64,
    Xhtml,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is another kind of JSON value, or empty.
    Structure(&'static str),
    /// It is not in the format of its type.
    Format(&'static str),
    /// It is too long.
    TooLong,
}

/// The longest string R4 allows, in characters.
pub(crate) const LONGEST: usize = 1_048_576;

impl Primitive {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "unsignedInt" => Self::UnsignedInt,
            "positiveInt" => Self::PositiveInt,
            "decimal" => Self::Decimal,
            "string" | "markdown" => Self::String,
            "code" => Self::Code,
            "id" => Self::Id,
            "uri" | "url" | "canonical" => Self::Uri,
            "oid" => Self::Oid,
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "instant" => Self::Instant,
            "time" => Self::Time,
            "base64Binary" => Self::Base64,
            "xhtml" => Self::Xhtml,
            _ => return None,
        })
    }

    /// Whether `node` is a value of this type.
    pub(crate) fn check(self, node: Node<'_>) -> Result<(), Flaw> {
        match self {
            Self::Boolean => match node.kind() {
                Kind::Bool(_) => Ok(()),
                _ => Err(Flaw::Structure("must be true or false, without quotes")),
            },
            Self::Integer | Self::UnsignedInt | Self::PositiveInt | Self::Decimal => match node.number() {
                Some(text) => self.number(text),
                None => Err(Flaw::Structure("must be a number, without quotes")),
            },
            _ => match node.as_str() {
                Some(text) => self.text(text),
                None => Err(Flaw::Structure("must be a string")),
            },
        }
    }

    fn number(self, text: &str) -> Result<(), Flaw> {
        let value = text.parse::<i32>().ok();
        let (fits, flaw) = match self {
            Self::Integer => (value.is_some(), "must be a whole number of 32 bits"),
            Self::UnsignedInt => {
                (value.is_some_and(|n| n >= 0) && !text.starts_with('-'), "must be a whole number, 0 or more")
            }
            Self::PositiveInt => (value.is_some_and(|n| n > 0), "must be a whole number, 1 or more"),
            // JSON's grammar of a number is that of a FHIR decimal.
            _ => (true, ""),
        };
        if fits { Ok(()) } else { Err(Flaw::Format(flaw)) }
    }

    fn text(self, text: &str) -> Result<(), Flaw> {
        if text.is_empty() {
            return Err(Flaw::Structure("must not be empty"));
        }
        if text.len() > LONGEST && self != Self::Base64 && text.chars().count() > LONGEST {
            return Err(Flaw::TooLong);
        }
        let (fits, flaw) = match self {
            Self::Code => (is_code(text), "must be a code: single blanks inside, none around it"),
            Self::Id => (is_id(text), "must be 1 to 64 of A-Z a-z 0-9 - ."),
            Self::Uri => (is_uri(text), "must be a URI, without blanks"),
            Self::Oid => (is_oid(text), "must be urn:oid: and an OID"),
            Self::Uuid => (is_uuid(text), "must be urn:uuid: and a UUID in lower case"),
            Self::Date => {
                (Moment::date(text).is_some(), "must be a date that exists: YYYY, YYYY-MM or YYYY-MM-DD")
            }
            Self::DateTime => (
                Moment::date_time(text).is_some(),
                "must be a date that exists, or a date with a time in seconds and its zone",
            ),
            Self::Instant => (
                Moment::instant(text).is_some(),
                "must be a date that exists with a time in seconds and its zone",
            ),
            Self::Time => (moment::is_time(text), "must be a time: hh:mm:ss"),
            Self::Base64 => (is_base64(text), "must be base64"),
            _ => return string(text),
        };
        if fits { Ok(()) } else { Err(Flaw::Format(flaw)) }
    }
}

fn string(text: &str) -> Result<(), Flaw> {
    if text.bytes().any(|b| b < b' ' && !matches!(b, b'\t' | b'\r' | b'\n')) {
        return Err(Flaw::Format("must not hold control characters"));
    }
    if text.trim().is_empty() {
        return Err(Flaw::Format("must not be blank"));
    }
    Ok(())
}

/// Visible ASCII without a blank: what most codes and URIs are made of.
fn is_graphic(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

fn is_code(text: &str) -> bool {
    if is_graphic(text) {
        return true;
    }
    let mut blank = true;
    for c in text.chars() {
        let now = c.is_whitespace();
        if c < ' ' && !now || now && blank {
            return false;
        }
        blank = now;
    }
    !blank
}

/// As `gateway_core::Id` reads it, without making one.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

fn is_uri(text: &str) -> bool {
    is_graphic(text) || !text.chars().any(|c| c.is_whitespace() || c < ' ')
}

fn is_oid(text: &str) -> bool {
    let Some(oid) = text.strip_prefix("urn:oid:") else { return false };
    let mut arcs = oid.split('.');
    let first = arcs.next().is_some_and(|arc| matches!(arc, "0" | "1" | "2"));
    let arc =
        |a: &str| !a.is_empty() && a.bytes().all(|b| b.is_ascii_digit()) && (a == "0" || !a.starts_with('0'));
    first && oid.contains('.') && arcs.all(arc)
}

fn is_uuid(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else { return false };
    let groups: Vec<_> = uuid.split('-').collect();
    groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|g| g.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f')))
}

/// Groups of four, white space allowed between them, padding at the end only.
pub(crate) fn is_base64(text: &str) -> bool {
    let (mut letters, mut padding) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => letters += 1,
            b'=' => padding += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => return false,
        }
    }
    letters > 0 && padding <= 2 && (letters + padding) % 4 == 0
}

#[cfg(test)]
mod tests {
    use gateway_core::json::Document;

    use super::*;

    fn check(primitive: Primitive, json: &str) -> Result<(), Flaw> {
        primitive.check(Document::parse(json.as_bytes()).unwrap().root())
    }

    fn table(primitive: Primitive, good: &[&str], bad: &[&str]) {
        for json in good {
            assert_eq!(check(primitive, json), Ok(()), "{primitive:?} {json}");
        }
        for json in bad {
            assert!(check(primitive, json).is_err(), "{primitive:?} {json}");
        }
    }

    #[test]
    fn texts_have_the_format_of_their_type() {
        table(
            Primitive::Code,
            &[r#""a b""#, r#""booked""#],
            &[r#"" a""#, r#""a ""#, r#""a  b""#, r#""""#, "1"],
        );
        table(Primitive::Uri, &[r#""a:b""#, r##""#x""##], &[r#""a b""#, r#""""#]);
        table(
            Primitive::Oid,
            &[r#""urn:oid:2.16.840""#, r#""urn:oid:1.0""#],
            &[r#""2.16""#, r#""urn:oid:3.1""#, r#""urn:oid:1""#, r#""urn:oid:1.01""#, r#""urn:oid:1..2""#],
        );
        table(
            Primitive::Uuid,
            &[r#""urn:uuid:c757873d-ec9a-4326-a141-556f43239520""#],
            &[r#""urn:uuid:C757873D-EC9A-4326-A141-556F43239520""#, r#""urn:uuid:c757873d""#],
        );
        table(
            Primitive::Base64,
            &[r#""QUJD""#, r#""QUI=""#, r#""QU JD\nQUJD""#, r#""QQ==""#],
            &[r#""QUI""#, r#""QQ=""#, r#""Q===""#, r#""QU=D""#, r#""QU*D""#, r#""    ""#],
        );
        table(Primitive::Boolean, &["true", "false"], &[r#""true""#, "1", "null"]);
    }

    proptest::proptest! {
        #[test]
        fn an_id_is_what_the_core_reads_as_one(text in "[a-zA-Z0-9._-]{0,70}|.{0,3}") {
            proptest::prop_assert_eq!(is_id(&text), text.parse::<gateway_core::Id>().is_ok());
        }
    }

    #[test]
    fn case_52_numbers_have_a_range() {
        table(
            Primitive::UnsignedInt,
            &["0", "2147483647"],
            &["-1", "-0", "2147483648", "1.0", "1e2", r#""1""#],
        );
        table(Primitive::PositiveInt, &["1"], &["0", "-1", "2147483648"]);
        table(Primitive::Integer, &["-2147483648", "0"], &["2147483648", "0.5"]);
        table(Primitive::Decimal, &["1.00", "1e2", "12345678901234567890.10", "-0"], &[r#""1""#, "true"]);
    }

    #[test]
    fn case_24_25_26_strings_are_visible_and_not_too_long() {
        table(
            Primitive::String,
            &[r#"" a""#, r#""a\nb""#, r#""👩‍👩‍👧""#],
            &[r#""\u0007""#, r#""\u0000a""#, r#""  ""#, r#""""#],
        );
        let fits = format!("\"{}\"", "é".repeat(LONGEST));
        assert_eq!(check(Primitive::String, &fits), Ok(()));
        let too_long = format!("\"{}\"", "é".repeat(LONGEST + 1));
        assert_eq!(check(Primitive::String, &too_long), Err(Flaw::TooLong));
    }
}
