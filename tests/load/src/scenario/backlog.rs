//! P15: memory with a long queue: deliveries for 50 counterparts of which none is there.

use std::time::Duration;

use anyhow::Result;

use super::isolation::{nobody, queue};
use crate::gateway::{Counterparts, Place, Setup};
use crate::report::Row;

const LINKS: usize = 50;

pub(crate) async fn run(length: Duration, resources: u64) -> Result<Vec<Row>> {
    let dead = nobody()?;
    let counterpart = Some(Counterparts(vec![(dead.clone(), dead)]));
    let place = Place::make(&Setup { database: None, tenants: LINKS, counterpart }).await?;
    let each = (resources / LINKS as u64).max(1);
    queue(&place, LINKS, each).await?;

    let gateway = place.serve().await?;
    // What is claimed, tried and put back meanwhile is what the memory is for.
    tokio::time::sleep(length).await;
    let work = format!("resident memory, {} deliveries queued", each * LINKS as u64);
    let ready = gateway.ready_after.as_secs_f64() * 1000.0;
    Ok(vec![
        Row::plain("P15", &work, gateway.resident_mb()?, "MB", 220.0),
        Row::plain("", "the most there was", gateway.peak_mb()?, "MB", f64::NAN),
        Row::plain("P16", "start until ready, with that queue", ready, "ms", 300.0),
    ])
}
