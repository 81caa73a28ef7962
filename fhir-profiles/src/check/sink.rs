//! Where issues are gathered: all of them, up to a number that still can be read.

use gateway_core::{Issue, IssueCode, Severity};

use super::Place;
use crate::Refusal;

/// How many issues are told (`dutch-fhir.md` section 4.9).
const MOST: usize = 100;

/// What an issue means for the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// It cannot be understood as R4 (400).
    Malformed,
    /// It is understood and breaks a rule (422).
    Refused,
    /// It is taken, with a word about it.
    Told,
}

/// The issues so far, errors and warnings counted apart so that neither pushes the other out.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    issues: Vec<Issue>,
    errors: usize,
    warnings: usize,
    malformed: bool,
}

impl Sink {
    /// Adds what `place` must be: `rest` follows the name of the element.
    pub(crate) fn add(&mut self, level: Level, code: IssueCode, place: &Place<'_>, rest: &str) {
        self.sentence(level, code, place, || format!("{} {rest}", place.said()));
    }

    /// Adds a whole sentence about `place`.
    pub(crate) fn sentence(
        &mut self,
        level: Level,
        code: IssueCode,
        place: &Place<'_>,
        text: impl FnOnce() -> String,
    ) {
        self.add_at(level, code, || place.to_string(), text);
    }

    /// Adds a whole sentence about what stands at `path`; an empty one is the body.
    fn add_at(
        &mut self,
        level: Level,
        code: IssueCode,
        path: impl FnOnce() -> String,
        text: impl FnOnce() -> String,
    ) {
        self.malformed |= level == Level::Malformed;
        let told = level == Level::Told;
        let count = if told { &mut self.warnings } else { &mut self.errors };
        *count += 1;
        if *count <= MOST {
            let issue = if told { Issue::warning(code, text()) } else { Issue::error(code, text()) };
            let path = path();
            self.issues.push(if path.is_empty() { issue } else { issue.at(path) });
        }
    }

    /// Adds a sentence unless the same was said of this place already, by R4 or another profile.
    pub(crate) fn once(
        &mut self,
        level: Level,
        code: IssueCode,
        place: &Place<'_>,
        text: impl FnOnce() -> String,
    ) {
        self.once_at(level, code, place.to_string(), text);
    }

    /// As [`Sink::once`], for what stands at `path`.
    pub(crate) fn once_at(
        &mut self,
        level: Level,
        code: IssueCode,
        path: String,
        text: impl FnOnce() -> String,
    ) {
        let said =
            |issue: &Issue| issue.code == code && issue.expression.as_deref().unwrap_or_default() == path;
        if !self.issues.iter().any(said) {
            self.add_at(level, code, || path, text);
        }
    }

    /// All issues in the order they were found; the last one says so when there are more.
    pub(crate) fn into_refusal(self) -> Refusal {
        let Self { mut issues, errors, warnings, malformed } = self;
        if errors + warnings > MOST {
            let told = MOST - 1;
            while issues.len() > told && issues.iter().any(|issue| !issue.refuses()) {
                let last = issues.iter().rposition(|issue| !issue.refuses()).unwrap_or_default();
                issues.remove(last);
            }
            issues.truncate(told);
            let text = format!("{} issues were found, the first {told} are told", errors + warnings);
            let more =
                Issue { severity: Severity::Information, ..Issue::warning(IssueCode::Informational, text) };
            issues.push(more);
        }
        Refusal { malformed, issues }
    }
}
