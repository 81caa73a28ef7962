//! What a caller can see: its own tenant's resources.

use gateway_core::{Key, ResourceType, TenantId, Version};
use time::OffsetDateTime;

use crate::{CommitError, CounterpartKey, Store, StoreError, WriteSet, Written};
use fhir_profiles::search::Query;

/// One version of a resource as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Which resource.
    pub key: Key,
    /// Which version.
    pub version: Version,
    /// When it was made.
    pub last_updated: OffsetDateTime,
    /// The text with the server's id and meta; `None` for a deletion.
    pub text: Option<String>,
    /// How the version came to be, for history (`POST`, `PUT`, `DELETE`).
    pub method: &'static str,
}

/// Whose history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum History {
    /// One resource's.
    Instance(Key),
    /// All of a type.
    Type(ResourceType),
}

/// Which part of a longer answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// At most so many.
    pub count: u32,
    /// What `Page::next` of the page before said.
    pub after: Option<String>,
    /// For history: only versions made at or after this.
    pub since: Option<OffsetDateTime>,
}

/// A part of a longer answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries. History: newest first. Search: by time of first storing, then id, stable under inserts.
    pub entries: Vec<Stored>,
    /// How many there are on all pages.
    pub total: u64,
    /// Opaque, for the next page; absent on the last.
    pub next: Option<String>,
}

/// A tenant's part of the store.
#[derive(Debug, Clone)]
pub struct View {
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
    pub(crate) origin: String,
    pub(crate) request_id: String,
}

impl View {
    /// The current version, tombstones included.
    pub async fn read(&self, _key: &Key) -> Result<Option<Stored>, StoreError> {
        unimplemented!()
    }

    /// One version.
    pub async fn vread(&self, _key: &Key, _version: Version) -> Result<Option<Stored>, StoreError> {
        unimplemented!()
    }

    /// Versions, newest first.
    pub async fn history(&self, _of: &History, _paging: &Paging) -> Result<Page, StoreError> {
        unimplemented!()
    }

    /// The living resources a query finds.
    pub async fn search(&self, _query: &Query, _paging: &Paging) -> Result<Page, StoreError> {
        unimplemented!()
    }

    /// The resource a counterpart's key names.
    pub async fn by_counterpart_key(&self, _key: &CounterpartKey) -> Result<Option<Key>, StoreError> {
        unimplemented!()
    }

    /// Commits a write set and waits until it is on disk.
    pub async fn commit(&self, _set: WriteSet) -> Result<Vec<Written>, CommitError> {
        unimplemented!()
    }
}
