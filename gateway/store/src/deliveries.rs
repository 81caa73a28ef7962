//! Deliveries as operators and Task readers see them, and their replay.

use gateway_core::{Attempt, DeliveryState, Key, LinkId, TenantId, Version};
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;

use crate::engine::{read, write};
use crate::instant::{from_micros, micros};
use crate::{Store, StoreError};

/// A delivery as operators and Task readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The row's id.
    pub id: i64,
    /// Whose data.
    pub tenant: TenantId,
    /// Over which link.
    pub link: LinkId,
    /// Of which resource.
    pub key: Key,
    /// Which version.
    pub version: Version,
    /// Its state.
    pub state: DeliveryState,
    /// Why, for states that need a reason.
    pub reason: Option<String>,
    /// When it was accepted.
    pub created: OffsetDateTime,
    /// When it reached its state.
    pub settled: Option<OffsetDateTime>,
    /// When it is next tried; for `Due` only.
    pub due_at: Option<OffsetDateTime>,
    /// The tries so far, oldest first; filled when one delivery is asked for.
    pub attempts: Vec<Attempt>,
    /// How many tries.
    pub attempt_count: u32,
}

/// Which deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Of this tenant.
    pub tenant: Option<TenantId>,
    /// Over this link.
    pub link: Option<LinkId>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of this resource.
    pub key: Option<Key>,
    /// With this id.
    pub id: Option<i64>,
    /// At most so many; newest first.
    pub limit: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    tenant: String,
    link: String,
    #[sqlx(rename = "type")]
    resource_type: String,
    resource_id: String,
    version: i64,
    state: String,
    reason: Option<String>,
    created: i64,
    settled_at: Option<i64>,
    due_at: Option<i64>,
    attempts: i64,
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    number: i64,
    at: i64,
    took: i64,
    outcome: String,
    reason: Option<String>,
}

/// Binds the values of [`condition`] and the limit.
macro_rules! bound {
    ($query:expr, $filter:ident) => {
        $query
            .bind($filter.tenant.as_ref().map(ToString::to_string))
            .bind($filter.link.as_ref().map(ToString::to_string))
            .bind($filter.state.map(DeliveryState::as_str))
            .bind($filter.key.as_ref().map(|key| key.resource_type.as_str()))
            .bind($filter.key.as_ref().map(|key| key.id.to_string()))
            .bind($filter.id)
            .bind(i64::from($filter.limit))
    };
}

impl Store {
    /// Deliveries, newest first.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> Result<Vec<DeliveryRow>, StoreError> {
        let text = format!(
            "SELECT d.id, l.tenant, l.link, l.type, l.resource_id, d.version, d.state, d.reason, d.created,
                    d.settled_at, CASE WHEN d.state = 'due' THEN l.due_at END AS due_at, d.attempts
             FROM delivery d JOIN lane l ON l.id = d.lane
             WHERE {}
             ORDER BY d.id DESC
             LIMIT $7",
            condition(filter),
        );
        let rows: Vec<Row> = read!(self, "listing deliveries", |on| {
            bound!(sqlx::query_as(AssertSqlSafe(text)), filter).fetch_all(on)
        })?;
        let mut deliveries = rows.into_iter().map(Row::delivery).collect::<Result<Vec<_>, _>>()?;
        if let (Some(_), [one]) = (filter.id, &mut *deliveries) {
            one.attempts = self.attempts(one.id).await?;
        }
        Ok(deliveries)
    }

    /// Makes settled deliveries due again; their history stays. Returns how many. Only `Refused`, `Withheld`, `Dead`,
    /// `Superseded` and `Delivered` ones can be replayed. They keep their place in the order of their lane, which is that
    /// of the versions: one that is older than what went meanwhile goes again as it is, and a newer one that waits goes
    /// after it.
    pub async fn replay(&self, filter: &DeliveryFilter, now: OffsetDateTime) -> Result<u64, StoreError> {
        let chosen = format!(
            "SELECT d.id, d.lane
             FROM delivery d JOIN lane l ON l.id = d.lane
             WHERE d.state <> 'due' AND {}
             ORDER BY d.id DESC
             LIMIT $7",
            condition(filter),
        );
        let (filter, now) = (filter.clone(), micros(now));
        write!(self, "replaying deliveries", |on| {
            let chosen: Vec<(i64, i64)> =
                bound!(sqlx::query_as(AssertSqlSafe(chosen)), filter).fetch_all(&mut *on).await?;
            let mut lanes: Vec<i64> = chosen.iter().map(|(_, lane)| *lane).collect();
            lanes.sort_unstable();
            lanes.dedup();
            // The lanes first, in order: that is how settling locks them too.
            for lane in &lanes {
                sqlx::query("UPDATE lane SET epoch = epoch WHERE id = $1")
                    .bind(*lane)
                    .execute(&mut *on)
                    .await?;
            }
            let mut replayed = 0;
            for (id, _) in chosen {
                replayed += sqlx::query(
                    "UPDATE delivery
                     SET state = 'due', settled_at = NULL, reason = NULL, since = $2
                     WHERE id = $1 AND state <> 'due'",
                )
                .bind(id)
                .bind(now)
                .execute(&mut *on)
                .await?
                .rows_affected();
            }
            for lane in lanes {
                sqlx::query(
                    "UPDATE lane
                     SET pending = (SELECT count(*) FROM delivery WHERE lane = $1 AND state = 'due'),
                         waiting_since = (SELECT min(since) FROM delivery WHERE lane = $1 AND state = 'due'),
                         due_at = $2
                     WHERE id = $1 AND EXISTS (SELECT 1 FROM delivery WHERE lane = $1 AND state = 'due')",
                )
                .bind(lane)
                .bind(now)
                .execute(&mut *on)
                .await?;
            }
            Ok(replayed)
        })
    }

    async fn attempts(&self, delivery: i64) -> Result<Vec<Attempt>, StoreError> {
        let rows: Vec<AttemptRow> = read!(self, "listing attempts", |on| {
            sqlx::query_as(
                "SELECT number, at, took, outcome, reason FROM attempt WHERE delivery = $1 ORDER BY number",
            )
            .bind(delivery)
            .fetch_all(on)
        })?;
        rows.into_iter().map(AttemptRow::attempt).collect()
    }
}

/// The condition a filter is. Each part is named only when it is asked for, so that it can use its index; the values are
/// bound, all of them, at fixed places.
fn condition(filter: &DeliveryFilter) -> String {
    let failed = matches!(filter.state, Some(DeliveryState::Refused | DeliveryState::Dead));
    let parts = [
        (filter.tenant.is_some(), "l.tenant = $1"),
        (filter.link.is_some(), "l.link = $2"),
        (filter.state.is_some(), "d.state = $3"),
        // Says the same again in the words of the index of failed deliveries.
        (failed, "d.state IN ('refused', 'dead')"),
        (filter.key.is_some(), "l.type = $4 AND l.resource_id = $5"),
        (filter.id.is_some(), "d.id = $6"),
    ];
    let asked: Vec<_> = parts.into_iter().filter(|(asked, _)| *asked).map(|(_, part)| part).collect();
    if asked.is_empty() { "TRUE".to_owned() } else { asked.join(" AND ") }
}

impl Row {
    fn delivery(self) -> Result<DeliveryRow, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a delivery");
        let resource_type = self.resource_type.parse().map_err(|_| DAMAGED)?;
        Ok(DeliveryRow {
            id: self.id,
            tenant: self.tenant.parse().map_err(|_| DAMAGED)?,
            link: self.link.parse().map_err(|_| DAMAGED)?,
            key: Key::new(resource_type, self.resource_id.parse().map_err(|_| DAMAGED)?),
            version: Version(u32::try_from(self.version).map_err(|_| DAMAGED)?),
            state: DeliveryState::from_word(&self.state).ok_or(DAMAGED)?,
            reason: self.reason,
            created: from_micros(self.created),
            settled: self.settled_at.map(from_micros),
            due_at: self.due_at.map(from_micros),
            attempts: Vec::new(),
            attempt_count: u32::try_from(self.attempts).map_err(|_| DAMAGED)?,
        })
    }
}

impl AttemptRow {
    fn attempt(self) -> Result<Attempt, StoreError> {
        Ok(Attempt {
            number: u32::try_from(self.number).map_err(|_| StoreError::Damaged("an attempt"))?,
            at: from_micros(self.at),
            took: std::time::Duration::from_micros(self.took.unsigned_abs()),
            outcome: self.outcome,
            reason: self.reason,
        })
    }
}
