//! Codecs of local times and dates; what an hour means is `gateway_core::Zone`'s (`tetra.md` section 3.7).

use gateway_core::{LocalTimeError, Moment};
use jiff::civil::Date;

use super::{Beside, Codec, Fault, Inbound, Leaf};

/// A year before this one is a way to say "no value".
const FIRST_YEAR: i16 = 1850;

/// What the moment of a field becomes: itself, or the minutes since another.
pub(super) fn inbound(
    codec: &Codec,
    read: Result<Option<Moment>, LocalTimeError>,
    after: Option<Moment>,
) -> Result<Inbound<'static>, Fault> {
    let moment = read.map_err(fault)?;
    if !matches!(codec, Codec::MinutesSince) {
        return Ok((moment.map(|m| Leaf::Text(m.text().into())), moment.and_then(|m| m.uncertain)));
    }
    // Whole minutes, when it is so and more than none.
    let seconds = moment.zip(after).map_or(0, |(end, start)| end.seconds_since(start));
    let is_whole = seconds > 0 && seconds % 60 == 0;
    Ok((is_whole.then(|| Leaf::Number((seconds / 60).to_string().into())), None))
}

pub(super) fn outbound(text: &str, beside: Beside<'_>) -> Result<String, Fault> {
    beside.cx.zone.tell(text, beside.after, beside.second_hour).map_err(fault)
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
