//! The one way in and out of the store.

use std::sync::Arc;

use fhir_profiles::search::Query;
use fhir_profiles::{Profiles, Rules};
use gateway_core::{Bsn, Caller, Clock, Ids, Interaction, Key, Problem, Resource, ResourceType, Version};
use gateway_store::{CounterpartKey, History, Page, Paging, Precondition, Store, Stored, Written};

use crate::Routes;

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
}

/// One thing to be written.
#[derive(Debug, Clone)]
pub struct Write {
    /// Which resource.
    pub target: Target,
    /// The new content; `None` deletes.
    pub resource: Option<Resource>,
    /// What must be so.
    pub precondition: Precondition,
    /// A counterpart's key that names the resource.
    pub bind: Option<CounterpartKey>,
    /// What scope it needs and how the audit trail calls it.
    pub interaction: Interaction,
}

/// Which resource a write is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A new one; the engine gives it an id.
    New(ResourceType),
    /// This one, made when it is not there.
    Key(Key),
}

impl Engine {
    /// An engine.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// What the engine is made of.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The only way a resource gets in: scope, check, one commit with version, index, audit and deliveries.
    ///
    /// # Errors
    /// [`Problem`]; nothing was stored then.
    pub async fn write(&self, _caller: &Caller, _write: Write) -> Result<Written, Problem> {
        unimplemented!()
    }

    /// Several writes in one commit, in order.
    ///
    /// # Errors
    /// [`Problem`]; nothing was stored then.
    pub async fn write_all(&self, _caller: &Caller, _writes: Vec<Write>) -> Result<Vec<Written>, Problem> {
        unimplemented!()
    }

    /// The current version.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, `Forbidden`, `Unavailable`.
    pub async fn read(&self, _caller: &Caller, _key: &Key) -> Result<Stored, Problem> {
        unimplemented!()
    }

    /// One version.
    ///
    /// # Errors
    /// As [`Engine::read`].
    pub async fn vread(&self, _caller: &Caller, _key: &Key, _version: Version) -> Result<Stored, Problem> {
        unimplemented!()
    }

    /// Versions, newest first.
    ///
    /// # Errors
    /// As [`Engine::read`]; `NotFound` for an instance that never was.
    pub async fn history(&self, _caller: &Caller, _of: &History, _paging: &Paging) -> Result<Page, Problem> {
        unimplemented!()
    }

    /// Lays what a counterpart sent onto what is there. `onto` gets the current version of the resource each of `keys`
    /// names, in that order (`None` when the key names nothing, a tombstone when it is deleted), and answers what is to be
    /// written: each write binds the key it is laid by and takes the version it was laid on as its precondition. No write
    /// means nothing to do. When somebody else was quicker, the resources are loaded and laid on again, three times at
    /// most; so `onto` is pure.
    ///
    /// # Errors
    /// What `onto` answers; else as [`Engine::write`].
    pub async fn lay(
        &self,
        _caller: &Caller,
        _keys: &[CounterpartKey],
        _onto: impl Fn(&[Option<Stored>]) -> Result<Vec<Write>, Problem> + Send + Sync,
    ) -> Result<Vec<Written>, Problem> {
        unimplemented!()
    }

    /// The key by which a person with this BSN is found in [`Engine::lay`] and [`Engine::by_counterpart_key`]. The engine
    /// binds it to every Patient that carries the BSN and releases it when the Patient loses the BSN or is deleted; a
    /// second Patient of the tenant with the same BSN is refused (`Conflict`).
    #[must_use]
    pub fn bsn_key(&self, _bsn: &Bsn) -> CounterpartKey {
        unimplemented!()
    }

    /// Living resources.
    ///
    /// # Errors
    /// `Forbidden`, `Malformed` for a cursor that is not ours, `Unavailable`.
    pub async fn search(&self, _caller: &Caller, _query: &Query, _paging: &Paging) -> Result<Page, Problem> {
        unimplemented!()
    }

    /// The resource a counterpart's key names, tombstones included.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn by_counterpart_key(
        &self,
        _caller: &Caller,
        _key: &CounterpartKey,
    ) -> Result<Option<Stored>, Problem> {
        unimplemented!()
    }
}
