//! P1: reading by id over HTTP at 64 clients, against a bare handler that returns the same bytes.

use std::time::Duration;

use anyhow::Result;

use super::{appointment, headers};
use crate::baseline::Bare;
use crate::drive::{drive, median};
use crate::gateway::{Gateway, Setup};
use crate::report::Row;
use crate::wire::{Wire, request};

pub(crate) async fn run(length: Duration) -> Result<Vec<Row>> {
    let gateway = Gateway::start(&Setup { database: None, tenants: 1, counterpart: None }).await?;
    let idle = gateway.resident_mb()?;
    let authorization = format!("Bearer {}", gateway.token(0).await?);
    let path = "/fhir/Appointment/read-1";
    let mut wire = Wire::connect(&gateway.address).await?;
    let body = appointment("read-1", 1);
    wire.send(&request("PUT", path, &headers(&authorization), body.as_bytes())).await?;
    let stored = wire.send(&request("GET", path, &headers(&authorization), b"")).await?;
    let bare = Bare::start(&stored.body).await?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let ask = request("GET", path, &headers(&authorization), b"");
        ours.push(drive(&gateway.address, 64, length, move |_| ask.clone()).await?);
        let ask = request("GET", "/", &[], b"");
        theirs.push(drive(&bare.address, 64, length, move |_| ask.clone()).await?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    Ok(vec![
        Row::ratio("P1", "read by id, 64 clients", ours.per_second, theirs.per_second, 0.35),
        Row::plain("", "read by id, p99", ours.p99_ms, "ms", f64::NAN),
        Row::plain("P15", "resident memory, idle", idle, "MB", 60.0),
        Row::plain("P16", "start until ready, empty store", ms(gateway.ready_after), "ms", 300.0),
    ])
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
