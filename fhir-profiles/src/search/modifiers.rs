//! Which modifiers a parameter has (`dutch-fhir.md` section 4.5), for those who list what is offered. A test holds this list
//! against what is read.

use super::ParameterKind;
use super::expression::Route;
use super::token::{Compared, compared};
use crate::r4::Kind;

/// The modifiers of a parameter besides `:[Type]`, which every reference has for its targets.
pub(crate) fn of(code: &str, kind: ParameterKind, routes: &[Route]) -> &'static [&'static str] {
    match kind {
        ParameterKind::Token if compared(routes) == Compared::Identifier => {
            &["missing", "not", "text", "in", "not-in", "above", "below", "of-type"]
        }
        ParameterKind::Token => &["missing", "not", "text", "in", "not-in", "above", "below"],
        ParameterKind::String if code == "surname" => &["missing", "contains", "text"],
        ParameterKind::String => &["missing", "exact", "contains", "text"],
        ParameterKind::Uri => &["missing", "above", "below"],
        ParameterKind::Reference if routes.iter().any(|route| matches!(route.kind, Kind::Primitive(_))) => {
            &["missing", "identifier", "above", "below"]
        }
        ParameterKind::Reference => &["missing", "identifier"],
        ParameterKind::Date
        | ParameterKind::Number
        | ParameterKind::Quantity
        | ParameterKind::Composite
        | ParameterKind::Special => &["missing"],
    }
}
