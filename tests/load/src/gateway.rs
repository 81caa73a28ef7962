//! Gateways of the release build, started for one measurement in a folder of its own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
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
    /// The counterparts that links go to.
    pub(crate) counterpart: Option<Counterparts>,
}

/// Base and token address of each counterpart: link `n` goes to the `n`th, or to the last where there are fewer.
pub(crate) struct Counterparts(pub(crate) Vec<(String, String)>);

impl Counterparts {
    fn of_link(&self, n: usize) -> Option<&(String, String)> {
        self.0.get(n).or(self.0.last())
    }
}

/// A database with tenants, clients and links, and a folder for what gateways on it need.
pub(crate) struct Place {
    folder: TempDir,
    database: String,
    links: String,
}

impl Place {
    pub(crate) async fn make(setup: &Setup) -> Result<Arc<Self>> {
        Self::with_links(setup, links(setup)).await
    }

    /// With links of another kind.
    pub(crate) async fn with_links(setup: &Setup, links: String) -> Result<Arc<Self>> {
        let folder = tempfile::Builder::new().prefix("zorgtolk-load-").tempdir()?;
        let database = setup
            .database
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}", folder.path().join("load.db").display()));
        furnish(&database, setup).await?;
        Ok(Arc::new(Self { folder, database, links }))
    }

    /// The store itself, to fill it or to look into it from outside.
    pub(crate) async fn store(&self) -> Result<Store> {
        Ok(Store::open(&options(&self.database)).await?)
    }

    /// Starts a gateway on it. There may be several at a time where the database takes them.
    pub(crate) async fn serve(self: &Arc<Self>) -> Result<Gateway> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let log = self.folder.path().join(format!("log-{port}"));
        let config = self.folder.path().join(format!("zorgtolk-{port}.toml"));
        std::fs::write(&config, configuration(&address, &self.database, &self.links))?;
        let program = program()?;
        let begin = Instant::now();
        let child = Command::new(program)
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log)?)
            .spawn()
            .context("starting zorgtolk")?;
        let mut gateway = Gateway { address, ready_after: Duration::ZERO, place: self.clone(), child, log };
        gateway.wait_until_ready(begin).await?;
        Ok(gateway)
    }
}

/// A running gateway.
pub(crate) struct Gateway {
    /// `127.0.0.1:port`
    pub(crate) address: String,
    /// From the start of the process until it said it was ready.
    pub(crate) ready_after: Duration,
    place: Arc<Place>,
    child: Child,
    log: PathBuf,
}

impl Gateway {
    /// Starts one in a place of its own.
    pub(crate) async fn start(setup: &Setup) -> Result<Self> {
        Place::make(setup).await?.serve().await
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
        std::fs::read_to_string(&self.log).unwrap_or_default()
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
        self.place.store().await
    }

    /// Resident memory in MB.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        self.memory_mb("VmRSS:")
    }

    /// The most resident memory there ever was, in MB.
    pub(crate) fn peak_mb(&self) -> Result<f64> {
        self.memory_mb("VmHWM:")
    }

    fn memory_mb(&self, name: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|l| l.strip_prefix(name)).context("no memory figure")?;
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

async fn furnish(url: &str, setup: &Setup) -> Result<()> {
    let store = Store::open(&options(url)).await?;
    store.migrate().await?;
    // What is filled in later has its index rows already: no gateway makes them anew while it is measured.
    let profiles = fhir_profiles::Profiles::embedded();
    store.begin_reindex(&profiles.search_fingerprint()).await?;
    store.reindex(&profiles, "load", time::OffsetDateTime::now_utc(), 1).await?;
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

fn configuration(address: &str, url: &str, links: &str) -> String {
    let key = "07".repeat(MASTER_KEY.len());
    format!(
        "[server]\nlisten = \"{address}\"\n[database]\nurl = \"{url}\"\nconnections = 16\n[security]\n\
         master_key = \"{key}\"\ntoken_lifetime_seconds = 300\nrate_per_second = 1000000\nrate_burst = 1000000\n\
         [log]\nfilter = \"warn\"\n{links}"
    )
}

fn links(setup: &Setup) -> String {
    let Some(counterparts) = &setup.counterpart else { return String::new() };
    let of = |n| counterparts.of_link(n).map(|(base, token)| link(n, base, token));
    (0..setup.tenants).filter_map(of).collect()
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
