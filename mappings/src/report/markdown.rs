//! A report as a page a domain expert can read.

use std::fmt::Write as _;

use super::{Line, Lost, Report};
use crate::sheet::scalar;
use crate::table::{Absent, Empty, Row, Unknown};
use crate::wire::Format;

/// What a row says beside its field, element and codec.
pub(super) fn remarks(row: &Row) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(row.only().map(|format| format!("{} only", format_name(format))));
    if !row.unset.is_empty() {
        let values: Vec<_> = row.unset.iter().map(|value| format!("`{value}`")).collect();
        remarks.push(format!("no value: {}", values.join(", ")));
    }
    match &row.empty {
        Empty::Clear => {}
        Empty::Keep => remarks.push("no value keeps what is there".to_owned()),
        Empty::Set(value) => remarks.push(format!("no value becomes `{}`", scalar(value))),
    }
    if row.absent == Some(Absent::Keep) {
        remarks.push("a field that is not there keeps what is".to_owned());
    }
    match &row.unknown {
        Unknown::Refuse => {}
        Unknown::Keep => remarks.push("an unknown code keeps what is there, with a warning".to_owned()),
        Unknown::Set(code) => remarks.push(format!("an unknown code becomes `{code}`, with a warning")),
    }
    remarks.extend(row.raw.as_ref().map(|path| format!("an unknown code is kept in `{path}`")));
    remarks.extend(row.flag.as_ref().map(|path| format!("flagged in `{path}` when it is not one instant")));
    remarks.extend(row.reason.clone());
    remarks
}

/// As people write it.
pub(crate) fn format_name(format: Format) -> &'static str {
    match format {
        Format::Json => "JSON",
        Format::Xml => "XML",
    }
}

pub(super) fn page(report: &Report) -> String {
    let mut out = String::new();
    page_into(&mut out, report).expect("writing to a String cannot fail");
    out
}

fn page_into(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "# {}\n", report.table)?;
    writeln!(
        out,
        "<!-- Made by `zorgtolk map report`; a test keeps it true (UPDATE_GOLDEN=1 rewrites it). -->\n"
    )?;
    if !report.about.is_empty() {
        writeln!(out, "{}\n", report.about)?;
    }
    let profile = report.profile.as_ref().map(|profile| format!(" (`{profile}`)")).unwrap_or_default();
    writeln!(out, "Record `{}` ↔ resource {}{profile}.\n", report.record, report.resource)?;
    writeln!(out, "{}.\n", report.coverage)?;
    writeln!(out, "## What becomes what\n\n| field | | element | how | remarks |\n|---|---|---|---|---|")?;
    for line in &report.rows {
        row(out, line)?;
    }
    lost(
        out,
        "## Fields that are not carried over",
        report.lost.iter().map(|lost| (lost.wire.as_ref(), lost)),
    )?;
    lost(
        out,
        "## Elements that are not carried over",
        report.lost.iter().map(|lost| (lost.fhir.as_ref(), lost)),
    )
}

fn row(out: &mut String, line: &Line) -> std::fmt::Result {
    let arrow = match line.way {
        "to-fhir" => "→",
        "to-wire" => "←",
        _ => "↔",
    };
    let wire = line.wire.as_ref().map(|wire| code(wire)).unwrap_or_default();
    let (fhir, how) = (code(&line.fhir), cell(&line.how));
    writeln!(out, "| {wire} | {arrow} | {fhir} | {how} | {} |", cell(&line.remarks.join("; ")))
}

fn lost<'r>(
    out: &mut String,
    title: &str,
    lines: impl Iterator<Item = (Option<&'r String>, &'r Lost)>,
) -> std::fmt::Result {
    let mut lines = lines.filter_map(|(name, lost)| Some((name?, lost))).peekable();
    if lines.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "\n{title}\n\n| | why |\n|---|---|")?;
    lines.try_for_each(|(name, lost)| writeln!(out, "| {} | {} |", code(name), cell(&lost.reason)))
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

/// A text that does not end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
