//! P18: durable writes through two gateways on one PostgreSQL against one of them.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{appointment, headers};
use crate::database::Database;
use crate::drive::{Figures, drive};
use crate::gateway::{Gateway, Place, Setup};
use crate::report::Row;
use crate::wire::request;

/// Clients of each node: what one node is saturated by.
const CLIENTS: usize = 64;
const ROUNDS: usize = 3;

pub(crate) async fn run(length: Duration, admin: Option<&str>) -> Result<Vec<Row>> {
    let admin = admin.context("two nodes need a PostgreSQL: give --postgres URL")?;
    let database = Database::make(admin, "nodes").await?;
    let rates = measure(&database.url, length).await;
    database.drop().await?;
    let (one, two) = rates?;
    Ok(vec![Row::ratio("P18", "durable write, two nodes on one PostgreSQL", two, one, 1.7)])
}

/// Writes a second through one node, and through two.
async fn measure(url: &str, length: Duration) -> Result<(f64, f64)> {
    let setup = Setup { database: Some(url.to_owned()), tenants: 1, counterpart: None };
    let place = Place::make(&setup).await?;
    let (first, second) = (place.serve().await?, place.serve().await?);
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        one.push(writes(&first, &format!("one{round}"), length).await?.per_second);
        let (left, right) = (format!("left{round}"), format!("right{round}"));
        let both = tokio::try_join!(writes(&first, &left, length), writes(&second, &right, length))?;
        two.push(both.0.per_second + both.1.per_second);
    }
    one.sort_by(f64::total_cmp);
    two.sort_by(f64::total_cmp);
    Ok((one[ROUNDS / 2], two[ROUNDS / 2]))
}

async fn writes(gateway: &Gateway, series: &str, length: Duration) -> Result<Figures> {
    let authorization = format!("Bearer {}", gateway.token(0).await?);
    let series = series.to_owned();
    let make = move |n: u64| {
        let id = format!("{series}-{n}");
        let path = format!("/fhir/Appointment/{id}");
        request("PUT", &path, &headers(&authorization), appointment(&id, n).as_bytes())
    };
    drive(&gateway.address, CLIENTS, length, make).await
}
