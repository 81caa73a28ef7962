//! From how an attempt ended to what becomes of the delivery, the lane and the link. Pure.

use std::fmt::Write as _;
use std::time::Duration;

use adapter_kit::Policy;
use gateway_core::{DeliveryState, Failure, Issue, Receipt};
use time::OffsetDateTime;

use super::backoff;
use super::breaker::Sign;

/// Reasons are cut to this many characters: they are read in a list.
const LONGEST_REASON: usize = 1000;

/// How an attempt came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The adapter answered.
    Told(Result<Receipt, Failure>),
    /// It did not within the limit.
    TimedOut,
    /// It panicked.
    Panicked,
}

/// What is known beside the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) now: OffsetDateTime,
    /// When the delivery was accepted or replayed.
    pub(super) since: OffsetDateTime,
    /// Counted from 1.
    pub(super) attempt: u32,
    /// The status of the last answer on the wire.
    pub(super) status: Option<u16>,
    pub(super) policy: &'a Policy,
    /// The random part of a pause, 0 to 1.
    pub(super) fraction: f64,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) state: DeliveryState,
    /// The word of the attempt.
    pub(super) outcome: &'static str,
    pub(super) reason: Option<String>,
    /// When the lane may be claimed again.
    pub(super) due_at: OffsetDateTime,
    pub(super) note: Option<String>,
    /// Whether a message arrived there, or may have.
    pub(super) sent: bool,
    pub(super) sign: Sign,
    /// The link is to be paused.
    pub(super) broken: bool,
}

pub(super) fn verdict(end: End, facts: Facts<'_>) -> Verdict {
    let done = Verdict {
        state: DeliveryState::Delivered,
        outcome: "delivered",
        reason: None,
        due_at: facts.now,
        note: None,
        sent: true,
        sign: Sign::Answered,
        broken: false,
    };
    match end {
        End::Told(Ok(Receipt::Delivered { note } | Receipt::Named { note, .. })) => Verdict { note, ..done },
        End::Told(Ok(Receipt::Withheld(why))) => Verdict {
            state: DeliveryState::Withheld,
            outcome: "withheld",
            reason: Some(why.to_owned()),
            sent: false,
            sign: Sign::None,
            ..done
        },
        End::Told(Err(Failure::Never(issues))) => refused(&issues, facts, done),
        End::Told(Err(Failure::Broken(why))) => broken(why, facts, done),
        End::Told(Err(Failure::Later { after })) => {
            let wait = after.map(|after| after.min(facts.policy.give_up_after));
            let sign = wait.map_or(Sign::Failed, |wait| Sign::Wait(facts.now + wait));
            let why = later(facts.status, wait);
            // They said "not now"; one that answered had the message, and may have kept it (a 504, say).
            let sent = facts.status.is_some();
            again(Verdict { outcome: "later", sent, sign, ..done }, &why, wait, facts)
        }
        End::Told(Err(Failure::Unsure)) => {
            again(unsure(done), &answered("no clear answer", facts.status), None, facts)
        }
        End::TimedOut => {
            let why = format!("no answer within {} s", facts.policy.attempt_limit.as_secs_f32());
            again(unsure(done), &why, None, facts)
        }
        End::Panicked => again(unsure(done), "the adapter failed; see the log", None, facts),
    }
}

fn refused(issues: &[Issue], facts: Facts<'_>, done: Verdict) -> Verdict {
    Verdict {
        state: DeliveryState::Refused,
        outcome: "never",
        reason: Some(sentences(issues)),
        sent: false,
        // A refusal of our own says nothing about them.
        sign: if facts.status.is_some() { Sign::Answered } else { Sign::None },
        ..done
    }
}

/// The delivery is not at fault: it is due soon after the link runs again, and is not given up meanwhile.
fn broken(why: String, facts: Facts<'_>, done: Verdict) -> Verdict {
    Verdict {
        state: DeliveryState::Due,
        outcome: "broken",
        reason: Some(cut(why)),
        due_at: facts.now + backoff::ceiling(facts.policy.first_pause, facts.policy.longest_pause, 1),
        sent: false,
        sign: Sign::None,
        broken: true,
        ..done
    }
}

fn unsure(done: Verdict) -> Verdict {
    Verdict { outcome: "unsure", sign: Sign::Failed, ..done }
}

/// It is tried again after a pause, unless its time is over: nothing is given up before it was tried.
fn again(verdict: Verdict, why: &str, wait: Option<Duration>, facts: Facts<'_>) -> Verdict {
    let policy = facts.policy;
    if facts.now - facts.since >= policy.give_up_after {
        let hours = policy.give_up_after.as_secs_f32() / 3600.0;
        let reason = format!("given up after {hours:.1} h and {} attempts: {why}", facts.attempt);
        return Verdict { state: DeliveryState::Dead, reason: Some(reason), ..verdict };
    }
    let pause = backoff::pause(policy.first_pause, policy.longest_pause, facts.attempt, facts.fraction);
    let due_at = facts.now + wait.map_or(pause, |wait| wait.max(pause));
    Verdict { state: DeliveryState::Due, reason: Some(why.to_owned()), due_at, ..verdict }
}

/// They said "not now".
pub(crate) fn later(status: Option<u16>, wait: Option<Duration>) -> String {
    let mut why = answered("not now", status);
    if let Some(wait) = wait {
        write!(why, ", asked to wait {} s", wait.as_secs()).expect("writing to a String cannot fail");
    }
    why
}

/// What happened, with the status of the last answer.
pub(crate) fn answered(what: &str, status: Option<u16>) -> String {
    status.map_or_else(|| what.to_owned(), |status| format!("{what} (HTTP {status})"))
}

/// Issues as a reason that fits a list.
pub(crate) fn sentences(issues: &[Issue]) -> String {
    let sentences: Vec<_> = issues.iter().filter(|issue| issue.refuses()).map(sentence).collect();
    if sentences.is_empty() { "refused without a reason".to_owned() } else { cut(sentences.join("; ")) }
}

fn sentence(issue: &Issue) -> String {
    match &issue.expression {
        Some(expression) => format!("{} {expression}: {}", issue.code.as_str(), issue.text),
        None => format!("{}: {}", issue.code.as_str(), issue.text),
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use gateway_core::IssueCode;

    use super::*;

    const HOUR: time::Duration = time::Duration::HOUR;

    fn judged(end: End, age: time::Duration, status: Option<u16>) -> Verdict {
        let now = OffsetDateTime::UNIX_EPOCH + 1000 * HOUR;
        let policy = Policy::default();
        let facts = Facts { now, since: now - age, attempt: 3, status, policy: &policy, fraction: 1.0 };
        verdict(end, facts)
    }

    fn pause(verdict: &Verdict) -> i64 {
        let judged_at = OffsetDateTime::UNIX_EPOCH + 1000 * HOUR;
        let pause: time::Duration = verdict.due_at - judged_at;
        pause.whole_seconds()
    }

    fn later(seconds: Option<u64>) -> End {
        End::Told(Err(Failure::Later { after: seconds.map(Duration::from_secs) }))
    }

    #[test]
    fn each_end_has_one_state_and_one_word() {
        let issue = Issue::error(IssueCode::Value, "not a day").at("Appointment.start");
        let told = |end| End::Told(end);
        let cases = [
            (told(Ok(Receipt::Delivered { note: None })), DeliveryState::Delivered, "delivered", ""),
            (told(Ok(Receipt::Withheld("same"))), DeliveryState::Withheld, "withheld", "same"),
            (
                told(Err(Failure::Never(vec![issue]))),
                DeliveryState::Refused,
                "never",
                "value Appointment.start: not a day",
            ),
            (told(Err(Failure::Never(vec![]))), DeliveryState::Refused, "never", "refused without a reason"),
            (
                told(Err(Failure::Broken("bad certificate".into()))),
                DeliveryState::Due,
                "broken",
                "bad certificate",
            ),
            (later(None), DeliveryState::Due, "later", "not now (HTTP 503)"),
            (later(Some(7)), DeliveryState::Due, "later", "not now (HTTP 503), asked to wait 7 s"),
            (told(Err(Failure::Unsure)), DeliveryState::Due, "unsure", "no clear answer (HTTP 503)"),
            (End::TimedOut, DeliveryState::Due, "unsure", "no answer within 45 s"),
            (End::Panicked, DeliveryState::Due, "unsure", "the adapter failed; see the log"),
        ];
        for (end, state, outcome, reason) in cases {
            let got = judged(end.clone(), HOUR, Some(503));
            let words = (got.outcome, got.reason.as_deref().unwrap_or_default());
            assert_eq!((got.state, words), (state, (outcome, reason)), "{end:?}");
        }
    }

    #[test]
    fn c_08_retry_after_and_backoff_the_later_of_both() {
        assert_eq!(pause(&judged(later(None), HOUR, None)), 4);
        assert_eq!(pause(&judged(later(Some(2)), HOUR, None)), 4);
        assert_eq!(pause(&judged(later(Some(60)), HOUR, None)), 60);
        assert_eq!(pause(&judged(later(Some(u64::MAX)), HOUR, None)), 24 * 3600);
    }

    #[test]
    fn c_08_it_is_given_up_after_a_day_and_not_before_it_was_tried() {
        let got = judged(End::Told(Err(Failure::Unsure)), 24 * HOUR, None);
        assert_eq!(got.state, DeliveryState::Dead);
        assert_eq!(got.reason.as_deref(), Some("given up after 24.0 h and 3 attempts: no clear answer"));
        assert_eq!(judged(later(None), 24 * HOUR - time::Duration::SECOND, None).state, DeliveryState::Due);
        let delivered = judged(End::Told(Ok(Receipt::Delivered { note: None })), 48 * HOUR, None);
        assert_eq!(delivered.state, DeliveryState::Delivered);
    }

    #[test]
    fn only_what_may_have_arrived_counts_as_sent() {
        let sent = |end| judged(end, HOUR, None).sent;
        assert!(sent(End::Told(Ok(Receipt::Delivered { note: None }))));
        assert!(sent(End::TimedOut));
        assert!(sent(End::Panicked));
        assert!(sent(End::Told(Err(Failure::Unsure))));
        assert!(!sent(later(None)));
        assert!(judged(later(None), HOUR, Some(504)).sent, "it answered, so it had the message");
        assert!(!sent(End::Told(Ok(Receipt::Withheld("x")))));
        assert!(!sent(End::Told(Err(Failure::Never(vec![])))));
    }

    #[test]
    fn a_refusal_of_our_own_says_nothing_about_them() {
        let never = || End::Told(Err(Failure::Never(vec![])));
        assert_eq!(judged(never(), HOUR, None).sign, Sign::None);
        assert_eq!(judged(never(), HOUR, Some(400)).sign, Sign::Answered);
    }

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        let cut = judged(End::Told(Err(Failure::Broken("é".repeat(2000)))), HOUR, None).reason.unwrap();
        assert_eq!(cut.chars().count(), LONGEST_REASON + 1);
    }
}
