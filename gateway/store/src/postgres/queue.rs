//! Claiming and settling on PostgreSQL: any number of nodes at once.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use super::Postgres;
use crate::StoreError;
use crate::error::clashed;
use crate::queue::{Demand, Ended, Ending, LaneRow, PER_CLAIM, QueuedRow, Tried};

/// How often a batch is settled that clashes with others.
const TRIES: u32 = 5;

/// Takes the lanes: of each link in the room at most its places, in turns, the longest due first within a turn. Lanes
/// that somebody else is taking at this moment are passed over.
const CLAIM: &str = "
WITH room AS (
    SELECT * FROM unnest($1::text[], $2::bigint[]) AS room (link, places)),
candidate AS (
    SELECT due.id, due.wake_at, row_number() OVER (PARTITION BY room.link ORDER BY due.wake_at) AS turn
    FROM room
    CROSS JOIN LATERAL (
        SELECT lane.id, lane.wake_at
        FROM lane
        WHERE lane.link = room.link AND lane.pending > 0 AND lane.wake_at <= $3
        ORDER BY lane.wake_at
        LIMIT room.places
        FOR UPDATE SKIP LOCKED) due
    WHERE NOT EXISTS (SELECT 1 FROM link_pause WHERE link_pause.link = room.link)),
chosen AS (
    SELECT id FROM candidate ORDER BY turn, wake_at LIMIT $5)
UPDATE lane
SET epoch = epoch + 1, lease_until = $4,
    -- A lease that ran out was a worker that died: what it had begun may have reached the counterpart.
    sent = sent OR lease_until IS NOT NULL, note = CASE WHEN lease_until IS NULL THEN note END
FROM chosen
WHERE lane.id = chosen.id
RETURNING lane.id, epoch, tenant, link, type, resource_id, note, sent, due_at, lease_until";

/// What waits in the lanes. A statement of its own: that of the claim began before it had the lanes, and would not see
/// what was added to them until it got them.
const QUEUED: &str = "
SELECT d.id, d.lane, d.version, d.deleted, d.attempts, d.since
FROM unnest($1::bigint[]) AS claimed (lane)
CROSS JOIN LATERAL (
    SELECT * FROM delivery
    WHERE delivery.lane = claimed.lane AND delivery.state = 'due'
    ORDER BY delivery.version
    LIMIT $2) d";

/// Locks the lanes, in an order all agree on. Everything after it sees them as they are.
const LOCK: &str = "
SELECT id, epoch FROM lane WHERE id = ANY ($1) AND lease_until IS NOT NULL ORDER BY id FOR UPDATE";

/// Keeps attempts, each with the next number of its delivery. One of a lost claim that was told already, before its
/// answer was lost, is not kept twice.
const TRIED: &str = "
WITH tried AS (
    SELECT * FROM unnest($1::bigint[], $2::boolean[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bytea[])
        AS tried (delivery, held, at, took, outcome, reason, sealed)),
counted AS (
    UPDATE delivery SET attempts = attempts + 1
    FROM tried
    WHERE delivery.id = tried.delivery
      AND (tried.held
           OR NOT EXISTS (SELECT 1 FROM attempt a WHERE a.delivery = tried.delivery AND a.at = tried.at))
    RETURNING delivery.id, attempts, at, took, outcome, tried.reason, sealed),
kept AS (
    INSERT INTO attempt (delivery, number, at, took, outcome, reason)
    SELECT id, attempts, at, took, outcome, reason FROM counted)
INSERT INTO exchange (delivery, attempt, at, body)
SELECT id, attempts, at, sealed FROM counted WHERE sealed IS NOT NULL";

/// The state from now on, and why: also for one that stays due.
const ENDED: &str = "
UPDATE delivery SET state = ended.state, reason = ended.reason, settled_at = ended.settled_at
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
    AS ended (delivery, lane, state, reason, settled_at)
WHERE delivery.id = ended.delivery AND delivery.lane = ended.lane AND delivery.state = 'due'";

/// Gives the lanes back, with what still waits in them. A message that left without a new note makes the old one void:
/// what they have is no longer known.
const RELEASE: &str = "
UPDATE lane
SET lease_until = NULL, sent = lane.sent OR released.sent,
    note = CASE WHEN released.note IS NOT NULL THEN released.note WHEN NOT released.sent THEN lane.note END,
    pending = waiting.pending, waiting_since = waiting.since,
    due_at = CASE WHEN waiting.pending > 0 THEN released.due_at END
FROM unnest($1::bigint[], $2::text[], $3::boolean[], $4::bigint[]) AS released (lane, note, sent, due_at)
CROSS JOIN LATERAL (
    SELECT count(*) AS pending, min(d.since) AS since
    FROM delivery d WHERE d.lane = released.lane AND d.state = 'due') waiting
WHERE lane.id = released.lane";

impl Postgres {
    /// Claims lanes and loads what waits in them. When the caller hangs up between the two, the lease runs out.
    pub(crate) async fn claim(&self, demand: &Demand) -> Result<(Vec<LaneRow>, Vec<QueuedRow>), StoreError> {
        let failed = |error| StoreError::of("claiming deliveries", error);
        let (links, places): (Vec<&str>, Vec<i64>) =
            demand.room.iter().map(|(link, places)| (link.as_str(), *places)).unzip();
        let lanes: Vec<LaneRow> = sqlx::query_as(CLAIM)
            .bind(links)
            .bind(places)
            .bind(demand.now)
            .bind(demand.until)
            .bind(demand.limit)
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        if lanes.is_empty() {
            return Ok((lanes, Vec::new()));
        }
        let ids: Vec<i64> = lanes.iter().map(|lane| lane.id).collect();
        let queued = sqlx::query_as(QUEUED).bind(ids).bind(PER_CLAIM).fetch_all(&self.pool).await;
        Ok((lanes, queued.map_err(failed)?))
    }

    /// Settles claims.
    pub(crate) async fn settle(&self, endings: &[Ending]) -> Result<Vec<bool>, StoreError> {
        let mut tries = 1;
        loop {
            match self.try_to_settle(endings).await {
                Err(error) if clashed(&error) && tries < TRIES => tries += 1,
                result => return result.map_err(|error| StoreError::of("settling deliveries", error)),
            }
        }
    }

    async fn try_to_settle(&self, endings: &[Ending]) -> Result<Vec<bool>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let lanes: Vec<i64> = endings.iter().map(|ending| ending.lane).collect();
        let mut leased: Vec<(i64, i64)> =
            sqlx::query_as(LOCK).bind(lanes).fetch_all(&mut *transaction).await?;
        let mut ours = Vec::with_capacity(endings.len());
        for ending in endings {
            let place = leased.iter().position(|held| *held == (ending.lane, ending.epoch));
            // A lane is given back once, even when it is named twice.
            ours.push(place.map(|place| leased.swap_remove(place)).is_some());
        }
        // Lists, not iterators: a future that holds a closure over references is not provably `Send`.
        let held: Vec<&Ending> =
            endings.iter().zip(&ours).filter(|(_, ours)| **ours).map(|(ending, _)| ending).collect();
        let ended: Vec<(i64, &Ended)> =
            held.iter().flat_map(|e| e.deliveries.iter().map(|d| (e.lane, d))).collect();
        keep(&mut transaction, endings, &ours).await?;
        end(&mut transaction, &ended).await?;
        release(&mut transaction, &held).await?;
        transaction.commit().await?;
        Ok(ours)
    }
}

async fn keep(on: &mut PgConnection, endings: &[Ending], ours: &[bool]) -> Result<(), sqlx::Error> {
    let mut left: Vec<(i64, bool, &Tried)> = endings
        .iter()
        .zip(ours)
        .flat_map(|(ending, ours)| ending.deliveries.iter().map(|d| (*ours, d)))
        .filter_map(|(ours, ended)| Some((ended.delivery, ours, ended.attempt.as_ref()?)))
        .collect();
    // A statement counts each delivery once; a second attempt of one (somebody else's, whose lease was lost) comes next.
    while !left.is_empty() {
        let mut seen = BTreeSet::new();
        let (tried, again) = left.into_iter().partition(|(delivery, ..)| seen.insert(*delivery));
        count(on, tried).await?;
        left = again;
    }
    Ok(())
}

async fn count(on: &mut PgConnection, tried: Vec<(i64, bool, &Tried)>) -> Result<(), sqlx::Error> {
    sqlx::query(TRIED)
        .bind(tried.iter().map(|(delivery, ..)| *delivery).collect::<Vec<_>>())
        .bind(tried.iter().map(|(_, held, _)| *held).collect::<Vec<_>>())
        .bind(tried.iter().map(|(.., tried)| tried.at).collect::<Vec<_>>())
        .bind(tried.iter().map(|(.., tried)| tried.took).collect::<Vec<_>>())
        .bind(tried.iter().map(|(.., tried)| tried.outcome.as_str()).collect::<Vec<_>>())
        .bind(tried.iter().map(|(.., tried)| tried.reason.as_deref()).collect::<Vec<_>>())
        .bind(tried.iter().map(|(.., tried)| tried.sealed.as_deref()).collect::<Vec<_>>())
        .execute(on)
        .await?;
    Ok(())
}

async fn end(on: &mut PgConnection, ended: &[(i64, &Ended)]) -> Result<(), sqlx::Error> {
    sqlx::query(ENDED)
        .bind(ended.iter().map(|(_, ended)| ended.delivery).collect::<Vec<_>>())
        .bind(ended.iter().map(|(lane, _)| *lane).collect::<Vec<_>>())
        .bind(ended.iter().map(|(_, ended)| ended.state).collect::<Vec<_>>())
        .bind(ended.iter().map(|(_, ended)| ended.reason.as_deref()).collect::<Vec<_>>())
        .bind(ended.iter().map(|(_, ended)| ended.settled_at).collect::<Vec<_>>())
        .execute(on)
        .await?;
    Ok(())
}

async fn release(on: &mut PgConnection, held: &[&Ending]) -> Result<(), sqlx::Error> {
    sqlx::query(RELEASE)
        .bind(held.iter().map(|ending| ending.lane).collect::<Vec<_>>())
        .bind(held.iter().map(|ending| ending.note.as_deref()).collect::<Vec<_>>())
        .bind(held.iter().map(|ending| ending.sent).collect::<Vec<_>>())
        .bind(held.iter().map(|ending| ending.due_at).collect::<Vec<_>>())
        .execute(on)
        .await?;
    Ok(())
}
