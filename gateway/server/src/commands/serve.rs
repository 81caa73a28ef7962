//! `zorgtolk serve`: the gateway. It starts in the order port, database, links, doors. When it is told to stop, it takes no
//! new request and begins no new delivery, finishes what is in flight, and closes the database last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use gateway_engine::Engine;
use gateway_engine::dispatch::{Dispatcher, Settings};
use gateway_engine::poll::{self, Poller};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::ConfigFile;
use crate::config::Config;
use crate::doors::Opening;
use crate::shelves::Shelves;
use crate::terminal::Verdict;
use crate::{doors, house, links, periodic, reindex, reload, shelves, stop, subscriptions, telemetry};

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// Stop when standard input ends, for a child that must not outlive its parent
    #[arg(long, hide = true)]
    stop_at_end_of_input: bool,
}

/// Serves until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let config = arguments.file.load()?;
    telemetry::start_log(&config.log)?;
    let metrics = telemetry::install_metrics()?;
    let stop = stop::at_signal()?;
    if arguments.stop_at_end_of_input {
        stop::at_end_of_input(&stop);
    }
    let hangup = reload::hangup()?;
    let listener = listen(config.server.listen).await?;
    let store = house::open_ready_store(&config).await?;
    let engine = house::engine(&config, &store)?;
    let shelves = shelves::shelves(&config, arguments.file.config.as_deref(), &engine.parts().profiles)?;
    let public_base = doors::public_base(&config, listener.local_addr()?)?;
    subscriptions::open(&config.subscriptions, &engine, &public_base)?;
    let background = TaskTracker::new();
    start_links(&config, &engine, &shelves, &stop, &background)?;
    let maps = shelves.maps();
    background.spawn(reload::at_hangup(hangup, Arc::new(shelves), stop.clone()));
    background.spawn(periodic::forget(store.clone(), config.exchange.retention_days, stop.clone()));
    if reindex::is_due(&store, &engine.parts().profiles).await? {
        let profiles = Arc::clone(&engine.parts().profiles);
        background.spawn(reindex::beside(store.clone(), profiles, stop.clone()));
    }
    background.spawn(periodic::tidy(metrics.clone(), stop.clone()));
    background.close();

    let opening = Opening { config: &config, engine: &engine, metrics, maps, listener };
    doors::open(opening, &stop).await?;
    let patience = Duration::from_secs(config.server.shutdown_seconds);
    if tokio::time::timeout(patience, background.wait()).await.is_err() {
        tracing::warn!("What was in flight did not finish in time; it goes again after the next start");
    }
    store.close().await;
    tracing::info!("The gateway has stopped");
    Ok(Verdict::InOrder)
}

/// Takes the port before anything else is touched: two gateways on one port would otherwise both migrate.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address} (server.listen)"))
}

/// Starts carrying changes to the links, looking at those that do not push, and answering questions over them.
fn start_links(
    config: &Config,
    engine: &Arc<Engine>,
    shelves: &Shelves,
    stop: &CancellationToken,
    background: &TaskTracker,
) -> anyhow::Result<()> {
    let mut lines = links::build(config, &engine.parts().profiles, shelves)?;
    let (sources, live) = links::sources_and_live(config, &mut lines);
    engine.reach(live);
    let settings = Settings {
        lease_margin: Duration::from_secs(config.delivery.lease_margin_seconds),
        patience: Duration::from_secs(config.server.shutdown_seconds),
        ..Settings::default()
    };
    let dispatcher = Dispatcher::new(Arc::clone(engine), lines, settings);
    let patience = Duration::from_secs(config.server.shutdown_seconds);
    let poller =
        Poller::new(Arc::clone(engine), sources, poll::Settings { patience, ..poll::Settings::default() });
    let stop_looking = stop.clone();
    background.spawn(async move { poller.run(stop_looking).await });
    let stop = stop.clone();
    background.spawn(async move { dispatcher.run(stop).await });
    Ok(())
}
