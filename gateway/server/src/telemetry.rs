//! Logs to standard error, metrics for `/metrics`.
//!
//! Nothing personal is logged because nothing personal is put into a field or message anywhere in the house; this file
//! only chooses form and filter (`style.md` section 11, proved by `tests/it/silence.rs`).

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{Finding, Findings, Log, LogFormat};

/// Bounds of the buckets of every duration, in seconds: from a read in memory to an attempt's limit.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 45.0];

/// Starts logging.
///
/// # Errors
/// When the filter does not read, or logging was started before.
pub(crate) fn start_log(log: &Log) -> anyhow::Result<()> {
    let filter = filter(log).map_err(Findings::from)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging does not start: {error}"))
}

/// The filter as `tracing` reads it.
///
/// # Errors
/// A finding when it does not.
pub(crate) fn filter(log: &Log) -> Result<EnvFilter, Finding> {
    EnvFilter::builder()
        .parse(&log.filter)
        .map_err(|error| Finding::at("log.filter", format!("is no filter: {error}")))
}

/// Installs the recorder that `/metrics` prints from.
///
/// # Errors
/// When one was installed before.
pub(crate) fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics do not start")
}
