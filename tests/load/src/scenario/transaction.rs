//! What a transaction saves: 100 resources in one Bundle against the same 100 written one after the other, by one client that
//! waits for each answer. Single writes of one client share no commit, so the baseline is what a client without Bundles has.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

use super::{appointment, headers};
use crate::database::Database;
use crate::drive::{Figures, drive, median};
use crate::gateway::{Gateway, Setup};
use crate::report::Row;
use crate::wire::request;

/// Entries in a Bundle.
const ENTRIES: u32 = 100;

/// Times faster per entry, at least (docs/performance.md).
const FASTER: f64 = 20.0;

pub(crate) async fn run(length: Duration, postgres: Option<&str>) -> Result<Vec<Row>> {
    let mut rows = measured(length, None, "SQLite").await?;
    match postgres {
        Some(admin) => {
            let database = Database::make(admin, "transaction").await?;
            let measured = measured(length, Some(database.url.clone()), "PostgreSQL").await;
            database.drop().await?;
            rows.extend(measured?);
        }
        None => eprintln!("PostgreSQL is not measured: give --postgres URL"),
    }
    Ok(rows)
}

async fn measured(length: Duration, database: Option<String>, name: &str) -> Result<Vec<Row>> {
    let gateway = Gateway::start(&Setup { database, tenants: 1, counterpart: None }).await?;
    let (mut bundles, mut singles) = (Vec::new(), Vec::new());
    for round in 0..3 {
        singles.push(one_by_one(&gateway, length, round).await?);
        bundles.push(together(&gateway, length, round).await?);
    }
    let (bundles, singles) = (median(bundles), median(singles));
    let entries = bundles.per_second * f64::from(ENTRIES);
    let work = format!("resources in transactions of {ENTRIES}, {name}");
    Ok(vec![
        Row::ratio("", &work, entries, singles.per_second, FASTER),
        Row::plain("", "the same, one transaction, p99", bundles.p99_ms, "ms", f64::NAN),
    ])
}

async fn one_by_one(gateway: &Gateway, length: Duration, round: usize) -> Result<Figures> {
    let authorization = format!("Bearer {}", gateway.token(0).await?);
    let make = move |n: u64| {
        let id = format!("s{round}-{n}");
        request(
            "PUT",
            &format!("/fhir/Appointment/{id}"),
            &headers(&authorization),
            appointment(&id, n).as_bytes(),
        )
    };
    drive(&gateway.address, 1, length, make).await
}

async fn together(gateway: &Gateway, length: Duration, round: usize) -> Result<Figures> {
    let authorization = format!("Bearer {}", gateway.token(0).await?);
    let make = move |n: u64| {
        let body = bundle(&format!("b{round}-{n}"), n);
        request("POST", "/fhir", &headers(&authorization), body.as_bytes())
    };
    drive(&gateway.address, 1, length, make).await
}

fn bundle(id: &str, n: u64) -> String {
    let mut text = r#"{"resourceType":"Bundle","type":"transaction","entry":["#.to_owned();
    for entry in 0..ENTRIES {
        let id = format!("{id}-{entry}");
        let comma = if entry == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"resource":{},"request":{{"method":"PUT","url":"Appointment/{id}"}}}}"#,
            appointment(&id, n)
        )
        .expect("writing to a String cannot fail");
    }
    text.push_str("]}");
    text
}
