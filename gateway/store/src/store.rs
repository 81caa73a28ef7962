//! Opening a store, and what it is made of.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gateway_core::{Caller, Origin, TenantId};
use secrecy::SecretSlice;

use crate::engine::Engine;
use crate::fetch::PATIENCE;
use crate::keys::Keys;
use crate::search::page::COUNTED;
use crate::{StoreError, View};

/// How to open a store. `Debug` shows neither the key nor the address, which may hold a password.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://path`, `sqlite://:memory:` is not offered; or `postgres://...`.
    pub url: String,
    /// The master key (32 bytes): blind index, exchange bodies and the signing key are protected with keys derived from it.
    pub master_key: SecretSlice<u8>,
    /// Connections: readers on SQLite, all on PostgreSQL.
    pub connections: u32,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) engine: Arc<Engine>,
    pub(crate) keys: Arc<Keys>,
    commits: Arc<AtomicU64>,
    /// Whether the index is being made anew.
    pub(crate) reindexing: Arc<AtomicBool>,
}

impl Store {
    /// Connects. The schema is not looked at yet.
    pub async fn open(options: &Options) -> Result<Self, StoreError> {
        let keys = Arc::new(Keys::new(&options.master_key)?);
        let commits = Arc::new(AtomicU64::new(0));
        let engine = Engine::open(&options.url, options.connections, commits.clone()).await?;
        Ok(Self { engine: Arc::new(engine), keys, commits, reindexing: Arc::default() })
    }

    /// The caller's tenant's part of the store.
    #[must_use]
    pub fn of(&self, caller: &Caller) -> View {
        View {
            origin: caller.origin.to_string(),
            request_id: caller.request_id.to_string(),
            ..self.of_tenant(&caller.tenant)
        }
    }

    /// A tenant's part of the store, for a job of the store itself.
    pub(crate) fn of_tenant(&self, tenant: &TenantId) -> View {
        View {
            store: self.clone(),
            tenant: tenant.clone(),
            patience: PATIENCE,
            gathers: COUNTED,
            origin: Origin::System.to_string(),
            request_id: String::new(),
        }
    }

    /// Whether one process has the database for itself: SQLite. The command line may write beside it.
    #[must_use]
    pub fn has_one_process(&self) -> bool {
        matches!(&*self.engine, Engine::Sqlite(_))
    }

    /// HMAC-SHA256 of `text` under a key derived from the master key for `purpose`; lower-case hex.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, text: &str) -> String {
        self.keys.hash(purpose, text)
    }

    /// How many commits this store made that wrote something. Writes that wait together share one on SQLite.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Counts a commit that PostgreSQL made.
    pub(crate) fn count_commit(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    /// Finishes waiting writes and closes the connections.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}
