//! `cargo xtask test`: every test of the workspace, with a throw-away PostgreSQL when one is installed.
//!
//! Without PostgreSQL the suites that need it are skipped and named at the end, unless `ZORGTOLK_TEST_REQUIRE` lists
//! `postgres`: then its absence is a failure. The same goes for what is installed in `tests/clients`, and `clients`. The last
//! line is the sum over all test binaries.

mod postgres;
mod suite;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::postgres::Postgres;
use crate::suite::Tally;

/// The variable through which tests learn of a PostgreSQL they may make databases on.
const SERVER: &str = "ZORGTOLK_TEST_POSTGRES";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some("test") {
        eprintln!("usage: cargo xtask test [ARGUMENTS FOR cargo test]");
        return ExitCode::from(2);
    }
    match test(&arguments.collect::<Vec<_>>()) {
        Ok(tally) if tally.failed == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn test(arguments: &[String]) -> Result<Tally> {
    let required = std::env::var("ZORGTOLK_TEST_REQUIRE").unwrap_or_default();
    let given = std::env::var(SERVER).ok();
    let own = if given.is_none() { Postgres::start().context("starting PostgreSQL")? } else { None };
    let url = given.or_else(|| own.as_ref().map(Postgres::url));
    if url.is_none() && required.contains("postgres") {
        bail!("ZORGTOLK_TEST_REQUIRE wants PostgreSQL and none is installed");
    }

    let tally = suite::run(arguments, url.as_deref().map(|url| (SERVER, url)))?;

    println!();
    if url.is_none() {
        println!("skipped: everything on PostgreSQL (none is installed; SQLite was used)");
    }
    if !Path::new("tests/clients/node_modules").exists() {
        println!("skipped: the clients of others (tests/clients/README.md says how they are installed)");
    }
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.ignored);
    Ok(tally)
}
