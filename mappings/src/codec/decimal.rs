//! Codecs of numbers. They work on the text: keys longer than 2^53 and `5.00` come through as they are.

use std::borrow::Cow;

use fhir_profiles::outline::ElementType;

use super::{Fault, Leaf};
use crate::record::FieldType;

/// A whole number in its shortest spelling.
pub(crate) fn whole(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    let (minus, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let short = digits.trim_start_matches('0');
    Some(match (minus, short) {
        (_, "") => "0".into(),
        (false, short) => short.into(),
        (true, short) if short.len() == digits.len() => text.into(),
        (true, short) => format!("-{short}").into(),
    })
}

/// A number as JSON has it; `007.50` becomes `7.50`.
pub(super) fn number(text: &str) -> Result<Cow<'_, str>, Fault> {
    let fault = Fault::value("must be a decimal number");
    let text = text.trim();
    let (whole_part, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let Some(fraction) = fraction else { return whole(text).ok_or(fault) };
    let short = whole(whole_part).ok_or(fault.clone())?;
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(fault);
    }
    let sign = if whole_part.starts_with('-') && !short.starts_with('-') { "-" } else { "" };
    if sign.is_empty() && short.len() == whole_part.len() {
        return Ok(text.into());
    }
    Ok(format!("{sign}{short}.{fraction}").into())
}

pub(super) fn integer(text: &str, element: ElementType) -> Result<Leaf<'_>, Fault> {
    let number = whole(text).ok_or(Fault::value("must be a whole number"))?;
    let least = match element {
        ElementType::PositiveInt => 1,
        ElementType::UnsignedInt => 0,
        ElementType::Integer => i32::MIN,
        ElementType::Decimal => return Ok(Leaf::Number(number)),
        _ => return Ok(Leaf::Text(number)),
    };
    match number.parse::<i32>() {
        Ok(value) if value >= least => Ok(Leaf::Number(number)),
        _ => Err(Fault::value("is not within the numbers that the element takes")),
    }
}

pub(super) fn from_cents(text: &str) -> Result<String, Fault> {
    let cents = whole(text).ok_or(Fault::value("must be a whole number of cents"))?;
    let (sign, digits) = cents.strip_prefix('-').map_or(("", &*cents), |digits| ("-", digits));
    let padded = format!("{digits:0>3}");
    let (euros, rest) = padded.split_at(padded.len() - 2);
    Ok(format!("{sign}{euros}.{rest}"))
}

pub(super) fn to_cents(text: &str) -> Result<String, Fault> {
    let fault = Fault::value("only whole cents can be told here");
    let text = number(text)?;
    let (euros, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 2 {
        return Err(fault);
    }
    whole(&format!("{euros}{fraction:0<2}")).map(Cow::into_owned).ok_or(fault)
}

/// Minutes from a number that is ten to the power `tenths` times as many; 0 and less is no value.
pub(super) fn minutes(
    text: &str,
    tenths: usize,
    element: ElementType,
) -> Result<Option<Leaf<'static>>, Fault> {
    let minutes = shifted(text, tenths, Direction::Smaller)?;
    if minutes == "0" || minutes.starts_with('-') {
        return Ok(None);
    }
    let is_decimal = element == ElementType::Decimal;
    if is_decimal || minutes.parse::<i32>().is_ok() {
        return Ok(Some(Leaf::Number(minutes.into())));
    }
    Err(Fault::value("must be whole minutes"))
}

pub(super) fn to_minutes(text: &str, tenths: usize, field: &FieldType) -> Result<String, Fault> {
    let told = shifted(text, tenths, Direction::Larger)?;
    if *field == FieldType::Integer && told.contains('.') {
        return Err(Fault::value("cannot be told in whole numbers"));
    }
    Ok(told)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Smaller,
    Larger,
}

/// The decimal point moved by `places`, without zeros at the end.
fn shifted(text: &str, places: usize, direction: Direction) -> Result<String, Fault> {
    let text = number(text)?;
    let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |rest| ("-", rest));
    let (whole_part, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut digits: String = format!("{whole_part}{fraction}");
    let mut point = whole_part.len();
    match direction {
        Direction::Larger => point += places,
        Direction::Smaller if point > places => point -= places,
        Direction::Smaller => {
            digits.insert_str(0, &"0".repeat(places + 1 - point));
            point = 1;
        }
    }
    while digits.len() < point {
        digits.push('0');
    }
    let fraction = digits.split_off(point);
    let fraction = fraction.trim_end_matches('0');
    let whole_part = digits.trim_start_matches('0');
    let whole_part = if whole_part.is_empty() { "0" } else { whole_part };
    let sign = if whole_part == "0" && fraction.is_empty() { "" } else { sign };
    let dot = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole_part}{dot}{fraction}"))
}
