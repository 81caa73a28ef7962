//! The loop: claim what is due for links that have room, start an attempt in each lane, wait for more.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use adapter_kit::Link;
use futures_util::FutureExt as _;
use gateway_core::LinkId;
use gateway_store::{Claim, Room, Store, StoreError};
use time::OffsetDateTime;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::attempt::{Means, Outcome, lost};
use super::breaker::Sign;
use super::line::Line;
use super::settle::{Settler, Taken, ToSettle, Unsettled};
use super::{Settings, Tally, settle, watch};
use crate::{Engine, fault, subscription};

/// Claimed lanes that are not settled yet: more than this means that the database does not keep up, and no more are
/// claimed.
const MOST_UNSETTLED: usize = 4096;

/// How old what is known of subscriptions may be.
const LOOK: Duration = Duration::from_secs(1);

/// Shortest wait when the store says something is due and a claim found nothing (another node was quicker).
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// Carries changes to their links. Any number of them, in any number of processes, may work on one store.
pub struct Dispatcher {
    inner: Arc<Inner>,
    woken: Arc<Notify>,
    settler: Mutex<Option<Settler>>,
    tasks: TaskTracker,
    abandon: CancellationToken,
    /// Dropping a dispatcher drops what it had begun; leases see to it that another one takes over.
    _guard: DropGuard,
}

/// The links of the subscriptions in force.
#[derive(Default)]
struct LiveLines {
    /// At which turn; `None` before the first look.
    turn: Option<i64>,
    lines: BTreeMap<LinkId, Arc<Line>>,
}

struct Inner {
    engine: Arc<Engine>,
    /// The links of the configuration.
    lines: BTreeMap<LinkId, Arc<Line>>,
    /// Those of subscriptions.
    live: Mutex<LiveLines>,
    settings: Settings,
    lease: time::Duration,
    unsettled: Arc<Unsettled>,
    settle: mpsc::UnboundedSender<ToSettle>,
}

impl Dispatcher {
    /// A dispatcher for these links. Deliveries for links that are not among them stay due.
    #[must_use]
    pub fn new(engine: Arc<Engine>, links: BTreeMap<LinkId, Link>, settings: Settings) -> Self {
        let carrying = links.values().filter(|link| link.deliver.is_some());
        let own = engine.hooks().map(|hooks| hooks.attempt_limit(&engine.parts().store)).unwrap_or_default();
        let longest = carrying.map(|link| link.policy.attempt_limit).fold(own, Duration::max);
        let lease = longest.saturating_add(settings.lease_margin).try_into().unwrap_or(time::Duration::HOUR);
        let ready =
            |(id, link): (LinkId, Link)| (id.clone(), Arc::new(Line::new(id, link, settings.breaker)));
        let ready = links.into_iter().map(ready).collect();
        let unsettled = Arc::new(Unsettled::default());
        let (settle, incoming) = mpsc::unbounded_channel();
        let settler = Settler {
            store: engine.parts().store.clone(),
            clock: Arc::clone(&engine.parts().clock),
            unsettled: Arc::clone(&unsettled),
            incoming,
        };
        let abandon = CancellationToken::new();
        Self {
            woken: engine.woken(),
            inner: Arc::new(Inner {
                engine,
                lines: ready,
                live: Mutex::default(),
                settings,
                lease,
                unsettled,
                settle,
            }),
            settler: Mutex::new(Some(settler)),
            tasks: TaskTracker::new(),
            _guard: abandon.clone().drop_guard(),
            abandon,
        }
    }

    /// Works until `stop`; then claims nothing more, waits for what is in flight and settles it.
    pub async fn run(&self, stop: CancellationToken) {
        self.start();
        let inner = Arc::clone(&self.inner);
        self.spawn(stop.clone().run_until_cancelled_owned(async move { inner.keep_watch().await }).map(drop));
        let inner = Arc::clone(&self.inner);
        self.spawn(
            stop.clone().run_until_cancelled_owned(async move { inner.keep_tending().await }).map(drop),
        );
        while !stop.is_cancelled() {
            let wait = self.turn().await;
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = self.woken.notified() => {}
                () = self.inner.unsettled.progress.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.finish().await;
    }

    /// Works until nothing is due at the clock's now and nothing is in flight; what became of deliveries meanwhile. For
    /// tests, and for a command that empties the queue.
    pub async fn drain(&self) -> Tally {
        self.start();
        self.inner.watch().await;
        self.inner.tend().await;
        loop {
            // Asked before the claim: what is settled after it may have made the next in its lane due.
            let idle = self.inner.unsettled.is_empty();
            match self.claim().await.unwrap_or_default() {
                0 if idle => return self.inner.unsettled.tally(),
                0 => self.inner.unsettled.progress.notified().await,
                1.. => {}
            }
        }
    }

    /// One round of the loop; how long to wait when nothing wakes it.
    async fn turn(&self) -> Duration {
        let settings = &self.inner.settings;
        match self.claim().await {
            // A full batch: there is probably more.
            Ok(begun) if begun >= settings.batch => Duration::ZERO,
            // Something is in flight, and its end wakes the loop.
            Ok(1..) => settings.poll,
            Ok(0) => self.inner.until_due().await.clamp(SHORTEST_WAIT, settings.poll),
            Err(error) => {
                tracing::warn!(cause = %fault::chain(&error), "claiming failed; it is tried again");
                settings.poll
            }
        }
    }

    /// Claims what there is room for and starts on it; how many lanes.
    async fn claim(&self) -> Result<u32, StoreError> {
        let (store, now) = (self.inner.store(), self.inner.now());
        self.inner.follow().await?;
        let room = self.inner.room(now);
        if room.is_empty() || self.inner.unsettled.len() >= MOST_UNSETTLED {
            return Ok(0);
        }
        let _coming_in = self.inner.unsettled.claiming.lock().await;
        let claims = store.claim(now, self.inner.lease, self.inner.settings.batch, &room).await?;
        let begun = u32::try_from(claims.len()).unwrap_or(u32::MAX);
        for claim in claims {
            self.begin(claim, now);
        }
        Ok(begun)
    }

    fn begin(&self, claim: Claim, now: OffsetDateTime) {
        let Some(line) = self.inner.line(&claim.link) else { return };
        line.begun(now);
        match self.inner.unsettled.take(claim) {
            Taken::Start(claim) => {
                let inner = Arc::clone(&self.inner);
                self.spawn(async move { inner.work(*claim).await });
            }
            Taken::Waits => {}
            Taken::WaitsInstead => drop(line.ended(Sign::None, now)),
        }
    }

    /// Starts the settler, the first time.
    fn start(&self) {
        let settler = self.settler.lock().expect("no one panics while starting").take();
        if let Some(settler) = settler {
            self.spawn(settler.run());
        }
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let abandon = self.abandon.clone();
        self.tasks.spawn(abandon.run_until_cancelled_owned(work));
    }

    async fn finish(&self) {
        let settled = async {
            while !self.inner.unsettled.is_empty() {
                self.inner.unsettled.progress.notified().await;
            }
        };
        if tokio::time::timeout(self.inner.settings.patience, settled).await.is_err() {
            let lanes = self.inner.unsettled.len();
            tracing::warn!(
                lanes,
                "stopped before every delivery came to its end; they are taken up again later"
            );
        }
    }
}

impl Inner {
    fn store(&self) -> &Store {
        &self.engine.parts().store
    }

    fn now(&self) -> OffsetDateTime {
        self.engine.parts().clock.now()
    }

    /// Takes over the links of the subscriptions in force, as they are known a moment ago.
    async fn follow(&self) -> Result<(), StoreError> {
        if self.engine.hooks().is_none() {
            return Ok(());
        }
        let table = self.engine.look(LOOK).await?.table;
        let mut live = self.live();
        if live.turn != table.turn() {
            let mut before = std::mem::take(&mut live.lines);
            let ready = |(id, link): (LinkId, Link)| {
                let same = before.remove(&id);
                let new = || Arc::new(Line::new(id.clone(), link, self.settings.breaker));
                (id.clone(), same.unwrap_or_else(new))
            };
            live.lines = subscription::links(&self.engine, &table).into_iter().map(ready).collect();
            live.turn = table.turn();
        }
        Ok(())
    }

    fn line(&self, link: &LinkId) -> Option<Arc<Line>> {
        self.lines.get(link).cloned().or_else(|| self.live().lines.get(link).cloned())
    }

    fn every_line(&self) -> Vec<Arc<Line>> {
        self.lines.values().cloned().chain(self.live().lines.values().cloned()).collect()
    }

    fn live(&self) -> MutexGuard<'_, LiveLines> {
        self.live.lock().expect("no one panics while holding the links of subscriptions")
    }

    async fn keep_tending(&self) {
        loop {
            self.tend().await;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Sends the heartbeats that are due and ends the subscriptions that are over.
    async fn tend(&self) {
        match self.follow().await {
            Ok(()) => subscription::tend(&self.engine).await,
            Err(error) => tracing::warn!(cause = %fault::chain(&error), "the subscriptions were not read"),
        }
    }

    fn room(&self, now: OffsetDateTime) -> Room {
        let rooms = self.every_line().into_iter().map(|line| (line.id.clone(), line.room(now)));
        rooms.filter(|(_, room)| *room > 0).collect()
    }

    /// How long until something falls due.
    async fn until_due(&self) -> Duration {
        let now = self.now();
        let due = self.store().next_due(&self.room(now)).await.ok().flatten();
        let lines = self.every_line();
        let opens = lines.iter().filter_map(|line| line.opens_until()).filter(|until| *until > now).min();
        match due.into_iter().chain(opens).min() {
            Some(at) => (at - now).try_into().unwrap_or(Duration::ZERO),
            None => Duration::MAX,
        }
    }

    /// Makes the attempt of a claim, hands over what came of it, and goes on with the lane while it is claimed for us.
    async fn work(&self, mut claim: Claim) {
        let Some(line) = self.line(&claim.link) else { return };
        let line = &*line;
        loop {
            let outcome = self.attempt(line, &claim).await;
            if let Some(why) = &outcome.broken {
                self.broke(line, why).await;
            }
            self.ended(line, outcome.sign);
            settle::count(&line.id, &outcome.settlement);
            let (to_settle, settling) = ToSettle::new(line.id.clone(), outcome.settlement);
            if self.settle.send(to_settle).is_err() {
                return;
            }
            let Ok(settling) = settling.await else { return };
            (0..settling.adopted).for_each(|_| self.ended(line, Sign::None));
            let Some(next) = settling.next else { return };
            claim = next;
        }
    }

    async fn attempt(&self, line: &Line, claim: &Claim) -> Outcome {
        let parts = self.engine.parts();
        let means = Means { store: &parts.store, clock: &*parts.clock, jitter: &self.settings.jitter, line };
        let attempted = AssertUnwindSafe(means.attempt(claim.clone())).catch_unwind().await;
        attempted.unwrap_or_else(|_panic| {
            tracing::error!(link = %line.id, lane = claim.lane, "an attempt panicked");
            lost(claim, self.now() + line.link.policy.longest_pause)
        })
    }

    fn ended(&self, line: &Line, sign: Sign) {
        if line.ended(sign, self.now()) {
            self.unsettled.progress.notify_one();
        }
    }

    async fn broke(&self, line: &Line, why: &str) {
        if line.broke(self.now(), self.settings.probe.0) {
            tracing::error!(link = %line.id, reason = why, "a link is broken and paused until its check passes");
        }
        watch::pause(self.store(), &line.id, why, self.now()).await;
    }

    async fn keep_watch(&self) {
        loop {
            self.watch().await;
            tokio::time::sleep(self.settings.watch).await;
        }
    }

    /// Shows how the links stand, and checks those that broke when their time has come.
    async fn watch(&self) {
        let states = match self.store().link_states().await {
            Ok(states) => states,
            Err(error) => {
                tracing::warn!(cause = %fault::chain(&error), "the state of the links was not read");
                return;
            }
        };
        let now = self.now();
        let lines = self.every_line();
        watch::show(&states, lines.iter().map(|line| &line.id), now);
        let mut broken = Vec::new();
        for line in lines.iter().map(|line| &**line) {
            match states.iter().find(|state| state.link == line.id) {
                Some(state) if watch::is_broken(state) => broken.push(line),
                Some(state) if state.paused.is_some() => {}
                Some(_) | None => line.runs(),
            }
        }
        broken.retain(|line| line.probe_due(now, self.settings.probe));
        if watch::probe(self.store(), broken, now).await {
            self.engine.wake();
        }
    }
}
