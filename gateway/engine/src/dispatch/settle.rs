//! Settling: what came of claims is written many at once, one transaction per batch, fenced by their epochs.
//!
//! A settlement waits while the batch before it is being written; that is what makes batches. A lane counts as unsettled
//! from its claim until its settlement is on disk, however long the database is away. When the clock jumps and a lane that
//! is still ours is claimed again, the new epoch is taken over instead of sending twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use gateway_core::{Clock, DeliveryState, LinkId};
use gateway_store::{Settlement, Store};
use tokio::sync::{Notify, mpsc};

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
}

/// The lanes that are ours, and what became of those that were.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    /// Epochs by lane.
    lanes: Mutex<HashMap<i64, i64>>,
    tally: Mutex<Tally>,
    /// Told after each batch.
    pub(super) progress: Notify,
}

/// Whether a claim is new here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is.
    New,
    /// The lane is still being worked on here; the work goes on under the new epoch.
    Again,
}

impl Unsettled {
    pub(super) fn take(&self, lane: i64, epoch: i64) -> Taken {
        match self.lanes().insert(lane, epoch) {
            None => Taken::New,
            Some(_) => Taken::Again,
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

    fn epoch(&self, lane: i64) -> Option<i64> {
        self.lanes().get(&lane).copied()
    }

    fn settled(&self, settlement: &Settlement) {
        self.lanes().remove(&settlement.lane);
        let mut tally = self.tally.lock().expect("no one panics while counting");
        settlement.deliveries.iter().for_each(|one| tally.count(one.state));
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<i64, i64>> {
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

    /// Settles a batch, however often the database must be asked. Answers those to settle again, under a newer epoch.
    async fn settle(&self, mut batch: Vec<ToSettle>) -> Vec<ToSettle> {
        for one in &mut batch {
            one.settlement.epoch = self.unsettled.epoch(one.settlement.lane).unwrap_or(one.settlement.epoch);
        }
        let settlements: Vec<_> = batch.iter().map(|one| one.settlement.clone()).collect();
        let mut ours = self.write(&settlements).await.into_iter();
        batch.retain(|one| self.again(one, ours.next().unwrap_or(false)));
        batch
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

    /// Whether a settlement must be written again.
    fn again(&self, one: &ToSettle, ours: bool) -> bool {
        let settlement = &one.settlement;
        let newer = self.unsettled.epoch(settlement.lane).is_some_and(|epoch| epoch != settlement.epoch);
        if !ours && newer {
            return true;
        }
        if !ours {
            tracing::warn!(link = %one.link, lane = settlement.lane, "a lease was lost; its end is not kept");
            self.unsettled.lanes().remove(&settlement.lane);
            return false;
        }
        self.unsettled.settled(settlement);
        for settled in &settlement.deliveries {
            count(&one.link, settled.attempt.as_ref().map(|a| a.outcome.clone()), settled.state);
        }
        false
    }
}

/// Attempts are counted by how they ended, deliveries that ended without one, or for good after it, by their state.
fn count(link: &LinkId, outcome: Option<String>, state: DeliveryState) {
    let outcome = match (outcome, state) {
        (Some(outcome), _) if state != DeliveryState::Dead => outcome,
        (_, state) => state.as_str().to_owned(),
    };
    metrics::counter!("zorgtolk_deliveries_total", "link" => link.to_string(), "outcome" => outcome)
        .increment(1);
}
