//! Composites: two values of one element, asked for and indexed as one (FHIR R4 search, composite).
//!
//! Both sides write a token as `code`, `system code` or `system` (with a mark between that no FHIR text can hold) and put the
//! other value behind it: as a token again, or as the unit of a number.

use gateway_core::json::Node;

use super::expression::Part;
use super::token::{self, Compared};
use super::value::{Misread, split};
use super::{Criterion, ParameterKind, fill, quantity, reference};
use crate::IndexValue;

/// Stands between the parts: a control character, which R4 keeps out of every text.
const MARK: char = '\u{1f}';

/// The value of a composite: its parts joined by `$`.
pub(super) fn read(base: &str, parts: &[Part], text: &str) -> Result<Vec<Criterion>, Misread> {
    const FORM: Misread = Misread::Form("must be two values with a $ between them");
    let values = split(text, '$');
    let ([first, second], [part, other]) = (values.as_slice(), parts) else { return Err(FORM) };
    if first.is_empty() || second.is_empty() || part.kind != ParameterKind::Token {
        return Err(FORM);
    }
    let mut any = Vec::new();
    for token in token::token(first, Compared::Exact)? {
        let Some(first) = asked(&token) else { continue };
        any.extend(second_of(base, other, second)?.into_iter().filter_map(|second| joined(&first, second)));
    }
    Ok(any)
}

fn second_of(base: &str, part: &Part, text: &str) -> Result<Vec<Criterion>, Misread> {
    match part.kind {
        ParameterKind::Token => token::token(text, Compared::Exact),
        ParameterKind::Reference => reference::reference(base, text, part.targets),
        ParameterKind::Quantity => Ok(vec![quantity::quantity(text)?]),
        _ => Err(Misread::NotOffered("has a part of a kind that is not offered")),
    }
}

/// A token in the form it is asked for.
fn asked(token: &Criterion) -> Option<String> {
    match token {
        Criterion::Token { system: None, code: Some(code), .. } => Some(code.clone()),
        Criterion::Token { system: Some(system), code, .. } => {
            let (system, code) = (system.as_deref().unwrap_or_default(), code.as_deref().unwrap_or_default());
            Some(format!("{system}{MARK}{code}"))
        }
        _ => None,
    }
}

fn joined(first: &str, second: Criterion) -> Option<Criterion> {
    let token = |text: &str| Criterion::Token {
        system: Some(None),
        code: Some(format!("{first}{MARK}{MARK}{text}")),
        secret: false,
    };
    match second {
        Criterion::Reference(key) => Some(token(&key.to_string())),
        Criterion::Uri(uri) => Some(token(&uri)),
        Criterion::Number { prefix, from, until, unit } => {
            let unit = Some(format!("{first}{MARK}{MARK}{}", unit.unwrap_or_default()));
            Some(Criterion::Number { prefix, from, until, unit })
        }
        second => asked(&second).map(|text| token(&text)),
    }
}

/// The rows of one element; `place` is the address we are served at and the parameter.
pub(super) fn values(
    place: (&str, &'static str),
    parts: &[Part],
    node: Node<'_>,
    mut push: impl FnMut(IndexValue),
) {
    let [part, other] = parts else { return };
    let seconds = fill::part(place, other.kind, &other.routes, node);
    let firsts = fill::part(place, part.kind, &part.routes, node);
    for first in firsts.iter().flat_map(forms) {
        for second in &seconds {
            if let IndexValue::Number { value, unit } = second {
                for unit in [unit.as_deref().unwrap_or_default(), ""] {
                    let unit = Some(format!("{first}{MARK}{MARK}{unit}"));
                    push(IndexValue::Number { value: value.clone(), unit });
                }
            }
            for text in forms(second) {
                let code = format!("{first}{MARK}{MARK}{text}");
                push(IndexValue::Token { system: None, code, secret: false });
            }
        }
    }
}

/// Every form a value can be asked for in.
fn forms(value: &IndexValue) -> Vec<String> {
    match value {
        IndexValue::Token { system, code, secret: false } => {
            let system = system.as_deref().unwrap_or_default();
            let whole = (!system.is_empty()).then(|| format!("{system}{MARK}"));
            [code.clone(), format!("{system}{MARK}{code}")].into_iter().chain(whole).collect()
        }
        IndexValue::Reference(key) => vec![key.to_string()],
        IndexValue::Uri(uri) => vec![uri.clone()],
        _ => vec![],
    }
}
