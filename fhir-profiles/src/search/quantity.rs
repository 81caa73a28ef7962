//! Numbers and quantities: `prefix number`, and for quantities `|system|code` behind it (FHIR R4 search, quantity).

use super::decimal::Decimal;
use super::value::{self, Misread, split, unescaped};
use super::{Criterion, Prefix};

const FORM: Misread = Misread::Form("must be a number, with or without a prefix such as ge");

/// A number.
pub(super) fn number(value: &str) -> Result<Criterion, Misread> {
    compared(value, None)
}

/// `5.4`, `5.4|system|code` or `5.4||code`.
pub(super) fn quantity(value: &str) -> Result<Criterion, Misread> {
    match split(value, '|').as_slice() {
        [number] => compared(number, None),
        [number, system, code] if !code.is_empty() => {
            compared(number, Some(unit(&unescaped(system), &unescaped(code))))
        }
        _ => Err(Misread::Form("must be a number, or number|system|code")),
    }
}

/// A unit as the index holds it.
pub(super) fn unit(system: &str, code: &str) -> String {
    format!("{system}|{code}")
}

/// The number with its prefix, of this unit or any.
pub(super) fn compared(text: &str, unit: Option<String>) -> Result<Criterion, Misread> {
    let (prefix, text) = value::prefixed(text)?;
    let number = Decimal::parse(text).ok_or(FORM)?;
    let (prefix, (from, until)) = match prefix {
        Prefix::Eq | Prefix::Ne => (prefix, number.range()),
        Prefix::Ap => (Prefix::Eq, number.about()),
        _ => (prefix, (number.clone(), number)),
    };
    Ok(Criterion::Number { prefix, from: from.ordered(), until: until.ordered(), unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_has_a_system_and_a_code() {
        let unit = |value: &str| match quantity(value) {
            Ok(Criterion::Number { unit, .. }) => Some(unit),
            _ => None,
        };
        assert_eq!(unit("5.4"), Some(None));
        assert_eq!(
            unit("ge5.4|http://unitsofmeasure.org|mg"),
            Some(Some("http://unitsofmeasure.org|mg".into()))
        );
        assert_eq!(unit("5.4||mg"), Some(Some("|mg".into())));
        for bad in ["5.4|mg", "5.4|s|", "5.4||", "|s|mg", "xx5", "ge", "5.4|s|mg|x", "5,4", ""] {
            assert_eq!(unit(bad), None, "{bad}");
        }
    }
}
