//! The doors: what they are told from the configuration, and how long they stay open.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway_api::fhir::Maps;
use gateway_api::{App, Settings, router, spreekuur};
use gateway_engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::{Config, SpreekuurDoor, UnknownCancel};
use crate::connections::{self, Limits};
use crate::links;

/// What the doors open with.
pub(crate) struct Opening<'a> {
    /// What was set.
    pub(crate) config: &'a Config,
    /// The verbs behind them.
    pub(crate) engine: &'a Arc<Engine>,
    /// What `/metrics` shows.
    pub(crate) metrics: PrometheusHandle,
    /// The mapping tables that can be read.
    pub(crate) maps: Maps,
    /// Where they listen.
    pub(crate) listener: TcpListener,
}

/// Answers requests until `stop`, then finishes those in flight.
///
/// # Errors
/// When the token keys cannot be made ready.
pub(crate) async fn open(opening: Opening<'_>, stop: &CancellationToken) -> anyhow::Result<()> {
    let Opening { config, engine, metrics, maps, listener } = opening;
    let address = listener.local_addr()?;
    let settings = Settings { maps, ..settings(config, address)? };
    let app = App::new(Arc::clone(engine), settings, Some(metrics)).await?;
    let serving = connections::serve(listener, router(app), Limits::new(&config.server), stop);
    tracing::info!(%address, "The gateway is ready");
    let patience = async {
        stop.cancelled().await;
        tracing::info!("The gateway stops: what is in flight is finished");
        tokio::time::sleep(Duration::from_secs(config.server.shutdown_seconds)).await;
    };
    tokio::select! {
        () = serving => {}
        () = patience => tracing::warn!("Some requests did not finish in time and were cut off"),
    }
    Ok(())
}

/// The address others reach the gateway by.
///
/// # Errors
/// Never for an address of a socket.
pub(crate) fn public_base(config: &Config, address: SocketAddr) -> anyhow::Result<Url> {
    match &config.server.public_base {
        Some(base) => Ok(base.clone()),
        None => Ok(Url::parse(&format!("http://{address}"))?),
    }
}

fn settings(config: &Config, address: SocketAddr) -> anyhow::Result<Settings> {
    Ok(Settings {
        rate_per_second: config.security.rate_per_second,
        rate_burst: config.security.rate_burst,
        token_lifetime: Duration::from_secs(config.security.token_lifetime_seconds),
        body_limit: config.server.body_limit,
        export_clients: config.export.clients.clone(),
        links: links::addresses(config),
        spreekuur: spreekuur_door(&config.spreekuur_door),
        ..Settings::new(public_base(config, address)?)
    })
}

fn spreekuur_door(door: &SpreekuurDoor) -> spreekuur::Settings {
    spreekuur::Settings {
        lenient: door.lenient,
        old_headers: door.compat_headers,
        bsn_check: door.bsn_check.into(),
        unknown_cancel: match door.unknown_cancel {
            UnknownCancel::Ok => spreekuur::UnknownCancel::Ok,
            UnknownCancel::NotFound => spreekuur::UnknownCancel::NotFound,
        },
    }
}
