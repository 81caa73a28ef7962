//! Making the index anew when the definitions it was made by have changed.
//!
//! The store remembers the fingerprint of the definitions that all its rows were made by. When the program has others, a
//! job goes through the resources of each tenant, by type and number, and replaces the rows of every living version that
//! is still the current one: a write that came first made its rows by the new definitions already. The job belongs to one
//! process at a time (a lease), remembers its place with each batch, and goes on there after a kill. Until it is done a
//! search may miss what is older; [`Store::is_reindexing`] says so.

mod rows;

use std::cmp::Ordering::{Equal, Greater, Less};
use std::sync::atomic::Ordering;

use fhir_profiles::Profiles;
use gateway_core::{Resource, TenantId};
use time::{Duration, OffsetDateTime};

use crate::engine::{read, read_content, write};
use crate::index_rows::IndexRows;
use crate::instant::micros;
use crate::{Store, StoreError};

/// A batch takes milliseconds; after this long without one the job's process is gone.
const LEASE: Duration = Duration::seconds(60);

/// What the index was made by, and how far it is made anew.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct IndexState {
    /// The fingerprint that all rows are made by, when it is known.
    pub made: Option<String>,
    /// The one that is worked towards.
    pub target: Option<String>,
    /// Whose resources the job is at.
    pub tenant: String,
    /// Of which type.
    pub r#type: String,
    seq: i64,
    /// How many resources are done.
    pub done: i64,
    leased_by: Option<String>,
    leased_until: i64,
}

/// What came of a step of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reindexed {
    /// A batch is done; there is more. How many that makes.
    More(u64),
    /// Another process is at it.
    Elsewhere,
    /// All rows are made by these definitions.
    All,
}

/// A resource whose rows are to be made.
#[derive(Debug, sqlx::FromRow)]
struct Indexed {
    seq: i64,
    r#type: String,
    version: i64,
    content: String,
}

impl IndexState {
    /// Whether another process than this one works on it.
    fn is_elsewhere(&self, worker: &str, now: i64) -> bool {
        self.leased_until > now && self.leased_by.as_deref() != Some(worker)
    }
}

impl Store {
    /// Whether the index is being made anew, as far as this process knows: a search may miss what is older.
    #[must_use]
    pub fn is_reindexing(&self) -> bool {
        self.reindexing.load(Ordering::Relaxed)
    }

    /// How the index stands.
    pub async fn index_state(&self) -> Result<IndexState, StoreError> {
        read!(self, "looking at the index's state", |on| {
            sqlx::query_as(
                "SELECT made, target, tenant, type, seq, done, leased_by, leased_until FROM reindex",
            )
            .fetch_one(on)
        })
    }

    /// Notes what the index is to be made by. Whether there is anything to do: when all rows are made by that already, or
    /// the job for it has begun, nothing changes.
    pub async fn begin_reindex(&self, fingerprint: &str) -> Result<bool, StoreError> {
        let wanted = fingerprint.to_owned();
        write!(self, "beginning to make the index anew", |on| {
            sqlx::query(
                "UPDATE reindex
                 SET target = CASE WHEN made = $1 THEN NULL ELSE $1 END,
                     tenant = '', type = '', seq = 0, done = 0, leased_by = NULL, leased_until = 0
                 WHERE CASE WHEN made = $1 THEN target IS NOT NULL
                            ELSE target IS DISTINCT FROM $1 END",
            )
            .bind(wanted)
            .execute(&mut *on)
            .await?;
            Ok(())
        })?;
        let state = self.index_state().await?;
        let due = state.made.as_deref() != Some(fingerprint);
        self.reindexing.store(due, Ordering::Relaxed);
        Ok(due)
    }

    /// Has the index made anew although the definitions are the same.
    pub async fn forget_index(&self) -> Result<(), StoreError> {
        write!(self, "forgetting what the index was made by", |on| {
            sqlx::query("UPDATE reindex SET made = NULL, target = NULL").execute(&mut *on).await?;
            Ok(())
        })
    }

    /// Makes the rows of the next `batch` resources, as the process `worker`. Call [`Store::begin_reindex`] before, and
    /// this until it says [`Reindexed::All`]; dropped in the middle it has done a batch or nothing.
    pub async fn reindex(
        &self,
        profiles: &Profiles,
        worker: &str,
        now: OffsetDateTime,
        batch: u32,
    ) -> Result<Reindexed, StoreError> {
        let fingerprint = profiles.search_fingerprint();
        let mut state = self.index_state().await?;
        if state.made.as_deref() == Some(&*fingerprint) {
            self.reindexing.store(false, Ordering::Relaxed);
            return Ok(Reindexed::All);
        }
        let elsewhere =
            state.target.as_deref() != Some(&*fingerprint) || state.is_elsewhere(worker, micros(now));
        if elsewhere || !self.lease(&mut state, worker, now).await? {
            return Ok(Reindexed::Elsewhere);
        }
        self.batch(profiles, worker, state, batch).await
    }

    /// Makes the rows of what comes next; when nothing does the job is done.
    async fn batch(
        &self,
        profiles: &Profiles,
        worker: &str,
        mut place: IndexState,
        batch: u32,
    ) -> Result<Reindexed, StoreError> {
        for tenant in self.indexed_tenants().await? {
            match tenant.as_str().cmp(&place.tenant) {
                Less => continue,
                Equal => {}
                Greater => {
                    place = IndexState { tenant: tenant.to_string(), r#type: String::new(), seq: 0, ..place };
                }
            }
            let found = self.next_indexed(&tenant, &place, batch).await?;
            if let Some(last) = found.last() {
                place.done += i64::try_from(found.len()).unwrap_or(i64::MAX);
                (place.r#type, place.seq) = (last.r#type.clone(), last.seq);
                let done = place.done.unsigned_abs();
                let ours = self.replace(profiles, &tenant, found, place).await?;
                return Ok(if ours { Reindexed::More(done) } else { Reindexed::Elsewhere });
            }
        }
        self.end_reindex(&profiles.search_fingerprint(), worker).await
    }

    /// Takes or renews the lease, unless somebody else was quicker. The place is the one found then.
    async fn lease(
        &self,
        state: &mut IndexState,
        worker: &str,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (worker, until, now) = (worker.to_owned(), micros(now + LEASE), micros(now));
        let target = state.target.clone();
        let leased: Option<IndexState> = write!(self, "taking the job of making the index anew", |on| {
            sqlx::query_as(
                "UPDATE reindex SET leased_by = $1, leased_until = $2
                 WHERE target = $3 AND (leased_by = $1 OR leased_until <= $4)
                 RETURNING made, target, tenant, type, seq, done, leased_by, leased_until",
            )
            .bind(worker)
            .bind(until)
            .bind(target)
            .bind(now)
            .fetch_optional(&mut *on)
            .await
        })?;
        Ok(leased.map(|leased| *state = leased).is_some())
    }

    async fn indexed_tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let mut tenants: Vec<TenantId> = self.tenants().await?.into_iter().map(|tenant| tenant.id).collect();
        tenants.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        Ok(tenants)
    }

    async fn next_indexed(
        &self,
        tenant: &TenantId,
        state: &IndexState,
        batch: u32,
    ) -> Result<Vec<Indexed>, StoreError> {
        let view = self.of_tenant(tenant);
        read_content!(view, "reading what is to be indexed", |on| {
            sqlx::query_as(
                "SELECT seq, type, version, content
                 FROM resource
                 WHERE tenant = $1 AND deleted = FALSE AND (type, seq) > ($2, $3)
                 ORDER BY type, seq
                 LIMIT $4",
            )
            .bind(tenant.as_str())
            .bind(state.r#type.as_str())
            .bind(state.seq)
            .bind(i64::from(batch))
            .fetch_all(on)
        })
    }

    /// Replaces the rows of those that are still the current version, and moves the place; nothing of it when the job is
    /// another's by now.
    async fn replace(
        &self,
        profiles: &Profiles,
        tenant: &TenantId,
        found: Vec<Indexed>,
        place: IndexState,
    ) -> Result<bool, StoreError> {
        let mut made = Vec::with_capacity(found.len());
        for Indexed { seq, r#type, version, content } in found {
            let resource = Resource::from_text(content).map_err(|_| StoreError::Damaged("a version"))?;
            let index = IndexRows::new(profiles.index(&resource), tenant, &self.keys);
            made.push(rows::Made { seq, kind: r#type, version, index });
        }
        let rows =
            rows::Batch::new(tenant, &made, matches!(&*self.engine, crate::engine::Engine::Postgres(_)));
        write!(self, "replacing index rows", |on| {
            let IndexState { tenant, r#type, seq, done, leased_by, target, .. } = place;
            let moved = sqlx::query(
                "UPDATE reindex SET tenant = $1, type = $2, seq = $3, done = $4
                 WHERE leased_by = $5 AND target = $6",
            );
            let moved = moved.bind(tenant).bind(r#type).bind(seq).bind(done).bind(leased_by).bind(target);
            if moved.execute(&mut *on).await?.rows_affected() == 0 {
                return Ok(false);
            }
            if let Some(walls) = rows.walls() {
                sqlx::raw_sql(sqlx::AssertSqlSafe(walls)).execute(&mut *on).await?;
            }
            let current: Vec<(i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(rows.current()))
                .bind(rows.numbers())
                .fetch_all(&mut *on)
                .await?;
            for (text, values) in rows.statements(&current) {
                sqlx::query(sqlx::AssertSqlSafe(text)).bind(values).execute(&mut *on).await?;
            }
            Ok(true)
        })
    }

    async fn end_reindex(&self, fingerprint: &str, worker: &str) -> Result<Reindexed, StoreError> {
        let (wanted, worker) = (fingerprint.to_owned(), worker.to_owned());
        let ended: u64 = write!(self, "ending to make the index anew", |on| {
            let ended = sqlx::query(
                "UPDATE reindex SET made = target, target = NULL, leased_by = NULL, leased_until = 0
                 WHERE target = $1 AND leased_by = $2",
            );
            Ok(ended.bind(wanted).bind(worker).execute(&mut *on).await?.rows_affected())
        })?;
        if ended == 0 {
            return Ok(Reindexed::Elsewhere);
        }
        self.reindexing.store(false, Ordering::Relaxed);
        Ok(Reindexed::All)
    }
}
