//! `zorgtolk map check`: compiling is the check; a hole, a type that does not fit, a slice that is none are faults. What
//! compiles is told with what it carries and what it loses.

use std::path::PathBuf;

use clap::Args;
use mappings::{Report, Table};

use super::package;
use crate::terminal::{Verdict, say};

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A folder with a folder per counterpart; without it, the tables in this program
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Checks.
///
/// # Errors
/// When there is no such folder.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let Some(package) = package(arguments.folder.as_deref())? else { return Ok(Verdict::NotInOrder) };
    for table in package.tables() {
        tell(table);
    }
    say(&format!(
        "{} tables, {} code maps: in order",
        package.tables().count(),
        package.concept_maps().count()
    ));
    Ok(Verdict::InOrder)
}

fn tell(table: &Table) {
    let report = Report::of(table);
    say(&format!("{}: {}", report.table, report.coverage));
    for lost in &report.lost {
        let name = lost.wire.as_deref().or(lost.fhir.as_deref()).unwrap_or_default();
        say(&format!("  {name} is lost: {}", lost.reason));
    }
}
