//! The one way in and out of the store: what an engine is made of. Its verbs stand in `write`, `lay` and `read`; the
//! dispatcher works beside it and is woken by it.

use std::sync::{Arc, OnceLock};

use fhir_profiles::{Profiles, Rules};
use gateway_core::{Bsn, Clock, Ids, LinkId};
use gateway_store::{CounterpartKey, Store};
use tokio::sync::Notify;

use crate::ask::{Live, LiveLinks};
use crate::subscription::{self, Hooks};
use crate::{Routes, identity};

/// What an engine is made of.
pub struct Parts {
    /// The memory.
    pub store: Store,
    /// The checker.
    pub profiles: Arc<Profiles>,
    /// Who is told about which change.
    pub routes: Routes,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids of new resources.
    pub ids: Arc<dyn Ids>,
    /// How strict the check is.
    pub rules: Rules,
}

/// The verbs. Shared by all doors and the dispatcher.
pub struct Engine {
    parts: Parts,
    wake: Arc<Notify>,
    look: Arc<Notify>,
    live: OnceLock<LiveLinks>,
    hooks: OnceLock<Arc<Hooks>>,
    subscriptions: subscription::Live,
}

impl Engine {
    /// An engine.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            wake: Arc::default(),
            look: Arc::default(),
            live: OnceLock::new(),
            hooks: OnceLock::new(),
            subscriptions: subscription::Live::default(),
        }
    }

    /// What the engine is made of.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Tells the dispatcher to look at once: after deliveries were made, replayed, or a link was let run again. Without
    /// it the dispatcher looks within a second.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The key by which a person with this BSN is found in [`Engine::lay`] and [`Engine::by_counterpart_key`]. The engine
    /// binds it to every Patient that carries the BSN and releases it when the Patient loses the BSN or is deleted; a
    /// second Patient of the tenant with the same BSN is refused (`Conflict`).
    #[must_use]
    pub fn bsn_key(&self, bsn: &Bsn) -> CounterpartKey {
        identity::bsn_key(&self.parts.store, bsn.expose())
    }

    /// Whom [`Engine::ask`] and the sign-in verbs reach. Said once, when the links are ready; a second time is ignored.
    pub fn reach(&self, live: LiveLinks) {
        if self.live.set(live).is_err() {
            tracing::error!("the links that answer questions were named twice; the first time counts");
        }
    }

    /// What sending to subscribers takes.
    pub(crate) fn hooks_cell(&self) -> &OnceLock<Arc<Hooks>> {
        &self.hooks
    }

    /// The subscriptions in force.
    pub(crate) fn subscriptions(&self) -> &subscription::Live {
        &self.subscriptions
    }

    /// A link that answers while somebody waits.
    pub(crate) fn live(&self, link: &LinkId) -> Option<&Live> {
        self.live.get()?.get(link)
    }

    /// What the poller waits on.
    pub(crate) fn wished(&self) -> Arc<Notify> {
        Arc::clone(&self.look)
    }

    /// What the dispatcher waits on.
    pub(crate) fn woken(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }
}
