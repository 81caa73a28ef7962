//! Looking at counterparts: what they have and do not push is fetched, and laid onto what is there.
//!
//! The [`Poller`] works beside the dispatcher. When a link is due it claims the link's look (one node at a time), calls the
//! adapter (`look`), takes in what that brought (`intake`) and settles: the cursor moves last, and only when every record
//! is in or set aside. `verdict` says what a failure means. What is guaranteed stands in the README.

pub(crate) mod intake;
mod look;
mod poller;
mod settings;
mod verdict;

use std::time::Duration;

use adapter_kit::{Link, Policy, Poll};
use gateway_core::{Caller, Issue, IssueCode, LinkId, Origin, Problem, Scopes, TenantId};

use crate::{Engine, fault};

pub use poller::{Poller, Tally};
pub use settings::Settings;

/// Nobody is looked at more often than this.
const SHORTEST: Duration = Duration::from_secs(1);

/// A link that polls.
pub struct Source {
    /// Whose data it brings.
    pub tenant: TenantId,
    /// The looking.
    pub poll: Box<dyn Poll>,
    /// How the engine treats the link: the pauses after failures are its own.
    pub policy: Policy,
}

impl Source {
    /// Takes the ability to poll out of a link, when it has it; the rest of the link is for the dispatcher.
    #[must_use]
    pub fn of(tenant: &TenantId, link: &mut Link) -> Option<Self> {
        let poll = link.poll.take()?;
        Some(Self { tenant: tenant.clone(), poll, policy: link.policy.clone() })
    }

    /// From the beginning of one look to the next.
    fn every(&self) -> Duration {
        self.poll.every().max(SHORTEST)
    }
}

impl Engine {
    /// An operator wants a look at a link now, whichever node makes it. A paused link waits for the end of its pause.
    ///
    /// # Errors
    /// `NotFound` when the link does not poll, or is not of the caller's tenant; `Unavailable`.
    pub async fn poll_now(&self, caller: &Caller, link: &LinkId) -> Result<(), Problem> {
        let parts = self.parts();
        let failed = |error| fault::of_store(&error, caller);
        let known = parts.store.polls().await.map_err(failed)?;
        if !known.iter().any(|row| row.link == *link && row.tenant == caller.tenant) {
            return Err(Problem::NotFound);
        }
        parts.store.wish_poll(link, parts.clock.now()).await.map_err(failed)?;
        self.wished().notify_one();
        Ok(())
    }
}

/// Who writes what a link told us: nothing of it goes back over the link, every other link is told.
pub(crate) fn teller(tenant: &TenantId, link: &LinkId, request_id: Box<str>) -> Caller {
    Caller { tenant: tenant.clone(), origin: Origin::Link(link.clone()), scopes: Scopes::all(), request_id }
}

/// What is wrong with a record that was refused, for whoever looks into it.
pub(crate) fn issues(problem: Problem) -> Vec<Issue> {
    match problem {
        Problem::Malformed(issues) | Problem::Invalid(issues) => issues,
        Problem::Unauthenticated(issue)
        | Problem::Forbidden(issue)
        | Problem::Conflict(issue)
        | Problem::PreconditionFailed(issue)
        | Problem::MediaType { issue, .. }
        | Problem::TooLarge(issue)
        | Problem::UrlTooLong(issue) => vec![issue],
        Problem::NotAllowed { .. } => {
            vec![Issue::error(IssueCode::NotSupported, "resources of this type are not written from outside")]
        }
        Problem::NotFound
        | Problem::Gone { .. }
        | Problem::TooMany { .. }
        | Problem::Unavailable { .. }
        | Problem::Internal => {
            vec![Issue::error(IssueCode::Exception, "the gateway failed on this record; see the log")]
        }
    }
}
