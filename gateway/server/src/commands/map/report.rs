//! `zorgtolk map report`: the documentation of the tables, the same that stands in `docs/mappings/`.

use clap::{Args, ValueEnum};
use mappings::Report;

use super::Folder;
use crate::terminal::{Verdict, say, say_json};

/// How to tell it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Form::Markdown)]
    format: Form,
    #[command(flatten)]
    folder: Folder,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// A page per table, one after the other
    Markdown,
    /// A list
    Json,
}

/// Reports.
///
/// # Errors
/// When there is no such folder.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let Some(package) = arguments.folder.package()? else { return Ok(Verdict::NotInOrder) };
    let reports: Vec<Report> = package.tables().map(Report::of).collect();
    match arguments.format {
        Form::Json => say_json(&reports)?,
        Form::Markdown => say(reports.iter().map(Report::markdown).collect::<Vec<_>>().join("\n").trim_end()),
    }
    Ok(Verdict::InOrder)
}
