//! Proof that a table is its own inverse: arbitrary records, made from the record description and the codecs of the rows,
//! are laid and told again. For the tests of adapters, and for `zorgtolk map prove`.
//!
//! A seed stands for one record, so a property test draws seeds and a failure can be repeated. What is lost or goes one
//! way is not compared; null, nothing, blank and `unset` are the same.

mod arbitrary;
mod dice;
mod foreign;

use std::fmt;

use gateway_core::Resource;

use crate::table::Inner;
use crate::table::program::Step;
use crate::wire::{Document, Encoding, Format, Names, Node, Record, encode};
use crate::{Context, MapIssue, Table, Way};

pub use arbitrary::record;

/// Why a table is not its own inverse. Holds the made-up record, never one of a counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What did not hold.
    pub what: String,
    /// The record, as it was sent.
    pub sent: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nthe record: {}", self.what, self.sent)
    }
}

/// Lays the record of `seed` on nothing, twice, and on the same resource with foreign content in every object and list,
/// which must stay, also when the next record is laid there; and tells it again. `context` must know a reference for
/// every key, and lead it back.
///
/// # Errors
/// [`Broken`] with the first thing that did not hold.
pub fn round_trip(table: &Table, format: Format, seed: u64, context: &Context<'_>) -> Result<(), Broken> {
    let text = |seed| written(&record(table, format, seed, context.zone), table, format);
    let sent = text(seed);
    let broken = |what: String| Broken { what, sent: sent.clone() };
    let document = read(&sent, format).map_err(broken)?;
    let lay = |document: &Document, current: Option<&Resource>| {
        let laid = table.lay(document.root(), format, "", current, context);
        laid.map(|laid| laid.resource).map_err(|issues| broken(all("laying", &issues)))
    };
    let laid = lay(&document, None)?;
    let strewn = foreign::strewn(&laid);
    for once in [&laid, &strewn] {
        let again = lay(&document, Some(once))?;
        if once.text() != again.text() {
            let what = format!("laying again changed something:\n{}\n{}", once.text(), again.text());
            return Err(broken(what));
        }
    }
    let next = read(&text(seed.wrapping_add(1)), format).map_err(broken)?;
    let other = lay(&next, Some(&strewn))?;
    if foreign::count(&strewn) != foreign::count(&other) {
        let what =
            format!("laying the next record took foreign content:\n{}\n{}", strewn.text(), other.text());
        return Err(broken(what));
    }
    for resource in [&laid, &strewn] {
        let told = table.tell(resource, format, context).map_err(|issues| broken(all("telling", &issues)))?;
        let told = written(&told.record, table, format);
        let back = read(&told, format).map_err(broken)?;
        if let Some(path) = difference(table, document.root(), back.root(), format) {
            return Err(broken(format!("{path} came back as something else: {told}")));
        }
    }
    Ok(())
}

fn written(record: &Record, table: &Table, format: Format) -> String {
    match format {
        Format::Json => record.to_json(),
        Format::Xml => record.to_xml(table.record().element()),
    }
}

fn read(text: &str, format: Format) -> Result<Document, String> {
    let document = match format {
        Format::Json => Document::json(text.as_bytes(), Names::AsWritten),
        Format::Xml => Document::xml(&encode(text, Encoding::Utf8), None),
    };
    document.map_err(|error| format!("what was written cannot be read: {error}"))
}

fn all(doing: &str, issues: &[MapIssue]) -> String {
    let told: Vec<_> = issues.iter().map(ToString::to_string).collect();
    format!("{doing} refused it: {}", told.join("; "))
}

/// The path of the first field that differs.
fn difference(table: &Table, sent: Node<'_>, told: Node<'_>, format: Format) -> Option<String> {
    let steps = table.program.steps.iter();
    let both = steps.filter(|step| {
        step.codec(format, Way::ToFhir).is_some_and(arbitrary::comes_back)
            && step.codec(format, Way::ToWire).is_some()
    });
    let differs = |step: &&Step| {
        let of = |record| values(table, step, record, format);
        of(sent) != of(told)
    };
    both.filter(|step| table.program.has(step.input, format)).find(differs).map(|step| step.wire.clone())
}

/// The values of a field; what means no value is none.
fn values(table: &Table, step: &Step, record: Node<'_>, format: Format) -> Vec<Option<String>> {
    let (nodes, none) = table.program.nodes(step.input, record, format);
    let inner = |node: Node<'_>| match &step.inner {
        None | Some(Inner::Item) => node.as_str().map_or_else(|| node.raw_json().into_owned(), str::to_owned),
        Some(Inner::Member { json, xml }) => {
            let name = if format == Format::Json { json } else { xml }.first();
            let found = name.and_then(|name| node.member(name)).and_then(Node::as_str);
            found.unwrap_or_default().to_owned()
        }
    };
    let means_none = |text: &String| {
        text.trim().is_empty() || text == "null" || step.unset.contains(text) || Some(text.as_str()) == none
    };
    let mut values: Vec<_> =
        nodes.into_iter().map(inner).map(|text| Some(text).filter(|t| !means_none(t))).collect();
    while values.last() == Some(&None) {
        values.pop();
    }
    values
}
