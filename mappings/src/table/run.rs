//! What both directions share: the issues of a run with their places.

use gateway_core::{Issue, IssueCode, Severity};

use super::program::Step;
use crate::MapIssue;
use crate::codec::Fault;

/// The issues of one run.
pub(super) struct Issues<'r> {
    pub(super) place: &'r str,
    pub(super) errors: Vec<MapIssue>,
    pub(super) warnings: Vec<MapIssue>,
}

impl<'r> Issues<'r> {
    pub(super) fn new(place: &'r str) -> Self {
        Self { place, errors: vec![], warnings: vec![] }
    }

    pub(super) fn error(&mut self, step: &Step, index: Option<usize>, fault: Fault) {
        let issue = self.issue(step, index, Severity::Error, fault);
        self.errors.push(issue);
    }

    pub(super) fn warning(&mut self, step: &Step, index: Option<usize>, code: IssueCode, text: &'static str) {
        let issue = self.issue(step, index, Severity::Warning, Fault { code, text: text.into() });
        self.warnings.push(issue);
    }

    fn issue(&self, step: &Step, index: Option<usize>, severity: Severity, fault: Fault) -> MapIssue {
        let (text, path) = (fault.text, &step.fhir);
        let issue = Issue { severity, ..Issue::error(fault.code, text) }.at(path.clone());
        let mut wire = step.wire.clone();
        if let Some(index) = index {
            wire = wire.replacen("[]", &format!("[{index}]"), 1);
        }
        let wire = if self.place.is_empty() { wire } else { format!("{}.{wire}", self.place) };
        MapIssue { wire: Some(wire), ..MapIssue::new(issue) }
    }

    /// A name in a fixed text that nobody gave a value.
    pub(super) fn no_value(name: &str) -> Vec<MapIssue> {
        let text = format!("the context has no value for {{{name}}}");
        vec![MapIssue::new(Issue::error(IssueCode::Exception, text))]
    }
}
