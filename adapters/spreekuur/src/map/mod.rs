//! From our resources to their words: pure, no waiting, no clock (`spreekuur.md` sections 6.5 and 7).

pub(crate) mod appointment;
mod category;
pub(crate) mod communication;
mod note;
mod participant;
mod people;

use std::sync::Arc;

use fhir_profiles::{Profiles, Rules};
use gateway_core::{Issue, IssueCode, Resource};
use serde::Serialize;

/// What a change means for Spreekuur.nl.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// This has to be sent.
    Message(Message),
    /// Nothing has to be sent, and why.
    Withheld(&'static str),
}

/// A body that is ready but for the contract.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The id in the path and in the body: the same on every attempt.
    pub(crate) id: String,
    /// The text of the body.
    pub(crate) body: String,
    /// What to write down when they have it.
    pub(crate) note: String,
}

/// The contract that what leaves the house is held against (C-03).
pub(crate) struct Rulebook {
    pub(crate) profiles: Arc<Profiles>,
    pub(crate) rules: Rules,
    pub(crate) fallback_category_system: String,
}

impl Rulebook {
    /// Checks a body against `profile`.
    ///
    /// # Errors
    /// All issues that refuse it; the paths are those of the body.
    pub(crate) fn check(&self, body: &str, profile: &str) -> Result<(), Vec<Issue>> {
        let body = Resource::from_text(body).map_err(|issue| vec![issue])?;
        let mut issues = self.profiles.issues(&body, Some(profile), self.rules).issues;
        issues.retain(Issue::refuses);
        if issues.is_empty() { Ok(()) } else { Err(issues) }
    }
}

/// The text of a body.
fn text_of(body: &impl Serialize) -> Result<String, Vec<Issue>> {
    serde_json::to_string(body).map_err(|_| {
        vec![Issue::error(IssueCode::Exception, "the message for Spreekuur.nl cannot be written")]
    })
}
