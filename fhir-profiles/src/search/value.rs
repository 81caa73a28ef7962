//! Values as a URL holds them: encoding, escapes, alternatives, prefixes, dates (`dutch-fhir.md` sections 1.5 and 4.5).

use super::{Criterion, LONGEST, Prefix};
use crate::moment::Moment;

/// Why a value is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misread {
    /// It has no value at all.
    Empty,
    /// It is not in the form of its kind.
    Form(&'static str),
    /// It asks for what is not offered.
    NotOffered(&'static str),
    /// It stands for too much.
    TooMany(&'static str),
}

/// The alternatives of a value: split at each `,` that is not escaped; empty ones are dropped.
pub(super) fn alternatives(value: &str) -> Vec<&str> {
    split(value, ',').into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// Splits at each `mark` that has no backslash before it.
pub(super) fn split(value: &str, mark: char) -> Vec<&str> {
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

/// A date with its prefix; the `+` of a zone that came in as a blank is put back. What is about a date (`ap`) is a tenth of
/// its distance to `now` around it.
pub(super) fn date(value: &str, now: Option<i64>) -> Result<Criterion, Misread> {
    let (prefix, text) = prefixed(value)?;
    let repaired = text.replacen(' ', "+", 1);
    let moment = Moment::parse(&repaired)
        .ok_or(Misread::Form("must be a date that exists, with or without a prefix such as ge"))?;
    let (start, end) = moment.period();
    if prefix != Prefix::Ap {
        return Ok(Criterion::Date { prefix, start, end });
    }
    let now = now.ok_or(Misread::NotOffered("has the prefix ap, which depends on the moment of asking"))?;
    let gap = start.saturating_sub(now).max(now.saturating_sub(end)).max(0) / 10;
    Ok(Criterion::Date { prefix, start: start.saturating_sub(gap), end: end.saturating_add(gap) })
}

/// The two letters in front of a date or number, and what stands behind them.
pub(super) fn prefixed(value: &str) -> Result<(Prefix, &str), Misread> {
    match value.split_at_checked(2) {
        Some((letters, rest)) if letters.bytes().all(|b| b.is_ascii_lowercase()) => {
            Ok((prefix(letters)?, rest))
        }
        _ => Ok((Prefix::Eq, value)),
    }
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
        "ap" => Prefix::Ap,
        _ => return Err(Misread::Form("has an unknown prefix")),
    })
}

/// Whether a text is short enough to be found.
pub(super) fn is_short(text: &str) -> bool {
    text.chars().count() <= LONGEST
}

/// Form decoding: `+` is a blank, `%hh` a byte, the whole UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_split_at_commas_that_are_not_escaped() {
        assert_eq!(alternatives(r"a,,b\,c, ,d\\,e"), ["a", r"b\,c", r"d\\", "e"]);
    }

    #[test]
    fn dates_are_read_as_section_4_5_says() {
        let read = |value: &str| date(value, None);
        assert!(matches!(read("ge2026-01-01"), Ok(Criterion::Date { prefix: Prefix::Ge, .. })));
        assert!(matches!(read("2026"), Ok(Criterion::Date { prefix: Prefix::Eq, .. })));
        assert_eq!(read("2026-03-29T10:00:00 02:00"), read("2026-03-29T10:00:00+02:00"));
        assert_eq!(read("2026-03-29T10:00:00"), read("2026-03-29T10:00:00+02:00"));
        for bad in ["ge:2026", "xx2020", "ge", "", "2023-02-30", "ap2026", "gé2026", "2026 "] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn about_a_date_is_a_tenth_of_the_way_from_now() {
        let day = 86_400_000_000;
        let about = |value: &str, now: &str| match date(value, Moment::parse(now).map(|m| m.period().0)) {
            Ok(Criterion::Date { prefix: Prefix::Ap, start, end }) => {
                let (from, until) = Moment::parse(value.trim_start_matches("ap")).unwrap().period();
                ((from - start) / day, (end - until) / day)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(about("ap2026-01-01", "2026-01-11"), (0, 0));
        assert_eq!(about("ap2026-01-01T00:00:00Z", "2026-04-11T00:00:00Z"), (9, 9));
        assert_eq!(about("ap2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), (36, 36));
        assert_eq!(about("ap2026", "2026-06-01"), (0, 0));
        assert!(matches!(date("ap2026", None), Err(Misread::NotOffered(_))));
    }
}
