//! P2, P3: durable writes over HTTP at 64 clients, on SQLite against one INSERT per commit, on PostgreSQL against
//! `pgbench` inserts at 64 clients.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{appointment, headers};
use crate::baseline;
use crate::drive::{Figures, drive, median};
use crate::gateway::{Gateway, Setup};
use crate::report::Row;
use crate::wire::request;

/// A PostgreSQL to measure on: where its programs are and an address with the right to make databases.
pub(crate) struct Server {
    pub(crate) programs: PathBuf,
    pub(crate) url: String,
}

pub(crate) async fn run(length: Duration, server: Option<&Server>) -> Result<Vec<Row>> {
    let mut rows = sqlite(length).await?;
    match server {
        Some(server) => rows.extend(postgres(length, server).await?),
        None => eprintln!("PostgreSQL is not measured: give --postgres URL"),
    }
    Ok(rows)
}

async fn sqlite(length: Duration) -> Result<Vec<Row>> {
    let gateway = Gateway::start(&Setup { database: None, tenants: 1, counterpart: None }).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..3 {
        ours.push(writes(&gateway, length, round).await?);
        theirs.push(baseline::sqlite_commits(&appointment("baseline", 1), length).await?);
    }
    theirs.sort_by(f64::total_cmp);
    let figures = median(ours);
    Ok(vec![
        Row::ratio("P3", "durable write, SQLite, 64 clients", figures.per_second, theirs[1], 5.0),
        Row::plain("", "durable write, SQLite, p99", figures.p99_ms, "ms", f64::NAN),
        Row::plain("P15", "resident memory at write load, SQLite", gateway.resident_mb()?, "MB", 200.0),
    ])
}

async fn postgres(length: Duration, server: &Server) -> Result<Vec<Row>> {
    let (admin, database) = (server.url.as_str(), format!("load_{}", std::process::id()));
    psql(server, admin, &format!("CREATE DATABASE {database}"))?;
    let base = admin.rsplit_once('/').context("an address without a database")?.0;
    let url = format!("{base}/{database}");
    psql(server, &url, "CREATE TABLE baseline (id bigserial PRIMARY KEY, content text)")?;
    let gateway =
        Gateway::start(&Setup { database: Some(url.clone()), tenants: 1, counterpart: None }).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..3 {
        ours.push(writes(&gateway, length, round).await?);
        theirs.push(baseline::pgbench(&server.programs, &url, &appointment("baseline", 1), length)?);
    }
    theirs.sort_by(f64::total_cmp);
    let figures = median(ours);
    let memory = gateway.resident_mb()?;
    drop(gateway);
    psql(server, admin, &format!("DROP DATABASE {database} WITH (FORCE)"))?;
    Ok(vec![
        Row::ratio("P2", "durable write, PostgreSQL, 64 clients", figures.per_second, theirs[1], 0.45),
        Row::plain("", "durable write, PostgreSQL, p99", figures.p99_ms, "ms", f64::NAN),
        Row::plain("P15", "resident memory at write load, PostgreSQL", memory, "MB", 200.0),
    ])
}

async fn writes(gateway: &Gateway, length: Duration, round: usize) -> Result<Figures> {
    let authorization = format!("Bearer {}", gateway.token(0).await?);
    let make = move |n: u64| {
        let id = format!("w{round}-{n}");
        let path = format!("/fhir/Appointment/{id}");
        request("PUT", &path, &headers(&authorization), appointment(&id, n).as_bytes())
    };
    drive(&gateway.address, 64, length, make).await
}

fn psql(server: &Server, url: &str, statement: &str) -> Result<()> {
    let status = std::process::Command::new(server.programs.join("psql"))
        .args(["-q", "-v", "ON_ERROR_STOP=1", "-c", statement, url])
        .status()
        .context("starting psql")?;
    anyhow::ensure!(status.success(), "psql: {statement}");
    Ok(())
}
