//! Making the search index anew while the gateway runs, when this version indexes otherwise than the one before.
//!
//! It works as long as it rests, so that writes keep their place; with several gateways on one database one does it, and
//! another goes on when that one is gone. Searches say meanwhile that they may miss something.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fhir_profiles::Profiles;
use gateway_core::{Clock, SystemClock};
use gateway_store::{Reindexed, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::terminal::chain;

/// Resources in a batch: each keeps the one writer of SQLite for some milliseconds.
const BATCH: u32 = 50;
/// Between two looks at what another gateway does, or after an error.
const PAUSE: Duration = Duration::from_secs(10);

/// Notes what the index is to be made by; whether there is anything to do.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn is_due(store: &Store, profiles: &Profiles) -> Result<bool, StoreError> {
    store.begin_reindex(&profiles.search_fingerprint()).await
}

/// Makes it, until it is done or the gateway stops.
pub(crate) async fn beside(store: Store, profiles: Arc<Profiles>, stop: CancellationToken) {
    let worker = worker();
    let mut last = 0;
    loop {
        let begun = Instant::now();
        let rest = match store.reindex(&profiles, &worker, SystemClock.now(), BATCH).await {
            Ok(Reindexed::All) if last == 0 => return,
            Ok(Reindexed::All) => {
                tracing::info!(resources = last, "The search index was made anew");
                return;
            }
            Ok(Reindexed::More(done)) => {
                if last == 0 {
                    tracing::info!(
                        "The search index is being made anew; searches may miss something until it is"
                    );
                }
                last = done;
                begun.elapsed()
            }
            Ok(Reindexed::Elsewhere) => PAUSE,
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "A part of the search index was not made anew; it is tried again"
                );
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// A name for this process that no other has.
pub(crate) fn worker() -> String {
    uuid::Uuid::now_v7().to_string()
}
