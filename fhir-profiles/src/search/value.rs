//! Values as a URL holds them: escapes, tokens, dates, references (`dutch-fhir.md` sections 1.5 and 4.5).

use gateway_core::{Id, Key, ResourceType};

use super::fold::contact;
use super::{Criterion, LONGEST, Prefix};
use crate::moment::Moment;
use crate::r4::r4;
use crate::systems;

/// Why a value is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misread {
    /// It has no value at all.
    Empty,
    /// It is not in the form of its kind.
    Form(&'static str),
    /// It asks for what is not offered.
    NotOffered(&'static str),
}

/// How the values of a token are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Letter by letter.
    Exact,
    /// An identifier: letter by letter, and a BSN by its digits.
    Identifier,
    /// Without case.
    Folded,
    /// As a telephone number or address.
    Contact,
}

/// The alternatives of a value: split at each `,` that is not escaped; empty ones are dropped.
pub(super) fn alternatives(value: &str) -> Vec<&str> {
    split(value, ',').into_iter().filter(|part| !part.is_empty()).collect()
}

/// Splits at each `mark` that has no backslash before it.
fn split(value: &str, mark: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut escaped) = (0, false);
    for (at, c) in value.char_indices() {
        if c == mark && !escaped {
            parts.push(value.get(from..at).unwrap_or_default());
            from = at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(value.get(from..).unwrap_or_default());
    parts
}

/// Takes the backslash off `\,` `\|` `\$` `\\`; any other one stays.
pub(super) fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && matches!(next, ',' | '|' | '$' | '\\') => {
                out.push(*next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// `code`, `system|code`, `|code` or `system|`.
pub(super) fn token(value: &str, compared: Compared) -> Result<Vec<Criterion>, Misread> {
    let parts = split(value, '|');
    let (system, code) = match parts.as_slice() {
        [code] => (None, *code),
        [system, code] => (Some(unescaped(system)), *code),
        _ => return Err(Misread::Form("has more than one |")),
    };
    let code = unescaped(code);
    let system = system.map(|s| (!s.is_empty()).then(|| systems::canonical(&s).to_owned()));
    if code.is_empty() {
        let Some(Some(system)) = system else { return Err(Misread::Form("has neither system nor code")) };
        return Ok(vec![Criterion::Token { system: Some(Some(system)), code: None, secret: false }]);
    }
    let code = match compared {
        Compared::Exact | Compared::Identifier => code,
        Compared::Folded => code.to_lowercase(),
        Compared::Contact => contact(&code),
    };
    let bsn = bsn_digits(&code).filter(|_| compared == Compared::Identifier);
    let secret = |code: String| Criterion::Token {
        system: Some(Some(gateway_core::Bsn::SYSTEM.to_owned())),
        code: Some(code),
        secret: true,
    };
    if system.as_ref().is_some_and(|s| s.as_deref().is_some_and(systems::is_bsn)) {
        return Ok(vec![secret(bsn.unwrap_or(code))]);
    }
    let also = bsn.filter(|_| system.is_none()).map(secret);
    Ok(std::iter::once(Criterion::Token { system, code: Some(code), secret: false }).chain(also).collect())
}

/// Nine digits of a BSN; blanks and dots taken out, eight digits padded.
pub(super) fn bsn_digits(value: &str) -> Option<String> {
    let digits: String = value.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    digits.parse::<gateway_core::Bsn>().ok().map(|bsn| bsn.expose().to_owned())
}

/// A date with its prefix; the `+` of a zone that came in as a blank is put back.
pub(super) fn date(value: &str) -> Result<Criterion, Misread> {
    let (prefix, text) = match value.split_at_checked(2) {
        Some((letters, rest)) if letters.bytes().all(|b| b.is_ascii_lowercase()) => (prefix(letters)?, rest),
        _ => (Prefix::Eq, value),
    };
    let repaired = text.replacen(' ', "+", 1);
    let moment = Moment::parse(&repaired)
        .ok_or(Misread::Form("must be a date that exists, with or without a prefix such as ge"))?;
    let (start, end) = moment.period();
    Ok(Criterion::Date { prefix, start, end })
}

fn prefix(letters: &str) -> Result<Prefix, Misread> {
    Ok(match letters {
        "eq" => Prefix::Eq,
        "ne" => Prefix::Ne,
        "gt" => Prefix::Gt,
        "lt" => Prefix::Lt,
        "ge" => Prefix::Ge,
        "le" => Prefix::Le,
        "sa" => Prefix::Sa,
        "eb" => Prefix::Eb,
        "ap" => return Err(Misread::NotOffered("has the prefix ap, which is not offered")),
        _ => return Err(Misread::Form("has an unknown prefix")),
    })
}

/// A reference: `id` (of each target), `Type/id`, or a URL. The version is left out.
pub(super) fn reference(value: &str, targets: &[&str]) -> Result<Vec<Criterion>, Misread> {
    let value = unescaped(value);
    let text = reference_text(&value);
    if text.contains(':') || text.starts_with('#') {
        return Ok(vec![Criterion::Uri(text.to_owned())]);
    }
    if let Some((name, id)) = text.split_once('/') {
        let known = r4().is_resource_type(name) && id.parse::<Id>().is_ok();
        return if known {
            Ok(vec![to(name, id)])
        } else {
            Err(Misread::Form("must be an id, Type/id or a URL"))
        };
    }
    if text.parse::<Id>().is_err() {
        return Err(Misread::Form("must be an id, Type/id or a URL"));
    }
    if targets.is_empty() || targets.len() > MANY_TARGETS {
        return Err(Misread::Form("may point to many types, so it must be Type/id"));
    }
    Ok(targets.iter().map(|name| to(name, text)).collect())
}

/// A parameter with more targets points to anything; asking for all of them would be one question per type.
const MANY_TARGETS: usize = 20;

fn to(name: &str, id: &str) -> Criterion {
    match (name.parse::<ResourceType>(), id.parse::<Id>()) {
        (Ok(resource_type), Ok(id)) => Criterion::Reference(Key::new(resource_type, id)),
        _ => Criterion::Uri(format!("{name}/{id}")),
    }
}

/// A reference without `/_history/n`.
pub(super) fn reference_text(text: &str) -> &str {
    text.split_once("/_history/").map_or(text, |(reference, _)| reference)
}

/// Whether a text is short enough to be found.
pub(super) fn is_short(text: &str) -> bool {
    text.chars().count() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
    const ANY: &str = "any";
    const NO: &str = "no";

    /// `ANY` system, `NO` system, or this one.
    fn one(system: &str, code: Option<&str>, secret: bool) -> Criterion {
        let system = (system != ANY).then(|| (system != NO).then(|| system.to_owned()));
        Criterion::Token { system, code: code.map(str::to_owned), secret }
    }

    #[test]
    fn tokens_are_read_as_section_1_5_says() {
        let read = |value: &str| token(value, Compared::Identifier).unwrap();
        let secret = one(BSN, Some("999911120"), true);
        assert_eq!(read(&format!("{BSN}|999911120")), std::slice::from_ref(&secret));
        assert_eq!(read("urn:oid:2.16.840.1.113883.2.4.6.3|999911120"), std::slice::from_ref(&secret));
        assert_eq!(read(&format!("{BSN}|999.911 120")), std::slice::from_ref(&secret));
        assert_eq!(read("999911120"), [one(ANY, Some("999911120"), false), secret]);
        assert_eq!(read("|999911120"), [one(NO, Some("999911120"), false)]);
        assert_eq!(read(&format!("{BSN}|")), [one(BSN, None, false)]);
        assert_eq!(read(&format!("{BSN}|12345672")), [one(BSN, Some("012345672"), true)]);
        assert_eq!(read(r"a\|b"), [one(ANY, Some("a|b"), false)]);
        assert_eq!(read(r"s\,x|a\qb"), [one("s,x", Some(r"a\qb"), false)]);
        for bad in ["|", "a|b|c"] {
            assert!(token(bad, Compared::Identifier).is_err(), "{bad}");
        }
        assert_eq!(token("TRUE", Compared::Folded).unwrap(), [one(ANY, Some("true"), false)]);
        assert_eq!(alternatives(r"a,,b\,c,d\\,e"), ["a", r"b\,c", r"d\\", "e"]);
    }

    #[test]
    fn dates_are_read_as_section_4_5_says() {
        let read = |value: &str| date(value);
        assert!(matches!(read("ge2026-01-01"), Ok(Criterion::Date { prefix: Prefix::Ge, .. })));
        assert!(matches!(read("2026"), Ok(Criterion::Date { prefix: Prefix::Eq, .. })));
        assert_eq!(read("2026-03-29T10:00:00 02:00"), read("2026-03-29T10:00:00+02:00"));
        assert_eq!(read("2026-03-29T10:00:00"), read("2026-03-29T10:00:00+02:00"));
        for bad in ["ge:2026", "xx2020", "ge", "", "2023-02-30", "ap2026", "gé2026", "2026 "] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn references_are_read_in_every_form() {
        let key = |text| Criterion::Reference(Key::from_reference(text).unwrap());
        assert_eq!(reference("Patient/1/_history/2", &["Patient"]).unwrap(), [key("Patient/1")]);
        assert_eq!(
            reference("1", &["Patient", "Device"]).unwrap(),
            [key("Patient/1"), Criterion::Uri("Device/1".into())]
        );
        assert_eq!(
            reference("https://a/Patient/1", &[]).unwrap(),
            [Criterion::Uri("https://a/Patient/1".into())]
        );
        for bad in ["a_b", "Nothing/1", "Patient/a_b", "1"] {
            assert!(reference(bad, &[]).is_err(), "{bad}");
        }
    }
}
