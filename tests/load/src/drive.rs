//! Many clients at once for a while: how many answers per second, how long each took.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tokio::time::MissedTickBehavior;

use crate::wire::Wire;

/// What a drive measured.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Figures {
    /// Answers per second.
    pub(crate) per_second: f64,
    /// Median time of one request, in milliseconds.
    pub(crate) p50_ms: f64,
    /// 99th percentile, in milliseconds.
    pub(crate) p99_ms: f64,
}

/// Sends what `make` makes over `clients` connections for `length`; every answer must have a status of 200 or 201.
pub(crate) async fn drive(
    address: &str,
    clients: usize,
    length: Duration,
    make: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Result<Figures> {
    let make = Arc::new(make);
    let next = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let mut tasks = Vec::with_capacity(clients);
    for _ in 0..clients {
        let (make, next, address) = (make.clone(), next.clone(), address.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut wire = Wire::connect(&address).await?;
            let mut times = Vec::new();
            while begin.elapsed() < length {
                let request = make(next.fetch_add(1, Ordering::Relaxed));
                let sent = Instant::now();
                let answer = wire.send(&request).await?;
                ensure!(
                    matches!(answer.status, 200 | 201),
                    "status {}: {}",
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                );
                times.push(sent.elapsed());
            }
            anyhow::Ok(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.context("a client broke off")??);
    }
    ensure!(!times.is_empty(), "nothing was answered");
    Ok(figures(&mut times, begin.elapsed()))
}

fn figures(times: &mut [Duration], took: Duration) -> Figures {
    let (p50_ms, p99_ms) = spread(times);
    #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
    let per_second = times.len() as f64 / took.as_secs_f64();
    Figures { per_second, p50_ms, p99_ms }
}

/// The middle one of several measurements, by rate.
pub(crate) fn median(mut all: Vec<Figures>) -> Figures {
    all.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    all[all.len() / 2]
}

/// Sends what `make` makes at an even pace over `clients` connections for `length`; says when each was acknowledged.
pub(crate) async fn pace(
    address: &str,
    clients: u32,
    per_second: f64,
    length: Duration,
    make: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Result<Vec<(u64, Instant)>> {
    let make = Arc::new(make);
    let each = Duration::try_from_secs_f64(f64::from(clients) / per_second).context("no such pace")?;
    let begin = tokio::time::Instant::now();
    let mut tasks = Vec::new();
    for client in 0..clients {
        let (make, address) = (make.clone(), address.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut wire = Wire::connect(&address).await?;
            let mut ticks = tokio::time::interval_at(begin + each * client / clients, each);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            let mut acknowledged = Vec::new();
            for n in (u64::from(client)..).step_by(usize::try_from(clients)?) {
                ticks.tick().await;
                if begin.elapsed() >= length && !acknowledged.is_empty() {
                    break;
                }
                let answer = wire.send(&make(n)).await?;
                ensure!(matches!(answer.status, 200 | 201), "status {}", answer.status);
                acknowledged.push((n, Instant::now()));
            }
            anyhow::Ok(acknowledged)
        }));
    }
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.extend(task.await.context("a client broke off")??);
    }
    Ok(acknowledged)
}

/// The median and the 99th percentile, in milliseconds.
pub(crate) fn spread(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len().saturating_sub(1) * percent / 100);
    let ms = |time: Option<&Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0);
    (ms(at(50)), ms(at(99)))
}
