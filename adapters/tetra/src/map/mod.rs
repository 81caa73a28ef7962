//! From their records to our resources and back: which resources a record becomes, and what has to be looked up. Which
//! field becomes which element is in the tables of `mappings/tetra/`.
//!
//! Pure: no waiting, no clock. A record that cannot be taken in becomes an [`Aside`] or the issues of its item; it never
//! touches the others. The token by which an appointment can be erased (`tetra.md` section 3.8) goes into no resource and is
//! kept nowhere: `desk.rs` reads it anew when it is needed.

mod adopt;
pub(crate) mod agenda;
pub(crate) mod appointment;
pub(crate) mod bloktype;
mod edit;
pub(crate) mod keys;
pub(crate) mod outbound;
pub(crate) mod patient;
mod record;
pub(crate) mod slot;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use adapter_kit::Aside;
use gateway_core::{Issue, IssueCode, Key, Zone};
use mappings::{Context, MapIssue, Package, Shelf, Table};

use crate::validate::Validated;
pub(crate) use record::Record;

/// What the resources of one practice are made with.
pub(crate) struct Composer {
    /// The tables in force.
    shelf: Arc<Shelf>,
    /// The practice as it stands in systems and ids.
    practice: String,
    /// The practice's clock.
    zone: Zone,
    /// Whose an agenda is, by its number, where the operator has said so.
    owners: BTreeMap<String, Key>,
    values: BTreeMap<String, String>,
}

impl Composer {
    /// For the practice that `validated` describes.
    pub(crate) fn new(shelf: Arc<Shelf>, validated: &Validated) -> Self {
        Self::of(shelf, &validated.practice, validated.zone.clone(), validated.agendas.clone())
    }

    /// For the practice called `practice` in systems and ids, whose clock is in `zone`.
    pub(crate) fn of(shelf: Arc<Shelf>, practice: &str, zone: Zone, owners: BTreeMap<String, Key>) -> Self {
        let values = BTreeMap::from([("practice".to_owned(), practice.to_owned())]);
        Self { shelf, practice: practice.to_owned(), zone, owners, values }
    }

    /// The practice as it stands in systems and ids.
    pub(crate) fn practice(&self) -> &str {
        &self.practice
    }

    /// The practice's clock.
    pub(crate) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// What a table needs to know besides the record. `reference` is asked for the resource a role's number names.
    fn context<'c>(&'c self, reference: &'c dyn Fn(&str, &str) -> Option<String>) -> Context<'c> {
        Context { values: &self.values, zone: &self.zone, reference, key: &|_, _| None }
    }
}

/// For tables without references.
fn nobody(_role: &str, _number: &str) -> Option<String> {
    None
}

/// The table `name`.
fn table<'p>(package: &'p Package, name: &str) -> Result<&'p Table, Vec<Issue>> {
    package
        .table(name)
        .ok_or_else(|| vec![Issue::error(IssueCode::Exception, format!("there is no mapping table {name}"))])
}

/// The issues of a table with both of their places: the element as the expression, the field in the sentence.
fn issues(found: Vec<MapIssue>) -> Vec<Issue> {
    found.into_iter().map(issue).collect()
}

fn issue(found: MapIssue) -> Issue {
    let MapIssue { mut issue, wire, .. } = found;
    if let Some(wire) = wire {
        issue.text = format!("{} ({wire})", issue.text);
    }
    issue
}

/// A record without a number of its own: nothing can be known by it.
fn nameless(record: &Record, path: &str) -> Aside {
    let place = record.place();
    let text = format!("a record without a number cannot be kept ({place}.Id)");
    let issue = Issue::error(IssueCode::Required, text).at(path);
    Aside { place, key: None, issues: vec![issue] }
}
