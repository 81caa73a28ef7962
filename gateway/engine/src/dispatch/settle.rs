//! Settling: what came of claims is written many at once, one transaction per batch, fenced by their epochs.
//!
//! A settlement waits while the batch before it is being written; that is what makes batches. A lane counts as unsettled
//! from its claim until its settlement is on disk, however long the database is away.
//!
//! The same lane may be claimed again before that. Either its settlement was just written and its next delivery is due:
//! then the new claim is worked on next. Or the clock jumped past the lease: then the settlement is written under the new
//! claim, instead of sending twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use gateway_core::{Clock, DeliveryState, LinkId};
use gateway_store::{Claim, Settlement, Store};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::fault;

/// Settlements per transaction.
const BATCH: usize = 256;

/// Pause before the database is asked again.
const RETRY: Duration = Duration::from_millis(250);

/// What became of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// They have it.
    pub delivered: u64,
    /// A newer version went instead.
    pub superseded: u64,
    /// They, or we, refused it.
    pub refused: u64,
    /// Nothing had to be sent.
    pub withheld: u64,
    /// Given up.
    pub dead: u64,
    /// Attempted and still due.
    pub again: u64,
}

impl Tally {
    fn count(&mut self, state: DeliveryState) {
        let field = match state {
            DeliveryState::Delivered => &mut self.delivered,
            DeliveryState::Superseded => &mut self.superseded,
            DeliveryState::Refused => &mut self.refused,
            DeliveryState::Withheld => &mut self.withheld,
            DeliveryState::Dead => &mut self.dead,
            DeliveryState::Due => &mut self.again,
        };
        *field += 1;
    }
}

/// What came of a claim, to be written.
#[derive(Debug)]
pub(super) struct ToSettle {
    pub(super) link: LinkId,
    pub(super) settlement: Settlement,
    /// Claims under which the settlement was written instead of its own.
    adopted: u32,
    reply: oneshot::Sender<Settling>,
}

/// How settling ended, for the one who worked on the claim.
#[derive(Debug)]
pub(super) struct Settling {
    /// Claims of the lane that have no work of their own, because the settlement took them.
    pub(super) adopted: u32,
    /// A claim of the lane that came while it was being settled: to be worked on now.
    pub(super) next: Option<Claim>,
}

impl ToSettle {
    pub(super) fn new(link: LinkId, settlement: Settlement) -> (Self, oneshot::Receiver<Settling>) {
        let (reply, settling) = oneshot::channel();
        (Self { link, settlement, adopted: 0, reply }, settling)
    }
}

/// The lanes that are ours, and what became of those that were.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    /// By lane, the claim that came while it was still being worked on or settled.
    lanes: Mutex<HashMap<i64, Option<Claim>>>,
    tally: Mutex<Tally>,
    /// Held while claims come in: who holds it knows of every claim that was made before.
    pub(super) claiming: tokio::sync::Mutex<()>,
    /// Told after each batch.
    pub(super) progress: Notify,
}

/// What is to be done with a claim.
#[derive(Debug)]
pub(super) enum Taken {
    /// Work on it.
    Start(Box<Claim>),
    /// It waits for the end of the claim before.
    Waits,
    /// The same, and one that waited there is void now.
    WaitsInstead,
}

impl Unsettled {
    pub(super) fn take(&self, claim: Claim) -> Taken {
        match self.lanes().entry(claim.lane) {
            Entry::Vacant(lane) => {
                lane.insert(None);
                Taken::Start(Box::new(claim))
            }
            Entry::Occupied(mut lane) => match lane.insert(Some(claim)) {
                None => Taken::Waits,
                Some(_void) => Taken::WaitsInstead,
            },
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lanes().len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes().is_empty()
    }

    /// What became of deliveries since this was last asked.
    pub(super) fn tally(&self) -> Tally {
        std::mem::take(&mut *self.tally.lock().expect("no one panics while counting"))
    }

    /// The claim that came after the one being worked on, to settle under.
    fn adopt(&self, lane: i64) -> Option<Claim> {
        self.lanes().get_mut(&lane).and_then(Option::take)
    }

    /// Whether one came.
    async fn claimed_again(&self, lane: i64) -> bool {
        let _all_are_in = self.claiming.lock().await;
        self.lanes().get(&lane).is_some_and(Option::is_some)
    }

    /// The lane is settled; what is to be worked on in it next.
    fn settled(&self, lane: i64) -> Option<Claim> {
        let mut lanes = self.lanes();
        let next = lanes.get_mut(&lane).and_then(Option::take);
        if next.is_none() {
            lanes.remove(&lane);
        }
        next
    }

    fn count(&self, settlement: &Settlement) {
        let mut tally = self.tally.lock().expect("no one panics while counting");
        settlement.deliveries.iter().for_each(|one| tally.count(one.state));
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<i64, Option<Claim>>> {
        self.lanes.lock().expect("no one panics while holding the lanes")
    }
}

/// Writes settlements.
pub(super) struct Settler {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) unsettled: Arc<Unsettled>,
    pub(super) incoming: mpsc::UnboundedReceiver<ToSettle>,
}

impl Settler {
    /// Works until no one can send any more.
    pub(super) async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.incoming.recv_many(&mut batch, BATCH).await > 0 {
            while !batch.is_empty() {
                batch = self.settle(batch).await;
            }
            self.unsettled.progress.notify_one();
        }
    }

    /// Settles a batch, however often the database must be asked. Answers those to settle again, under a newer claim.
    async fn settle(&self, mut batch: Vec<ToSettle>) -> Vec<ToSettle> {
        for one in &mut batch {
            if let Some(newer) = self.unsettled.adopt(one.settlement.lane) {
                one.settlement.epoch = newer.epoch;
                one.adopted += 1;
            }
        }
        let settlements: Vec<_> = batch.iter().map(|one| one.settlement.clone()).collect();
        let ours = self.write(&settlements).await;
        let mut again = Vec::new();
        for (one, ours) in batch.into_iter().zip(ours) {
            again.extend(self.end(one, ours).await);
        }
        again
    }

    async fn write(&self, settlements: &[Settlement]) -> Vec<bool> {
        loop {
            match self.store.settle(self.clock.now(), settlements).await {
                Ok(ours) => return ours,
                Err(error) => {
                    tracing::warn!(cause = %fault::chain(&error), "settling failed; it is tried again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// Ends what was written, or answers it to be written again.
    async fn end(&self, mut one: ToSettle, ours: bool) -> Option<ToSettle> {
        let lane = one.settlement.lane;
        if ours {
            self.unsettled.count(&one.settlement);
        } else if self.unsettled.claimed_again(lane).await {
            // The store has kept the attempts already.
            for settled in &mut one.settlement.deliveries {
                (settled.attempt, settled.exchange) = (None, None);
            }
            return Some(one);
        } else {
            tracing::warn!(link = %one.link, lane, "a lease was lost; its end is not kept");
        }
        let settling = Settling { adopted: one.adopted, next: self.unsettled.settled(lane) };
        // The worker is gone only when the dispatcher is.
        drop(one.reply.send(settling));
        None
    }
}

/// Counts attempts by how they ended, and deliveries that ended without one, or for good after it, by their state.
pub(super) fn count(link: &LinkId, settlement: &Settlement) {
    for settled in &settlement.deliveries {
        let outcome = match &settled.attempt {
            Some(attempt) if settled.state != DeliveryState::Dead => attempt.outcome.clone(),
            Some(_) | None => settled.state.as_str().to_owned(),
        };
        let labels = [("link", link.to_string()), ("outcome", outcome)];
        metrics::counter!("zorgtolk_deliveries_total", &labels).increment(1);
    }
}
