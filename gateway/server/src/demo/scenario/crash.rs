//! Step 16: 200 writes, the gateway killed hard in their middle, started again. Every acknowledged write is there and was
//! delivered exactly once; a write without an answer is there or not, and was delivered once or never.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::ensure;
use reqwest::StatusCode;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use super::Seen;
use super::world::{World, appointment, kinds, list, until};
use crate::demo::Gateway;

const WRITES: usize = 200;
/// Writes in flight at once.
const WIDE: usize = 16;
/// The gateway is killed when so many have been acknowledged.
const MIDDLE: usize = WRITES / 2;
/// So many writes may begin before the kill, so that even a slow kill comes in their middle.
const EARLY: usize = WRITES - 2 * WIDE;

pub(super) async fn survive(world: &World, gateway: &mut Gateway) -> Seen {
    let acknowledged = write_and_kill(world, gateway).await?;
    let count = acknowledged.values().filter(|answered| **answered).count();
    ensure!(count >= MIDDLE, "only {count} writes were acknowledged before the kill");
    ensure!(count < WRITES, "all writes were acknowledged before the kill");
    gateway.restart().await?;
    until(async || Ok(gateway.deliveries(&["--state", "due"]).await?.is_empty())).await?;
    let stored = compare(world, &acknowledged).await?;
    Ok(format!("{count} acknowledged, {stored} stored, each delivered once"))
}

/// The ids that were sent, and whether each was acknowledged.
async fn write_and_kill(world: &World, gateway: &mut Gateway) -> anyhow::Result<BTreeMap<String, bool>> {
    let world = Arc::new(world.clone());
    let (early, room) = (Arc::new(Semaphore::new(EARLY)), Arc::new(Semaphore::new(WIDE)));
    let (answered, middle) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut writers = JoinSet::new();
    for n in 0..WRITES {
        let (world, early, room) = (world.clone(), early.clone(), room.clone());
        let (answered, middle) = (answered.clone(), middle.clone());
        writers.spawn(async move {
            let id = world.id(&format!("kill-{n}"));
            let _begun = early.acquire().await.map(SemaphorePermit::forget);
            let permit = room.acquire().await;
            let done =
                world.put(&appointment(&id)).await.is_ok_and(|answer| answer.status() == StatusCode::OK);
            drop(permit);
            if done && answered.fetch_add(1, Ordering::SeqCst) + 1 == MIDDLE {
                middle.notify_one();
            }
            (id, done)
        });
    }
    let mut acknowledged = BTreeMap::new();
    let mut killed = false;
    loop {
        tokio::select! {
            () = middle.notified(), if !killed => {
                gateway.kill_hard().await?;
                killed = true;
                early.add_permits(WRITES);
            }
            written = writers.join_next() => match written {
                Some(written) => acknowledged.extend([written?]),
                None => break,
            }
        }
    }
    ensure!(killed, "fewer than {MIDDLE} writes were acknowledged");
    Ok(acknowledged)
}

/// Compares what was acknowledged with what is stored and what the patient was told; how many are stored.
async fn compare(world: &World, acknowledged: &BTreeMap<String, bool>) -> anyhow::Result<usize> {
    let state = world.at_the_standin().await?;
    let mut stored = 0;
    for (id, answered) in acknowledged {
        let (status, _) = world.read(&format!("Appointment/{id}")).await?;
        let here = status == StatusCode::OK;
        ensure!(here || status == StatusCode::NOT_FOUND, "/fhir answers {status}");
        ensure!(here || !answered, "an acknowledged write is lost");
        let told = kinds(&state, id);
        let there = list(&state, "appointments").filter(|a| a["id"] == id.as_str()).count();
        if here {
            stored += 1;
            ensure!(told == ["new"] && there == 1, "a stored write arrived {there} times, messages {told:?}");
        } else {
            ensure!(told.is_empty() && there == 0, "a write that is not stored arrived");
        }
    }
    Ok(stored)
}
