//! One file per command. A command reads its arguments, wires what it needs, asks, and prints.

pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod deliveries;
pub(crate) mod demo;
pub(crate) mod links;
pub(crate) mod map;
pub(crate) mod migrate;
pub(crate) mod polls;
pub(crate) mod reindex;
pub(crate) mod serve;
pub(crate) mod standin;
pub(crate) mod tenant;
pub(crate) mod validate;

use crate::cli::{Cli, Command};
use crate::terminal::Verdict;

/// Does what was asked.
///
/// # Errors
/// Why it could not be done; `terminal::exit_code` says what that means outside.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<Verdict> {
    match cli.command {
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::Serve(arguments) => serve::run(&arguments).await,
        Command::Check(arguments) => check::run(&arguments).await,
        Command::Migrate(file) => migrate::run(&file).await,
        Command::Standin(arguments) => standin::run(&arguments).await,
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Map(command) => map::run(&command),
        Command::Tenant(command) => tenant::run(command).await,
        Command::Client(command) => client::run(command).await,
        Command::Deliveries(command) => deliveries::run(command).await,
        Command::Links(command) => links::run(command).await,
        Command::Polls(command) => polls::run(command).await,
        Command::Reindex(command) => reindex::run(command).await,
    }
}
