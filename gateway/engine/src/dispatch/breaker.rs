//! The circuit breaker of one link, without a clock or lock of its own.
//!
//! Failures in a row open it for a growing pause; then one delivery is tried, and its end closes or opens it again. A
//! counterpart that names a time (`Retry-After`) opens it until then.

use time::OffsetDateTime;

use super::BreakerSettings;
use super::backoff::ceiling;

/// What the end of an attempt says about the counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It answered, be it with a refusal.
    Answered,
    /// It failed.
    Failed,
    /// It asked to be left alone until then.
    Wait(OffsetDateTime),
    /// Nothing: it was not spoken to.
    None,
}

/// How much may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowance {
    /// As much as the link's policy says.
    All,
    /// One delivery, to see.
    One,
    /// Nothing.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: OffsetDateTime,
    },
    /// One delivery is on its way.
    Trying,
}

#[derive(Debug, Clone)]
pub(super) struct Breaker {
    settings: BreakerSettings,
    state: State,
    /// How often it opened since the counterpart last answered.
    openings: u32,
}

impl Breaker {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: State::Closed { failures: 0 }, openings: 0 }
    }

    pub(super) fn allowance(&self, now: OffsetDateTime) -> Allowance {
        match self.state {
            State::Closed { .. } => Allowance::All,
            State::Open { until } if until <= now => Allowance::One,
            State::Open { .. } | State::Trying => Allowance::None,
        }
    }

    /// When the next trial may be made, while open.
    pub(super) fn opens_until(&self) -> Option<OffsetDateTime> {
        match self.state {
            State::Open { until } => Some(until),
            State::Closed { .. } | State::Trying => None,
        }
    }

    /// A delivery goes out.
    pub(super) fn begun(&mut self, now: OffsetDateTime) {
        if self.allowance(now) == Allowance::One {
            self.state = State::Trying;
        }
    }

    /// A delivery came to its end. Those that began before it opened no longer count, but a named time does.
    pub(super) fn ended(&mut self, sign: Sign, now: OffsetDateTime) {
        match (self.state, sign) {
            (State::Open { until }, Sign::Wait(later)) => {
                self.state = State::Open { until: until.max(later) };
            }
            (State::Closed { .. } | State::Trying, Sign::Wait(until)) => self.state = State::Open { until },
            (State::Closed { .. } | State::Trying, Sign::Answered) => self.close(),
            (State::Closed { failures }, Sign::Failed) if failures + 1 < self.settings.failures => {
                self.state = State::Closed { failures: failures + 1 };
            }
            (State::Closed { .. } | State::Trying, Sign::Failed) => self.open(now),
            (State::Trying, Sign::None) => self.state = State::Open { until: now },
            (State::Open { .. }, Sign::Answered | Sign::Failed | Sign::None)
            | (State::Closed { .. }, Sign::None) => {}
        }
    }

    /// The counterpart is known to work.
    pub(super) fn close(&mut self) {
        self.state = State::Closed { failures: 0 };
        self.openings = 0;
    }

    fn open(&mut self, now: OffsetDateTime) {
        self.openings = self.openings.saturating_add(1);
        let pause = ceiling(self.settings.first_pause, self.settings.longest_pause, self.openings);
        self.state = State::Open { until: now + pause };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const SETTINGS: BreakerSettings = BreakerSettings {
        failures: 3,
        first_pause: Duration::from_secs(5),
        longest_pause: Duration::from_secs(15),
    };

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds)
    }

    fn failed(times: u32, now: OffsetDateTime) -> Breaker {
        let mut breaker = Breaker::new(SETTINGS);
        (0..times).for_each(|_| breaker.ended(Sign::Failed, now));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it() {
        assert_eq!(failed(2, at(0)).allowance(at(0)), Allowance::All);
        assert_eq!(failed(3, at(0)).allowance(at(4)), Allowance::None);
        let mut mixed = failed(2, at(0));
        mixed.ended(Sign::Answered, at(0));
        mixed.ended(Sign::Failed, at(0));
        assert_eq!(mixed.allowance(at(0)), Allowance::All);
    }

    #[test]
    fn one_delivery_is_tried_and_decides() {
        let mut breaker = failed(3, at(0));
        assert_eq!(breaker.allowance(at(5)), Allowance::One);
        breaker.begun(at(5));
        assert_eq!(breaker.allowance(at(5)), Allowance::None);
        breaker.ended(Sign::Answered, at(6));
        assert_eq!(breaker.allowance(at(6)), Allowance::All);
    }

    #[test]
    fn each_failed_trial_doubles_the_pause_up_to_the_longest() {
        let mut breaker = failed(3, at(0));
        for (now, next) in [(5, 15), (15, 30), (30, 45)] {
            breaker.begun(at(now));
            breaker.ended(Sign::Failed, at(now));
            assert_eq!(breaker.opens_until(), Some(at(next)));
        }
    }

    #[test]
    fn a_named_time_is_kept_whatever_ends_before_it() {
        let mut breaker = Breaker::new(SETTINGS);
        breaker.ended(Sign::Wait(at(60)), at(0));
        breaker.ended(Sign::Answered, at(1));
        breaker.ended(Sign::Wait(at(30)), at(1));
        assert_eq!(breaker.opens_until(), Some(at(60)));
    }

    #[test]
    fn a_trial_that_never_spoke_to_them_is_made_again() {
        let mut breaker = failed(3, at(0));
        breaker.begun(at(5));
        breaker.ended(Sign::None, at(6));
        assert_eq!(breaker.allowance(at(6)), Allowance::One);
    }

    fn sign() -> impl Strategy<Value = Sign> {
        prop_oneof![
            Just(Sign::Answered),
            Just(Sign::Failed),
            Just(Sign::None),
            (0..100_i64).prop_map(|s| Sign::Wait(at(s))),
        ]
    }

    proptest! {
        #[test]
        fn it_never_stays_shut_for_ever(signs in proptest::collection::vec(sign(), 0..40)) {
            let mut breaker = Breaker::new(SETTINGS);
            for (second, sign) in (0..).zip(signs) {
                if breaker.allowance(at(second)) != Allowance::None {
                    breaker.begun(at(second));
                    breaker.ended(sign, at(second));
                }
            }
            prop_assert_ne!(breaker.allowance(at(1000)), Allowance::None);
        }
    }
}
