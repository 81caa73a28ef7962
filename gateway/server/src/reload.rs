//! SIGHUP: the tenants' mapping tables are read and compiled anew. Each tenant's are put in force when they compile and
//! left as they were when they do not; either way a log line and `zorgtolk_mapping_reloads_total` say so.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::shelves::{Reload, Shelves};

/// Starts to listen, before the gateway is ready: an unheard SIGHUP ends the process.
///
/// # Errors
/// When the signal cannot be listened to.
pub(crate) fn hangup() -> std::io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// Reloads at every SIGHUP until `stop`.
pub(crate) async fn at_hangup(mut hangup: Signal, shelves: Arc<Shelves>, stop: CancellationToken) {
    loop {
        tokio::select! {
            _ = hangup.recv() => {}
            () = stop.cancelled() => return,
        }
        let shelves = Arc::clone(&shelves);
        // Compiling takes milliseconds of a core, which the doors should not wait for.
        if let Err(error) = tokio::task::spawn_blocking(move || reload(&shelves)).await {
            tracing::error!(error = %error, "Reading the mapping tables anew broke off");
        }
    }
}

/// Reloads once and tells what came of it.
pub(crate) fn reload(shelves: &Shelves) {
    for (tenant, outcome) in shelves.reload() {
        let outcome = match outcome {
            Reload::Replaced => {
                tracing::info!(tenant = tenant.as_str(), "The mapping tables were read anew");
                "replaced"
            }
            Reload::Refused(faults) => {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                let (tenant, faults) = (tenant.as_str(), faults.join("; "));
                tracing::error!(
                    tenant,
                    faults,
                    "The mapping tables do not compile; those before stay in force"
                );
                "refused"
            }
        };
        let labels = [("tenant", tenant.to_string()), ("outcome", outcome.to_owned())];
        metrics::counter!("zorgtolk_mapping_reloads_total", &labels).increment(1);
    }
}
