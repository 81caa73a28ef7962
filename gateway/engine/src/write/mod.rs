//! The only way a resource gets in: scope → check → one commit with version, index, audit and deliveries.
//!
//! A change goes to every link whose criteria match the version before it or after it (`route`). Where the version before
//! matters, it is read first and becomes a precondition of the commit: when somebody else was quicker, it is read again.
//! So it is for patches and for conditional writes: what they were settled on must still be so when they are committed.

mod aim;
mod change;
mod check;
mod commit;
mod referrers;

use fhir_profiles::BsnCheck;
use gateway_core::{Caller, Interaction, Problem, ResourceType};
use gateway_store::{CounterpartKey, Outcome, Precondition, Written};
use tracing::Instrument as _;

use crate::Engine;
pub use change::{Change, Patch, Target};
pub(crate) use change::{Foreseen, Halted};
pub(crate) use commit::micros;

/// One thing to be written.
#[derive(Debug, Clone)]
pub struct Write {
    /// Which resource.
    pub target: Target,
    /// What becomes of it.
    pub change: Change,
    /// What must be so.
    pub precondition: Precondition,
    /// A counterpart's key that names the resource.
    pub bind: Option<CounterpartKey>,
    /// What scope it needs and how the audit trail calls it.
    pub interaction: Interaction,
    /// How a BSN in it is looked at, where the way in has a contract of its own; `None`: as the house does.
    pub bsn: Option<BsnCheck>,
}

impl Engine {
    /// The only way a resource gets in: scope, check, one commit with version, index, audit and deliveries.
    ///
    /// # Errors
    /// [`Problem`]; nothing was stored then.
    pub async fn write(&self, caller: &Caller, write: Write) -> Result<Written, Problem> {
        let mut written = self.write_all(caller, vec![write]).await?;
        written.pop().ok_or_else(|| crate::fault::internal("the store left a write out", caller))
    }

    /// Several writes in one commit, in order. No writes do nothing.
    ///
    /// # Errors
    /// [`Problem`] of the first write that is refused; nothing was stored then.
    pub async fn write_all(&self, caller: &Caller, writes: Vec<Write>) -> Result<Vec<Written>, Problem> {
        let writes = writes.into_iter().map(|write| (write, None)).collect();
        self.write_foreseen(caller, writes).await.map_err(|halted| {
            match halted {
                Halted::Refused(refused) => refused.into_iter().next().map(|(_, problem)| problem),
                Halted::Moved => None,
            }
            .unwrap_or_else(|| crate::fault::internal("writes were refused without a reason", caller))
        })
    }

    /// As [`Engine::write_all`], of writes whose resources others were told.
    pub(crate) async fn write_foreseen(
        &self,
        caller: &Caller,
        writes: Vec<(Write, Option<Foreseen>)>,
    ) -> Result<Vec<Written>, Halted> {
        let types: Vec<_> = writes.iter().map(|(write, _)| write.target.resource_type()).collect();
        let span = tracing::info_span!(
            "engine.write",
            tenant = %caller.tenant,
            resource.type = types.first().map(|first| first.as_str()),
            writes = types.len(),
        );
        let result = self.checked_and_committed(caller, writes).instrument(span).await;
        match &result {
            Ok(written) => written.iter().for_each(|one| count(one.key.resource_type, word(one.outcome))),
            Err(Halted::Refused(refused)) => {
                let why = refused.first().map_or("failed", |(_, problem)| refusal(problem));
                for resource_type in types {
                    count(resource_type, why);
                }
            }
            Err(Halted::Moved) => {}
        }
        result
    }

    async fn checked_and_committed(
        &self,
        caller: &Caller,
        writes: Vec<(Write, Option<Foreseen>)>,
    ) -> Result<Vec<Written>, Halted> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let writes = self.admitted(caller, writes).await.map_err(Halted::Refused)?;
        let checked = self.check(caller, writes).map_err(Halted::Refused)?;
        self.commit(caller, &checked).await
    }
}

fn count(resource_type: ResourceType, outcome: &'static str) {
    metrics::counter!("zorgtolk_writes_total", "type" => resource_type.as_str(), "outcome" => outcome)
        .increment(1);
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Deleted => "deleted",
        Outcome::Unchanged => "unchanged",
    }
}

fn refusal(problem: &Problem) -> &'static str {
    match problem {
        Problem::Malformed(_)
        | Problem::Invalid(_)
        | Problem::MediaType { .. }
        | Problem::TooLarge(_)
        | Problem::UrlTooLong(_) => "invalid",
        Problem::Unauthenticated(_) | Problem::Forbidden(_) | Problem::NotAllowed { .. } => "forbidden",
        Problem::NotFound | Problem::Gone { .. } => "not-found",
        Problem::Conflict(_) | Problem::PreconditionFailed(_) => "conflict",
        Problem::TooMany { .. } | Problem::Unavailable { .. } | Problem::Internal => "failed",
    }
}
