//! Claiming and settling on SQLite: work for the writer, like any write, so that it shares their commits.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;

use super::{Sqlite, Work};
use crate::StoreError;
use crate::queue::{Demand, Ended, Ending, LaneRow, PER_CLAIM, QueuedRow};

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

/// What became of the delivery `$3` in the lane `$1` under the claim `$2`: the attempt, if there was one, with the next
/// number, and the state from now on. A claim that was lost changes no state. Its attempt is kept all the same, but not
/// twice when it was told before and the answer got lost.
const ENDED: &str = "
UPDATE delivery SET attempts = attempts + 1
WHERE id = $3 AND $7 IS NOT NULL
  AND (EXISTS (SELECT 1 FROM lane WHERE id = $1 AND epoch = $2 AND lease_until IS NOT NULL)
       OR NOT EXISTS (SELECT 1 FROM attempt WHERE delivery = $3 AND at = $7));
INSERT INTO attempt (delivery, number, at, took, outcome, reason)
SELECT id, attempts, $7, $8, $9, $10 FROM delivery WHERE id = $3 AND changes() > 0 AND $7 IS NOT NULL;
INSERT INTO exchange (delivery, attempt, at, body)
SELECT id, attempts, $7, $11 FROM delivery WHERE id = $3 AND changes() > 0 AND $11 IS NOT NULL;
UPDATE delivery SET state = $4, reason = $5, settled_at = $6
WHERE id = $3 AND lane = $1 AND state = 'due'
  AND EXISTS (SELECT 1 FROM lane WHERE id = $1 AND epoch = $2 AND lease_until IS NOT NULL)";

/// Gives the lane back, with what still waits in it, if the claim was still ours. A message that left without a new note
/// makes the old one void: what they have is no longer known.
const RELEASE: &str = "
UPDATE lane
SET lease_until = NULL, sent = sent OR $4,
    note = CASE WHEN $3 IS NOT NULL THEN $3 WHEN NOT $4 THEN note END,
    (pending, waiting_since, due_at) =
    (SELECT count(*), min(since), CASE WHEN count(*) > 0 THEN $5 END
     FROM delivery WHERE lane = $1 AND state = 'due')
WHERE id = $1 AND epoch = $2 AND lease_until IS NOT NULL";

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
    let queued = sqlx::query_as(QUEUED).bind(json(&ids)).bind(PER_CLAIM).fetch_all(on).await?;
    Ok((lanes, queued))
}

async fn settle(on: &mut SqliteConnection, ending: &Ending) -> Result<bool, sqlx::Error> {
    for ended in &ending.deliveries {
        end(on, ending, ended).await?;
    }
    let released = sqlx::query(RELEASE)
        .bind(ending.lane)
        .bind(ending.epoch)
        .bind(&ending.note)
        .bind(ending.sent)
        .bind(ending.due_at)
        .execute(on)
        .await?;
    Ok(released.rows_affected() == 1)
}

async fn end(on: &mut SqliteConnection, ending: &Ending, ended: &Ended) -> Result<(), sqlx::Error> {
    let tried = ended.attempt.as_ref();
    sqlx::query(ENDED)
        .bind(ending.lane)
        .bind(ending.epoch)
        .bind(ended.delivery)
        .bind(ended.state)
        .bind(&ended.reason)
        .bind(ended.settled_at)
        .bind(tried.map(|tried| tried.at))
        .bind(tried.map(|tried| tried.took))
        .bind(tried.map(|tried| &tried.outcome))
        .bind(tried.and_then(|tried| tried.reason.as_ref()))
        .bind(tried.and_then(|tried| tried.sealed.as_ref()))
        .execute(on)
        .await?;
    Ok(())
}

/// A list as the text that `json_each` reads.
pub(super) fn json(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).expect("lists of texts and numbers have a JSON text")
}
