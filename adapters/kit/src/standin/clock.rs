//! The stand-in's clock: the machine's, plus what a test has advanced it by.

use std::sync::atomic::{AtomicI64, Ordering};

use time::{Duration, OffsetDateTime};

/// Tells the stand-in's time, so that tests need not wait for a token to expire.
#[derive(Debug, Default)]
pub struct SimClock {
    ahead_seconds: AtomicI64,
}

impl SimClock {
    /// Now, in UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let ahead = Duration::seconds(self.ahead_seconds.load(Ordering::SeqCst));
        let now = OffsetDateTime::now_utc();
        now.checked_add(ahead).unwrap_or(now)
    }

    /// Moves the clock; a negative number moves it back.
    pub fn advance(&self, seconds: i64) {
        self.ahead_seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Back to the machine's time.
    pub fn reset(&self) {
        self.ahead_seconds.store(0, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_moves_the_time_and_reset_brings_it_back() {
        let clock = SimClock::default();
        let before = OffsetDateTime::now_utc();

        clock.advance(3600);
        assert!(clock.now() - before >= Duration::HOUR);

        clock.reset();
        assert!(clock.now() - before < Duration::HOUR);
    }
}
