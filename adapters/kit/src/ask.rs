//! Asking a counterpart while somebody waits for the answer.

use async_trait::async_trait;
use gateway_core::{Failure, Issue, Resource, ResourceType};

use crate::{Aside, ExchangeLog, Item, Session};

/// Answers questions live.
#[async_trait]
pub trait Ask: Send + Sync {
    /// Whether questions for this type can be asked. Pure.
    fn answers(&self, resource_type: ResourceType) -> bool;

    /// Asks once; many at a time. What goes over the wire is put into `log`.
    ///
    /// # Errors
    /// As for a delivery. [`Failure::Never`] holds the issues for the person who asked: `login` when they must sign in
    /// again, `forbidden` when they may not ask this, `not-supported` when the counterpart cannot be asked it.
    async fn ask(&self, question: &Question, log: &ExchangeLog) -> Result<Answer, Failure>;
}

/// A question, in the words of FHIR search.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is looked for.
    pub resource_type: ResourceType,
    /// Parameters as they came, decoded, in order: `("birthdate", "eq1986-09-29")`.
    pub parameters: Vec<(String, String)>,
    /// Who asks.
    pub asker: Asker,
}

/// Who asks, as far as a counterpart cares.
#[derive(Debug, Clone)]
pub enum Asker {
    /// A system or person of the practice, entitled to all of its data.
    Practice,
    /// A patient, signed in at the counterpart.
    Patient(Session),
}

/// What they answered.
#[derive(Default)]
pub struct Answer {
    /// Laid onto what is there and kept.
    pub items: Vec<Item>,
    /// Passed on and never kept: free time is gone a second later.
    pub passing: Vec<Resource>,
    /// What could not be read.
    pub aside: Vec<Aside>,
    /// What the one who asked should know.
    pub warnings: Vec<Issue>,
}
