//! How much a client may ask: a bucket each, told with 429 and `Retry-After`.

use std::num::NonZeroU32;

use gateway_core::Problem;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::Settings;

/// Rate limits per client. Only clients with a good token are counted, so the table is as long as their list.
pub struct Limits(DefaultKeyedRateLimiter<String>);

impl Limits {
    /// The limits that were set; a zero means one.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let per_second = NonZeroU32::new(settings.rate_per_second).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(settings.rate_burst).unwrap_or(NonZeroU32::MIN);
        Self(RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)))
    }

    /// Counts one request of a client.
    pub(super) fn pass(&self, client: &str) -> Result<(), Problem> {
        self.0.check_key(&client.to_owned()).map_err(|not_until| Problem::TooMany {
            retry_after: not_until.wait_time_from(DefaultClock::default().now()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_own_bucket() {
        let mut settings = Settings::new("http://127.0.0.1:1".parse().unwrap());
        (settings.rate_per_second, settings.rate_burst) = (1, 3);
        let limits = Limits::new(&settings);
        assert!((0..3).all(|_| limits.pass("a").is_ok()));
        assert!(
            matches!(limits.pass("a"), Err(Problem::TooMany { retry_after }) if retry_after.as_secs() <= 2)
        );
        assert_eq!(limits.pass("b"), Ok(()));
    }
}
