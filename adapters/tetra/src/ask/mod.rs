//! Questions to the practice while somebody waits (`tetra.md` sections 2.3, 2.5, 2.8, 2.9 and 4.7).
//!
//! A question is read whole before anybody is called: a parameter that cannot be honoured is refused, because leaving it out
//! would answer more than was asked. What comes back is filtered here as well, since their search looks in more than one
//! field. Nobody is chosen: several people are all of them, none is none.

mod fold;
mod own;
mod people;
mod slots;
mod wanted;

use std::sync::Arc;

use adapter_kit::{Answer, Ask, Asker, ExchangeLog, Question};
use async_trait::async_trait;
use gateway_core::{Failure, Issue, IssueCode, ResourceType};

use crate::cache::Cache;
use crate::client::{Client, Fault};
use crate::map::Composer;
use crate::verdict;
use crate::wire::Operation;

/// Asks one practice.
pub(crate) struct Asking {
    client: Arc<Client>,
    composer: Arc<Composer>,
    cache: Arc<Cache>,
}

impl Asking {
    /// One that has asked nothing yet.
    pub(crate) fn new(client: Arc<Client>, composer: Arc<Composer>, cache: Arc<Cache>) -> Self {
        Self { client, composer, cache }
    }

    fn failed(&self, fault: Fault) -> Failure {
        verdict::of_read(fault, &self.client.settings().codes)
    }
}

#[async_trait]
impl Ask for Asking {
    fn answers(&self, resource_type: ResourceType) -> bool {
        let any = |operations: &[Operation]| operations.iter().any(|operation| self.client.knows(*operation));
        match resource_type {
            ResourceType::Patient => any(&[Operation::FindPatient, Operation::SearchPatients]),
            ResourceType::Appointment => any(&[Operation::OwnAppointments]),
            ResourceType::Slot => any(&[Operation::Slots]),
            _ => false,
        }
    }

    async fn ask(&self, question: &Question, log: &ExchangeLog) -> Result<Answer, Failure> {
        match (question.resource_type, &question.asker) {
            (ResourceType::Patient, Asker::Practice) => self.people(&question.parameters, log).await,
            (ResourceType::Patient, Asker::Patient(_)) => {
                refused(IssueCode::Forbidden, "looking people up is for the practice only")
            }
            (ResourceType::Appointment, Asker::Patient(session)) => {
                self.own_appointments(session, &question.parameters, log).await
            }
            (ResourceType::Appointment, Asker::Practice) => refused(
                IssueCode::NotSupported,
                "the practice's appointments are fetched regularly: search for them here",
            ),
            (ResourceType::Slot, _) => self.free_time(&question.parameters, log).await,
            _ => refused(IssueCode::NotSupported, "the practice cannot be asked for this"),
        }
    }
}

/// A refusal before anybody was called.
fn refused<T>(code: IssueCode, why: &str) -> Result<T, Failure> {
    Err(Failure::Never(vec![Issue::error(code, why)]))
}

/// A parameter that cannot be honoured. Its value is not repeated.
fn unsupported<T>(name: &str, why: &str) -> Result<T, Failure> {
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c)).take(40).collect();
    refused(IssueCode::NotSupported, &format!("{name}: {why}"))
}

/// Whether a parameter is about the answer's form and not about what is looked for.
fn is_form(name: &str) -> bool {
    matches!(name, "_count" | "_format" | "_summary")
}
