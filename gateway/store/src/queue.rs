//! The delivery queue: lanes, claims, settlements. A lane is the queue of one resource on one link; claiming lanes
//! instead of rows makes order free.

use std::collections::BTreeMap;

use gateway_core::{Attempt, DeliveryState, Key, LinkId, TenantId, Version};
use time::OffsetDateTime;

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
    /// Whether any attempt in this lane ever left the house.
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
    /// The new note, when there is one.
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

/// A pause of a link that outlives the process.
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

impl Store {
    /// Claims up to `limit` due lanes for `lease`, the longest due first: only of links in `room`, at most so many of each,
    /// and none of a paused link. A backlog of one link takes no place from the others.
    pub async fn claim(
        &self,
        _now: OffsetDateTime,
        _lease: time::Duration,
        _limit: u32,
        _room: &Room,
    ) -> Result<Vec<Claim>, StoreError> {
        unimplemented!()
    }

    /// Settles claims in one transaction; says for each whether the claim was still ours.
    pub async fn settle(
        &self,
        _now: OffsetDateTime,
        _settlements: &[Settlement],
    ) -> Result<Vec<bool>, StoreError> {
        unimplemented!()
    }

    /// When the next lane of a link in `room` that is not paused falls due or its lease ends; `None` when nothing waits.
    pub async fn next_due(&self, _room: &Room) -> Result<Option<OffsetDateTime>, StoreError> {
        unimplemented!()
    }

    /// Deliveries, newest first.
    pub async fn deliveries(&self, _filter: &DeliveryFilter) -> Result<Vec<DeliveryRow>, StoreError> {
        unimplemented!()
    }

    /// Makes settled deliveries due again; their history stays. Returns how many. Only `Refused`, `Withheld`, `Dead`,
    /// `Superseded` and `Delivered` ones can be replayed.
    pub async fn replay(&self, _filter: &DeliveryFilter, _now: OffsetDateTime) -> Result<u64, StoreError> {
        unimplemented!()
    }

    /// Pauses a link with a reason, or lets it run again.
    pub async fn pause_link(
        &self,
        _link: &LinkId,
        _reason: Option<&str>,
        _now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// How the links with a lane or a pause stand.
    pub async fn link_states(&self) -> Result<Vec<LinkState>, StoreError> {
        unimplemented!()
    }

    /// The exchange of one attempt, decrypted.
    pub async fn exchange(&self, _delivery: i64, _attempt: u32) -> Result<Option<Vec<u8>>, StoreError> {
        unimplemented!()
    }

    /// Forgets exchanges older than `before`; how many.
    pub async fn forget_exchanges(&self, _before: OffsetDateTime) -> Result<u64, StoreError> {
        unimplemented!()
    }
}
