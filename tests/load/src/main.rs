//! `cargo run --release -p load -- SCENARIO [--json]`: drives a gateway and measures it against a baseline of the same run on
//! the same machine (`docs/performance.md`). Quote ratios, not absolute figures.

mod baseline;
mod database;
mod drive;
mod fill;
mod gateway;
mod report;
mod scenario;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::scenario::write::Server;

/// P5, P15 and P16 speak of so many.
const FULL: u64 = 1_000_000;
/// P12: what 50 links have waiting when the clock starts, some seconds' worth.
const WAITING: u64 = 10_000;

/// A look at a practice speaks of so many.
const AGENDA: u64 = 10_000;

#[derive(Parser)]
#[command(about = "Measures the gateway against a baseline of the same run")]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
    /// Prints JSON only.
    #[arg(long, global = true)]
    json: bool,
    /// How long each round of a measurement takes.
    #[arg(long, global = true, default_value_t = 5.0)]
    seconds: f64,
    /// How much the store holds, or the queue: as many as the row says when absent.
    #[arg(long, global = true)]
    resources: Option<u64>,
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
    /// Searching a full store, and starting on it.
    Search,
    /// Reading and searching a full store against one with a hundredth of it.
    Scale,
    /// How long a change takes to the counterpart at a quarter of the load.
    Latency,
    /// What a dead and a slow counterpart cost the others.
    Isolation,
    /// Memory with many deliveries waiting.
    Backlog,
    /// A GP system's agenda taken in.
    Translate,
    /// Transactions of 100 resources against single writes.
    Transaction,
    /// Two gateways on one PostgreSQL.
    Nodes,
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
    let length = Duration::try_from_secs_f64(arguments.seconds)?;
    let rows = match arguments.scenario {
        Scenario::Read => scenario::read::run(length).await?,
        Scenario::Write => {
            let server = arguments.postgres.map(|url| Server { programs: arguments.postgres_programs, url });
            scenario::write::run(length, server.as_ref()).await?
        }
        Scenario::Deliver => scenario::deliver::run(length).await?,
        Scenario::Search => scenario::search::run(length, arguments.resources.unwrap_or(FULL)).await?,
        Scenario::Scale => {
            let resources = arguments.resources.unwrap_or(FULL);
            scenario::scale::run(length, resources, arguments.postgres.as_deref()).await?
        }
        Scenario::Latency => scenario::latency::run(length).await?,
        Scenario::Isolation => scenario::isolation::run(arguments.resources.unwrap_or(WAITING)).await?,
        Scenario::Backlog => scenario::backlog::run(length, arguments.resources.unwrap_or(FULL)).await?,
        Scenario::Translate => scenario::translate::run(arguments.resources.unwrap_or(AGENDA)).await?,
        Scenario::Transaction => scenario::transaction::run(length, arguments.postgres.as_deref()).await?,
        Scenario::Nodes => scenario::nodes::run(length, arguments.postgres.as_deref()).await?,
        Scenario::Bare { address, body } => {
            return baseline::serve_bare(&address, std::fs::read(body)?).await;
        }
    };
    report::print(&rows, arguments.json)
}
