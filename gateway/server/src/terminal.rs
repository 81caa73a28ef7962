//! What a command tells its user: a verdict, an error on one line, a table, JSON.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::config::Findings;

/// How the thing asked about stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it should: exit code 0.
    InOrder,
    /// Not: exit code 1. What is wrong was printed.
    NotInOrder,
}

impl Verdict {
    /// `InOrder` when `fine`.
    pub(crate) fn of(fine: bool) -> Self {
        if fine { Self::InOrder } else { Self::NotInOrder }
    }
}

/// The command was given something it cannot work with: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// The error and its causes, on one line.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    chain(error.as_ref())
}

/// An error and its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(|cause| cause.to_string().replace('\n', " ")).collect();
    texts.join(": ")
}

/// 2 for wrong usage or configuration, 1 for everything else.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    let ours = error.chain().any(|cause| cause.is::<Usage>() || cause.is::<Findings>());
    ExitCode::from(if ours { 2 } else { 1 })
}

/// Prints a line. A reader that went away (`| head`) is no error of ours.
pub(crate) fn say(line: &str) {
    drop(writeln!(io::stdout().lock(), "{line}"));
}

/// Prints `value` as JSON.
///
/// # Errors
/// Never for values without maps of odd keys.
pub(crate) fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Lays out rows under their heads, a blank column between them.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String]| {
        let cells: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let lines: Vec<String> = std::iter::once(&heads).chain(rows).map(|row| line(row)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_with_its_causes() {
        let error = anyhow::anyhow!("the disk\nis full").context("the store does not open");
        assert_eq!(one_line(&error), "the store does not open: the disk is full");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "één".to_owned()], vec!["bbb".to_owned(), "c".to_owned()]];
        assert_eq!(table(&["ID", "NAME"], &rows), "ID   NAME\na    één\nbbb  c");
    }
}
