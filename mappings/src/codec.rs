//! Codecs: how a wire value becomes the value of an element, and back. Small, pure, tested both ways.
//!
//! A codec is chosen per row and, where the formats differ, per format. It answers a value, no value, or a [`Fault`]
//! that never repeats what it read.

mod code;
mod colour;
mod decimal;
mod name;
mod text;
mod time;

use std::borrow::Cow;
use std::sync::Arc;

use fhir_profiles::outline::ElementType;
use gateway_core::json::{Kind, Node};
use gateway_core::{IssueCode, LocalTimeError, Moment, SecondHour, Uncertain};

pub(crate) use code::CodeMap;
pub(crate) use decimal::whole;
pub(crate) use name::{ByFormat, Said};

use crate::record::FieldType;
use crate::{Context, wire};

/// How a wire value becomes the value of an element, and back.
#[derive(Debug, Clone)]
pub(crate) enum Codec {
    Text,
    Trimmed,
    Integer,
    Decimal,
    Cents,
    Boolean,
    LocalTime,
    Date,
    DateOfMidnight,
    Minutes,
    MinutesTimesTen,
    MinutesSince,
    ColourHex,
    ColourArgb,
    Code(Arc<CodeMap>),
    Reference(String),
    RawJson,
    Bsn,
    Agb,
}

/// A primitive value of FHIR JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leaf<'d> {
    Text(Cow<'d, str>),
    Number(Cow<'d, str>),
    Bool(bool),
}

/// Why a value cannot be carried over. Never content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: IssueCode,
    pub(crate) text: Cow<'static, str>,
}

impl Fault {
    fn value(text: &'static str) -> Self {
        Self { code: IssueCode::Value, text: text.into() }
    }
}

/// What a codec may look at beside the value itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside<'c> {
    pub(crate) element: ElementType,
    pub(crate) field: &'c FieldType,
    pub(crate) cx: &'c Context<'c>,
    /// The moment of the field this one comes after, or is counted from.
    pub(crate) after: Option<Moment>,
    pub(crate) second_hour: SecondHour,
}

/// A value for an element, and whether its local time was not one instant.
pub(crate) type Inbound<'d> = (Option<Leaf<'d>>, Option<Uncertain>);

impl Codec {
    /// The value for the element. `text` is the text of `node`, a scalar that is not blank.
    pub(crate) fn to_fhir<'d>(
        &self,
        node: wire::Node<'d>,
        text: &'d str,
        beside: Beside<'_>,
    ) -> Result<Inbound<'d>, Fault> {
        let leaf = match self {
            Self::LocalTime | Self::MinutesSince => {
                return self.of_moment(beside.cx.zone.read(text, beside.after), beside.after);
            }
            Self::Date | Self::DateOfMidnight => time::date(text)?,
            Self::Text => Some(Leaf::Text(text.into())),
            Self::Trimmed => Some(Leaf::Text(text.trim().into())),
            Self::Integer => Some(decimal::integer(text, beside.element)?),
            Self::Decimal => Some(Leaf::Number(decimal::number(text)?)),
            Self::Cents => Some(Leaf::Number(decimal::from_cents(text)?.into())),
            Self::Boolean => Some(Leaf::Bool(text::boolean(text)?)),
            Self::Minutes => decimal::minutes(text, 0, beside.element)?,
            Self::MinutesTimesTen => decimal::minutes(text, 1, beside.element)?,
            Self::ColourHex => colour::from_hex(text).map(|hex| Leaf::Text(hex.into())),
            Self::ColourArgb => colour::from_argb(text).map(|hex| Leaf::Text(hex.into())),
            Self::Code(map) => map.forward(text)?.map(|code| Leaf::Text(code.to_owned().into())),
            Self::Reference(role) => Some(text::reference(role, text, beside.cx)?),
            Self::RawJson => text::raw_json(node),
            Self::Bsn => Some(text::bsn(text)?),
            Self::Agb => Some(text::agb(text)?),
        };
        Ok((leaf, None))
    }

    /// The value of a codec of local times, from a text that was read already.
    pub(crate) fn of_moment(
        &self,
        read: Result<Option<Moment>, LocalTimeError>,
        after: Option<Moment>,
    ) -> Result<Inbound<'static>, Fault> {
        time::inbound(self, read, after)
    }

    /// The wire value of an element's value.
    pub(crate) fn to_wire(&self, node: Node<'_>, beside: Beside<'_>) -> Result<Option<wire::Value>, Fault> {
        let text = match node.kind() {
            Kind::String => node.as_str().unwrap_or_default(),
            Kind::Number | Kind::Bool(_) => node.raw(),
            Kind::Null => return Ok(None),
            Kind::Array | Kind::Object => return Err(Fault::value("one value is expected here")),
        };
        let told: Option<Cow<'_, str>> = match self {
            Self::Text | Self::Trimmed | Self::Bsn | Self::Agb => Some(text.into()),
            Self::Integer => Some(whole(text).ok_or(Fault::value("only a whole number can be told here"))?),
            Self::Decimal => Some(decimal::number(text)?),
            Self::Cents => Some(decimal::to_cents(text)?.into()),
            Self::Boolean => Some(if text::boolean(text)? { "true" } else { "false" }.into()),
            Self::LocalTime => Some(time::outbound(text, beside)?.into()),
            Self::MinutesSince => None,
            Self::Date => Some(time::full_date(text)?.into()),
            Self::DateOfMidnight => Some(format!("{}T00:00:00", time::full_date(text)?).into()),
            Self::Minutes => Some(decimal::to_minutes(text, 0, beside.field)?.into()),
            Self::MinutesTimesTen => Some(decimal::to_minutes(text, 1, beside.field)?.into()),
            Self::ColourHex => colour::from_hex(text).map(Cow::Owned),
            Self::ColourArgb => colour::to_argb(text).map(Cow::Owned),
            Self::Code(map) => Some(map.backward(text)?.to_owned().into()),
            Self::Reference(role) => Some(text::key(role, text, beside.cx)?.into()),
            Self::RawJson => return text::told_json(text).map(Some),
        };
        told.map(|text| value(text, beside.field)).transpose()
    }

    /// Whether a field and an element of these types fit, for both ways. The error is the end of a sentence.
    pub(crate) fn fits(&self, field: &FieldType, element: ElementType) -> Result<(), String> {
        use ElementType as E;
        use FieldType as F;
        let (wire, fhir): (&[F], &[E]) = match self {
            Self::Text | Self::Trimmed => (&[F::Text, F::Date, F::LocalTime], TEXTS),
            Self::Integer => (&[F::Integer, F::Text], WHOLE_OR_TEXT),
            Self::Decimal => (&[F::Decimal, F::Integer, F::Text], &[E::Decimal]),
            Self::Cents => (&[F::Integer, F::Text], &[E::Decimal]),
            Self::Boolean => (&[F::Boolean, F::Text], &[E::Boolean]),
            Self::LocalTime => (&[F::LocalTime, F::Text], &[E::Instant, E::DateTime]),
            Self::MinutesSince => (&[F::LocalTime, F::Text], NUMBERS),
            Self::Date => (&[F::Date, F::Text], DATES),
            Self::DateOfMidnight => (&[F::LocalTime, F::Text], DATES),
            Self::Minutes | Self::MinutesTimesTen => (&[F::Decimal, F::Integer, F::Text], NUMBERS),
            Self::ColourHex | Self::ColourArgb => (&[F::Text, F::Integer], TEXTS),
            Self::Code(_) => (&[F::Text, F::Integer, F::Boolean], TEXTS),
            Self::RawJson => (&[F::Text], &[E::String]),
            Self::Reference(_) | Self::Bsn | Self::Agb => (&[F::Text, F::Integer], &[E::String]),
        };
        if *field != F::Any && !wire.contains(field) {
            return Err(format!("does not fit a field of type {}", field.name()));
        }
        if !fhir.contains(&element) {
            return Err(format!("does not fit an element of type {}", type_name(element)));
        }
        Ok(())
    }
}

const TEXTS: &[ElementType] = &[
    ElementType::String,
    ElementType::Code,
    ElementType::Id,
    ElementType::Uri,
    ElementType::Oid,
    ElementType::Uuid,
];
const NUMBERS: &[ElementType] =
    &[ElementType::Decimal, ElementType::Integer, ElementType::UnsignedInt, ElementType::PositiveInt];
const DATES: &[ElementType] = &[ElementType::Date, ElementType::DateTime];
const WHOLE_OR_TEXT: &[ElementType] = &[
    ElementType::Integer,
    ElementType::UnsignedInt,
    ElementType::PositiveInt,
    ElementType::Decimal,
    ElementType::String,
    ElementType::Code,
    ElementType::Id,
];

/// The R4 name of a type.
pub(crate) fn type_name(element: ElementType) -> String {
    match element {
        ElementType::Complex(name) => name.to_owned(),
        simple => {
            let name = format!("{simple:?}");
            let mut letters = name.chars();
            letters.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(letters).collect()
        }
    }
}

/// A text as a value of its field's type.
fn value(text: Cow<'_, str>, field: &FieldType) -> Result<wire::Value, Fault> {
    Ok(match field {
        FieldType::Integer => {
            let number = whole(&text).ok_or(Fault::value("only a whole number can be told here"))?;
            wire::Value::Number(number.into_owned())
        }
        FieldType::Decimal => wire::Value::Number(decimal::number(&text)?.into_owned()),
        FieldType::Boolean => wire::Value::Bool(text::boolean(&text)?),
        _ => wire::Value::Text(text.into_owned()),
    })
}

#[cfg(test)]
mod tests;
