//! Constants: JSON that is known when a table is compiled, and texts with `{name}` that are known when it runs.

use std::collections::BTreeMap;

use fhir_profiles::outline::ElementType;
use gateway_core::json::{Node, push_quoted, quoted};
use serde_json::Value;

use super::row::Scalar;
use crate::codec::{Leaf, type_name, whole};

/// A constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// A text, as it is and as JSON.
    Text(String, String),
    /// Anything else, as JSON.
    Json(String),
    /// The text of this number in [`Templates`].
    Template(usize),
}

/// The texts with `{name}` of a table.
#[derive(Debug, Default)]
pub(crate) struct Templates(Vec<String>);

/// The same texts for one run.
pub(crate) struct Texts(Vec<String>);

impl Templates {
    /// The constant of a text.
    pub(crate) fn text(&mut self, text: &str) -> Fixed {
        if !text.contains('{') {
            return Fixed::Text(text.to_owned(), quoted(text));
        }
        let at = self.0.iter().position(|known| known == text).unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
        });
        Fixed::Template(at)
    }

    /// The constant a row says, for an element of this type.
    pub(crate) fn scalar(&mut self, scalar: &Scalar, element: ElementType) -> Result<Fixed, String> {
        Ok(match leaf(scalar, element)? {
            Leaf::Text(text) => self.text(&text),
            Leaf::Number(number) => Fixed::Json(number.into_owned()),
            Leaf::Bool(value) => Fixed::Json(value.to_string()),
        })
    }

    /// The names in the texts; one may come more than once.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let parts = self.0.iter().flat_map(|text| text.split('{').skip(1));
        parts.map(|part| part.split('}').next().unwrap_or_default())
    }

    /// The texts with the names filled in; the error is the name that has no value.
    pub(crate) fn fill(&self, values: &BTreeMap<String, String>) -> Result<Texts, String> {
        self.0.iter().map(|text| filled(text, values)).collect::<Result<_, _>>().map(Texts)
    }
}

/// The value of a constant, for an element of this type.
pub(crate) fn leaf(scalar: &Scalar, element: ElementType) -> Result<Leaf<'static>, String> {
    use ElementType as E;
    let is_number = matches!(element, E::Integer | E::UnsignedInt | E::PositiveInt | E::Decimal);
    match scalar {
        Scalar::Bool(value) if element == E::Boolean => Ok(Leaf::Bool(*value)),
        Scalar::Text(text) if element == E::Boolean && (text == "true" || text == "false") => {
            Ok(Leaf::Bool(text == "true"))
        }
        Scalar::Number(number) if is_number => Ok(Leaf::Number(number.to_string().into())),
        Scalar::Text(text) if is_number && whole(text).is_some() => Ok(Leaf::Number(text.clone().into())),
        Scalar::Text(text) if !is_number && element != E::Boolean => Ok(Leaf::Text(text.clone().into())),
        _ => Err(format!("the constant does not fit an element of type {}", type_name(element))),
    }
}

/// The constant a profile says; what has parts is none.
pub(crate) fn of_profile(value: &Value) -> Fixed {
    match value {
        Value::String(text) => Fixed::Text(text.clone(), quoted(text)),
        other => Fixed::Json(other.to_string()),
    }
}

fn filled(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
        out.push_str(before);
        out.push_str(values.get(name).ok_or_else(|| name.to_owned())?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

impl Fixed {
    /// Whether a value is this constant.
    pub(crate) fn is(&self, node: Node<'_>, texts: &Texts) -> bool {
        match self {
            Self::Text(text, _) => node.as_str() == Some(text),
            Self::Json(json) => node.raw() == json,
            Self::Template(at) => node.as_str() == Some(texts.0[*at].as_str()),
        }
    }

    /// Writes it as JSON.
    pub(crate) fn push(&self, out: &mut String, texts: &Texts) {
        match self {
            Self::Text(_, json) | Self::Json(json) => out.push_str(json),
            Self::Template(at) => push_quoted(out, &texts.0[*at]),
        }
    }
}
