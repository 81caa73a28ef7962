//! The doors: what they are told from the configuration, and how long they stay open.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::serve::ListenerExt;
use gateway_api::{App, Settings, router, spreekuur};
use gateway_engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::{Config, SpreekuurDoor, UnknownCancel};
use crate::links;

/// Answers requests until `stop`, then finishes those in flight.
///
/// # Errors
/// When the token keys cannot be made ready.
pub(crate) async fn open(
    config: &Config,
    engine: &Arc<Engine>,
    metrics: PrometheusHandle,
    listener: TcpListener,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let app = App::new(Arc::clone(engine), settings(config, address)?, Some(metrics)).await?;
    let told = stop.clone();
    let listener = listener.tap_io(|line| {
        // Answers are written whole; waiting for more to send would only cost time.
        if let Err(error) = line.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps waiting for more to send");
        }
    });
    let serving =
        axum::serve(listener, router(app)).with_graceful_shutdown(async move { told.cancelled().await });
    tracing::info!(%address, "The gateway is ready");
    let patience = async {
        stop.cancelled().await;
        tracing::info!("The gateway stops: what is in flight is finished");
        tokio::time::sleep(Duration::from_secs(config.server.shutdown_seconds)).await;
    };
    tokio::select! {
        served = serving => served.context("answering requests")?,
        () = patience => tracing::warn!("Some requests did not finish in time and were cut off"),
    }
    Ok(())
}

fn settings(config: &Config, address: SocketAddr) -> anyhow::Result<Settings> {
    let public_base = match &config.server.public_base {
        Some(base) => base.clone(),
        None => Url::parse(&format!("http://{address}"))?,
    };
    Ok(Settings {
        rate_per_second: config.security.rate_per_second,
        rate_burst: config.security.rate_burst,
        token_lifetime: Duration::from_secs(config.security.token_lifetime_seconds),
        body_limit: config.server.body_limit,
        links: links::addresses(config),
        spreekuur: spreekuur_door(&config.spreekuur_door),
        ..Settings::new(public_base)
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
