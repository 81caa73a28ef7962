//! P12: one dead counterpart and one that takes 30 seconds, among 50: how fast the other 48 get what waits for them,
//! against the same with all of them healthy.
//!
//! The deliveries are queued before the gateway starts, so that nothing but delivering is measured.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use standin_spreekuur::{Act, Client, Rule, Running, Settings, Spreekuur};

use super::appointment;
use crate::fill::Filling;
use crate::gateway::{Counterparts, Place, Setup, agb};
use crate::report::Row;

const LINKS: usize = 50;
const ILL: usize = 2;
const HEALTHY_MS: u64 = 20;
const SLOW_MS: u64 = 30_000;
const ROUNDS: usize = 3;

/// How the first two counterparts are.
#[derive(Clone, Copy)]
enum FirstTwo {
    Healthy,
    DeadAndSlow,
}

pub(crate) async fn run(resources: u64) -> Result<Vec<Row>> {
    let each = (resources / LINKS as u64).max(1);
    let (mut ill, mut healthy) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        healthy.push(throughput(FirstTwo::Healthy, each).await?);
        ill.push(throughput(FirstTwo::DeadAndSlow, each).await?);
    }
    let (ill, healthy) = (middle(ill), middle(healthy));
    let work = format!("48 links beside a dead and a slow one, {each} each");
    Ok(vec![Row::ratio("P12", &work, ill, healthy, 0.95)])
}

fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Deliveries a second at the other links.
async fn throughput(first: FirstTwo, each: u64) -> Result<f64> {
    let rest = played(HEALTHY_MS).await?;
    let beside = played(match first {
        FirstTwo::Healthy => HEALTHY_MS,
        FirstTwo::DeadAndSlow => SLOW_MS,
    })
    .await?;
    let dead = match first {
        FirstTwo::Healthy => address(&beside),
        FirstTwo::DeadAndSlow => (nobody()?, beside.token_url()),
    };
    let counterpart = Some(Counterparts(vec![dead, address(&beside), address(&rest)]));
    let place = Place::make(&Setup { database: None, tenants: LINKS, counterpart }).await?;
    queue(&place, LINKS, each).await?;

    let begin = Instant::now();
    let gateway = place.serve().await?;
    let wanted = (LINKS - ILL) as u64 * each;
    while arrived(&rest) < wanted {
        ensure!(begin.elapsed() < Duration::from_mins(10), "{} of {wanted} arrived", arrived(&rest));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of deliveries is far below 2^52")]
    let rate = wanted as f64 / begin.elapsed().as_secs_f64();
    drop(gateway);
    rest.stop().await;
    beside.stop().await;
    Ok(rate)
}

/// Queues `each` deliveries for each of the links.
pub(super) async fn queue(place: &Place, links: usize, each: u64) -> Result<()> {
    let store = place.store().await?;
    for tenant in 0..links {
        let make = |n| appointment(&format!("q-{tenant}-{n}"), n);
        Filling::queued(tenant)?.fill(&store, 0..each, make).await?;
    }
    store.close().await;
    Ok(())
}

async fn played(delay_ms: u64) -> Result<Running> {
    let agbs: Vec<String> = (0..LINKS).map(agb).collect();
    let agbs: Vec<&str> = agbs.iter().map(String::as_str).collect();
    let clients = vec![Client::new("zorgtolk", "zorgtolk-secret", &agbs)];
    let settings = Settings { clients, keep: Some(10), ..Settings::default() };
    let played = Spreekuur::start(settings).await.context("starting the stand-in")?;
    let mut delay = Rule::on("PUT", "/Appointment/*", Act::Delay).times(-1);
    delay.delay_ms = Some(delay_ms);
    played.script(vec![delay])?;
    Ok(played)
}

fn arrived(played: &Running) -> u64 {
    played.state()["counts"]["appointments"].as_u64().unwrap_or_default()
}

fn address(played: &Running) -> (String, String) {
    (played.base_url(), played.token_url())
}

/// An address at which no one listens.
pub(super) fn nobody() -> Result<String> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    Ok(format!("http://127.0.0.1:{port}/fhir/r4"))
}
