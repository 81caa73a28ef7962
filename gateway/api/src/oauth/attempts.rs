//! Failed authentications per client id are counted, so that guessing a secret is slow.
//!
//! Only failures count: a client with the right secret may ask as often as its rate limit lets it. Known and unknown
//! ids are counted alike. The cost of this choice: who knows an id can keep its owner waiting for seconds.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use moka::sync::Cache;
use time::OffsetDateTime;

/// Failures at once before a client id has to wait, and how many a minute after that.
const FAILURES: NonZeroU32 = NonZeroU32::new(20).expect("20 is not zero");
/// Ids that are remembered before the quiet ones are forgotten.
const REMEMBERED: usize = 10_000;

/// Who failed how often.
pub(super) struct Attempts {
    failures: DefaultKeyedRateLimiter<u64>,
    waiting: Cache<u64, OffsetDateTime>,
    names: RandomState,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self {
            failures: RateLimiter::keyed(Quota::per_minute(FAILURES)),
            waiting: Cache::new(REMEMBERED as u64),
            names: RandomState::new(),
        }
    }

    /// How long this id must still wait before it may try again.
    pub(super) fn wait(&self, id: &str, now: OffsetDateTime) -> Option<Duration> {
        let until = self.waiting.get(&self.names.hash_one(id))?;
        Duration::try_from(until - now).ok().filter(|left| !left.is_zero())
    }

    /// Counts a failure.
    pub(super) fn failed(&self, id: &str, now: OffsetDateTime) {
        let name = self.names.hash_one(id);
        if let Err(not_until) = self.failures.check_key(&name) {
            self.waiting.insert(name, now + not_until.wait_time_from(DefaultClock::default().now()));
        }
        if self.failures.len() > REMEMBERED {
            self.failures.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_id_that_fails_too_often_waits_and_others_do_not() {
        let (attempts, now) = (Attempts::new(), datetime!(2026-09-14 08:00 UTC));
        for _ in 0..FAILURES.get() {
            attempts.failed("xis", now);
            assert_eq!(attempts.wait("xis", now), None);
        }
        attempts.failed("xis", now);
        let wait = attempts.wait("xis", now).unwrap();
        assert!(wait <= Duration::from_secs(3), "{wait:?}");
        assert_eq!(attempts.wait("other", now), None);
        assert_eq!(attempts.wait("xis", now + wait), None);
    }
}
