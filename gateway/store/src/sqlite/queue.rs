//! Claiming and settling on SQLite: work for the writer, like any write, so that it shares their commits.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;

use super::{Sqlite, Work};
use crate::StoreError;
use crate::queue::{Demand, Ended, Ending, LaneRow, QueuedRow, Tried};

/// Takes the lanes: of each link in the room at most its places, in turns, the longest due first within a turn.
const CLAIM: &str = "
WITH room (link, places) AS (
    SELECT value ->> 0, value ->> 1 FROM json_each($1)),
candidate (id, wake_at, turn, places) AS (
    SELECT lane.id, lane.wake_at, row_number() OVER (PARTITION BY room.link ORDER BY lane.wake_at), room.places
    FROM room CROSS JOIN lane
    WHERE lane.id IN (SELECT due.id FROM lane due
                      WHERE due.link = room.link AND due.pending > 0 AND due.wake_at <= $2
                      ORDER BY due.wake_at LIMIT $5)
      AND NOT EXISTS (SELECT 1 FROM link_pause WHERE link_pause.link = room.link))
UPDATE lane
SET epoch = epoch + 1, lease_until = $3,
    -- A lease that ran out was a worker that died: what it had begun may have reached the counterpart.
    sent = sent OR lease_until IS NOT NULL, note = CASE WHEN lease_until IS NULL THEN note END
WHERE id IN (SELECT id FROM candidate WHERE turn <= places ORDER BY turn, wake_at LIMIT $4)
RETURNING id, epoch, tenant, link, type, resource_id, note, sent, due_at, lease_until";

/// What waits in the lanes `$1`, at most `$2` of each.
const QUEUED: &str = "
SELECT d.id, d.lane, d.version, d.deleted, d.attempts, d.since
FROM json_each($1) claimed CROSS JOIN delivery d
WHERE d.id IN (SELECT due.id FROM delivery due
               WHERE due.lane = claimed.value AND due.state = 'due'
               ORDER BY due.version LIMIT $2)";

/// Whether the lane `$1` is still held by the claim `$2`.
const HELD: &str = "SELECT 1 FROM lane WHERE id = $1 AND epoch = $2 AND lease_until IS NOT NULL";

/// Keeps an attempt. One of a lost claim that was told already, before its answer was lost, is not kept twice.
const TRIED: &str = "
UPDATE delivery SET attempts = attempts + 1
WHERE id = $1 AND ($2 OR NOT EXISTS (SELECT 1 FROM attempt WHERE delivery = $1 AND at = $3))";

const ATTEMPT: &str = "
INSERT INTO attempt (delivery, number, at, took, outcome, reason)
SELECT $1, attempts, $2, $3, $4, $5 FROM delivery WHERE id = $1;
INSERT INTO exchange (delivery, attempt, at, body)
SELECT $1, attempts, $2, $6 FROM delivery WHERE id = $1 AND $6 IS NOT NULL";

/// The state from now on, and why: also for one that stays due.
const ENDED: &str = "
UPDATE delivery SET state = $3, reason = $4, settled_at = $5 WHERE id = $1 AND lane = $2 AND state = 'due'";

/// Gives the lane back, with what still waits in it. A message that left without a new note makes the old one void: what
/// they have is no longer known.
const RELEASE: &str = "
UPDATE lane
SET lease_until = NULL, sent = sent OR $3,
    note = CASE WHEN $2 IS NOT NULL THEN $2 WHEN NOT $3 THEN note END,
    (pending, waiting_since, due_at) =
    (SELECT count(*), min(since), CASE WHEN count(*) > 0 THEN $4 END
     FROM delivery WHERE lane = $1 AND state = 'due')
WHERE id = $1";

impl Sqlite {
    /// Claims lanes and loads what waits in them.
    pub(crate) async fn claim(&self, demand: Demand) -> Result<(Vec<LaneRow>, Vec<QueuedRow>), StoreError> {
        const DOING: &str = "claiming deliveries";
        let work: Work<_, StoreError> = Box::new(move |on| {
            Box::pin(async move { claim(on, &demand).await.map_err(|e| StoreError::of(DOING, e)) })
        });
        self.writer.run(DOING, work).await
    }

    /// Settles claims.
    pub(crate) async fn settle(&self, endings: Vec<Ending>) -> Result<Vec<bool>, StoreError> {
        const DOING: &str = "settling deliveries";
        let work: Work<_, StoreError> = Box::new(move |on| -> BoxFuture<'_, _> {
            Box::pin(async move {
                let mut ours = Vec::with_capacity(endings.len());
                for ending in &endings {
                    ours.push(settle(on, ending).await.map_err(|e| StoreError::of(DOING, e))?);
                }
                Ok(ours)
            })
        });
        self.writer.run(DOING, work).await
    }
}

async fn claim(
    on: &mut SqliteConnection,
    demand: &Demand,
) -> Result<(Vec<LaneRow>, Vec<QueuedRow>), sqlx::Error> {
    let most = demand.room.iter().map(|(_, places)| *places).max().unwrap_or(0).min(demand.limit);
    let lanes: Vec<LaneRow> = sqlx::query_as(CLAIM)
        .bind(json(&demand.room))
        .bind(demand.now)
        .bind(demand.until)
        .bind(demand.limit)
        .bind(most)
        .fetch_all(&mut *on)
        .await?;
    if lanes.is_empty() {
        return Ok((lanes, Vec::new()));
    }
    let ids: Vec<i64> = lanes.iter().map(|lane| lane.id).collect();
    let queued = sqlx::query_as(QUEUED).bind(json(&ids)).bind(crate::queue::PER_CLAIM).fetch_all(on).await?;
    Ok((lanes, queued))
}

async fn settle(on: &mut SqliteConnection, ending: &Ending) -> Result<bool, sqlx::Error> {
    let held =
        sqlx::query(HELD).bind(ending.lane).bind(ending.epoch).fetch_optional(&mut *on).await?.is_some();
    for ended in &ending.deliveries {
        if let Some(tried) = &ended.attempt {
            keep(on, ended.delivery, tried, held).await?;
        }
        if held {
            end(on, ending.lane, ended).await?;
        }
    }
    if held {
        sqlx::query(RELEASE)
            .bind(ending.lane)
            .bind(&ending.note)
            .bind(ending.sent)
            .bind(ending.due_at)
            .execute(on)
            .await?;
    }
    Ok(held)
}

async fn keep(
    on: &mut SqliteConnection,
    delivery: i64,
    tried: &Tried,
    held: bool,
) -> Result<(), sqlx::Error> {
    let counted = sqlx::query(TRIED).bind(delivery).bind(held).bind(tried.at).execute(&mut *on).await?;
    if counted.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query(ATTEMPT)
        .bind(delivery)
        .bind(tried.at)
        .bind(tried.took)
        .bind(&tried.outcome)
        .bind(&tried.reason)
        .bind(&tried.sealed)
        .execute(on)
        .await?;
    Ok(())
}

async fn end(on: &mut SqliteConnection, lane: i64, ended: &Ended) -> Result<(), sqlx::Error> {
    sqlx::query(ENDED)
        .bind(ended.delivery)
        .bind(lane)
        .bind(ended.state)
        .bind(&ended.reason)
        .bind(ended.settled_at)
        .execute(on)
        .await?;
    Ok(())
}

/// A list as the text that `json_each` reads.
pub(super) fn json(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).expect("lists of texts and numbers have a JSON text")
}
