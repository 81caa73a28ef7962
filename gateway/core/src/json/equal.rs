//! Whether two values are the same: objects in any order, strings by their characters, numbers by their value
//! (RFC 6902, section 4.6). `1.0`, `1.00` and `10e-1` are the same number; nothing goes through a float.

use super::node::Kind;
use super::view::View;

/// Whether two values are the same.
#[must_use]
pub fn equal(a: View<'_>, b: View<'_>) -> bool {
    match (a.kind(), b.kind()) {
        (Kind::Null, Kind::Null) => true,
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::String, Kind::String) => a.as_str() == b.as_str(),
        (Kind::Number, Kind::Number) => match (a.node(), b.node()) {
            (Some(a), Some(b)) => equal_numbers(a.raw(), b.raw()),
            (None, _) | (_, None) => false,
        },
        (Kind::Array, Kind::Array) => {
            let (a, b) = (a.items(), b.items());
            a.len() == b.len() && a.into_iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Kind::Object, Kind::Object) => equal_members(a, b),
        (
            Kind::Null | Kind::Bool(_) | Kind::String | Kind::Number | Kind::Array | Kind::Object,
            Kind::Null | Kind::Bool(_) | Kind::String | Kind::Number | Kind::Array | Kind::Object,
        ) => false,
    }
}

fn equal_members(a: View<'_>, b: View<'_>) -> bool {
    let (mut a, mut b) = (a.entries(), b.entries());
    if a.len() != b.len() {
        return false;
    }
    a.sort_unstable_by_key(|(key, _)| *key);
    b.sort_unstable_by_key(|(key, _)| *key);
    a.into_iter().zip(b).all(|((key, a), (other, b))| key == other && equal(a, b))
}

/// Whether the texts of two JSON numbers mean the same number.
#[must_use]
pub fn equal_numbers(a: &str, b: &str) -> bool {
    // an exponent that no i64 holds is compared as it is written
    a == b || matches!((Number::read(a), Number::read(b)), (Some(a), Some(b)) if a == b)
}

/// Digits without zeros around them, times ten to the exponent.
#[derive(PartialEq)]
struct Number {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Number {
    fn read(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self { negative: false, digits: String::new(), exponent: 0 });
        }
        let written: i64 = exponent.parse().ok()?;
        let trimmed = i64::try_from(all.len() - significant.len()).ok()?;
        let exponent = written.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(trimmed)?;
        Some(Self { negative, digits: significant.trim_start_matches('0').to_owned(), exponent })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Tree};
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let (a, b) = (Document::parse(a.as_bytes()).unwrap(), Document::parse(b.as_bytes()).unwrap());
        let mut opened = Tree::Kept(a.root());
        opened.open();
        assert_eq!(
            equal(opened.view(), View::Node(b.root())),
            equal(View::Node(b.root()), View::Node(a.root()))
        );
        equal(View::Node(a.root()), View::Node(b.root()))
    }

    #[test]
    fn numbers_are_the_same_by_value() {
        for (a, b) in [
            ("1", "1.00"),
            ("1.0", "10e-1"),
            ("100", "1e2"),
            ("1E+2", "100.0"),
            ("-0.0", "0"),
            ("0e99999999999999999999", "0"),
            ("0.10", "0.1000"),
            ("12345678901234567890.12", "1234567890123456789012e-2"),
            ("1e99999999999999999999", "1e99999999999999999999"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in
            [("1", "-1"), ("1", "10"), ("0.1", "0.10000000000000000001"), ("1", "\"1\""), ("1e2", "1e3")]
        {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_order_of_members_and_escapes_do_not_count() {
        assert!(same(r#"{"a":[1,{"b":"\u00e9"}],"c":null}"#, r#"{"c":null,"a":[1.0,{"b":"é"}]}"#));
        for (a, b) in
            [("[1,2]", "[2,1]"), (r#"{"a":1}"#, r#"{"a":1,"b":2}"#), ("[]", "{}"), ("null", "false")]
        {
            assert!(!same(a, b), "{a} {b}");
        }
    }
}
