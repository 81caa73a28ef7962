//! The script of faults: rules that say which requests go wrong, how, and how often.
//!
//! The form is that of `POST /_sim/faults` in `contract.md` section 5. The first rule that matches and is not used up
//! is taken; taking it uses it up by one.

use std::sync::{Mutex, MutexGuard};

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

/// Matches until a reset or a new script.
const UNTIL_RESET: i64 = -1;

/// What happens to a request that a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Answers `status` (with `Retry-After: retry_after` when given) in the counterpart's own words; not processed.
    Status,
    /// Processes, and answers `delay_ms` later.
    Delay,
    /// Closes the connection without an answer; not processed.
    Drop,
    /// Processes, then closes the connection without an answer.
    DropAfter,
    /// An answer without a body: the real one's status, processed; or, with `status`, that one and not processed.
    Empty,
    /// An HTML page for a body; status and processing as with `Empty`.
    Html,
    /// Processes, announces the whole answer and closes in the middle of it.
    Truncate,
    /// Processes, and lets the counterpart spoil its own answer as the rule's `twists` say.
    Twist,
}

impl Act {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Delay => "delay",
            Self::Drop => "drop",
            Self::DropAfter => "drop_after",
            Self::Empty => "empty",
            Self::Html => "html",
            Self::Truncate => "truncate",
            Self::Twist => "twist",
        }
    }
}

/// One line of the script.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The HTTP method; every one when absent.
    pub method: Option<String>,
    /// The path, with or without the counterpart's base; `*` stands for any characters. Every one when absent.
    pub path: Option<String>,
    /// The operation, where the counterpart names them ([`StandIn::operation`](super::StandIn::operation)); `*` stands
    /// for any characters. Every one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How many requests it takes; -1 is until a reset.
    #[serde(default = "once")]
    pub times: i64,
    /// What happens to them.
    #[serde(rename = "do")]
    pub act: Act,
    /// For [`Act::Status`]; allowed with [`Act::Empty`] and [`Act::Html`].
    pub status: Option<u16>,
    /// Seconds, sent as `Retry-After`.
    pub retry_after: Option<u64>,
    /// Milliseconds before the answer; [`Act::Delay`] needs it, every other act may have it.
    pub delay_ms: Option<u64>,
    /// For [`Act::Twist`]: the counterpart's own ways of going wrong, all at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub twists: Vec<String>,
}

fn once() -> i64 {
    1
}

/// What a rule looks at.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    /// `None` where the path tells it all.
    pub(super) operation: Option<String>,
}

/// A rule that cannot be meant.
#[derive(Debug, thiserror::Error)]
pub enum BadRule {
    /// `status` is absent where it is needed, or no HTTP status.
    #[error("rule {index}: status must be a number from 200 to 599")]
    Status {
        /// Which rule, counted from 0.
        index: usize,
    },
    /// `delay_ms` is absent where it is needed.
    #[error("rule {index}: a delay needs delay_ms")]
    Delay {
        /// Which rule, counted from 0.
        index: usize,
    },
    /// `twists` is empty where it is needed, or names one that the counterpart does not know.
    #[error("rule {index}: twists must name what this stand-in can do: {known}")]
    Twist {
        /// Which rule, counted from 0.
        index: usize,
        /// What there is.
        known: String,
    },
    /// `times` is neither positive nor -1.
    #[error("rule {index}: times must be 1 or more, or -1 for until a reset")]
    Times {
        /// Which rule, counted from 0.
        index: usize,
    },
}

impl Rule {
    /// A rule for one request; `times`, `status` and the rest are set on it.
    #[must_use]
    pub fn on(method: &str, path: &str, act: Act) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            operation: None,
            times: 1,
            act,
            status: None,
            retry_after: None,
            delay_ms: None,
            twists: Vec::new(),
        }
    }

    /// A rule that spoils the answer of one operation in the counterpart's own ways.
    #[must_use]
    pub fn twisting(operation: &str, twists: &[&str]) -> Self {
        Self {
            twists: twists.iter().map(ToString::to_string).collect(),
            ..Self::on("POST", "*", Act::Twist).of(operation)
        }
    }

    /// Only this operation; `*` stands for any characters.
    #[must_use]
    pub fn of(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    /// Takes `times` requests; -1 is until a reset.
    #[must_use]
    pub fn times(mut self, times: i64) -> Self {
        self.times = times;
        self
    }

    /// Answers with this status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    fn check(&self, index: usize) -> Result<(), BadRule> {
        let sound = |status: u16| (200..600).contains(&status);
        match self.status {
            None if self.act == Act::Status => return Err(BadRule::Status { index }),
            Some(status) if !sound(status) => return Err(BadRule::Status { index }),
            _ => {}
        }
        if self.act == Act::Delay && self.delay_ms.is_none() {
            return Err(BadRule::Delay { index });
        }
        if self.times < 1 && self.times != UNTIL_RESET {
            return Err(BadRule::Times { index });
        }
        Ok(())
    }

    /// Whether the counterpart knows the twists that the rule names.
    pub(super) fn check_twists(&self, index: usize, known: &[&str]) -> Result<(), BadRule> {
        let missing = self.act == Act::Twist && self.twists.is_empty();
        let strange = self.twists.iter().any(|twist| !known.contains(&twist.as_str()));
        if missing || strange { Err(BadRule::Twist { index, known: known.join(", ") }) } else { Ok(()) }
    }

    fn matches(&self, asked: &Asked, base: &str) -> bool {
        let Asked { method, path, operation } = asked;
        let right_method = self.method.as_deref().is_none_or(|it| it.eq_ignore_ascii_case(method.as_str()));
        let right_path = self.path.as_deref().is_none_or(|glob| {
            fits(glob, path) || path.strip_prefix(base).is_some_and(|short| fits(glob, short))
        });
        let right_operation = self
            .operation
            .as_deref()
            .is_none_or(|glob| operation.as_deref().is_some_and(|operation| fits(glob, operation)));
        right_method && right_path && right_operation
    }

    pub(super) fn status_code(&self) -> Option<StatusCode> {
        self.status.and_then(|status| StatusCode::from_u16(status).ok())
    }
}

/// The script in force.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    /// Replaces the script; an empty one means that all goes well.
    pub fn set(&self, rules: Vec<Rule>) -> Result<(), BadRule> {
        rules.iter().enumerate().try_for_each(|(index, rule)| rule.check(index))?;
        *self.script() = rules;
        Ok(())
    }

    /// The rules that are not used up, with the times they have left.
    #[must_use]
    pub fn left(&self) -> Vec<Rule> {
        self.script().iter().filter(|rule| rule.times != 0).cloned().collect()
    }

    /// Takes the rule for this request, if there is one.
    pub(super) fn take(&self, asked: &Asked, base: &str) -> Option<Rule> {
        let mut script = self.script();
        let rule = script.iter_mut().find(|rule| rule.times != 0 && rule.matches(asked, base))?;
        if rule.times > 0 {
            rule.times -= 1;
        }
        Some(rule.clone())
    }

    fn script(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().expect("no one panics while reading the script")
    }
}

/// Whether `text` fits `glob`, in which `*` stands for any characters, `/` too.
fn fits(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((tail, middle)) = parts.split_last() else { return rest.is_empty() };

    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: Method, path: &str) -> Asked {
        Asked { method, path: path.to_owned(), operation: None }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        let cases = [
            ("/a", "/a", true),
            ("/a", "/a/b", false),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/a", false),
            ("*", "", true),
            ("*/token", "/auth/token", true),
            ("*/token", "/auth/token/x", false),
            ("/a*b*c", "/a-b-b-c", true),
            ("/a*b*c", "/a-c-b", false),
            ("/ab*ba", "/aba", false),
        ];
        for (glob, text, expected) in cases {
            assert_eq!(fits(glob, text), expected, "{glob} on {text}");
        }
    }

    #[test]
    fn a_rule_matches_with_and_without_the_base() {
        for path in ["/Appointment/*", "/fhir/r4/Appointment/*"] {
            let faults = Faults::default();
            faults.set(vec![Rule::on("put", path, Act::Drop)]).unwrap();
            assert!(
                faults.take(&asked(Method::PUT, "/fhir/r4/Appointment/1"), "/fhir/r4").is_some(),
                "{path}"
            );
        }
    }

    #[test]
    fn a_rule_is_used_up_and_the_next_one_follows() {
        let faults = Faults::default();
        let first = Rule::on("PUT", "*", Act::Drop).times(2);
        let second = Rule::on("PUT", "*", Act::Empty).times(UNTIL_RESET);
        faults.set(vec![first, second]).unwrap();

        let taken: Vec<Act> =
            (0..5).map(|_| faults.take(&asked(Method::PUT, "/x"), "").expect("a rule").act).collect();

        assert_eq!(taken, [Act::Drop, Act::Drop, Act::Empty, Act::Empty, Act::Empty]);
        assert_eq!(faults.left().len(), 1);
        assert!(faults.take(&asked(Method::POST, "/x"), "").is_none());
    }

    #[test]
    fn a_rule_for_an_operation_leaves_the_others_alone() {
        let faults = Faults::default();
        faults.set(vec![Rule::on("POST", "*", Act::Drop).of("Get*")]).unwrap();
        let of = |operation: Option<&str>| Asked {
            operation: operation.map(str::to_owned),
            ..asked(Method::POST, "/json")
        };

        assert!(faults.take(&of(None), "").is_none());
        assert!(faults.take(&of(Some("Login")), "").is_none());
        assert!(faults.take(&of(Some("GetAgendas")), "").is_some());
    }

    #[test]
    fn a_twist_that_nobody_knows_is_refused() {
        let known = ["upside_down"];
        let check = |twists: &[&str]| Rule::twisting("*", twists).check_twists(0, &known).is_ok();
        assert!(check(&["upside_down"]));
        assert!(!check(&["upside_down", "inside_out"]));
        assert!(!check(&[]));
        assert!(Rule::on("PUT", "*", Act::Drop).check_twists(0, &[]).is_ok());
    }

    #[test]
    fn a_rule_that_cannot_be_meant_is_refused() {
        let faults = Faults::default();
        let cases = [
            Rule::on("PUT", "*", Act::Status),
            Rule::on("PUT", "*", Act::Status).with_status(99),
            Rule::on("PUT", "*", Act::Delay),
            Rule::on("PUT", "*", Act::Drop).times(0),
            Rule::on("PUT", "*", Act::Drop).times(-2),
        ];
        for rule in cases {
            assert!(faults.set(vec![rule.clone()]).is_err(), "{rule:?}");
        }
    }

    #[test]
    fn the_example_of_the_contract_is_understood() {
        let text = r#"{"method":"PUT","path":"/Appointment/*","times":2,"do":"status","status":503,"retry_after":1}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        assert_eq!(
            (rule.act, rule.times, rule.status, rule.retry_after),
            (Act::Status, 2, Some(503), Some(1))
        );
    }
}
