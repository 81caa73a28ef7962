//! Opening a store.

use gateway_core::Caller;
use secrecy::SecretSlice;

use crate::{StoreError, View};

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite://path`, `sqlite://:memory:` is not offered; or `postgres://...`.
    pub url: String,
    /// The master key (32 bytes): blind index, exchange bodies and the signing key are protected with keys derived from it.
    pub master_key: SecretSlice<u8>,
    /// Connections: readers on SQLite, all on PostgreSQL.
    pub connections: u32,
}

/// Whether the schema fits the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// It does.
    Current,
    /// The database lacks migrations (or is empty).
    Behind,
    /// The database has migrations this program does not know.
    Ahead,
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {}

impl Store {
    /// Connects. The schema is not looked at yet.
    pub async fn open(_options: &Options) -> Result<Self, StoreError> {
        unimplemented!()
    }

    /// How the schema stands.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        unimplemented!()
    }

    /// Brings the schema to the newest state.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// The caller's tenant's part of the store.
    #[must_use]
    pub fn of(&self, caller: &Caller) -> View {
        View {
            store: self.clone(),
            tenant: caller.tenant.clone(),
            origin: caller.origin.to_string(),
            request_id: caller.request_id.to_string(),
        }
    }

    /// HMAC-SHA256 of `text` under a key derived from the master key for `purpose`; lower-case hex.
    #[must_use]
    pub fn keyed_hash(&self, _purpose: &str, _text: &str) -> String {
        unimplemented!()
    }

    /// Finishes waiting writes and closes the connections.
    pub async fn close(&self) {
        unimplemented!()
    }
}
