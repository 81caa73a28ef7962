//! How the links stand: what waits on each, which are paused, when there is something to do.

use gateway_core::LinkId;
use time::OffsetDateTime;

use crate::engine::{read, write};
use crate::instant::{from_micros, micros};
use crate::{Room, Store, StoreError};

/// How a link stands; its pause outlives the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkState {
    /// Which link.
    pub link: LinkId,
    /// Why it is paused; `None` when it is not.
    pub paused: Option<String>,
    /// Deliveries waiting.
    pub due: u64,
    /// When the oldest of them was accepted.
    pub oldest: Option<OffsetDateTime>,
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    link: String,
    reason: Option<String>,
    due: i64,
    oldest: Option<i64>,
}

impl Store {
    /// When the next lane of a link in `room` that is not paused falls due or its lease ends; `None` when nothing waits.
    pub async fn next_due(&self, room: &Room) -> Result<Option<OffsetDateTime>, StoreError> {
        // Hops from link to link along the index, so that it costs the same however much waits.
        let next: Vec<(String, i64)> = read!(self, "looking for the next due lane", |on| {
            sqlx::query_as(
                "WITH RECURSIVE link (name) AS (
                     SELECT min(link) FROM lane WHERE pending > 0
                     UNION ALL
                     SELECT (SELECT min(lane.link) FROM lane WHERE pending > 0 AND lane.link > link.name)
                     FROM link WHERE link.name IS NOT NULL)
                 SELECT name, (SELECT min(wake_at) FROM lane WHERE pending > 0 AND lane.link = name)
                 FROM link
                 WHERE name IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM link_pause WHERE link_pause.link = name)",
            )
            .fetch_all(on)
        })?;
        let wanted = next.into_iter().filter(|(link, _)| link.parse().is_ok_and(|id| room.contains_key(&id)));
        Ok(wanted.map(|(_, at)| at).min().map(from_micros))
    }

    /// Pauses a link with a reason, or lets it run again.
    pub async fn pause_link(
        &self,
        link: &LinkId,
        reason: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (link, reason, now) = (link.to_string(), reason.map(ToOwned::to_owned), micros(now));
        write!(self, "pausing a link", |on| {
            match reason {
                None => sqlx::query("DELETE FROM link_pause WHERE link = $1").bind(link).execute(on).await?,
                Some(reason) => {
                    sqlx::query(
                        "INSERT INTO link_pause (link, reason, at)
                         VALUES ($1, $2, $3)
                         ON CONFLICT (link) DO UPDATE SET reason = excluded.reason",
                    )
                    .bind(link)
                    .bind(reason)
                    .bind(now)
                    .execute(on)
                    .await?
                }
            };
            Ok(())
        })
    }

    /// How the links with a lane or a pause stand, by name.
    pub async fn link_states(&self) -> Result<Vec<LinkState>, StoreError> {
        let rows: Vec<LinkRow> = read!(self, "looking at the links", |on| {
            sqlx::query_as(
                "WITH RECURSIVE link (name) AS (
                     SELECT min(link) FROM lane
                     UNION ALL
                     SELECT (SELECT min(lane.link) FROM lane WHERE lane.link > link.name)
                     FROM link WHERE link.name IS NOT NULL),
                 known (name) AS (
                     SELECT name FROM link WHERE name IS NOT NULL
                     UNION
                     SELECT link_pause.link FROM link_pause),
                 waiting (name, due, oldest) AS (
                     SELECT link, CAST(sum(pending) AS BIGINT), min(waiting_since)
                     FROM lane
                     WHERE pending > 0
                     GROUP BY link)
                 SELECT known.name AS link, p.reason, coalesce(w.due, 0) AS due, w.oldest
                 FROM known
                 LEFT JOIN waiting w ON w.name = known.name
                 LEFT JOIN link_pause p ON p.link = known.name
                 ORDER BY known.name",
            )
            .fetch_all(on)
        })?;
        rows.into_iter().map(LinkRow::state).collect()
    }
}

impl LinkRow {
    fn state(self) -> Result<LinkState, StoreError> {
        Ok(LinkState {
            link: self.link.parse().map_err(|_| StoreError::Damaged("a link's name"))?,
            paused: self.reason,
            due: self.due.unsigned_abs(),
            oldest: self.oldest.map(from_micros),
        })
    }
}
