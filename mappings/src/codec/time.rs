//! Codecs of local times and dates; what an hour means is `gateway_core::Zone`'s (`tetra.md` section 3.7).

use gateway_core::{LocalTimeError, Moment};
use jiff::civil::Date;

use super::{Beside, Fault, Inbound, Leaf};

/// A year before this one is a way to say "no value".
const FIRST_YEAR: i16 = 1850;

pub(super) fn inbound(text: &str, beside: Beside<'_>) -> Result<Inbound<'static>, Fault> {
    let moment = beside.cx.zone.read(text, beside.after).map_err(fault)?;
    Ok((moment.map(|m| Leaf::Text(m.text().into())), moment.and_then(|m| m.uncertain)))
}

pub(super) fn outbound(text: &str, beside: Beside<'_>) -> Result<String, Fault> {
    beside.cx.zone.tell(text, beside.after, beside.second_hour).map_err(fault)
}

/// Whole minutes, when it is so and more than none.
pub(super) fn minutes_since(text: &str, beside: Beside<'_>) -> Result<Option<Leaf<'static>>, Fault> {
    let Some(start) = beside.after else { return Ok(None) };
    let end: Option<Moment> = beside.cx.zone.read(text, Some(start)).map_err(fault)?;
    let seconds = end.map_or(0, |end| end.seconds_since(start));
    Ok((seconds > 0 && seconds % 60 == 0).then(|| Leaf::Number((seconds / 60).to_string().into())))
}

/// The date part, never moved by a zone.
pub(super) fn date(text: &str) -> Result<Option<Leaf<'_>>, Fault> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10).ok_or(NO_DATE)?;
    let parsed: Date = date.parse().map_err(|_| NO_DATE)?;
    if !(rest.is_empty() || rest.starts_with(['T', ' '])) || date.as_bytes()[4] != b'-' {
        return Err(NO_DATE);
    }
    Ok((parsed.year() >= FIRST_YEAR).then_some(Leaf::Text(date.into())))
}

/// A date of ten characters: a year or a month alone cannot be told.
pub(super) fn full_date(text: &str) -> Result<&str, Fault> {
    let fault = Fault::value("only a full date can be told here");
    if text.len() == 10 && text.parse::<Date>().is_ok() { Ok(text) } else { Err(fault) }
}

const NO_DATE: Fault = Fault {
    code: gateway_core::IssueCode::Value,
    text: std::borrow::Cow::Borrowed("must be a date, such as 1980-03-14"),
};

fn fault(error: LocalTimeError) -> Fault {
    Fault::value(match error {
        LocalTimeError::Form => "is no date and time",
        LocalTimeError::Skipped => "does not exist: the clocks go forward",
        LocalTimeError::SubSecond => "has parts of a second, which cannot be told",
        LocalTimeError::SecondHour => {
            "lies in the hour that happens twice and would be read as the other one"
        }
    })
}
