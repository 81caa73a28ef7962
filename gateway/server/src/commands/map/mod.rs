//! `zorgtolk map`: mapping tables checked, tried and documented, without a gateway.

mod check;
mod report;
mod run;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use fhir_profiles::Profiles;
use mappings::{MapIssue, Package};

use crate::terminal::{Usage, Verdict, say};

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check mapping tables: does every field and element have its place? Prints what each table carries and loses
    Check(check::Arguments),
    /// Try a table: one record to FHIR, or one resource back to the wire
    Run(run::Arguments),
    /// Document the tables
    Report(report::Arguments),
}

/// Does it.
///
/// # Errors
/// When a file or argument is none.
pub(crate) fn run(command: &Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Check(arguments) => check::run(arguments),
        Command::Run(arguments) => run::run(arguments),
        Command::Report(arguments) => report::run(arguments),
    }
}

/// Which package.
#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// A folder with a folder per counterpart, instead of the tables in this program
    #[arg(long = "dir", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Folder {
    /// The package, or its faults on standard output.
    fn package(&self) -> anyhow::Result<Option<Package>> {
        package(self.folder.as_deref())
    }
}

/// The package of `folder`, or the embedded one. What is wrong with it is printed, a line per fault.
fn package(folder: Option<&Path>) -> anyhow::Result<Option<Package>> {
    let profiles = Profiles::embedded();
    let read = match folder {
        Some(folder) if !folder.is_dir() => {
            return Err(Usage(format!("there is no folder {}", folder.display())).into());
        }
        Some(folder) => Package::read(folder, &profiles),
        None => Package::embedded(&profiles),
    };
    Ok(read.map_err(|faults| faults.iter().map(MapIssue::to_string).for_each(|fault| say(&fault))).ok())
}
