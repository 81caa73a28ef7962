//! What the gateway is compared with, measured in the same run on the same machine (`design.md` section 10).

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::wire::{Wire, request};

/// A process of its own with one axum handler that answers the same bytes every time.
pub(crate) struct Bare {
    pub(crate) address: String,
    child: Child,
}

impl Bare {
    pub(crate) async fn start(body: &[u8]) -> Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), body)?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(std::env::current_exe()?)
            .args(["bare", &address])
            .arg(file.path())
            .stdout(Stdio::null())
            .spawn()
            .context("starting the baseline")?;
        let bare = Self { address, child };
        let begin = Instant::now();
        let ask = request("GET", "/", &[], b"");
        loop {
            if let Ok(mut wire) = Wire::connect(&bare.address).await
                && wire.send(&ask).await.is_ok()
            {
                return Ok(bare);
            }
            ensure!(begin.elapsed() < Duration::from_secs(10), "the baseline does not answer");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("the baseline was not stopped: {error}");
        }
    }
}

/// What `load bare` runs.
pub(crate) async fn serve_bare(address: &str, body: Vec<u8>) -> Result<()> {
    let body = axum::body::Bytes::from(body);
    let handler = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "application/fhir+json")], body) }
    };
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, Router::new().fallback(get(handler))).await?;
    Ok(())
}

/// One INSERT per commit, WAL, `synchronous=FULL`, one writer: commits per second.
pub(crate) async fn sqlite_commits(body: &str, length: Duration) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.path().join("baseline.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await?;
    sqlx::query("CREATE TABLE resource (id INTEGER PRIMARY KEY, content TEXT)")
        .execute(&mut connection)
        .await?;
    let begin = Instant::now();
    let mut count = 0_u32;
    while begin.elapsed() < length {
        sqlx::query("INSERT INTO resource (content) VALUES ($1)").bind(body).execute(&mut connection).await?;
        count += 1;
    }
    let rate = f64::from(count) / begin.elapsed().as_secs_f64();
    connection.close().await?;
    Ok(rate)
}

/// `pgbench` with one-statement inserts at 64 clients: commits per second.
pub(crate) fn pgbench(programs: &std::path::Path, url: &str, body: &str, length: Duration) -> Result<f64> {
    let script = tempfile::NamedTempFile::new()?;
    let quoted = body.replace('\'', "''").replace('\n', " ").replace(':', "\\:");
    std::fs::write(script.path(), format!("INSERT INTO baseline (content) VALUES ('{quoted}');\n"))?;
    let output = Command::new(programs.join("pgbench"))
        .args([
            "-n",
            "-c",
            "64",
            "-j",
            "2",
            "-M",
            "prepared",
            "-T",
            &length.as_secs().max(1).to_string(),
            "-f",
        ])
        .arg(script.path())
        .arg(url)
        .output()
        .context("starting pgbench")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find_map(|l| l.strip_prefix("tps = "))
        .with_context(|| format!("pgbench printed no rate: {}", String::from_utf8_lossy(&output.stderr)))?;
    line.split(' ').next().unwrap_or_default().parse().context("pgbench's rate is no number")
}
