//! Subscriptions of clients (`docs/subscriptions.md`): an active one is a line of the routing table more, and its endpoint
//! one link more, so that order, leases, retries and what an operator sees are those of every delivery.
//!
//! What a client writes is read and checked before it is stored (`wanted`, `admit`). Storing it is a change for the link
//! that sets subscriptions up (`setup`): it puts the version in force, makes the handshake and says `active`. `live` is
//! the routing table of those in force. Their own links tell of changes (`notify`) in the form that was asked for
//! (`message`), signed (`sign`); `tend` sends heartbeats and ends what is over; `told` answers what was told so far.

mod admit;
mod again;
mod live;
mod message;
mod names;
mod notify;
mod send;
mod setup;
mod sign;
mod tend;
mod told;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use adapter_kit::http::{HttpClient, Outside};
use gateway_core::{Caller, Id, Interaction, Key, Origin, Problem, ResourceType, Scopes, TenantId};
use gateway_store::{InForce, Precondition, Store, StoreError, SubscriptionState};

use crate::{Change, Engine, Target, Write, fault};

pub use names::{PROFILE, topics};
pub use told::{Asked, Told};
pub use wanted::Content;

pub(crate) use live::{Live, Looked, Table};
pub(crate) use tend::{links, tend};

/// What sending to subscribers takes. Without it no client can subscribe.
#[derive(Debug)]
pub struct Hooks {
    /// Speaks to subscribers; made with `outside`.
    pub client: HttpClient,
    /// Where they may be.
    pub outside: Outside,
    /// The address of the FHIR door, without a slash at the end.
    pub base: String,
    /// What can be set.
    pub settings: Settings,
}

/// What can be set about subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// So many of a tenant may be in force.
    pub most: usize,
    /// A subscriber that nothing arrives at for so long gets nothing any more.
    pub give_up_after: Duration,
    /// How long a subscriber may take.
    pub timeout: Duration,
    /// How long other nodes are given to notice a subscription before it is active. Nothing where one process has the
    /// database for itself. The same on every node.
    pub notice: Duration,
}

/// How long a subscriber may take, unless an operator says how long.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What an attempt takes beside the subscriber: reading and writing here.
const AROUND: Duration = Duration::from_secs(2);

impl Hooks {
    /// How long an attempt may take; setting up is the longest.
    pub(crate) fn attempt_limit(&self, store: &Store) -> Duration {
        self.settings.timeout + self.waits(store) + AROUND
    }

    /// How long other processes are waited for.
    fn waits(&self, store: &Store) -> Duration {
        if store.has_one_process() { Duration::ZERO } else { self.settings.notice }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { most: 50, give_up_after: Duration::from_hours(24), timeout: TIMEOUT, notice: live::NOTICE }
    }
}

impl Engine {
    /// From now on clients may subscribe. Said once, before the doors open; a second time is ignored.
    pub fn subscribe(&self, hooks: Hooks) {
        if self.hooks_cell().set(Arc::new(hooks)).is_err() {
            tracing::error!("what subscriptions take was said twice; the first time counts");
        }
    }

    pub(crate) fn hooks(&self) -> Option<&Arc<Hooks>> {
        self.hooks_cell().get()
    }

    pub(crate) fn notice(&self) -> Duration {
        self.hooks().map_or(live::NOTICE, |hooks| hooks.settings.notice)
    }

    /// The subscriptions in force, looked at not longer ago than `most`.
    pub(crate) async fn look(&self, most: Duration) -> Result<Looked, StoreError> {
        let outside = self.hooks().map(|hooks| &hooks.outside);
        self.subscriptions().look(live::Looking { parts: self.parts(), outside }, most).await
    }

    /// The table that routes a write.
    pub(crate) async fn routing(&self, caller: &Caller) -> Result<Looked, Problem> {
        self.look(self.notice() / 2).await.map_err(|e| fault::of_store(&e, caller))
    }

    /// Gives the version in force another status, if it is still the current one; whether it was.
    async fn becomes(
        &self,
        in_force: &InForce,
        state: SubscriptionState,
        why: Option<&str>,
    ) -> Result<bool, Problem> {
        let caller = ourselves(&in_force.tenant, "subscriptions");
        let key = key(&in_force.id);
        let stored = match self.read(&caller, &key).await {
            Ok(stored) if stored.version == in_force.version => stored,
            Ok(_) | Err(Problem::NotFound | Problem::Gone { .. }) => return Ok(false),
            Err(problem) => return Err(problem),
        };
        let current = gateway_core::Resource::from_text(stored.text.unwrap_or_default())
            .map_err(|_| fault::internal("a stored Subscription cannot be read", &caller))?;
        let mut next = current.draft().set_text("status", state.as_str()).remove("error");
        if let Some(why) = why {
            next = next.set_text("error", why);
        }
        let next =
            next.build().map_err(|_| fault::internal("a Subscription of ours does not read", &caller))?;
        let write = Write {
            target: Target::Key(key),
            change: Change::Document(next),
            precondition: Precondition::Version(vec![in_force.version]),
            bind: None,
            interaction: Interaction::Update,
            bsn: None,
        };
        let written = match self.write(&caller, write).await {
            Ok(written) => written,
            Err(Problem::PreconditionFailed(_)) => return Ok(false),
            Err(problem) => return Err(problem),
        };
        tracing::info!(link = %in_force.link, status = state.as_str(), reason = why, "a subscription has another status");
        let in_force = InForce { version: written.version, state, ..in_force.clone() };
        self.put_in_force(&in_force).await.map_err(|e| fault::of_store(&e, &caller))?;
        Ok(true)
    }

    /// Puts a version in force, for this process at once.
    async fn put_in_force(&self, in_force: &InForce) -> Result<Looked, StoreError> {
        let parts = self.parts();
        parts.store.put_subscription(in_force, &sign::new_secret(), parts.clock.now()).await?;
        let looked = self.look(Duration::ZERO).await?;
        self.wake();
        Ok(looked)
    }
}

fn key(id: &Id) -> Key {
    Key::new(ResourceType::Subscription, id.clone())
}

/// The gateway itself, acting for a tenant.
fn ourselves(tenant: &TenantId, what: &str) -> Caller {
    Caller { tenant: tenant.clone(), origin: Origin::System, scopes: Scopes::all(), request_id: what.into() }
}
