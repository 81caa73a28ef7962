//! What comes along with what was found: each resource once, not counted, only what the caller's scopes reach
//! (<https://hl7.org/fhir/R4/search.html#include>, `dutch-fhir.md` section 4.5).
//!
//! A reference that leads nowhere, out of this server or to what is deleted brings nothing, without a word. Nor does one to
//! a resource labelled restricted: it was not asked for by itself (section 6, case 90). What was met once is not followed
//! again, so circles end.

use std::collections::HashSet;

use fhir_profiles::search::{Criterion, Filter, Query};
use fhir_profiles::{IndexEntry, IndexValue};
use gateway_core::{Caller, Interaction, Issue, IssueCode, Key, Problem, Resource, ResourceType};
use gateway_store::{Paging, Stored, Total};

use super::find;
use super::include::{Include, references};
use crate::App;

/// Most resources that come along with a page.
const MOST: usize = 1000;

/// Keys that one query asks about.
const AT_ONCE: usize = 100;

/// The code system of labels that say how secret something is, and its codes that mean: not unasked.
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const RESTRICTED: [&str; 2] = ["R", "V"];

/// What comes along, and a word when that is not all.
#[derive(Default)]
pub(super) struct Along {
    pub(super) entries: Vec<Stored>,
    pub(super) told: Vec<Issue>,
}

/// Gathers what the includes bring for a page.
///
/// # Errors
/// `Unavailable`.
pub(super) async fn gather(
    app: &App,
    caller: &Caller,
    includes: &[Include],
    matches: &[Stored],
) -> Result<Along, Problem> {
    if includes.is_empty() {
        return Ok(Along::default());
    }
    let seen = matches.iter().map(|stored| stored.key.clone()).collect();
    let mut gathering = Gathering { app, caller, seen, found: Vec::new(), full: false };
    let mut begin = 0;
    gathering.round(matches, includes).await?;
    let again: Vec<Include> = includes.iter().filter(|include| include.iterate).cloned().collect();
    while !again.is_empty() && begin < gathering.found.len() && !gathering.full {
        let front = gathering.found.get(begin..).unwrap_or_default().to_vec();
        begin = gathering.found.len();
        gathering.round(&front, &again).await?;
    }
    let told = if gathering.full { vec![not_all()] } else { Vec::new() };
    Ok(Along { entries: gathering.found, told })
}

fn not_all() -> Issue {
    let text =
        format!("More than {MOST} resources would come along with this page; ask for fewer with _count.");
    Issue::warning(IssueCode::Incomplete, text)
}

struct Gathering<'a> {
    app: &'a App,
    caller: &'a Caller,
    /// What was met, found or not.
    seen: HashSet<Key>,
    found: Vec<Stored>,
    /// There would have been more.
    full: bool,
}

impl Gathering<'_> {
    /// What belongs to `front` by `includes`.
    async fn round(&mut self, front: &[Stored], includes: &[Include]) -> Result<(), Problem> {
        let keys = self.referred(front, includes);
        let found = find::by_keys(self.app, self.caller, &keys).await?;
        self.found.extend(found.into_iter().filter(|stored| !is_restricted(stored)));
        for include in includes.iter().filter(|include| include.reverse) {
            self.referring(front, include).await?;
        }
        Ok(())
    }

    fn room(&self) -> usize {
        MOST.saturating_sub(self.found.len())
    }

    /// What `front` refers to and was not met yet.
    fn referred(&mut self, front: &[Stored], includes: &[Include]) -> Vec<Key> {
        let mut keys = Vec::new();
        for stored in front {
            let of_type = |include: &&Include| {
                !include.reverse && include.source.is_none_or(|source| source == stored.key.resource_type)
            };
            let wanted: Vec<&Include> = includes.iter().filter(of_type).collect();
            if wanted.is_empty() {
                continue;
            }
            for IndexEntry { parameter, value } in index(self.app, stored) {
                let IndexValue::Reference(key) = value else { continue };
                let brings = |include: &&Include| {
                    include.parameter.is_none_or(|code| code == parameter)
                        && include.target.is(key.resource_type)
                };
                if !wanted.iter().any(brings) || self.seen.contains(&key) {
                    continue;
                }
                if keys.len() >= self.room() {
                    self.full = true;
                    return keys;
                }
                self.seen.insert(key.clone());
                keys.push(key);
            }
        }
        keys
    }

    /// What refers to `front`.
    async fn referring(&mut self, front: &[Stored], include: &Include) -> Result<(), Problem> {
        let Some(source) = include.source else { return Ok(()) };
        if !self.caller.scopes.allow(source, Interaction::Search) {
            return Ok(());
        }
        let keys: Vec<_> = front.iter().map(|stored| &stored.key).collect();
        let keys: Vec<_> = keys.into_iter().filter(|key| include.target.is(key.resource_type)).collect();
        for keys in keys.chunks(AT_ONCE) {
            let filter = leading_to(self.app, source, include.parameter, keys);
            let query = Query {
                resource_type: source,
                filters: vec![filter],
                sort: Vec::new(),
                understood: Vec::new(),
            };
            let count = u32::try_from(self.room()).unwrap_or(u32::MAX).max(1);
            let paging = Paging { count, total: Total::None, ..Paging::default() };
            let found = find::one(self.app, self.caller, &query, &paging).await?.page;
            self.full |= found.next.is_some();
            for stored in found.entries {
                if self.seen.insert(stored.key.clone()) && !is_restricted(&stored) {
                    self.full |= self.room() == 0;
                    if self.room() > 0 {
                        self.found.push(stored);
                    }
                }
            }
        }
        Ok(())
    }
}

/// That a resource of type `source` refers to one of `keys`.
fn leading_to(app: &App, source: ResourceType, parameter: Option<&str>, keys: &[&Key]) -> Filter {
    let any: Vec<_> = keys.iter().map(|key| Criterion::Reference((*key).clone())).collect();
    let by = |code: &str| Filter { parameter: code.to_owned(), negated: false, any: any.clone() };
    if let Some(code) = parameter {
        by(code)
    } else {
        let every = references(&app.engine.parts().profiles, source).map(|parameter| by(parameter.code));
        let any = vec![Criterion::AnyOf(every.collect())];
        Filter { parameter: String::new(), negated: false, any }
    }
}

/// The index of what is stored; of a text that cannot be read, nothing.
fn index(app: &App, stored: &Stored) -> Vec<IndexEntry> {
    let resource = stored.text.clone().and_then(|text| Resource::from_text(text).ok());
    resource.map_or_else(Vec::new, |resource| app.engine.parts().profiles.index(&resource))
}

/// Whether a resource is labelled as one that is not passed on unasked.
fn is_restricted(stored: &Stored) -> bool {
    let Some(text) = stored.text.as_ref().filter(|text| text.contains("\"security\"")) else { return false };
    let Ok(resource) = Resource::from_text(text.clone()) else { return true };
    resource.root().find(&["meta", "security"]).into_iter().any(|label| {
        label.text("system") == Some(CONFIDENTIALITY)
            && label.text("code").is_some_and(|code| RESTRICTED.contains(&code))
    })
}
