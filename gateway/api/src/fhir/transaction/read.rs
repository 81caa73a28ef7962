//! From the Bundle that was posted to its entries.
//!
//! The Bundle without the resources in it is checked as R4 wants a Bundle to be (bdl-1 to bdl-8 included); what is wrong
//! with it refuses the whole, with every issue at its place. What is wrong with one entry is kept with that entry: in a
//! batch the others go on. Resources are cut out as the text they are.

use gateway_core::json::{Kind as Json, Node, quoted};
use gateway_core::{Issue, IssueCode, Problem, Resource};

use super::entry::{Entry, Read};
use crate::App;
use crate::problem::{Refused, malformed};

/// Most entries that are taken (`dutch-fhir.md` section 4.6, limits): one commit, one answer, one wait.
const MOST: usize = 500;

/// What is to be done with the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each on its own.
    Batch,
    /// All or none.
    Transaction,
}

/// A Bundle that was posted.
pub(super) struct Posted {
    pub(super) kind: Kind,
    /// In their order; a problem for one that cannot be done.
    pub(super) entries: Vec<Read>,
}

/// Reads the Bundle.
///
/// # Errors
/// 400 for what is no batch or transaction, 413 for too many entries.
pub(super) fn posted(app: &App, bundle: &Resource) -> Result<Posted, Refused> {
    let kind = match bundle.root().text("type") {
        Some("batch") => Kind::Batch,
        Some("transaction") => Kind::Transaction,
        _ => {
            let text = "Only a Bundle of type batch or transaction can be posted here.";
            let issue = Issue::error(IssueCode::NotSupported, text).at("Bundle.type");
            return Err(Refused(Problem::Malformed(vec![issue])));
        }
    };
    let entries: Vec<_> = bundle.root().get("entry").into_iter().flat_map(Node::items).collect();
    if entries.len() > MOST {
        let text = format!("A Bundle may have at most {MOST} entries; send the rest in another one.");
        return Err(Refused(Problem::TooLarge(Issue::error(IssueCode::TooLong, text).at("Bundle.entry"))));
    }
    envelope(app, bundle, &entries)?;
    Ok(Posted {
        kind,
        entries: entries
            .into_iter()
            .enumerate()
            .map(|(place, entry)| Entry::read(app, place, entry))
            .collect(),
    })
}

/// Checks the Bundle without the resources of its entries.
fn envelope(app: &App, bundle: &Resource, entries: &[Node<'_>]) -> Result<(), Refused> {
    let unreadable = |_| malformed(IssueCode::Structure, "The Bundle cannot be read.");
    let envelope = Resource::from_text(without_resources(bundle)).map_err(unreadable)?;
    let parts = app.engine.parts();
    let checked = parts.profiles.issues(&envelope, None, parts.rules);
    let mut issues: Vec<_> = checked.issues.into_iter().filter(Issue::refuses).collect();
    for (n, entry) in entries.iter().enumerate() {
        if entry.get("request").is_none() {
            let issue = Issue::error(IssueCode::Required, "An entry must say what is to be done.");
            issues.push(issue.at(format!("Bundle.entry[{n}].request")));
        }
    }
    if issues.is_empty() { Ok(()) } else { Err(Refused(Problem::Malformed(issues))) }
}

fn without_resources(bundle: &Resource) -> String {
    let members = bundle.root().entries().map(|(name, value)| match (name, value.kind()) {
        ("entry", Json::Array) => {
            let entries: Vec<_> = value.items().map(without_resource).collect();
            format!("\"entry\":[{}]", entries.join(","))
        }
        _ => format!("{}:{}", quoted(name), value.raw()),
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn without_resource(entry: Node<'_>) -> String {
    if entry.kind() != Json::Object {
        return entry.raw().to_owned();
    }
    let kept = entry.entries().filter(|(name, _)| *name != "resource");
    let kept: Vec<_> = kept.map(|(name, value)| format!("{}:{}", quoted(name), value.raw())).collect();
    format!("{{{}}}", kept.join(","))
}
