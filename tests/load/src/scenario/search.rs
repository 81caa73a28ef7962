//! P5 and P16: `Appointment?patient=&date=` on a full store against the same on one with a hundredth of it, and the
//! start on the full one. Each patient has as many appointments in both, so the answer is as long.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::headers;
use crate::drive::{Figures, drive, median};
use crate::fill::Filling;
use crate::gateway::{Gateway, Place, Setup};
use crate::report::Row;
use crate::wire::{Wire, request};

/// Appointments of one patient, each on a day of its own.
const VISITS: u64 = 20;
const SMALLER: u64 = 100;
const STARTS: usize = 3;

pub(crate) async fn run(length: Duration, resources: u64) -> Result<Vec<Row>> {
    let few = (resources / SMALLER).max(VISITS);
    let (small, full) = (store_of(few).await?, store_of(resources.max(VISITS)).await?);
    let ready = starts(&full).await?;
    let (near, far) = (Asked::start(&small, few).await?, Asked::start(&full, resources.max(VISITS)).await?);
    let (mut times, mut baseline) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        baseline.push(near.searches(length).await?);
        times.push(far.searches(length).await?);
    }
    let (times, baseline) = (median(times), median(baseline));
    let work = format!("search patient and date, {resources} against {few}");
    Ok(vec![
        Row::times("P5", &work, times.p50_ms, baseline.p50_ms, 1.5),
        Row::plain("", "the same, p99", times.p99_ms, "ms", f64::NAN),
        Row::plain("P16", &format!("start until ready, {resources} resources"), ready, "ms", 300.0),
        Row::plain("P15", "resident memory after searching", far.gateway.resident_mb()?, "MB", 60.0),
    ])
}

async fn store_of(resources: u64) -> Result<Arc<Place>> {
    let place = Place::make(&Setup { database: None, tenants: 1, counterpart: None }).await?;
    let store = place.store().await?;
    Filling::of(0).fill(&store, 0..resources, visit).await?;
    store.close().await;
    Ok(place)
}

/// The middle one of several starts, in milliseconds.
async fn starts(place: &Arc<Place>) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(place.serve().await?.ready_after.as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[STARTS / 2])
}

/// A gateway that is asked.
struct Asked {
    gateway: Gateway,
    patients: u64,
}

impl Asked {
    /// Starts it and makes sure that a search finds its one appointment.
    async fn start(place: &Arc<Place>, resources: u64) -> Result<Self> {
        let asked = Self { gateway: place.serve().await?, patients: resources / VISITS };
        let authorization = format!("Bearer {}", asked.gateway.token(0).await?);
        let mut wire = Wire::connect(&asked.gateway.address).await?;
        let answer = wire.send(&request("GET", &query(0, 7), &headers(&authorization), b"")).await?;
        let found: Value = serde_json::from_slice(&answer.body)?;
        ensure!(found["total"] == 1, "a search found {} appointments, not one", found["total"]);
        Ok(asked)
    }

    async fn searches(&self, length: Duration) -> Result<Figures> {
        let authorization = format!("Bearer {}", self.gateway.token(0).await?);
        let patients = self.patients;
        // A step that is prime to the number of patients and far from 1: each time another corner of the index.
        let ask = move |n: u64| query(n.wrapping_mul(7919) % patients, n % VISITS);
        drive(&self.gateway.address, 1, length, move |n| {
            request("GET", &ask(n), &headers(&authorization), b"")
        })
        .await
    }
}

fn query(patient: u64, day: u64) -> String {
    format!("/fhir/Appointment?patient=Patient/p-{patient}&date={}", date(day))
}

fn date(day: u64) -> String {
    format!("2026-09-{:02}", day + 1)
}

fn visit(n: u64) -> String {
    let (patient, day) = (n / VISITS, date(n % VISITS));
    json!({
        "resourceType": "Appointment", "id": format!("s-{n}"), "status": "booked",
        "start": format!("{day}T09:10:00+02:00"), "end": format!("{day}T09:20:00+02:00"),
        "comment": "Neem uw medicatielijst mee.",
        "participant": [
            {"actor": {"reference": format!("Patient/p-{patient}"), "display": "T. Testpersoon"}, "status": "accepted"},
            {"actor": {"reference": "PractitionerRole/pr-12", "display": "Mw. dr. A. Voorbeeld"}, "status": "accepted"},
        ],
    })
    .to_string()
}
