//! From how a look ended to when is looked again. Pure.

use std::time::Duration;

use adapter_kit::{Policy, Polled};
use gateway_core::Failure;
use time::OffsetDateTime;

use crate::dispatch::{answered, later, pause, sentences};

/// How a look came to its end.
pub(super) enum End {
    /// The adapter answered.
    Told(Result<Polled, Failure>),
    /// It did not within the limit.
    TimedOut(Duration),
    /// It panicked.
    Panicked,
}

/// What is known beside the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) now: OffsetDateTime,
    pub(super) began: OffsetDateTime,
    pub(super) every: Duration,
    /// Failures in a row before this look.
    pub(super) failures: u32,
    /// The status of the last answer on the wire.
    pub(super) status: Option<u16>,
    pub(super) policy: &'a Policy,
    /// The random part of a pause, 0 to 1.
    pub(super) fraction: f64,
}

/// What becomes of the link's polling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The word.
    pub(super) outcome: &'static str,
    pub(super) reason: Option<String>,
    pub(super) due_at: OffsetDateTime,
    pub(super) failures: u32,
    /// The link is to be paused.
    pub(super) broken: bool,
}

impl Facts<'_> {
    /// The next look when all is well: never sooner than their documentation allows.
    fn next(&self) -> OffsetDateTime {
        self.began + self.every
    }

    fn again(&self, outcome: &'static str, reason: String, wait: Duration) -> Verdict {
        let failures = self.failures.saturating_add(1);
        let pause = pause(self.policy.first_pause, self.policy.longest_pause, failures, self.fraction);
        let due_at = self.next().max(self.now + pause.max(wait));
        Verdict { outcome, reason: Some(reason), due_at, failures, broken: false }
    }
}

/// Everything was taken in or set aside.
pub(super) fn taken(facts: Facts<'_>) -> Verdict {
    Verdict { outcome: "taken", reason: None, due_at: facts.next(), failures: 0, broken: false }
}

/// Some of what they say may be older than what is on its way to them: the cursor stays, and it comes again.
pub(super) fn waiting(count: u64, facts: Facts<'_>) -> Verdict {
    let reason = format!("{count} records wait until they know of our own changes");
    Verdict { outcome: "waiting", reason: Some(reason), ..taken(facts) }
}

/// Something of ours failed: what was laid is there, the cursor stays, and the same comes again.
pub(super) fn ours(why: &str, facts: Facts<'_>) -> Verdict {
    facts.again("failed", why.to_owned(), Duration::ZERO)
}

/// They failed, or refused.
pub(super) fn theirs(failure: Failure, facts: Facts<'_>) -> Verdict {
    match failure {
        Failure::Later { after } => {
            let wait = after.map(|after| after.min(facts.policy.give_up_after));
            facts.again("later", later(facts.status, wait), wait.unwrap_or_default())
        }
        Failure::Unsure => facts.again("unsure", answered("no clear answer", facts.status), Duration::ZERO),
        // The same question gets the same refusal, until somebody changes something: ask at the slowest pace.
        Failure::Never(issues) => facts.again("never", sentences(&issues), facts.policy.longest_pause),
        Failure::Broken(why) => {
            Verdict { due_at: facts.next(), broken: true, ..facts.again("broken", why, Duration::ZERO) }
        }
    }
}

pub(super) fn timed_out(limit: Duration, facts: Facts<'_>) -> Verdict {
    facts.again("unsure", format!("no answer within {} s", limit.as_secs_f32()), Duration::ZERO)
}

pub(super) fn panicked(facts: Facts<'_>) -> Verdict {
    facts.again("unsure", "the adapter failed; see the log".to_owned(), Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use gateway_core::{Issue, IssueCode};

    use super::*;

    const BEGAN: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn due(every: u64, failures: u32, judge: impl Fn(Facts<'_>) -> Verdict) -> (i64, u32) {
        let facts = Facts {
            now: BEGAN + Duration::from_secs(2),
            began: BEGAN,
            every: Duration::from_secs(every),
            failures,
            status: Some(503),
            policy: &Policy::default(),
            fraction: 1.0,
        };
        let verdict = judge(facts);
        ((verdict.due_at - BEGAN).whole_seconds(), verdict.failures)
    }

    #[test]
    fn it_is_never_looked_sooner_than_they_allow() {
        let wait = |after: Option<u64>| {
            move |facts: Facts<'_>| theirs(Failure::Later { after: after.map(Duration::from_secs) }, facts)
        };
        assert_eq!(due(300, 7, taken), (300, 0));
        assert_eq!(due(300, 0, wait(None)), (300, 1));
        assert_eq!(due(300, 0, wait(Some(20))), (300, 1));
        assert_eq!(due(300, 0, wait(Some(600))), (602, 1));
        assert_eq!(due(300, 0, |facts| theirs(Failure::Broken("x".to_owned()), facts)), (300, 1));
    }

    #[test]
    fn failures_in_a_row_make_the_pause_longer_up_to_the_longest() {
        let unsure = |facts: Facts<'_>| theirs(Failure::Unsure, facts);
        let pauses: Vec<_> =
            [0, 1, 2, 9, 30].into_iter().map(|failures| due(1, failures, unsure).0).collect();
        assert_eq!(pauses, [3, 4, 6, 514, 902]);
        assert_eq!(due(1, 0, |facts| ours("the store", facts)), (3, 1));
        let refused = |facts: Facts<'_>| theirs(Failure::Never(vec![]), facts);
        assert_eq!(due(1, 0, refused), (902, 1), "a refusal is asked again at the slowest pace");
    }

    #[test]
    fn each_end_has_one_word() {
        let issue = Issue::error(IssueCode::Forbidden, "no access to agenda 71");
        let cases: [(Failure, &str, &str); 4] = [
            (Failure::Later { after: None }, "later", "not now (HTTP 503)"),
            (Failure::Unsure, "unsure", "no clear answer (HTTP 503)"),
            (Failure::Never(vec![issue]), "never", "forbidden: no access to agenda 71"),
            (Failure::Broken("bad certificate".to_owned()), "broken", "bad certificate"),
        ];
        for (failure, outcome, reason) in cases {
            let facts = Facts {
                now: BEGAN,
                began: BEGAN,
                every: Duration::ZERO,
                failures: 0,
                status: Some(503),
                policy: &Policy::default(),
                fraction: 0.5,
            };
            let verdict = theirs(failure, facts);
            assert_eq!((verdict.outcome, verdict.reason.as_deref()), (outcome, Some(reason)));
            assert_eq!(verdict.broken, outcome == "broken");
        }
    }
}
