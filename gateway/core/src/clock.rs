//! Time comes in from outside, so that tests can set it.

use std::sync::Mutex;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(Mutex<OffsetDateTime>);

impl FixedClock {
    /// A clock that shows `at`.
    #[must_use]
    pub fn at(at: OffsetDateTime) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves the clock by `by`, which may be negative.
    ///
    /// # Panics
    /// When another thread panicked while moving it.
    pub fn advance(&self, by: time::Duration) {
        *self.0.lock().expect("no one panics while holding the clock") += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().expect("no one panics while holding the clock")
    }
}

const INSTANT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A FHIR `instant` in UTC with milliseconds, for instance `2026-09-14T07:10:00.123Z`.
///
/// # Panics
/// Never for years 0 to 9999.
#[must_use]
pub fn instant_text(at: OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC).format(INSTANT).expect("an instant has all the parts of the format")
}
