//! Proof that a table is its own inverse: arbitrary records, made from the record description and the codecs of the rows,
//! are laid and told again. For the tests of adapters, and for `zorgtolk map prove`.
//!
//! A seed stands for one record, so a property test draws seeds and a failure can be repeated. What is lost or goes one
//! way is not compared; null, nothing, blank and `unset` are the same.

mod arbitrary;
mod dice;

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

/// What no table owns and each leaves as it is, odd spacing and precision included.
const FOREIGN: [&str; 2] = [
    r#"{"url":"urn:zorgtolk:foreign" ,"valueDecimal": 5.00}"#,
    r#"{"url" :"urn:zorgtolk:element"  ,"valueString":"\u00e9"}"#,
];

/// Lays the record of `seed` on nothing and on a resource with foreign content, twice each, and tells it again.
/// `context` must know a reference for every key, and lead it back.
///
/// # Errors
/// [`Broken`] with the first thing that did not hold.
pub fn round_trip(table: &Table, format: Format, seed: u64, context: &Context<'_>) -> Result<(), Broken> {
    let sent = record(table, format, seed, context.zone);
    let text = written(&sent, table, format);
    let broken = |what: String| Broken { what, sent: text.clone() };
    let document = read(&text, format).map_err(broken)?;
    let laid = twice(table, &document, format, None, context).map_err(broken)?;
    let current = decorated(table);
    let onto = twice(table, &document, format, Some(&current), context).map_err(broken)?;
    if let Some(lost) = FOREIGN.iter().find(|foreign| !onto.text().contains(**foreign)) {
        return Err(broken(format!("laying changed what the table does not own: {lost}")));
    }
    for resource in [&laid, &onto] {
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

fn twice(
    table: &Table,
    document: &Document,
    format: Format,
    current: Option<&Resource>,
    cx: &Context<'_>,
) -> Result<Resource, String> {
    let lay = |current: Option<&Resource>| {
        let laid = table.lay(document.root(), format, "", current, cx);
        laid.map(|laid| laid.resource).map_err(|issues| all("laying", &issues))
    };
    let once = lay(current)?;
    let again = lay(Some(&once))?;
    if once.text() == again.text() {
        return Ok(once);
    }
    Err(format!("laying twice is not laying once:\n{}\n{}", once.text(), again.text()))
}

fn all(doing: &str, issues: &[MapIssue]) -> String {
    let told: Vec<_> = issues.iter().map(ToString::to_string).collect();
    format!("{doing} refused it: {}", told.join("; "))
}

fn decorated(table: &Table) -> Resource {
    let text = format!(
        r#"{{"resourceType":"{}","id":"a1","meta":{{"tag":[{{"code":"x"}}]}},"extension":[{}],"_language":{{"extension":[{}]}}}}"#,
        table.resource_type(),
        FOREIGN[0],
        FOREIGN[1]
    );
    Resource::from_text(text).expect("the text is a resource")
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
