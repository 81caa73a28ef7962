//! The property the queue stands for: per resource and link the order of versions is kept and each is delivered, with
//! eight workers that fail, lose their leases and settle late.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;
use gateway_core::{Attempt, DeliveryState};
use gateway_store::{Claim, DeliveryFilter, Settled, Settlement};
use proptest::test_runner::{Config, TestRunner};
use time::Duration;

use crate::house::{House, at, both, commit, link, room};

const LINKS: [&str; 2] = ["mail", "spreekuur"];
const RESOURCES: u32 = 6;
const VERSIONS: u32 = 5;
const WORKERS: u32 = 8;
const LEASE: i64 = 5;

/// What the counterpart took, per lane, in the order it took it.
type Taken = Mutex<HashMap<(String, String), Vec<u32>>>;

/// A cheap generator: the same seed, the same failures (as far as workers allow).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn order_per_key_is_kept_under_eight_workers_that_fail() {
    both(async |house| {
        let mut runner = TestRunner::new(Config { cases: 3, failure_persistence: None, ..Config::default() });
        let seeds: Vec<u64> = (0..3)
            .map(|_| {
                use proptest::strategy::{Strategy, ValueTree};
                proptest::num::u64::ANY.new_tree(&mut runner).unwrap().current()
            })
            .collect();
        for (round, seed) in seeds.into_iter().enumerate() {
            run(house, round, seed).await;
        }
    });
}

async fn run(house: &House, round: usize, seed: u64) {
    let (taken, clock) = (Taken::default(), AtomicI64::new(0));
    let writers = (0..RESOURCES).map(|r| write(house, format!("r{round}-{r}"), &clock));
    let workers = (0..WORKERS).map(|w| work(house, &taken, &clock, Dice(seed ^ u64::from(w))));
    tokio::join!(join_all(writers), join_all(workers));

    let taken = taken.into_inner().unwrap();
    assert_eq!(taken.len(), LINKS.len() * usize::try_from(RESOURCES).unwrap());
    for (lane, mut versions) in taken {
        // A lost lease may have sent twice; what was sent first is in order, and nothing is missing.
        let mut before = Vec::new();
        versions.retain(|version| {
            let new = !before.contains(version);
            before.push(*version);
            new
        });
        assert_eq!(versions, (1..=VERSIONS).collect::<Vec<_>>(), "{lane:?} with seed {seed}");
    }
    assert!(!waits(house).await);
}

async fn write(house: &House, id: String, clock: &AtomicI64) {
    let view = house.view();
    for n in 0..VERSIONS {
        let mut put = house.patient(&id, &format!("A{n}"));
        put.links = LINKS.iter().map(|name| link(name)).collect();
        commit(&view, at(clock.load(Ordering::Relaxed)), put).await.unwrap();
        tokio::task::yield_now().await;
    }
}

async fn work(house: &House, taken: &Taken, clock: &AtomicI64, mut dice: Dice) {
    while !taken_all(taken) || waits(house).await {
        let now = clock.fetch_add(1, Ordering::Relaxed);
        let lease = Duration::seconds(LEASE);
        let claims = house.store.claim(at(now), lease, 3, &room(&LINKS)).await.unwrap();
        let settlements: Vec<_> = claims.iter().map(|claim| carry(claim, taken, now, &mut dice)).collect();
        if dice.throw(10) == 0 {
            continue; // This worker dies: it settles nothing.
        }
        if dice.throw(10) == 0 {
            clock.fetch_add(LEASE + 1, Ordering::Relaxed); // Or it sleeps until its lease is over.
            tokio::task::yield_now().await;
        }
        house.store.settle(at(clock.load(Ordering::Relaxed)), &settlements).await.unwrap();
    }
}

/// Whether the counterpart has the last version of everything.
fn taken_all(taken: &Taken) -> bool {
    let taken = taken.lock().unwrap();
    taken.len() == LINKS.len() * usize::try_from(RESOURCES).unwrap()
        && taken.values().all(|versions| versions.contains(&VERSIONS))
}

/// Whether something is not settled.
async fn waits(house: &House) -> bool {
    let due = DeliveryFilter { state: Some(DeliveryState::Due), limit: 1, ..DeliveryFilter::default() };
    !house.store.deliveries(&due).await.unwrap().is_empty()
}

/// Carries what is queued until something fails.
fn carry(claim: &Claim, taken: &Taken, now: i64, dice: &mut Dice) -> Settlement {
    let mut deliveries = Vec::new();
    for queued in &claim.queued {
        let fails = dice.throw(4) == 0;
        if !fails {
            let lane = (claim.link.to_string(), claim.key.to_string());
            taken.lock().unwrap().entry(lane).or_default().push(queued.version.0);
        }
        let state = if fails { DeliveryState::Due } else { DeliveryState::Delivered };
        let outcome = if fails { "later" } else { "delivered" };
        deliveries.push(Settled {
            delivery: queued.delivery,
            state,
            reason: None,
            attempt: Some(Attempt {
                number: queued.attempts + 1,
                at: at(now),
                took: std::time::Duration::ZERO,
                outcome: outcome.to_owned(),
                reason: None,
            }),
            exchange: None,
        });
        if fails {
            break;
        }
    }
    let due_at = at(now + i64::try_from(dice.throw(3)).unwrap());
    Settlement { lane: claim.lane, epoch: claim.epoch, deliveries, note: None, sent: true, due_at }
}
