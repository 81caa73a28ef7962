//! P10: delivery throughput over 50 links to a counterpart that takes 20 ms, against the smaller of the write limit and
//! a bare client to the same counterpart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use gateway_store::Store;
use serde_json::{Value, json};
use standin_spreekuur::{Client, Settings, Spreekuur};

use super::{appointment, headers};
use crate::drive::{Figures, drive};
use crate::gateway::{Counterparts, Gateway, Setup, agb};
use crate::report::Row;
use crate::wire::{Wire, request};

const LINKS: usize = 50;
/// As many requests at once as the gateway may have: links times the concurrency of one.
const BARE_CLIENTS: usize = LINKS * 8;

pub(crate) async fn run(length: Duration) -> Result<Vec<Row>> {
    let agbs: Vec<String> = (0..LINKS).map(agb).collect();
    let standin = Spreekuur::start(settings(&agbs)).await.context("starting the stand-in")?;
    let control = standin.addr().to_string();
    let delay = json!({"rules": [{"method": "PUT", "path": "/Appointment/*", "times": -1, "do": "delay", "delay_ms": 20}]});
    let mut wire = Wire::connect(&control).await?;
    let headers = [("Content-Type", "application/json")];
    wire.send(&request("POST", "/_sim/faults", &headers, delay.to_string().as_bytes())).await?;

    let bare = bare(&control, length).await?;
    let counterpart = Some(Counterparts(vec![(standin.base_url(), standin.token_url())]));
    let gateway = Gateway::start(&Setup { database: None, tenants: LINKS, counterpart }).await?;
    let store = gateway.store().await?;
    let begin = Instant::now();
    let (accepted, count) = writes(&gateway, LINKS, length).await?;
    drained(&store, begin).await?;
    #[expect(clippy::cast_precision_loss, reason = "a count of deliveries is far below 2^52")]
    let delivered = count as f64 / begin.elapsed().as_secs_f64();
    let baseline = bare.per_second.min(accepted.per_second);
    Ok(vec![
        Row::ratio("P10", "delivery, 50 links, 20 ms counterpart", delivered, baseline, 0.5),
        Row::plain("", "bare client to the counterpart", bare.per_second, "1/s", f64::NAN),
        Row::plain("", "writes accepted meanwhile", accepted.per_second, "1/s", f64::NAN),
    ])
}

/// The counterpart's limit: PUTs straight to the stand-in.
async fn bare(control: &str, length: Duration) -> Result<Figures> {
    let form = "grant_type=client_credentials&client_id=zorgtolk&client_secret=zorgtolk-secret";
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let path = "/auth/realms/Spreekuur/protocol/openid-connect/token";
    let answer =
        Wire::connect(control).await?.send(&request("POST", path, &headers, form.as_bytes())).await?;
    let body: Value = serde_json::from_slice(&answer.body)?;
    let authorization = format!("Bearer {}", body["access_token"].as_str().context("no token")?);
    let organization = format!("http://fhir.nl/fhir/NamingSystem/agb-z|{}", agb(0));
    drive(control, BARE_CLIENTS, length, move |n| {
        let id = format!("bare-{n}");
        let headers = [
            ("Authorization", authorization.as_str()),
            ("X-Organization-Identifier", organization.as_str()),
            ("Content-Type", "application/fhir+json"),
        ];
        request("PUT", &format!("/fhir/r4/Appointment/{id}"), &headers, at_spreekuur(&id).as_bytes())
    })
    .await
}

/// Writes round robin over all tenants; the figures and how many were accepted.
pub(super) async fn writes(gateway: &Gateway, tenants: usize, length: Duration) -> Result<(Figures, u64)> {
    let tokens = authorizations(gateway, tenants).await?;
    let count = Arc::new(AtomicU64::new(0));
    let counter = count.clone();
    let make = move |n| {
        counter.fetch_add(1, Ordering::Relaxed);
        write_to(&tokens, "d", n)
    };
    let figures = drive(&gateway.address, 64, length, make).await?;
    Ok((figures, count.load(Ordering::Relaxed)))
}

/// What each tenant's client says who it is with.
pub(super) async fn authorizations(gateway: &Gateway, tenants: usize) -> Result<Vec<String>> {
    let mut authorizations = Vec::new();
    for n in 0..tenants {
        authorizations.push(format!("Bearer {}", gateway.token(n).await?));
    }
    Ok(authorizations)
}

/// The `n`th write of a series, to the tenant whose turn it is.
pub(super) fn write_to(authorizations: &[String], series: &str, n: u64) -> Vec<u8> {
    let id = format!("{series}-{n}");
    let tenant = usize::try_from(n).unwrap_or(0) % authorizations.len();
    let path = format!("/fhir/Appointment/{id}");
    request("PUT", &path, &headers(&authorizations[tenant]), appointment(&id, n).as_bytes())
}

/// Waits until nothing waits to be delivered.
pub(super) async fn drained(store: &Store, begin: Instant) -> Result<()> {
    while due(store).await? > 0 {
        ensure!(begin.elapsed() < Duration::from_mins(5), "deliveries are stuck");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// How many deliveries wait.
async fn due(store: &Store) -> Result<u64> {
    Ok(store.link_states().await?.iter().map(|link| link.due).sum())
}

/// A stand-in that knows all organisations and lists only the newest of what it has.
fn settings(agbs: &[String]) -> Settings {
    let agbs: Vec<&str> = agbs.iter().map(String::as_str).collect();
    let clients = vec![Client::new("zorgtolk", "zorgtolk-secret", &agbs)];
    Settings { clients, keep: Some(10), ..Settings::default() }
}

fn at_spreekuur(id: &str) -> String {
    json!({
        "resourceType": "Appointment", "id": id, "status": "booked",
        "start": "2026-09-14T09:10:00+02:00", "end": "2026-09-14T09:20:00+02:00",
        "serviceCategory": [{"coding": [{"system": "https://zorgtolk.example/a", "code": "C", "display": "Consult"}]}],
        "participant": [{"status": "accepted", "actor": {
            "reference": "Patient/1", "display": "T. Testpersoon",
            "identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019"}}}],
    })
    .to_string()
}
