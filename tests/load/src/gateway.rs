//! A gateway of the release build, started for one measurement in a folder of its own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use gateway_store::{Client, ClientAuth, Options, Store, Tenant};
use secrecy::SecretSlice;
use tempfile::TempDir;

use crate::wire::{Wire, request};

const MASTER_KEY: [u8; 32] = [7; 32];
const SECRET: &str = "load-secret";

/// How to set it up.
pub(crate) struct Setup {
    /// `sqlite`, or a `postgres://` address of an empty database.
    pub(crate) database: Option<String>,
    /// How many tenants, each with a link of its own when `counterpart` is given.
    pub(crate) tenants: usize,
    /// Base and token address of the stand-in that links go to.
    pub(crate) counterpart: Option<(String, String)>,
}

/// A running gateway.
pub(crate) struct Gateway {
    /// `127.0.0.1:port`
    pub(crate) address: String,
    /// From the start of the process until it said it was ready.
    pub(crate) ready_after: Duration,
    database: String,
    child: Child,
    folder: TempDir,
}

impl Gateway {
    pub(crate) async fn start(setup: &Setup) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("zorgtolk-load-").tempdir()?;
        let url = setup
            .database
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}", folder.path().join("load.db").display()));
        fill(&url, setup).await?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let config = folder.path().join("zorgtolk.toml");
        std::fs::write(&config, configuration(&address, &url, setup))?;
        let begin = Instant::now();
        let child = Command::new(program()?)
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log"))?)
            .spawn()
            .context("starting zorgtolk")?;
        let mut gateway = Self { address, ready_after: Duration::ZERO, database: url, child, folder };
        gateway.wait_until_ready(begin).await?;
        Ok(gateway)
    }

    async fn wait_until_ready(&mut self, begin: Instant) -> Result<()> {
        let ask = request("GET", "/readyz", &[], b"");
        loop {
            if let Ok(mut wire) = Wire::connect(&self.address).await
                && wire.send(&ask).await.is_ok_and(|answer| answer.status == 200)
            {
                self.ready_after = begin.elapsed();
                return Ok(());
            }
            ensure!(begin.elapsed() < Duration::from_mins(1), "the gateway is not ready: {}", self.log());
            ensure!(self.child.try_wait()?.is_none(), "the gateway ended: {}", self.log());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A token for tenant `n`.
    pub(crate) async fn token(&self, n: usize) -> Result<String> {
        let form = format!("grant_type=client_credentials&client_id=load-{n}&client_secret={SECRET}");
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let mut wire = Wire::connect(&self.address).await?;
        let answer = wire.send(&request("POST", "/oauth/token", &headers, form.as_bytes())).await?;
        let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
        body["access_token"].as_str().map(str::to_owned).context("no token was given")
    }

    /// The gateway's own store, to look into it from outside.
    pub(crate) async fn store(&self) -> Result<Store> {
        Ok(Store::open(&options(&self.database)).await?)
    }

    /// Resident memory in MB.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("the gateway was not stopped: {error}");
        }
    }
}

/// The AGB code of tenant `n`.
pub(crate) fn agb(n: usize) -> String {
    format!("{:08}", 20_000_001 + n)
}

async fn fill(url: &str, setup: &Setup) -> Result<()> {
    let store = Store::open(&options(url)).await?;
    store.migrate().await?;
    for n in 0..setup.tenants {
        let agb: gateway_core::Agb = agb(n).parse()?;
        let id = format!("t{n}").parse()?;
        store.put_tenant(&Tenant { id, agb: agb.clone(), name: format!("Praktijk {n}"), host: None }).await?;
        let client = Client {
            id: format!("load-{n}"),
            auth: ClientAuth::SecretHash(store.keyed_hash("client-secret", SECRET)),
            scope: "system/*.cruds".to_owned(),
            agbs: vec![agb],
            revoked: None,
        };
        store.put_client(&client).await?;
    }
    store.close().await;
    Ok(())
}

fn options(url: &str) -> Options {
    let master_key = SecretSlice::from(MASTER_KEY.to_vec());
    Options { url: url.to_owned(), master_key, connections: 4 }
}

fn configuration(address: &str, url: &str, setup: &Setup) -> String {
    let key = "07".repeat(MASTER_KEY.len());
    let mut text = format!(
        "[server]\nlisten = \"{address}\"\n[database]\nurl = \"{url}\"\nconnections = 16\n[security]\n\
         master_key = \"{key}\"\ntoken_lifetime_seconds = 300\nrate_per_second = 1000000\nrate_burst = 1000000\n\
         [log]\nfilter = \"warn\"\n"
    );
    if let Some((base, token)) = &setup.counterpart {
        text.extend((0..setup.tenants).map(|n| link(n, base, token)));
    }
    text
}

fn link(n: usize, base: &str, token: &str) -> String {
    let agb = agb(n);
    format!(
        "[[link]]\nname = \"link-{n}\"\nkind = \"spreekuur\"\ntenant = \"t{n}\"\nagb = \"{agb}\"\n\
         base_url = \"{base}\"\ntoken_url = \"{token}\"\nclient_id = \"zorgtolk\"\n\
         client_secret = \"zorgtolk-secret\"\n"
    )
}

/// The program to measure: the one named by `ZORGTOLK_PROGRAM`, or the release build, made fresh.
fn program() -> Result<PathBuf> {
    if let Some(program) = std::env::var_os("ZORGTOLK_PROGRAM") {
        return Ok(program.into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status =
        Command::new(cargo).args(["build", "--release", "--quiet", "--package", "gateway"]).status()?;
    ensure!(status.success(), "zorgtolk does not build");
    let own = std::env::current_exe()?;
    Ok(own.parent().context("no folder")?.join("zorgtolk"))
}
