//! A batch: each entry on its own, whatever becomes of the others; the whole is always 200.
//!
//! Entries about the same resource are done in their order, all others side by side, so that writes share commits.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use futures_util::stream;
use gateway_engine::transaction;
use http::Method;

use super::entry::{Entry, Read};
use super::inside::Inside;
use super::respond::Answered;

/// How many entries are done at once: enough to share commits, few enough to leave room for others.
const AT_ONCE: usize = 16;

/// Does the entries; the answers in their order.
pub(super) async fn done(inside: &Inside, entries: Vec<Read>) -> Vec<Answered> {
    let made = made(&entries);
    let count = entries.len();
    let mut lanes: BTreeMap<Lane, Vec<(usize, Read)>> = BTreeMap::new();
    for (n, entry) in entries.into_iter().enumerate() {
        let entry = entry.and_then(|entry| alone(entry, &made));
        let subject = entry.as_ref().ok().and_then(Entry::subject);
        lanes.entry(subject.map_or(Lane::Own(n), Lane::Of)).or_default().push((n, entry));
    }
    let answers = stream::iter(lanes.into_values())
        .map(|lane| in_order(inside, lane))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>();
    let mut answered: Vec<_> = answers.await.into_iter().flatten().collect();
    debug_assert_eq!(answered.len(), count);
    answered.sort_unstable_by_key(|(n, _)| *n);
    answered.into_iter().map(|(_, answered)| answered).collect()
}

/// Entries that are done one after the other.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    /// About this resource.
    Of(String),
    /// The only one of its kind, at this place.
    Own(usize),
}

async fn in_order(inside: &Inside, lane: Vec<(usize, Read)>) -> Vec<(usize, Answered)> {
    let mut answers = Vec::with_capacity(lane.len());
    for (n, entry) in lane {
        let answered = match entry {
            Ok(entry) => inside.answer(entry).await,
            Err(problem) => inside.refused(problem.into()).await,
        };
        answers.push((n, answered));
    }
    answers
}

/// The addresses by which resources are known that are only being made.
fn made(entries: &[Read]) -> BTreeSet<String> {
    let made = entries.iter().flatten().filter(|entry| entry.method == Method::POST);
    made.filter_map(|entry| entry.full_url.clone()).collect()
}

/// An entry that mentions none of the resources that the batch only makes: it would have to wait for them (`dutch-fhir.md`
/// section 4.6, batch).
fn alone(entry: Entry, made: &BTreeSet<String>) -> Read {
    if let Some(resource) = &entry.resource {
        transaction::mentions_none(resource, entry.full_url.as_deref(), made)?;
    }
    Ok(entry)
}
