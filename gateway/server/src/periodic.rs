//! What must be done now and then while the gateway runs.

use std::time::Duration;

use gateway_core::{Clock, SystemClock};
use gateway_store::Store;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::terminal::chain;

/// Between two rounds of tidying what the recorder of metrics holds.
const UPKEEP: Duration = Duration::from_secs(10);
/// Between two rounds of forgetting.
const FORGETTING: Duration = Duration::from_hours(1);

/// Forgets exchanges that are older than `days`, at the start and every hour.
pub(crate) async fn forget(store: Store, days: u32, stop: CancellationToken) {
    loop {
        let before = SystemClock.now() - time::Duration::days(i64::from(days));
        match store.forget_exchanges(before).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "Exchanges past their retention were forgotten"),
            Err(error) => tracing::warn!(error = chain(&error), "Old exchanges could not be forgotten"),
        }
        if !rest(FORGETTING, &stop).await {
            return;
        }
    }
}

/// Keeps the recorder of metrics small.
pub(crate) async fn tidy(metrics: PrometheusHandle, stop: CancellationToken) {
    while rest(UPKEEP, &stop).await {
        metrics.run_upkeep();
    }
}

/// Waits; whether to go on.
async fn rest(pause: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(pause) => true,
        () = stop.cancelled() => false,
    }
}
