//! The loop: see which links are due, claim their looks, make them, wait for more.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::FutureExt as _;
use gateway_core::LinkId;
use gateway_store::{PollClaim, PollRow, StoreError};
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::look::Look;
use super::{Settings, Source};
use crate::{Engine, fault};

/// What became of looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Looks that were taken in.
    pub taken: u64,
    /// Looks that were not.
    pub failed: u64,
    /// Resources made new.
    pub created: u64,
    /// Resources changed.
    pub updated: u64,
    /// Resources that are as they were.
    pub unchanged: u64,
    /// Records set aside.
    pub aside: u64,
}

/// Looks at counterparts. Any number of them, in any number of processes, may work on one store: each look is made by one.
pub struct Poller {
    inner: Arc<Inner>,
    wished: Arc<Notify>,
    tasks: TaskTracker,
    abandon: CancellationToken,
    /// Dropping a poller drops the looks that go on; leases see to it that another one takes over.
    _guard: DropGuard,
}

struct Inner {
    engine: Arc<Engine>,
    sources: BTreeMap<LinkId, Source>,
    settings: Settings,
    /// The links that are being looked at.
    busy: Mutex<BTreeSet<LinkId>>,
    /// Told when a look ends.
    progress: Notify,
}

impl Poller {
    /// A poller for these links.
    #[must_use]
    pub fn new(engine: Arc<Engine>, sources: BTreeMap<LinkId, Source>, settings: Settings) -> Self {
        let abandon = CancellationToken::new();
        Self {
            wished: engine.wished(),
            inner: Arc::new(Inner {
                engine,
                sources,
                settings,
                busy: Mutex::default(),
                progress: Notify::new(),
            }),
            tasks: TaskTracker::new(),
            _guard: abandon.clone().drop_guard(),
            abandon,
        }
    }

    /// Works until `stop`; then begins no more looks and waits for those that go on. One that does not end in time is
    /// dropped: its cursor did not move.
    pub async fn run(&self, stop: CancellationToken) {
        if self.inner.sources.is_empty() {
            return stop.cancelled().await;
        }
        while !stop.is_cancelled() {
            if let Err(error) = self.turn().await {
                tracing::warn!(cause = %fault::chain(&error), "polling did not go on; it is tried again");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = self.wished.notified() => {}
                () = self.inner.progress.notified() => {}
                () = tokio::time::sleep(self.inner.settings.watch) => {}
            }
        }
        self.tasks.close();
        if tokio::time::timeout(self.inner.settings.patience, self.tasks.wait()).await.is_err() {
            tracing::warn!("stopped in the middle of a look; it is made again later");
        }
    }

    /// Looks, one after the other, until nothing is due at the clock's now; what became of it. For tests, and for a command
    /// that looks once. A link is looked at once.
    ///
    /// # Errors
    /// When the store does not say what is due.
    pub async fn drain(&self) -> Result<Tally, StoreError> {
        let mut tally = Tally::default();
        let mut seen = BTreeSet::new();
        for row in self.inner.due().await? {
            if seen.insert(row.link.clone())
                && let Some(claim) = self.inner.claim(&row.link).await?
            {
                self.inner.look(&claim, &mut tally).await;
            }
        }
        Ok(tally)
    }

    /// One round of the loop.
    async fn turn(&self) -> Result<(), StoreError> {
        for row in self.inner.due().await? {
            if self.inner.busy().len() >= self.inner.settings.at_once {
                break;
            }
            if let Some(claim) = self.inner.claim(&row.link).await? {
                self.begin(claim);
            }
        }
        Ok(())
    }

    fn begin(&self, claim: PollClaim) {
        self.inner.busy().insert(claim.link.clone());
        let inner = Arc::clone(&self.inner);
        let work = async move {
            inner.look(&claim, &mut Tally::default()).await;
            inner.busy().remove(&claim.link);
            inner.progress.notify_one();
        };
        self.tasks.spawn(self.abandon.clone().run_until_cancelled_owned(work));
    }
}

impl Inner {
    /// The links that may be looked at now. Those that are new here get to be known.
    async fn due(&self) -> Result<Vec<PollRow>, StoreError> {
        let store = &self.engine.parts().store;
        let now = self.now();
        let mut rows = store.polls().await?;
        let known = |link: &LinkId, source: &Source| {
            rows.iter().any(|row| row.link == *link && row.tenant == source.tenant)
        };
        let new: Vec<_> = self.sources.iter().filter(|(link, source)| !known(link, source)).collect();
        for (link, source) in &new {
            store.know_poll(link, &source.tenant, now).await?;
        }
        if !new.is_empty() {
            rows = store.polls().await?;
        }
        rows.retain(|row| self.sources.contains_key(&row.link));
        for row in &rows {
            show(row, now);
        }
        let busy = self.busy();
        rows.retain(|row| may_look(row, now) && !busy.contains(&row.link));
        Ok(rows)
    }

    async fn claim(&self, link: &LinkId) -> Result<Option<PollClaim>, StoreError> {
        let Some(source) = self.sources.get(link) else { return Ok(None) };
        let now = self.now();
        let lease = self.settings.lease.try_into().unwrap_or(time::Duration::HOUR);
        self.engine.parts().store.claim_poll(link, now, lease, now + source.every()).await
    }

    async fn look(&self, claim: &PollClaim, tally: &mut Tally) {
        let Some(source) = self.sources.get(&claim.link) else { return };
        let look = Look { engine: &self.engine, source, settings: &self.settings, claim };
        let ended = AssertUnwindSafe(look.look()).catch_unwind().await.unwrap_or_else(|_panic| {
            tracing::error!(link = %claim.link, "a look panicked; it is made again when its lease ends");
            None
        });
        let (taken, figures) = ended.unwrap_or_default();
        *if taken { &mut tally.taken } else { &mut tally.failed } += 1;
        tally.created += figures.created;
        tally.updated += figures.updated;
        tally.unchanged += figures.unchanged;
        tally.aside += figures.aside;
    }

    fn now(&self) -> OffsetDateTime {
        self.engine.parts().clock.now()
    }

    fn busy(&self) -> MutexGuard<'_, BTreeSet<LinkId>> {
        self.busy.lock().expect("no one panics while holding the busy links")
    }
}

fn may_look(row: &PollRow, now: OffsetDateTime) -> bool {
    row.paused.is_none()
        && row.leased_until.is_none_or(|until| until <= now)
        && (row.due_at <= now || row.wished)
}

/// Sets the gauges of a link.
fn show(row: &PollRow, now: OffsetDateTime) {
    let label = || [("link", row.link.to_string())];
    let aside = u32::try_from(row.waiting_aside).map_or(f64::MAX, f64::from);
    metrics::gauge!("zorgtolk_poll_set_aside", &label()).set(aside);
    if let Some(taken_in) = row.taken_in {
        let lag = (now - taken_in).as_seconds_f64().max(0.0);
        metrics::gauge!("zorgtolk_poll_lag_seconds", &label()).set(lag);
    }
}
