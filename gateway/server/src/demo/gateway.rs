//! The demo's gateway: `zorgtolk serve` as a process of its own, started, killed and stopped by its own handle.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::process::{Child, ChildStdin, Command};

use super::place::Place;

/// How long a start may take before something is wrong: a limit for hanging, never a measure.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);
/// How many links are looked at.
const LOOKED_AT: usize = 2;

/// The process.
pub(crate) struct Gateway {
    child: Child,
    /// It stops when this closes. Kept apart from `child`, whose `wait` would close it.
    input: Option<ChildStdin>,
    config: PathBuf,
    log: PathBuf,
    ready_url: String,
}

impl Gateway {
    /// Starts it and waits until it is ready.
    pub(super) async fn start(place: &Place, listen: SocketAddr) -> anyhow::Result<Self> {
        let (config, log) = (place.config(), place.log());
        let mut child = spawn(&config, &log)?;
        let input = child.stdin.take();
        let mut gateway = Self { child, input, config, log, ready_url: format!("http://{listen}/readyz") };
        gateway.until_ready().await?;
        Ok(gateway)
    }

    /// SIGKILL: nothing of the process can react.
    pub(crate) async fn kill_hard(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("killing the gateway")
    }

    /// Starts it again after a kill.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<()> {
        self.child = spawn(&self.config, &self.log)?;
        self.input = self.child.stdin.take();
        self.until_ready().await
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the gateway ended with {status}: {}", self.last_words());
            }
            let answer = http.get(&self.ready_url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            ensure!(begin.elapsed() < PATIENCE, "the gateway is not ready: {}", self.last_words());
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().next_back().unwrap_or("it said nothing").to_owned()
    }

    /// Waits until the process ends by itself.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<std::process::ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Closes its standard input, at which it stops in order, and waits for that.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.input.take());
        let status = self.child.wait().await?;
        ensure!(status.success(), "the gateway ended with {status}: {}", self.last_words());
        Ok(())
    }

    /// What `zorgtolk deliveries list` says, with `filter`.
    pub(crate) async fn deliveries(&self, filter: &[&str]) -> anyhow::Result<Vec<Value>> {
        self.say(&[&["deliveries", "list", "--json", "--limit", "1000"], filter].concat()).await
    }

    /// What `zorgtolk polls list` says.
    pub(crate) async fn polls(&self) -> anyhow::Result<Vec<Value>> {
        self.say(&["polls", "list", "--json"]).await
    }

    async fn say(&self, arguments: &[&str]) -> anyhow::Result<Vec<Value>> {
        let mut command = Command::new(std::env::current_exe()?);
        let output = command.args(arguments).arg("--config").arg(&self.config).output().await?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Waits until the links that are looked at have been, and what that brought is on its way no more. A look that fails
    /// is not waited for.
    pub(super) async fn settled(&self) -> anyhow::Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let looked = self.polls().await?.iter().filter(|poll| poll["outcome"].is_string()).count();
            if looked >= LOOKED_AT && self.deliveries(&["--state", "due"]).await?.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

fn spawn(config: &Path, log: &Path) -> anyhow::Result<Child> {
    let out = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    Command::new(std::env::current_exe()?)
        .args(["serve", "--stop-at-end-of-input", "--config"])
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(out)
        .kill_on_drop(true)
        .spawn()
        .context("starting the gateway")
}
