//! A throw-away PostgreSQL: its own folder, a free loopback port, gone when dropped.
//!
//! The server refuses to run as root, so root starts it as the user `postgres` that Debian's package makes.
//! `fsync` is off: what tests prove about durability they prove by killing the gateway, not the database.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// A running server.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Starts one; `None` when none is installed.
    pub(crate) fn start() -> Result<Option<Self>> {
        let Some(programs) = installed() else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("zorgtolk-pg-").tempdir().context("making a folder")?;
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).context("a port")?.port();
        let server = Self { programs, folder, port };
        let data = server.data();
        let data = data.display();
        server.program(
            "initdb",
            &format!("--pgdata={data} --username=postgres --auth=trust --encoding=UTF8"),
        )?;
        let options = format!(
            "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
             -c max_connections=400"
        );
        server.program("pg_ctl", &format!("--pgdata={data} --wait --log={data}/log -o '{options}' start"))?;
        Ok(Some(server))
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str, arguments: &str) -> Result<()> {
        let line = format!("{} {arguments} >/dev/null", self.programs.join(name).display());
        let mut command = if is_root() {
            let mut command = Command::new("su");
            command.args(["postgres", "-s", "/bin/sh", "-c"]);
            command
        } else {
            let mut command = Command::new("sh");
            command.arg("-c");
            command
        };
        run(command.arg(line).current_dir("/"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        if let Err(error) =
            self.program("pg_ctl", &format!("--pgdata={} --mode=immediate stop", data.display()))
        {
            eprintln!("PostgreSQL was not stopped: {error:#}");
        }
    }
}

/// The folder of the newest installed server programs: on the path, or where Debian puts them.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|folder| folder.join("initdb").exists());
    on_path.or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
        let newest = versions.filter_map(|entry| entry.ok().map(|e| e.path())).max_by_key(|p| version(p))?;
        Some(newest.join("bin")).filter(|bin| bin.join("initdb").exists())
    })
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
