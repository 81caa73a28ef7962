//! How links stand: figures for metrics, and broken links that are let run again when their check passes.
//!
//! A link that an operator paused stays paused; one that the dispatcher paused itself carries [`BROKEN`] before its
//! reason and is checked after growing pauses.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use gateway_core::LinkId;
use gateway_store::{LinkState, Store, StoreError};
use time::OffsetDateTime;

use super::line::Line;
use crate::fault;

/// What stands before the reason of a pause that the dispatcher made itself.
pub const BROKEN: &str = "broken: ";

/// Pauses a link that broke, unless it is paused already: an operator's pause is not replaced by one that ends by itself.
pub(crate) async fn pause(store: &Store, link: &LinkId, why: &str, now: OffsetDateTime) {
    let paused = async {
        if reason(store, link).await?.is_none() {
            store.pause_link(link, Some(&format!("{BROKEN}{why}")), now).await?;
        }
        Ok::<_, StoreError>(())
    };
    if let Err(error) = paused.await {
        tracing::warn!(%link, cause = %fault::chain(&error), "a broken link could not be paused");
    }
}

/// Lets a link run again, if it is paused because it broke.
async fn resume(store: &Store, link: &LinkId, now: OffsetDateTime) -> Result<bool, StoreError> {
    let broken = reason(store, link).await?.is_some_and(|reason| reason.starts_with(BROKEN));
    if broken {
        store.pause_link(link, None, now).await?;
    }
    Ok(broken)
}

async fn reason(store: &Store, link: &LinkId) -> Result<Option<String>, StoreError> {
    let states = store.link_states().await?;
    Ok(states.into_iter().find(|state| state.link == *link).and_then(|state| state.paused))
}

/// Sets the gauges. Links without a lane are empty, not absent.
pub(super) fn show<'l>(states: &[LinkState], lines: impl Iterator<Item = &'l LinkId>, now: OffsetDateTime) {
    let states: BTreeMap<_, _> = states.iter().map(|state| (&state.link, state)).collect();
    for link in lines.filter(|link| !states.contains_key(link)) {
        gauges(link, 0, 0.0, false);
    }
    for (link, state) in states {
        let oldest = state.oldest.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0));
        gauges(link, state.due, oldest, state.paused.is_some());
    }
}

fn gauges(link: &LinkId, due: u64, oldest: f64, paused: bool) {
    let label = || [("link", link.to_string())];
    metrics::gauge!("zorgtolk_queue_due", &label()).set(u32::try_from(due).map_or(f64::MAX, f64::from));
    metrics::gauge!("zorgtolk_queue_oldest_seconds", &label()).set(oldest);
    metrics::gauge!("zorgtolk_link_paused", &label()).set(f64::from(u8::from(paused)));
}

/// Whether a link may be checked to see if it works again.
pub(super) fn is_broken(state: &LinkState) -> bool {
    state.paused.as_deref().is_some_and(|reason| reason.starts_with(BROKEN))
}

/// Checks broken links at once; those that pass run again. Whether some do.
pub(super) async fn probe(store: &Store, lines: Vec<&Line>, now: OffsetDateTime) -> bool {
    let resumed = join_all(lines.into_iter().map(|line| probe_one(store, line, now))).await;
    resumed.contains(&true)
}

async fn probe_one(store: &Store, line: &Line, now: OffsetDateTime) -> bool {
    let check = AssertUnwindSafe(line.link.check.check()).catch_unwind();
    let passed = tokio::time::timeout(line.link.policy.attempt_limit, check).await;
    if !matches!(passed, Ok(Ok(Ok(())))) {
        tracing::info!(link = %line.id, "a broken link was checked and is still broken");
        return false;
    }
    match resume(store, &line.id, now).await {
        Ok(resumed) => {
            if resumed {
                line.runs();
                tracing::info!(link = %line.id, "a broken link passed its check and runs again");
            }
            resumed
        }
        Err(error) => {
            tracing::warn!(link = %line.id, cause = %fault::chain(&error), "a link could not be let run again");
            false
        }
    }
}
