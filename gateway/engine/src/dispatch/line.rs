//! A link as the dispatcher sees it while it runs: its abilities, what is in flight, its breaker.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use adapter_kit::Link;
use gateway_core::LinkId;
use time::OffsetDateTime;

use super::BreakerSettings;
use super::breaker::{Allowance, Breaker, Sign};

/// One link.
pub(super) struct Line {
    pub(super) id: LinkId,
    pub(super) link: Link,
    standing: Mutex<Standing>,
}

struct Standing {
    in_flight: u32,
    breaker: Breaker,
    probe: Option<Probe>,
}

/// When a broken link is checked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Probe {
    at: OffsetDateTime,
    pause: Duration,
}

impl Line {
    pub(super) fn new(id: LinkId, link: Link, breaker: BreakerSettings) -> Self {
        let standing = Standing { in_flight: 0, breaker: Breaker::new(breaker), probe: None };
        Self { id, link, standing: Mutex::new(standing) }
    }

    /// How many lanes may be claimed.
    pub(super) fn room(&self, now: OffsetDateTime) -> u32 {
        let standing = self.standing();
        let concurrency = u32::try_from(self.link.policy.concurrency.max(1)).unwrap_or(u32::MAX);
        let free = concurrency.saturating_sub(standing.in_flight);
        match standing.breaker.allowance(now) {
            Allowance::All => free,
            Allowance::One => free.min(1),
            Allowance::None => 0,
        }
    }

    /// When an open breaker lets the next one through.
    pub(super) fn opens_until(&self) -> Option<OffsetDateTime> {
        self.standing().breaker.opens_until()
    }

    pub(super) fn begun(&self, now: OffsetDateTime) {
        let mut standing = self.standing();
        standing.in_flight += 1;
        standing.breaker.begun(now);
    }

    /// A delivery came to its end; whether others may have waited for its place.
    pub(super) fn ended(&self, sign: Sign, now: OffsetDateTime) -> bool {
        let mut standing = self.standing();
        let full = standing.in_flight as usize >= self.link.policy.concurrency;
        standing.in_flight = standing.in_flight.saturating_sub(1);
        standing.breaker.ended(sign, now);
        full
    }

    /// The link broke under us: it is checked after `pause`. Whether that is news.
    pub(super) fn broke(&self, now: OffsetDateTime, pause: Duration) -> bool {
        let mut standing = self.standing();
        let news = standing.probe.is_none();
        standing.probe.get_or_insert(Probe { at: now + pause, pause });
        news
    }

    /// Whether a link that is broken is to be checked now: at once when this process did not see it break (somebody may
    /// have put it right and started us again), else after growing pauses.
    pub(super) fn probe_due(&self, now: OffsetDateTime, (first, longest): (Duration, Duration)) -> bool {
        let mut standing = self.standing();
        let (due, pause) = match standing.probe {
            None => (true, first),
            Some(probe) => (probe.at <= now, probe.pause.saturating_mul(2).min(longest)),
        };
        if due {
            standing.probe = Some(Probe { at: now + pause, pause });
        }
        due
    }

    /// The link runs: whatever was held against it is forgotten.
    pub(super) fn runs(&self) {
        let mut standing = self.standing();
        if standing.probe.take().is_some() {
            standing.breaker.close();
        }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().expect("no one panics while holding the standing of a link")
    }
}
