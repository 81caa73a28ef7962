//! Local times without a zone, as Tetra writes them: `yyyy-MM-ddTHH:mm:ss` (`tetra.md` section 3.7).

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Duration, PrimitiveDateTime, Time};

const FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A moment on the practice's wall clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Local(pub PrimitiveDateTime);

impl Local {
    /// This time of this day.
    #[must_use]
    pub fn at(day: Date, hour: u8, minute: u8) -> Self {
        Self(PrimitiveDateTime::new(day, Time::from_hms(hour, minute, 0).unwrap_or(Time::MIDNIGHT)))
    }

    /// So many minutes later.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(Duration::minutes(minutes)))
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&FORM).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Local {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        PrimitiveDateTime::parse(text, &FORM)
            .map(Self)
            .map_err(|_| "not a local time of the form yyyy-MM-ddTHH:mm:ss".to_owned())
    }
}

impl TryFrom<String> for Local {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Local> for String {
    fn from(local: Local) -> Self {
        local.to_string()
    }
}

/// A date of birth as Tetra writes it: midnight of that day, and of the first day there is when it is not known
/// (sections 2.8 and 2.9).
pub(crate) fn midnight(day: Option<Date>) -> String {
    let text = day.and_then(|day| day.format(&DAY).ok()).unwrap_or_else(|| "0001-01-01".to_owned());
    format!("{text}T00:00:00")
}

/// Reads a date of the control side's JSON: `yyyy-MM-dd`, or nothing.
pub(crate) fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    text.map(|text| Date::parse(&text, &DAY).map_err(D::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_read_and_written_in_the_one_form() {
        let text = "2026-06-02T10:20:00";
        assert_eq!(text.parse::<Local>().unwrap().to_string(), text);
        for strange in
            ["2026-06-02", "2026-06-02 10:20:00", "2026-06-02T10:20:00Z", "2026-02-30T10:00:00", ""]
        {
            assert!(strange.parse::<Local>().is_err(), "{strange}");
        }
    }

    #[test]
    fn a_birth_date_that_is_not_known_is_the_first_day_there_is() {
        assert_eq!(midnight(None), "0001-01-01T00:00:00");
        assert_eq!(
            midnight(Date::from_calendar_date(1980, time::Month::March, 14).ok()),
            "1980-03-14T00:00:00"
        );
    }
}
