//! Telling the entries of a transaction where the resources are that they mention.

use std::collections::BTreeMap;

use fhir_profiles::mention::{Mention, Role, readdressed};
use gateway_core::{Caller, Issue, IssueCode, Key, Problem, Resource};

use super::address::meant;
use super::{Entry, Rejected, placed};
use crate::write::{Change, Foreseen, Write};
use crate::{Engine, fault};

/// Where each address leads: the `fullUrl`s of the entries, and the references that are a question.
pub(super) type Addresses = BTreeMap<String, Key>;

impl Engine {
    /// The writes with every mention of another entry, and every question, told as the address of a resource.
    ///
    /// # Errors
    /// A reference that leads nowhere, or a question that has not one answer.
    pub(super) async fn readdress(
        &self,
        caller: &Caller,
        entries: &[&Entry],
        foreseen: Vec<Foreseen>,
    ) -> Result<Vec<(Write, Option<Foreseen>)>, Rejected> {
        let mut addresses = Addresses::new();
        for (entry, foreseen) in entries.iter().zip(&foreseen) {
            let lives = !matches!(entry.write.change, Change::Deleted);
            if let (Some(url), Some(key), true) = (&entry.full_url, foreseen.key(), lives) {
                addresses.insert(url.clone(), key.clone());
            }
        }
        self.ask_questions(caller, entries, &foreseen, &mut addresses).await?;
        let mut issues = Vec::new();
        let mut writes = Vec::with_capacity(entries.len());
        for (entry, foreseen) in entries.iter().zip(foreseen) {
            let mut write = entry.write.clone();
            if let Change::Document(resource) = &write.change {
                let told = told(entry, resource, &addresses, &mut issues);
                if let Some(text) = told {
                    let resource = Resource::from_text(text)
                        .map_err(|_| fault::internal("a rewritten resource cannot be read", caller))?;
                    write.change = Change::Document(resource);
                }
            }
            writes.push((write, Some(foreseen)));
        }
        if issues.is_empty() { Ok(writes) } else { Err(Problem::Malformed(issues).into()) }
    }
}

/// The text of an entry's resource with the addresses it should have; `None` when it has them.
fn told(
    entry: &Entry,
    resource: &Resource,
    addresses: &Addresses,
    issues: &mut Vec<Issue>,
) -> Option<String> {
    if addresses.is_empty() && !resource.text().contains("urn:") {
        return None;
    }
    let full_url = entry.full_url.as_deref();
    readdressed(resource, |mention| {
        let meant = meant(mention, full_url);
        if !may_be_told(mention) {
            return None;
        }
        let known = addresses.get(&*meant).map(ToString::to_string);
        if known.is_none() && mention.role == Role::Reference && meant.starts_with("urn:") {
            let text = "the reference leads to no entry of the Bundle that writes a resource";
            let issue = Issue::error(IssueCode::Value, text).at(mention.expression());
            issues.push(placed(entry.place, issue));
        }
        known.filter(|address| address != mention.address)
    })
}

/// Whether an address may be changed. An `http` address in a `uri` is as often the name of a system or a profile, which must
/// stay what it is; what is a placeholder may be changed everywhere.
fn may_be_told(mention: &Mention<'_>) -> bool {
    mention.role != Role::Uri || mention.address.starts_with("urn:")
}
