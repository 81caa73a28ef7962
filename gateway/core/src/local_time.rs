//! Local times of the Netherlands as the Spreekuur contract has them (`spreekuur.md` section 6.5). A counterpart that is
//! read more leniently, or in another zone, takes [`Zone`].

use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;

use crate::Zone;

/// Why a local time is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocalTimeError {
    /// Not `YYYY-MM-DDThh:mm`, with or without seconds, or no such day or hour.
    #[error("not a local date and time")]
    Form,
    /// In the hour that is skipped in spring.
    #[error("this hour does not exist: the clocks go forward")]
    Skipped,
    /// An instant with parts of a second, where only whole seconds can be told.
    #[error("an instant with parts of a second cannot be told as a local time")]
    SubSecond,
    /// An instant that its local time would not lead back to.
    #[error("this hour happens twice, and without its offset the other one would be meant")]
    SecondHour,
}

/// The RFC 3339 text, with its offset, of a local time in Europe/Amsterdam. In the hour that happens twice in autumn
/// the first one is meant, which is summer time.
///
/// # Errors
/// [`LocalTimeError`]
pub fn amsterdam(local: &str) -> Result<String, LocalTimeError> {
    if !has_local_form(local) {
        return Err(LocalTimeError::Form);
    }
    let at: DateTime = local.parse().map_err(|_| LocalTimeError::Form)?;
    let offset = match Zone::amsterdam().ambiguous(at) {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { before, .. } => before,
        AmbiguousOffset::Gap { .. } => return Err(LocalTimeError::Skipped),
    };
    let minutes = offset.seconds() / 60;
    Ok(format!("{at:.0}+{:02}:{:02}", minutes / 60, minutes % 60))
}

/// `YYYY-MM-DDThh:mm` and perhaps `:ss`: the parser itself takes more than that.
fn has_local_form(text: &str) -> bool {
    matches!(text.len(), 16 | 19)
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_winter_and_the_hour_that_happens_twice() {
        for (local, wanted) in [
            ("2026-09-14T09:10", "2026-09-14T09:10:00+02:00"),
            ("2026-01-14T09:10:30", "2026-01-14T09:10:30+01:00"),
            ("2026-10-25T01:59:59", "2026-10-25T01:59:59+02:00"),
            ("2026-10-25T02:00:00", "2026-10-25T02:00:00+02:00"),
            ("2026-10-25T02:59:59", "2026-10-25T02:59:59+02:00"),
            ("2026-10-25T03:00:00", "2026-10-25T03:00:00+01:00"),
            ("2026-03-29T01:59:59", "2026-03-29T01:59:59+01:00"),
            ("2026-03-29T03:00:00", "2026-03-29T03:00:00+02:00"),
        ] {
            assert_eq!(amsterdam(local).as_deref(), Ok(wanted), "{local}");
        }
    }

    #[test]
    fn the_hour_that_is_skipped_is_an_error() {
        for local in ["2026-03-29T02:00:00", "2026-03-29T02:30", "2026-03-29T02:59:59"] {
            assert_eq!(amsterdam(local), Err(LocalTimeError::Skipped), "{local}");
        }
    }

    #[test]
    fn what_is_no_local_time_is_an_error() {
        for text in [
            "",
            "2026-09-14",
            "2026-09-14T25:00",
            "2026-02-30T10:00",
            "2026-09-14 09:10",
            "2026-09-14T09:10Z",
            "2026-09-14T09:10:00Z",
            "2026-09-14T09:10:61",
        ] {
            assert_eq!(amsterdam(text), Err(LocalTimeError::Form), "{text}");
        }
    }
}
