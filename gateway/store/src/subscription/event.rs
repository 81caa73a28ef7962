//! The events of a subscription: each change that its criteria found, numbered from 1 without a gap.
//!
//! A change becomes an event when its delivery is first looked at, so that a write costs no statement more. The numbers
//! follow the order in which deliveries were accepted, as far as it is known when they are given; one that has its number
//! keeps it, whether it arrives or not.

use gateway_core::{Id, Key, LinkId, Version};
use time::OffsetDateTime;

use crate::engine::{Engine, read_content, write};
use crate::instant::from_micros;
use crate::{StoreError, View};

/// At most so many are numbered in one transaction.
const BATCH: i64 = 1000;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Counted from 1.
    pub number: u64,
    /// What changed.
    pub key: Key,
    /// Which version it has since.
    pub version: Version,
    /// Whether that version is the deletion.
    pub deleted: bool,
    /// When it was written.
    pub at: OffsetDateTime,
}

/// Which events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRange {
    /// The first number.
    pub from: u64,
    /// The last one.
    pub until: u64,
    /// At most so many.
    pub limit: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    number: i64,
    #[sqlx(rename = "type")]
    resource_type: String,
    resource_id: String,
    version: i64,
    deleted: bool,
    at: i64,
}

impl View {
    /// The event that a change is for a subscription, numbered now when it was not yet. `None` when no delivery of that
    /// change waits on its link.
    pub async fn event(
        &self,
        link: &LinkId,
        id: &Id,
        (key, version): (&Key, Version),
    ) -> Result<Option<Event>, StoreError> {
        if let Some(event) = self.numbered(id, key, version).await? {
            return Ok(Some(event));
        }
        self.number_events(link, id).await?;
        self.numbered(id, key, version).await
    }

    /// Gives every change that waits on the link its number.
    pub async fn number_events(&self, link: &LinkId, id: &Id) -> Result<(), StoreError> {
        while self.number_some(link, id).await? == BATCH.unsigned_abs() {}
        Ok(())
    }

    async fn number_some(&self, link: &LinkId, id: &Id) -> Result<u64, StoreError> {
        let store = &self.store;
        let walled = matches!(&*store.engine, Engine::Postgres(_));
        let (tenant, link, id) = (self.tenant.to_string(), link.to_string(), id.to_string());
        write!(store, "numbering the events of a subscription", |on| {
            if walled {
                sqlx::query("SELECT set_config('gateway.tenant', $1, true)")
                    .bind(tenant.clone())
                    .execute(&mut *on)
                    .await?;
            }
            // One node at a time; what comes after sees the numbers of the one before.
            sqlx::query("UPDATE subscription SET events = events WHERE link = $1")
                .bind(link.clone())
                .execute(&mut *on)
                .await?;
            let numbered = sqlx::query(
                "INSERT INTO subscription_event
                        (tenant, subscription, number, type, resource_id, version, deleted, at)
                 SELECT $1, $2, s.events + row_number() OVER (ORDER BY d.id), l.type, l.resource_id, d.version,
                        d.deleted, d.created
                 FROM subscription s
                 JOIN lane l ON l.link = s.link AND l.pending > 0
                 JOIN delivery d ON d.lane = l.id AND d.state = 'due'
                 WHERE s.link = $3
                   AND NOT EXISTS (SELECT 1 FROM subscription_event e
                                   WHERE e.tenant = $1 AND e.subscription = $2 AND e.type = l.type
                                     AND e.resource_id = l.resource_id AND e.version = d.version)
                 ORDER BY d.id
                 LIMIT $4",
            )
            .bind(tenant)
            .bind(id)
            .bind(link.clone())
            .bind(BATCH)
            .execute(&mut *on)
            .await?
            .rows_affected();
            sqlx::query("UPDATE subscription SET events = events + $2 WHERE link = $1")
                .bind(link)
                .bind(i64::try_from(numbered).unwrap_or(0))
                .execute(&mut *on)
                .await?;
            Ok(numbered)
        })
    }

    async fn numbered(&self, id: &Id, key: &Key, version: Version) -> Result<Option<Event>, StoreError> {
        let row: Option<Row> = read_content!(self, "looking for an event", |on| {
            sqlx::query_as(
                "SELECT number, type, resource_id, version, deleted, at
                 FROM subscription_event
                 WHERE tenant = $1 AND subscription = $2 AND type = $3 AND resource_id = $4 AND version = $5",
            )
            .bind(self.tenant.as_str())
            .bind(id.as_str())
            .bind(key.resource_type.as_str())
            .bind(key.id.as_str())
            .bind(i64::from(version.0))
            .fetch_optional(on)
        })?;
        row.map(Row::event).transpose()
    }

    /// The events of a subscription, oldest first.
    pub async fn events(&self, id: &Id, range: EventRange) -> Result<Vec<Event>, StoreError> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let rows: Vec<Row> = read_content!(self, "listing the events of a subscription", |on| {
            sqlx::query_as(
                "SELECT number, type, resource_id, version, deleted, at
                 FROM subscription_event
                 WHERE tenant = $1 AND subscription = $2 AND number BETWEEN $3 AND $4
                 ORDER BY number
                 LIMIT $5",
            )
            .bind(self.tenant.as_str())
            .bind(id.as_str())
            .bind(number(range.from))
            .bind(number(range.until))
            .bind(i64::from(range.limit))
            .fetch_all(on)
        })?;
        rows.into_iter().map(Row::event).collect()
    }
}

impl Row {
    fn event(self) -> Result<Event, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("an event");
        let resource_type = self.resource_type.parse().map_err(|_| DAMAGED)?;
        Ok(Event {
            number: self.number.unsigned_abs(),
            key: Key::new(resource_type, self.resource_id.parse().map_err(|_| DAMAGED)?),
            version: Version(u32::try_from(self.version).map_err(|_| DAMAGED)?),
            deleted: self.deleted,
            at: from_micros(self.at),
        })
    }
}
