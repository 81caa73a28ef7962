//! What a caller can see: its own tenant's resources.

use std::time::Duration;

use gateway_core::{Key, ResourceType, TenantId, Version};
use time::OffsetDateTime;

use crate::engine::{Engine, read_content};
use crate::index_rows::storable;
use crate::instant::from_micros;
use crate::reads::Wanted;
use crate::{CommitError, CounterpartKey, Store, StoreError, WriteSet, Written};

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
    /// All of these types.
    Types(Vec<ResourceType>),
    /// Everything.
    System,
}

/// Which part of a longer answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// At most so many. With 0 there is no next page, only the total.
    pub count: u32,
    /// What `Page::next` of the page before said.
    pub after: Option<String>,
    /// For history: only versions made at or after this.
    pub since: Option<OffsetDateTime>,
    /// For history: only versions that were current then.
    pub at: Option<OffsetDateTime>,
    /// Whether all are counted.
    pub total: Total,
}

/// How exactly [`Page::total`] is wished for. Counting costs as much as there is to count; the page does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Total {
    /// Not at all.
    None,
    /// Exactly up to some ten thousand, which is cheap; beyond that it stays unknown. What a caller gets who does not ask.
    #[default]
    Estimate,
    /// Exactly, at whatever cost.
    Accurate,
}

/// A part of a longer answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries. History: newest first. Search: by order of first storing, stable under inserts.
    pub entries: Vec<Stored>,
    /// How many there are on all pages, where that was counted.
    pub total: Option<u64>,
    /// Opaque, for the next page; absent on the last.
    pub next: Option<String>,
}

/// A tenant's part of the store.
#[derive(Debug, Clone)]
pub struct View {
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
    pub(crate) patience: Duration,
    pub(crate) gathers: i64,
    pub(crate) origin: String,
    pub(crate) request_id: String,
}

/// A version as it comes out of the database.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct VersionRow {
    pub(crate) version: i64,
    pub(crate) last_updated: i64,
    pub(crate) method: String,
    pub(crate) content: Option<String>,
}

impl View {
    /// The current version, tombstones included.
    pub async fn read(&self, key: &Key) -> Result<Option<Stored>, StoreError> {
        self.one(key, None).await
    }

    /// One version.
    pub async fn vread(&self, key: &Key, version: Version) -> Result<Option<Stored>, StoreError> {
        self.one(key, Some(version)).await
    }

    async fn one(&self, key: &Key, version: Option<Version>) -> Result<Option<Stored>, StoreError> {
        let row = match &*self.store.engine {
            Engine::Sqlite(sqlite) => sqlite.versions.read(&self.tenant, key, version).await,
            Engine::Postgres(postgres) => postgres.versions.read(&self.tenant, key, version).await,
        };
        let row = row.map_err(|error| StoreError::of("reading a resource", error))?;
        row.map(|row| row.stored(key.clone())).transpose()
    }

    /// The living ones of these, in this order, with one statement.
    pub async fn read_many(&self, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        let wanted =
            keys.iter().map(|key| Wanted { tenant: self.tenant.clone(), key: key.clone(), version: None });
        let wanted = wanted.collect();
        let rows = match &*self.store.engine {
            Engine::Sqlite(sqlite) => sqlite.read_many(wanted).await,
            Engine::Postgres(postgres) => postgres.read_many(wanted).await,
        };
        let mut found = Vec::with_capacity(keys.len());
        for (key, row) in keys.iter().zip(rows) {
            let row = row.map_err(|error| StoreError::of("reading resources", error))?;
            found.extend(
                row.filter(|row| row.content.is_some()).map(|row| row.stored(key.clone())).transpose()?,
            );
        }
        Ok(found)
    }

    /// The resource a counterpart's key names.
    pub async fn by_counterpart_key(&self, key: &CounterpartKey) -> Result<Option<Key>, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a counterpart's key");
        let row: Option<(String, String)> = read_content!(self, "looking up a counterpart's key", |on| {
            sqlx::query_as(
                "SELECT type, resource_id
                 FROM counterpart_key
                 WHERE tenant = $1 AND space = $2 AND value = $3",
            )
            .bind(self.tenant.as_str())
            .bind(storable(key.space.clone()))
            .bind(storable(key.value.clone()))
            .fetch_optional(on)
        })?;
        row.map(|(resource_type, id)| {
            Ok(Key::new(resource_type.parse().map_err(|_| DAMAGED)?, id.parse().map_err(|_| DAMAGED)?))
        })
        .transpose()
    }

    /// Commits a write set and waits until it is on disk. A caller that stops waiting leaves it done or not begun.
    pub async fn commit(&self, set: WriteSet) -> Result<Vec<Written>, CommitError> {
        let unless = self.unless(&set.unless);
        let set = self.prepare(set);
        match &*self.store.engine {
            Engine::Sqlite(sqlite) if unless.is_empty() => sqlite.commit(set).await,
            Engine::Sqlite(sqlite) => sqlite.commit_unless(unless, set).await,
            Engine::Postgres(postgres) if unless.is_empty() => postgres.commit(set).await,
            Engine::Postgres(postgres) => postgres.commit_unless(unless, set).await,
        }
    }
}

impl VersionRow {
    pub(crate) fn stored(self, key: Key) -> Result<Stored, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a version");
        Ok(Stored {
            key,
            version: Version(u32::try_from(self.version).map_err(|_| DAMAGED)?),
            last_updated: from_micros(self.last_updated),
            text: self.content,
            method: match &*self.method {
                "POST" => "POST",
                "PUT" => "PUT",
                "DELETE" => "DELETE",
                _ => return Err(DAMAGED),
            },
        })
    }
}
