//! How polling stands, per link: one row that is claimed for a look, held while the look goes on, and settled at its end.
//!
//! As with a lane, a claim is a lease with an epoch: a node that dies needs no clean-up, and one that lost its lease
//! settles nothing. The cursor is written by settling and by nothing else, so it moves last.

pub(crate) mod aside;
pub(crate) mod call;
pub(crate) mod named;
pub(crate) mod onward;

use gateway_core::{LinkId, TenantId};
use time::OffsetDateTime;

use crate::engine::{read, write};
use crate::instant::{from_micros, micros};
use crate::{Store, StoreError};

/// The purpose of the key that seals cursors.
const SEALED: &str = "poll-cursor";

/// How the polling of a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRow {
    /// Which link.
    pub link: LinkId,
    /// Whose data.
    pub tenant: TenantId,
    /// When is looked next.
    pub due_at: OffsetDateTime,
    /// Whether an operator wants a look before that.
    pub wished: bool,
    /// Until when a look that goes on holds the row.
    pub leased_until: Option<OffsetDateTime>,
    /// When the last look began.
    pub began: Option<OffsetDateTime>,
    /// When the last look that came to an end did.
    pub ended: Option<OffsetDateTime>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Why, in words without personal data.
    pub reason: Option<String>,
    /// Looks that failed since one was taken in.
    pub failures: u32,
    /// When the last look that was taken in began.
    pub taken_in: Option<OffsetDateTime>,
    /// What the last look made of resources.
    pub figures: PollFigures,
    /// Why the link is paused; `None` when it is not.
    pub paused: Option<String>,
    /// Records of the link that wait aside.
    pub waiting_aside: u64,
}

/// What a look made of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PollFigures {
    /// Made new.
    pub created: u64,
    /// Changed.
    pub updated: u64,
    /// As they were.
    pub unchanged: u64,
    /// Set aside.
    pub aside: u64,
}

/// A look that may be made now, by nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollClaim {
    /// Which link.
    pub link: LinkId,
    /// Whose data.
    pub tenant: TenantId,
    /// Fences holding and settling.
    pub epoch: i64,
    /// What the last look that was taken in said.
    pub cursor: Option<String>,
    /// Looks that failed since one was taken in.
    pub failures: u32,
    /// When it was claimed.
    pub began: OffsetDateTime,
}

/// How a look ended.
#[derive(Debug, Clone)]
pub struct PollEnd {
    /// The cursor from now on; `None` leaves it where it is. With one the look counts as taken in.
    pub cursor: Option<String>,
    /// The word for it.
    pub outcome: &'static str,
    /// Why, in words without personal data.
    pub reason: Option<String>,
    /// When is looked next.
    pub due_at: OffsetDateTime,
    /// Looks that failed since one was taken in, this one counted.
    pub failures: u32,
    /// What it made of resources.
    pub figures: PollFigures,
}

#[derive(sqlx::FromRow)]
struct Row {
    link: String,
    tenant: String,
    due_at: i64,
    wished_at: Option<i64>,
    lease_until: Option<i64>,
    began_at: Option<i64>,
    ended_at: Option<i64>,
    outcome: Option<String>,
    reason: Option<String>,
    failures: i64,
    taken_at: Option<i64>,
    created: i64,
    updated: i64,
    unchanged: i64,
    aside: i64,
    paused: Option<String>,
    waiting: i64,
}

#[derive(sqlx::FromRow)]
struct Claimed {
    tenant: String,
    epoch: i64,
    cursor: Option<Vec<u8>>,
    failures: i64,
}

impl Store {
    /// Makes the row of a link that polls, due at once; one that is there stays as it is, but for its tenant.
    pub async fn know_poll(
        &self,
        link: &LinkId,
        tenant: &TenantId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (link, tenant, now) = (link.to_string(), tenant.to_string(), micros(now));
        write!(self, "getting to know a link that polls", |on| {
            sqlx::query(
                "INSERT INTO poll (link, tenant, due_at)
                 VALUES ($1, $2, $3)
                 ON CONFLICT (link) DO UPDATE SET tenant = excluded.tenant",
            )
            .bind(link)
            .bind(tenant)
            .bind(now)
            .execute(on)
            .await
            .map(drop)
        })
    }

    /// How the polling of all links stands, by name.
    pub async fn polls(&self) -> Result<Vec<PollRow>, StoreError> {
        let rows: Vec<Row> = read!(self, "looking at the polls", |on| {
            sqlx::query_as(
                "SELECT p.link, p.tenant, p.due_at, p.wished_at, p.lease_until, p.began_at, p.ended_at, p.outcome,
                        p.reason, p.failures, p.taken_at, p.created, p.updated, p.unchanged, p.aside,
                        l.reason AS paused,
                        (SELECT count(*) FROM set_aside a WHERE a.link = p.link AND a.solved_at IS NULL) AS waiting
                 FROM poll p
                 LEFT JOIN link_pause l ON l.link = p.link
                 ORDER BY p.link",
            )
            .fetch_all(on)
        })?;
        rows.into_iter().map(Row::poll).collect()
    }

    /// Claims the look at a link for `lease`, if it is due or wished for, nobody else has it and the link is not paused.
    /// From then on it is due at `next`, whatever becomes of this look: a node that dies does not make the next one look
    /// sooner than it may.
    pub async fn claim_poll(
        &self,
        link: &LinkId,
        now: OffsetDateTime,
        lease: time::Duration,
        next: OffsetDateTime,
    ) -> Result<Option<PollClaim>, StoreError> {
        let (name, at, until, next) = (link.to_string(), micros(now), micros(now + lease), micros(next));
        let claimed: Option<Claimed> = write!(self, "claiming a look", |on| {
            sqlx::query_as(
                "UPDATE poll
                 SET epoch = epoch + 1, began_at = $2, lease_until = $3, due_at = $4
                 WHERE link = $1
                   AND (lease_until IS NULL OR lease_until <= $2)
                   AND (due_at <= $2 OR wished_at IS NOT NULL)
                   AND NOT EXISTS (SELECT 1 FROM link_pause WHERE link_pause.link = poll.link)
                 RETURNING tenant, epoch, cursor, failures",
            )
            .bind(name)
            .bind(at)
            .bind(until)
            .bind(next)
            .fetch_optional(on)
            .await
        })?;
        claimed.map(|row| self.claimed(link, row, from_micros(at))).transpose()
    }

    /// Holds a claim until `until`; `false` when it was lost.
    pub async fn hold_poll(&self, claim: &PollClaim, until: OffsetDateTime) -> Result<bool, StoreError> {
        let (link, epoch, until) = (claim.link.to_string(), claim.epoch, micros(until));
        let held = write!(self, "holding a look", |on| {
            sqlx::query(
                "UPDATE poll SET lease_until = $3
                 WHERE link = $1 AND epoch = $2 AND lease_until IS NOT NULL",
            )
            .bind(link)
            .bind(epoch)
            .bind(until)
            .execute(on)
            .await
            .map(|done| done.rows_affected())
        })?;
        Ok(held > 0)
    }

    /// Ends a claim; `false` when it was lost: then nothing is kept. A wish that came after it began stays.
    pub async fn settle_poll(
        &self,
        claim: &PollClaim,
        now: OffsetDateTime,
        end: &PollEnd,
    ) -> Result<bool, StoreError> {
        let (link, epoch, now, due_at) =
            (claim.link.to_string(), claim.epoch, micros(now), micros(end.due_at));
        let cursor = end.cursor.as_ref().map(|text| self.keys.seal(SEALED, &link, text.as_bytes()));
        let PollEnd { outcome, reason, failures, figures, .. } = end.clone();
        let settled = write!(self, "settling a look", |on| {
            sqlx::query(
                "UPDATE poll
                 SET lease_until = NULL, ended_at = $3, outcome = $4, reason = $5, due_at = $6, failures = $7,
                     cursor = coalesce($8, cursor),
                     taken_at = CASE WHEN $8 IS NULL THEN taken_at ELSE began_at END,
                     wished_at = CASE WHEN wished_at > began_at THEN wished_at END,
                     created = $9, updated = $10, unchanged = $11, aside = $12
                 WHERE link = $1 AND epoch = $2 AND lease_until IS NOT NULL",
            )
            .bind(link)
            .bind(epoch)
            .bind(now)
            .bind(outcome)
            .bind(reason)
            .bind(due_at)
            .bind(i64::from(failures))
            .bind(cursor)
            .bind(signed(figures.created))
            .bind(signed(figures.updated))
            .bind(signed(figures.unchanged))
            .bind(signed(figures.aside))
            .execute(on)
            .await
            .map(|done| done.rows_affected())
        })?;
        Ok(settled > 0)
    }

    /// Wants a look at a link without waiting until it is due; `false` when the link does not poll. A paused link still
    /// waits for the end of its pause.
    pub async fn wish_poll(&self, link: &LinkId, now: OffsetDateTime) -> Result<bool, StoreError> {
        let (link, now) = (link.to_string(), micros(now));
        let wished = write!(self, "wishing for a look", |on| {
            sqlx::query("UPDATE poll SET wished_at = $2 WHERE link = $1")
                .bind(link)
                .bind(now)
                .execute(on)
                .await
                .map(|done| done.rows_affected())
        })?;
        Ok(wished > 0)
    }

    /// Why a link is paused; `None` when it is not.
    pub async fn pause_of(&self, link: &LinkId) -> Result<Option<String>, StoreError> {
        read!(self, "looking whether a link is paused", |on| {
            sqlx::query_scalar("SELECT reason FROM link_pause WHERE link = $1")
                .bind(link.as_str())
                .fetch_optional(on)
        })
    }

    fn claimed(&self, link: &LinkId, row: Claimed, began: OffsetDateTime) -> Result<PollClaim, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("the memory of a link that polls");
        let cursor = row.cursor.map(|sealed| self.keys.open(SEALED, link.as_str(), &sealed)).transpose()?;
        Ok(PollClaim {
            link: link.clone(),
            tenant: row.tenant.parse().map_err(|_| DAMAGED)?,
            epoch: row.epoch,
            cursor: cursor.map(String::from_utf8).transpose().map_err(|_| DAMAGED)?,
            failures: u32::try_from(row.failures).map_err(|_| DAMAGED)?,
            began,
        })
    }
}

impl Row {
    fn poll(self) -> Result<PollRow, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("the state of a link that polls");
        Ok(PollRow {
            link: self.link.parse().map_err(|_| DAMAGED)?,
            tenant: self.tenant.parse().map_err(|_| DAMAGED)?,
            due_at: from_micros(self.due_at),
            wished: self.wished_at.is_some(),
            leased_until: self.lease_until.map(from_micros),
            began: self.began_at.map(from_micros),
            ended: self.ended_at.map(from_micros),
            outcome: self.outcome,
            reason: self.reason,
            failures: u32::try_from(self.failures).map_err(|_| DAMAGED)?,
            taken_in: self.taken_at.map(from_micros),
            figures: PollFigures {
                created: self.created.unsigned_abs(),
                updated: self.updated.unsigned_abs(),
                unchanged: self.unchanged.unsigned_abs(),
                aside: self.aside.unsigned_abs(),
            },
            paused: self.paused,
            waiting_aside: self.waiting.unsigned_abs(),
        })
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
