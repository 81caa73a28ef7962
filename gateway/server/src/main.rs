//! The `zorgtolk` command: wiring, configuration, telemetry and the demo. It decides nothing that another crate could
//! decide; it opens the store, makes the engine and the links, hands them to the doors and stops them in order.
//!
//! Exit codes: 0 done, 1 the thing asked about is not in order, 2 wrong usage or configuration.

mod cli;
mod commands;
mod config;
mod connections;
mod demo;
mod doors;
mod house;
mod links;
mod periodic;
mod reindex;
mod reload;
mod shelves;
mod stop;
mod subscriptions;
mod telemetry;
mod terminal;

use std::process::ExitCode;

use terminal::{Verdict, exit_code, one_line};

fn main() -> ExitCode {
    let cli = match cli::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(Verdict::InOrder) => ExitCode::SUCCESS,
        Ok(Verdict::NotInOrder) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", one_line(&error));
            exit_code(&error)
        }
    }
}
