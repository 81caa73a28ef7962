//! The delivery queue: lanes, claims, settlements. A lane is the queue of one resource on one link; claiming lanes
//! instead of rows makes order free.

use std::collections::BTreeMap;

use gateway_core::{Attempt, DeliveryState, Key, LinkId, TenantId, Version};
use time::OffsetDateTime;

use crate::engine::Engine;
use crate::exchange::seal;
use crate::instant::{from_micros, micros};
use crate::keys::Keys;
use crate::{Store, StoreError};

/// The links that may be claimed from, and how many lanes of each.
pub type Room = BTreeMap<LinkId, u32>;

/// A lane that is ours until `until`, with what waits in it, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The lane's row.
    pub lane: i64,
    /// Fences settling: a claim that was lost in between settles nothing.
    pub epoch: i64,
    /// Whose data.
    pub tenant: TenantId,
    /// Over which link.
    pub link: LinkId,
    /// Of which resource.
    pub key: Key,
    /// What waits, oldest first; never empty.
    pub queued: Vec<Queued>,
    /// What the adapter wrote down at the last delivered version.
    pub note: Option<String>,
    /// Whether any attempt in this lane ever left the house, or may have: a lease that ran out counts.
    pub sent_before: bool,
    /// When the lease ends.
    pub until: OffsetDateTime,
}

/// One delivery that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The row's id.
    pub delivery: i64,
    /// Which version.
    pub version: Version,
    /// Whether that version is the deletion.
    pub deleted: bool,
    /// Attempts so far, over all replays.
    pub attempts: u32,
    /// When it was accepted, or replayed.
    pub since: OffsetDateTime,
}

/// How a claim ended.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The lane.
    pub lane: i64,
    /// The claim's epoch.
    pub epoch: i64,
    /// What became of the deliveries.
    pub deliveries: Vec<Settled>,
    /// The new note, when there is one. Without one the old note stays, unless a message left: then nobody knows any more
    /// what they have.
    pub note: Option<String>,
    /// Whether a message left, or may have left, the house.
    pub sent: bool,
    /// When the lane may be claimed again, if anything still waits in it.
    pub due_at: OffsetDateTime,
}

/// What became of one delivery of a claim.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The row.
    pub delivery: i64,
    /// Its state from now on.
    pub state: DeliveryState,
    /// Why, in words without personal data.
    pub reason: Option<String>,
    /// The attempt that was made, if one was.
    pub attempt: Option<Attempt>,
    /// What went over the wire: opaque JSON text, kept encrypted with the attempt.
    pub exchange: Option<Vec<u8>>,
}

/// A lane holds at most so many deliveries in one claim; the rest waits for the next. Keeps memory flat.
pub(crate) const PER_CLAIM: i64 = 64;

impl Store {
    /// Claims up to `limit` due lanes for `lease`, the longest due first: only of links in `room`, at most so many of each,
    /// and none of a paused link. A backlog of one link takes no place from the others.
    pub async fn claim(
        &self,
        now: OffsetDateTime,
        lease: time::Duration,
        limit: u32,
        room: &Room,
    ) -> Result<Vec<Claim>, StoreError> {
        let demand = Demand {
            now: micros(now),
            until: micros(now + lease),
            limit: i64::from(limit),
            room: room.iter().map(|(link, places)| (link.to_string(), i64::from(*places))).collect(),
        };
        if limit == 0 || demand.room.is_empty() {
            return Ok(Vec::new());
        }
        let (lanes, queued) = match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.claim(demand).await?,
            Engine::Postgres(postgres) => {
                self.count_commit();
                postgres.claim(&demand).await?
            }
        };
        claims(lanes, queued)
    }

    /// Settles claims in one transaction; says for each whether the claim was still ours. When it was not, the attempts
    /// that were made are kept all the same and nothing else changes. The store counts attempts itself, so that none
    /// takes another's number.
    pub async fn settle(
        &self,
        now: OffsetDateTime,
        settlements: &[Settlement],
    ) -> Result<Vec<bool>, StoreError> {
        if settlements.is_empty() {
            return Ok(Vec::new());
        }
        let now = micros(now);
        let endings: Vec<Ending> = settlements.iter().map(|s| Ending::new(s, now, &self.keys)).collect();
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.settle(endings).await,
            Engine::Postgres(postgres) => {
                self.count_commit();
                postgres.settle(&endings).await
            }
        }
    }
}

/// What a claim asks for, in the words of the database.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) now: i64,
    pub(crate) until: i64,
    pub(crate) limit: i64,
    pub(crate) room: Vec<(String, i64)>,
}

/// A lane that was claimed.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct LaneRow {
    pub(crate) id: i64,
    pub(crate) epoch: i64,
    pub(crate) tenant: String,
    pub(crate) link: String,
    #[sqlx(rename = "type")]
    pub(crate) resource_type: String,
    pub(crate) resource_id: String,
    pub(crate) note: Option<String>,
    pub(crate) sent: bool,
    pub(crate) due_at: i64,
    pub(crate) lease_until: i64,
}

/// A delivery that waits in a claimed lane.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct QueuedRow {
    pub(crate) id: i64,
    pub(crate) lane: i64,
    pub(crate) version: i64,
    pub(crate) deleted: bool,
    pub(crate) attempts: i64,
    pub(crate) since: i64,
}

/// A settlement in the words of the database, its exchanges sealed.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) lane: i64,
    pub(crate) epoch: i64,
    pub(crate) due_at: i64,
    pub(crate) note: Option<String>,
    pub(crate) sent: bool,
    pub(crate) deliveries: Vec<Ended>,
}

/// What became of one delivery, in the words of the database.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) delivery: i64,
    pub(crate) state: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) settled_at: Option<i64>,
    pub(crate) attempt: Option<Tried>,
}

/// An attempt that was made.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) at: i64,
    pub(crate) took: i64,
    pub(crate) outcome: String,
    pub(crate) reason: Option<String>,
    pub(crate) sealed: Option<Vec<u8>>,
}

impl Ending {
    fn new(settlement: &Settlement, now: i64, keys: &Keys) -> Self {
        Self {
            lane: settlement.lane,
            epoch: settlement.epoch,
            due_at: micros(settlement.due_at),
            note: settlement.note.clone(),
            sent: settlement.sent,
            deliveries: settlement.deliveries.iter().map(|s| Ended::new(s, now, keys)).collect(),
        }
    }
}

impl Ended {
    fn new(settled: &Settled, now: i64, keys: &Keys) -> Self {
        let attempt = settled.attempt.as_ref().map(|attempt| {
            let at = micros(attempt.at);
            Tried {
                at,
                took: i64::try_from(attempt.took.as_micros()).unwrap_or(i64::MAX),
                outcome: attempt.outcome.clone(),
                reason: attempt.reason.clone(),
                sealed: settled.exchange.as_ref().map(|body| seal(keys, settled.delivery, at, body)),
            }
        });
        Self {
            delivery: settled.delivery,
            state: settled.state.as_str(),
            reason: settled.reason.clone(),
            settled_at: (settled.state != DeliveryState::Due).then_some(now),
            attempt,
        }
    }
}

/// Puts the deliveries into their lanes, the longest due lane first.
fn claims(mut lanes: Vec<LaneRow>, mut queued: Vec<QueuedRow>) -> Result<Vec<Claim>, StoreError> {
    lanes.sort_unstable_by_key(|lane| (lane.due_at, lane.id));
    queued.sort_unstable_by_key(|row| row.version);
    let mut waiting: BTreeMap<i64, Vec<Queued>> = BTreeMap::new();
    for row in queued {
        waiting.entry(row.lane).or_default().push(row.queued()?);
    }
    lanes.into_iter().filter_map(|lane| waiting.remove(&lane.id).map(|queued| lane.claim(queued))).collect()
}

impl LaneRow {
    fn claim(self, queued: Vec<Queued>) -> Result<Claim, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a lane");
        let resource_type = self.resource_type.parse().map_err(|_| DAMAGED)?;
        Ok(Claim {
            lane: self.id,
            epoch: self.epoch,
            tenant: self.tenant.parse().map_err(|_| DAMAGED)?,
            link: self.link.parse().map_err(|_| DAMAGED)?,
            key: Key::new(resource_type, self.resource_id.parse().map_err(|_| DAMAGED)?),
            queued,
            note: self.note,
            sent_before: self.sent,
            until: from_micros(self.lease_until),
        })
    }
}

impl QueuedRow {
    fn queued(self) -> Result<Queued, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a delivery");
        Ok(Queued {
            delivery: self.id,
            version: Version(u32::try_from(self.version).map_err(|_| DAMAGED)?),
            deleted: self.deleted,
            attempts: u32::try_from(self.attempts).map_err(|_| DAMAGED)?,
            since: from_micros(self.since),
        })
    }
}
