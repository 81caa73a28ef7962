//! How often a practice is asked: statuses are not to be asked for more often than every five minutes (`tetra.md`
//! section 3.10). It is counted, not refused, since how the vendor answers is not known.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// Section 3.10.
const FLOOR: Duration = Duration::minutes(5);

/// Calls per operation, and how close together those come that have a floor.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    calls: BTreeMap<String, u64>,
    statuses: Beat,
    appointments: Beat,
}

#[derive(Debug, Default)]
struct Beat {
    calls: u64,
    early: u64,
    last: Option<OffsetDateTime>,
}

impl Beat {
    fn strike(&mut self, now: OffsetDateTime) {
        self.calls += 1;
        if self.last.is_some_and(|last| now - last < FLOOR) {
            self.early += 1;
        }
        self.last = Some(now);
    }

    fn shown(&self) -> Value {
        json!({ "calls": self.calls, "too_early": self.early })
    }
}

impl Pace {
    pub(crate) fn count(&mut self, operation: &str) {
        *self.calls.entry(operation.to_owned()).or_default() += 1;
    }

    /// Statuses of the waiting room were asked for.
    pub(crate) fn statuses(&mut self, now: OffsetDateTime) {
        self.statuses.strike(now);
    }

    /// Appointments by agenda and period were asked for; they carry statuses too.
    pub(crate) fn appointments(&mut self, now: OffsetDateTime) {
        self.appointments.strike(now);
    }

    pub(crate) fn shown(&self) -> Value {
        json!({
            "calls": self.calls,
            "status_calls": self.statuses.shown(),
            "appointment_calls": self.appointments.shown(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_within_five_minutes_of_the_one_before_is_too_early() {
        let mut beat = Beat::default();
        let start = OffsetDateTime::UNIX_EPOCH;
        for seconds in [0, 300, 599, 899] {
            beat.strike(start + Duration::seconds(seconds));
        }
        assert_eq!((beat.calls, beat.early), (4, 1));
    }
}
