//! A civil time zone: local times become instants here and instants local times (`tetra.md` section 3.7).
//!
//! Reading is lenient: a gap is moved behind itself and a fold is decided, both flagged. Telling is strict: what would
//! not be read back as the same instant is refused. The time zone database is part of the program.

use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::LocalTimeError;

/// A year before this one is how counterparts spell "no value".
const FIRST_YEAR: i16 = 1850;

/// A named time zone. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// No name of the IANA time zone database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a name of the IANA time zone database, such as Europe/Amsterdam")]
pub struct NoZone;

/// An instant as it is seen in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    offset: Offset,
    /// Why the local time did not say which instant is meant.
    pub uncertain: Option<Uncertain>,
}

/// Why a local time is not one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncertain {
    /// It does not exist: the clocks went forward.
    Gap,
    /// It exists twice: the clocks went back.
    Fold,
}

impl Uncertain {
    /// As a code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Fold => "fold",
        }
    }
}

impl Zone {
    /// The zone of this name.
    ///
    /// # Errors
    /// [`NoZone`]
    pub fn named(name: &str) -> Result<Self, NoZone> {
        TimeZone::get(name).map(Self).map_err(|_| NoZone)
    }

    /// Europe/Amsterdam.
    ///
    /// # Panics
    /// Never: the time zone is compiled in.
    #[must_use]
    pub fn amsterdam() -> &'static Self {
        static AMSTERDAM: LazyLock<Zone> = LazyLock::new(|| {
            Zone::named("Europe/Amsterdam").expect("the time zone database is compiled into the program")
        });
        &AMSTERDAM
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or_default()
    }

    /// The moment a local time means; `None` where it is a way to say "no value" (a year before 1850).
    ///
    /// `YYYY-MM-DD`, then perhaps `T` or a space and `hh:mm[:ss[.f]]`, then perhaps `Z` or an offset, which is
    /// trusted. A time in a gap is as long after the gap as it is behind its start. Of the two instants of a fold it
    /// is the earliest that is later than `after`, without `after` the first.
    ///
    /// # Errors
    /// [`LocalTimeError::Form`]
    pub fn read(&self, text: &str, after: Option<Moment>) -> Result<Option<Moment>, LocalTimeError> {
        let text = text.trim();
        let year = year(text).ok_or(LocalTimeError::Form)?;
        if has_offset(text) {
            let at: Timestamp = text.parse().map_err(|_| LocalTimeError::Form)?;
            return Ok((year >= FIRST_YEAR).then(|| self.at(at)));
        }
        let local = if text.len() == 10 {
            text.parse::<Date>().map(|date| date.at(0, 0, 0, 0))
        } else {
            text.parse::<DateTime>()
        };
        let local = local.map_err(|_| LocalTimeError::Form)?;
        if year < FIRST_YEAR {
            return Ok(None);
        }
        self.moment(local, after).map(Some)
    }

    /// The local time of an instant (RFC 3339), in whole seconds and without an offset.
    ///
    /// # Errors
    /// [`LocalTimeError::SubSecond`]; [`LocalTimeError::SecondHour`] when [`Zone::read`] with the same `after` would
    /// give another instant, unless `second_hour` allows it; [`LocalTimeError::Form`] for what is no instant.
    pub fn tell(
        &self,
        instant: &str,
        after: Option<Moment>,
        second_hour: SecondHour,
    ) -> Result<String, LocalTimeError> {
        let at = self.instant(instant)?.at;
        if at.subsec_nanosecond() != 0 {
            return Err(LocalTimeError::SubSecond);
        }
        let local = self.0.to_datetime(at);
        if second_hour == SecondHour::Refuse && self.moment(local, after)?.at != at {
            return Err(LocalTimeError::SecondHour);
        }
        let mut text = String::with_capacity(19);
        push_local(&mut text, local);
        Ok(text)
    }

    /// An instant (RFC 3339) as it is seen here.
    ///
    /// # Errors
    /// [`LocalTimeError::Form`]
    pub fn instant(&self, text: &str) -> Result<Moment, LocalTimeError> {
        text.parse().map(|at| self.at(at)).map_err(|_| LocalTimeError::Form)
    }

    fn at(&self, at: Timestamp) -> Moment {
        Moment { at, offset: self.0.to_offset(at), uncertain: None }
    }

    fn moment(&self, local: DateTime, after: Option<Moment>) -> Result<Moment, LocalTimeError> {
        let at = |offset: Offset, uncertain| {
            let at = offset.to_timestamp(local).map_err(|_| LocalTimeError::Form)?;
            Ok(Moment { at, offset, uncertain })
        };
        match self.ambiguous(local) {
            AmbiguousOffset::Unambiguous { offset } => at(offset, None),
            AmbiguousOffset::Gap { before, .. } => {
                // Read with the offset before the gap, it is the instant as long after the gap.
                let moment = at(before, Some(Uncertain::Gap))?;
                Ok(Moment { offset: self.0.to_offset(moment.at), ..moment })
            }
            AmbiguousOffset::Fold { before, after: second } => {
                let first = at(before, Some(Uncertain::Fold))?;
                match after {
                    Some(start) if first.at <= start.at => at(second, Some(Uncertain::Fold)),
                    _ => Ok(first),
                }
            }
        }
    }

    pub(crate) fn ambiguous(&self, local: DateTime) -> AmbiguousOffset {
        self.0.to_ambiguous_timestamp(local).offset()
    }
}

/// What to do with an instant in the second hour of a fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondHour {
    /// It cannot be told.
    #[default]
    Refuse,
    /// It is told, and read back as the first.
    Allow,
}

impl Moment {
    /// RFC 3339 with the offset of its zone.
    #[must_use]
    pub fn text(self) -> String {
        let mut out = String::with_capacity(25);
        // An offset with seconds, as before 1940, cannot be written.
        let minutes = self.offset.seconds() / 60;
        let offset = if self.offset.seconds() % 60 == 0 { self.offset } else { Offset::UTC };
        push_local(&mut out, offset.to_datetime(self.at));
        if offset == Offset::UTC {
            out.push('Z');
        } else {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.abs();
            write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60).expect("a String takes all");
        }
        out
    }

    /// The seconds since another moment.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.at.as_second() - earlier.at.as_second()
    }
}

/// `2026-06-02T10:20:00`, and the fraction when there is one. By hand: this is written for each time of each record.
fn push_local(out: &mut String, at: DateTime) {
    if at.subsec_nanosecond() != 0 || at.year() < 1000 {
        return write!(out, "{at}").expect("a String takes all");
    }
    let year = at.year();
    two(out, i8::try_from(year / 100).unwrap_or_default());
    two(out, i8::try_from(year % 100).unwrap_or_default());
    for (before, part) in
        [('-', at.month()), ('-', at.day()), ('T', at.hour()), (':', at.minute()), (':', at.second())]
    {
        out.push(before);
        two(out, part);
    }
}

fn two(out: &mut String, part: i8) {
    let digit = |n: i8| char::from(b'0' + n.unsigned_abs() % 10);
    out.push(digit(part / 10));
    out.push(digit(part % 10));
}

/// The year of a text that has the form of a date and perhaps a time: the parsers themselves take more than that.
fn year(text: &str) -> Option<i16> {
    let bytes = text.as_bytes();
    let form = bytes.iter().enumerate().all(|(n, byte)| match n {
        4 | 7 => *byte == b'-',
        10 => matches!(byte, b'T' | b' '),
        13 => *byte == b':',
        16 => matches!(byte, b':' | b'Z' | b'+' | b'-'),
        0..=18 => byte.is_ascii_digit(),
        _ => byte.is_ascii_digit() || matches!(byte, b'.' | b':' | b'Z' | b'+' | b'-'),
    });
    let long_enough = matches!(bytes.len(), 10 | 16..);
    (form && long_enough).then(|| text.get(..4)?.parse().ok()).flatten()
}

fn has_offset(text: &str) -> bool {
    text.bytes().skip(16).any(|byte| matches!(byte, b'Z' | b'+' | b'-'))
}

#[cfg(test)]
mod tests;
