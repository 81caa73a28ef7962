//! `cargo run --release -p load -- read|write|deliver [--json]`: drives a gateway and measures it against a baseline
//! of the same run on the same machine (`docs/performance.md`). Quote ratios, not absolute figures.

mod baseline;
mod drive;
mod gateway;
mod report;
mod scenario;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::scenario::write::Server;

#[derive(Parser)]
#[command(about = "Measures the gateway against a baseline of the same run")]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
    /// Prints JSON only.
    #[arg(long, global = true)]
    json: bool,
    /// How long each round of a measurement takes.
    #[arg(long, global = true, default_value_t = 5)]
    seconds: u64,
    /// A PostgreSQL server to measure writes on, with the right to make databases.
    #[arg(long, global = true)]
    postgres: Option<String>,
    /// Where `psql` and `pgbench` are.
    #[arg(long, global = true, default_value = "/usr/lib/postgresql/15/bin")]
    postgres_programs: PathBuf,
}

#[derive(Subcommand)]
enum Scenario {
    /// Reading by id.
    Read,
    /// Durable writes.
    Write,
    /// Carrying changes to a counterpart.
    Deliver,
    /// The baseline of `read`; started by it.
    #[command(hide = true)]
    Bare {
        /// Where to listen.
        address: String,
        /// What to answer.
        body: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let length = Duration::from_secs(arguments.seconds);
    let rows = match arguments.scenario {
        Scenario::Read => scenario::read::run(length).await?,
        Scenario::Write => {
            let server = arguments.postgres.map(|url| Server { programs: arguments.postgres_programs, url });
            scenario::write::run(length, server.as_ref()).await?
        }
        Scenario::Deliver => scenario::deliver::run(length).await?,
        Scenario::Bare { address, body } => {
            return baseline::serve_bare(&address, std::fs::read(body)?).await;
        }
    };
    report::print(&rows, arguments.json)
}
