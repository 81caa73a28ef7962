//! P11: from the acknowledgement of a write to the first byte at the counterpart, at a quarter of the load that the
//! gateway carries. Writer and counterpart are in this process, so one clock times both.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use axum::extract::State;
use axum::http::Uri;
use axum::response::Json;
use axum::routing::{post, put};
use axum::{Router, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::deliver::{authorizations, drained, write_to, writes};
use crate::drive::{pace, spread};
use crate::gateway::{Counterparts, Gateway, Setup};
use crate::report::Row;

const LINKS: usize = 50;
const CLIENTS: u32 = 16;

/// When each appointment first arrived, by its id.
type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

pub(crate) async fn run(length: Duration) -> Result<Vec<Row>> {
    let arrivals = Arrivals::default();
    let base = counterpart(arrivals.clone()).await?;
    let counterpart = Some(Counterparts(vec![(format!("{base}/fhir/r4"), format!("{base}/token"))]));
    let gateway = Gateway::start(&Setup { database: None, tenants: LINKS, counterpart }).await?;
    let store = gateway.store().await?;

    let begin = Instant::now();
    let (_, count) = writes(&gateway, LINKS, length).await?;
    drained(&store, begin).await?;
    #[expect(clippy::cast_precision_loss, reason = "a count of deliveries is far below 2^52")]
    let quarter = count as f64 / begin.elapsed().as_secs_f64() / 4.0;

    let tokens = authorizations(&gateway, LINKS).await?;
    let make = move |n| write_to(&tokens, "quarter", n);
    let acknowledged = pace(&gateway.address, CLIENTS, quarter, length, make).await?;
    drained(&store, Instant::now()).await?;

    let arrived = arrivals.lock().expect("no one panics while noting an arrival");
    let came = |n: u64| arrived.get(&format!("quarter-{n}"));
    // What arrives before its writer has read the answer took no time that anyone waits.
    let after = |(n, at): &(u64, Instant)| came(*n).map(|came| came.saturating_duration_since(*at));
    let mut times: Vec<Duration> = acknowledged.iter().filter_map(after).collect();
    ensure!(times.len() == acknowledged.len(), "{} of {} arrived", times.len(), acknowledged.len());
    let (p50, p99) = spread(&mut times);
    Ok(vec![
        Row::plain("P11", "acknowledged to first byte, p50", p50, "ms", 3.0),
        Row::plain("P11", "acknowledged to first byte, p99", p99, "ms", 20.0),
        Row::plain("", "at this quarter of the load", quarter, "1/s", f64::NAN),
    ])
}

/// A counterpart that takes everything at once and notes when.
async fn counterpart(arrivals: Arrivals) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let app = Router::new()
        .route("/fhir/r4/Appointment/{id}", put(arrived))
        .route("/token", post(token))
        .with_state(arrivals);
    tokio::spawn(async move { serve(listener, app).await });
    Ok(base)
}

/// The head has been read, the body not yet.
async fn arrived(State(arrivals): State<Arrivals>, uri: Uri) -> Json<Value> {
    let at = Instant::now();
    let id = uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    arrivals.lock().expect("no one panics while noting an arrival").entry(id).or_insert(at);
    Json(json!({}))
}

async fn token() -> Json<Value> {
    Json(json!({ "access_token": "load", "token_type": "Bearer", "expires_in": 3600 }))
}
