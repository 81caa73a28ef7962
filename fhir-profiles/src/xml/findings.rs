//! Where reading or writing stands, and what was found wrong on the way.

use std::fmt::Write as _;

use gateway_core::{Issue, IssueCode};

use crate::check::{Level, Sink};

/// One step of a FHIRPath.
struct Step {
    name: &'static str,
    index: Option<usize>,
}

/// The path so far and the issues so far.
#[derive(Default)]
pub(super) struct Findings {
    path: Vec<Step>,
    sink: Sink,
}

impl Findings {
    /// Goes one step further in.
    pub(super) fn enter(&mut self, name: &'static str, index: Option<usize>) {
        self.path.push(Step { name, index });
    }

    /// Goes back one step.
    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    /// Notes what is wrong with the element reading stands at: `rest` follows its name.
    pub(super) fn add(&mut self, code: IssueCode, rest: &str) {
        let said = self.said();
        self.sentence(code, || format!("{said} {rest}"));
    }

    /// Notes a whole sentence.
    pub(super) fn sentence(&mut self, code: IssueCode, text: impl FnOnce() -> String) {
        let path = self.path();
        self.sink.once_at(Level::Malformed, code, path, text);
    }

    /// Notes an element that the type at hand does not have.
    pub(super) fn unknown(&mut self, name: &str, of: &str) {
        let text = || format!("{name} is not an element of {of}");
        let path = format!("{}.{name}", self.path());
        self.sink.once_at(Level::Malformed, IssueCode::Structure, path, text);
    }

    /// What was made, when nothing was found wrong with it.
    pub(super) fn answer<T>(self, made: T) -> Result<T, Vec<Issue>> {
        let issues = self.sink.into_refusal().issues;
        if issues.is_empty() { Ok(made) } else { Err(issues) }
    }

    /// FHIRPath: `Appointment.participant[0].status`.
    fn path(&self) -> String {
        let mut path = String::new();
        for Step { name, index } in &self.path {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
            if let Some(index) = index {
                write!(path, "[{index}]").expect("writing to a String cannot fail");
            }
        }
        path
    }

    /// As a person says it: `participant.status`, the type alone for a resource itself.
    fn said(&self) -> String {
        let names: Vec<_> = self.path.iter().map(|step| step.name).collect();
        match names.as_slice() {
            [] => "the body".to_owned(),
            [root] => (*root).to_owned(),
            [_, inner @ ..] => inner.join("."),
        }
    }
}
