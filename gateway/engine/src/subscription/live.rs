//! The subscriptions that are in force, as this process knows them, and what it takes that no change is missed.
//!
//! Routing reads a [`Table`] that was looked at a moment ago. Another node may have put a subscription in force since;
//! therefore:
//!
//! * a table older than half the notice is looked at again before it is used (one number, not once per write),
//! * whoever sets a subscription up waits for the notice, and for the writes of its own process that began under an older
//!   table, before it says `active`,
//! * a commit that ended later than the notice after its table was read is routed once more (`write/commit.rs`).
//!
//! So a change whose commit ends after a subscription became active was routed by a table that has it, or is routed again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use adapter_kit::http::Outside;
use gateway_core::{Caller, LinkId, Origin, Resource, ResourceType, TenantId};
use gateway_store::{StoreError, SubscriptionRow, SubscriptionState};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::names::SETUP;
use super::wanted::{self, Wanted};
use crate::engine::Parts;
use crate::route::{Route, Routes};

/// How long other nodes are given to notice a subscription.
pub(super) const NOTICE: Duration = Duration::from_secs(5);

/// A subscription that is in force.
#[derive(Debug)]
pub(crate) struct Subscribed {
    pub(super) row: SubscriptionRow,
    /// `None` when it cannot be done any more as it is asked (a parameter that is gone, an address).
    pub(super) wanted: Option<Wanted>,
}

/// The subscriptions at one turn.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// `None` before the first look.
    turn: Option<i64>,
    subscriptions: BTreeMap<LinkId, Arc<Subscribed>>,
    routes: Routes,
    /// Sets subscriptions up.
    setup: Option<Route>,
    /// Writes that were routed by it and are not committed.
    writing: TaskTracker,
}

impl Table {
    /// The lines a change goes along: those of the configuration, those of subscriptions, and for a Subscription of a
    /// client the one that sets it up.
    pub(crate) fn onward<'r>(
        &'r self,
        configured: &'r Routes,
        caller: &'r Caller,
        resource_type: ResourceType,
    ) -> impl Iterator<Item = &'r Route> {
        let (tenant, origin) = (&caller.tenant, &caller.origin);
        let sets_up = resource_type == ResourceType::Subscription && matches!(origin, Origin::Client(_));
        configured
            .onward(tenant, origin, resource_type)
            .chain(self.routes.onward(tenant, origin, resource_type))
            .chain(self.setup.iter().filter(move |_| sets_up))
    }

    /// Held while a write that this table routed is not committed.
    pub(crate) fn writing(&self) -> impl Drop + use<> {
        self.writing.token()
    }

    /// The number by which another table is told from this one.
    pub(crate) fn turn(&self) -> Option<i64> {
        self.turn
    }

    pub(crate) fn get(&self, link: &LinkId) -> Option<&Arc<Subscribed>> {
        self.subscriptions.get(link)
    }

    /// Every one, by link.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&LinkId, &Arc<Subscribed>)> {
        self.subscriptions.iter()
    }

    /// How many of a tenant's may send.
    pub(super) fn living(&self, tenant: &TenantId) -> usize {
        self.subscriptions
            .values()
            .filter(|one| one.row.in_force.tenant == *tenant && one.is_routed())
            .count()
    }
}

impl Subscribed {
    /// Whether changes are kept for it.
    pub(super) fn is_routed(&self) -> bool {
        matches!(self.row.in_force.state, SubscriptionState::Requested | SubscriptionState::Active)
    }

    fn route(&self) -> Option<Route> {
        let wanted = self.wanted.as_ref().filter(|_| self.is_routed())?;
        Some(Route {
            tenant: self.row.in_force.tenant.clone(),
            link: self.row.in_force.link.clone(),
            criteria: wanted.criteria.clone(),
            query: wanted.query.clone(),
        })
    }
}

/// A table, and when it was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Looked {
    pub(crate) table: Arc<Table>,
    /// Before the store was asked; `None`: never.
    at: Option<Instant>,
}

impl Looked {
    /// How long ago.
    pub(crate) fn age(&self) -> Duration {
        self.at.map_or(Duration::MAX, |at| at.elapsed())
    }
}

/// The table of this process.
#[derive(Debug)]
pub(crate) struct Live {
    looked: RwLock<Looked>,
    looking: tokio::sync::Mutex<()>,
    /// Tables that may still have writes on their way.
    older: Mutex<Vec<TaskTracker>>,
}

impl Default for Live {
    fn default() -> Self {
        let looked = RwLock::new(Looked { table: Arc::default(), at: None });
        Self { looked, looking: tokio::sync::Mutex::default(), older: Mutex::default() }
    }
}

/// What a look needs beside the engine's parts.
#[derive(Clone, Copy)]
pub(super) struct Looking<'a> {
    pub(super) parts: &'a Parts,
    /// Absent where no subscriptions are sent: then the lines are known, and only written to.
    pub(super) outside: Option<&'a Outside>,
}

impl Live {
    /// The table as it is known.
    pub(crate) fn known(&self) -> Looked {
        self.looked.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A table not older than `most`.
    pub(super) async fn look(&self, looking: Looking<'_>, most: Duration) -> Result<Looked, StoreError> {
        let known = self.known();
        if known.age() <= most {
            return Ok(known);
        }
        let _alone = self.looking.lock().await;
        let known = self.known();
        if known.age() <= most {
            return Ok(known);
        }
        let at = Some(Instant::now());
        let turn = looking.parts.store.subscription_turn().await?;
        let table = if known.table.turn == Some(turn) {
            known.table
        } else {
            let next = Arc::new(next(looking, turn, &known.table).await?);
            known.table.writing.close();
            let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
            older.retain(|writing| !writing.is_empty());
            older.push(known.table.writing.clone());
            next
        };
        let looked = Looked { table, at };
        *self.looked.write().unwrap_or_else(PoisonError::into_inner) = looked.clone();
        Ok(looked)
    }

    /// Waits for the writes that began under an older table than the one that is known.
    pub(super) async fn drained(&self) {
        let older = self.older.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for writing in older {
            writing.wait().await;
        }
    }
}

async fn next(looking: Looking<'_>, turn: i64, known: &Table) -> Result<Table, StoreError> {
    let parts = looking.parts;
    let mut table = Table { turn: Some(turn), setup: setup(looking), ..Table::default() };
    for row in parts.store.subscriptions(parts.clock.now()).await? {
        let link = row.in_force.link.clone();
        let wanted = match known.get(&link) {
            Some(same) if same.row.in_force.version == row.in_force.version => same.wanted.clone(),
            _ => wanted(looking, &row).await?,
        };
        table.subscriptions.insert(link, Arc::new(Subscribed { row, wanted }));
    }
    table.routes = table.subscriptions.values().filter_map(|one| one.route()).collect();
    Ok(table)
}

/// What the version in force asks for.
async fn wanted(looking: Looking<'_>, row: &SubscriptionRow) -> Result<Option<Wanted>, StoreError> {
    if row.in_force.state == SubscriptionState::Gone {
        return Ok(None);
    }
    let parts = looking.parts;
    let in_force = &row.in_force;
    let key = super::key(&in_force.id);
    let view = parts.store.of(&super::ourselves(&in_force.tenant, "subscriptions"));
    let text = view.vread(&key, in_force.version).await?.and_then(|stored| stored.text);
    let Some(resource) = text.and_then(|text| Resource::from_text(text).ok()) else { return Ok(None) };
    let read = wanted::read(&parts.profiles, looking.outside, &resource);
    if read.is_err() {
        tracing::warn!(link = %in_force.link, "a subscription cannot be done any more as it is asked");
    }
    Ok(read.ok())
}

fn setup(looking: Looking<'_>) -> Option<Route> {
    looking.outside?;
    let criteria = ResourceType::Subscription.as_str().to_owned();
    let query = fhir_profiles::search::Query::from_criteria(&looking.parts.profiles, &criteria).ok()?;
    let nobodys: TenantId = "every-tenant".parse().ok()?;
    Some(Route { tenant: nobodys, link: SETUP.parse().ok()?, criteria, query })
}
