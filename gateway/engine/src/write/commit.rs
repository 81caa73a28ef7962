//! From checked writes to one commit.
//!
//! A change is delivered when the version before it or after it matches a route, so the version before is read where it
//! can decide: for a deletion, for content that some route of its type does not match, and for a Patient, whose old BSN is
//! released. What was read becomes part of the precondition.

use std::collections::BTreeSet;

use fhir_profiles::IndexEntry;
use gateway_core::{Caller, Issue, IssueCode, Problem, Resource, ResourceType, Version};
use gateway_store::{CommitError, CounterpartKey, Outcome, Precondition, Put, Stored, WriteSet, Written};
use time::OffsetDateTime;

use super::check::Checked;
use crate::route::{Content, links};
use crate::{Engine, fault, identity};

/// How often the versions before are read again. Each time somebody else got something written, so this many means a
/// resource that dozens write at the same moment.
const TRIES: u32 = 32;

/// The living version that a write replaces, as far as it was looked at.
#[derive(Debug)]
enum Before {
    /// It decides nothing.
    NotAsked,
    /// There is none.
    Nothing,
    /// It was this one.
    Version { stored: Stored, index: Vec<IndexEntry> },
}

impl Engine {
    pub(super) async fn commit(&self, caller: &Caller, checked: &[Checked]) -> Result<Vec<Written>, Problem> {
        for _ in 0..TRIES {
            let set = self.set(caller, checked).await?;
            let told = set.puts.iter().map(|put| !put.links.is_empty()).collect::<Vec<_>>();
            match self.view(caller).commit(set).await {
                Ok(written) => {
                    self.wake_for(&told, &written);
                    return Ok(written);
                }
                Err(error) if self.overtaken(caller, checked, &error) => {}
                Err(error) => return Err(fault::of_commit(&error, caller)),
            }
        }
        let text = "the resource was changed by others all the time; try again";
        Err(Problem::Conflict(Issue::error(IssueCode::LockError, text)))
    }

    fn wake_for(&self, told: &[bool], written: &[Written]) {
        let changed = |one: &Written| one.outcome != Outcome::Unchanged;
        if told.iter().zip(written).any(|(told, one)| *told && changed(one)) {
            self.wake();
        }
    }

    /// Whether the commit failed because what was read before it is no longer so. When the caller's own precondition does
    /// not hold either, the next try reads that and fails for good.
    fn overtaken(&self, caller: &Caller, checked: &[Checked], error: &CommitError) -> bool {
        let CommitError::Precondition { key, found } = error else { return false };
        checked
            .iter()
            .find(|one| one.key == *key)
            .is_some_and(|one| self.asks_before(caller, one) && holds(&one.precondition, *found))
    }

    async fn set(&self, caller: &Caller, checked: &[Checked]) -> Result<WriteSet, Problem> {
        let at = self.parts().clock.now();
        let mut puts = Vec::with_capacity(checked.len());
        for one in checked {
            let before = self.before(caller, one).await?;
            puts.push(self.put(caller, one, &before, at));
        }
        Ok(WriteSet { at, puts })
    }

    async fn before(&self, caller: &Caller, one: &Checked) -> Result<Before, Problem> {
        if !self.asks_before(caller, one) {
            return Ok(Before::NotAsked);
        }
        let stored = self.view(caller).read(&one.key).await.map_err(|e| fault::of_store(&e, caller))?;
        let Some(stored) = stored else { return Ok(Before::Nothing) };
        let Some(text) = &stored.text else { return Ok(Before::Nothing) };
        let resource = Resource::from_text(text.as_str())
            .map_err(|_| fault::internal("a stored resource cannot be read", caller))?;
        let index = self.parts().profiles.index(&resource);
        Ok(Before::Version { stored, index })
    }

    fn asks_before(&self, caller: &Caller, one: &Checked) -> bool {
        if one.precondition == Precondition::Absent {
            return false;
        }
        let at = micros(self.parts().clock.now());
        let after = Content { key: &one.key, last_updated: at, entries: &one.index };
        one.key.resource_type == ResourceType::Patient
            || self
                .parts()
                .routes
                .onward(&caller.tenant, &caller.origin, one.key.resource_type)
                .any(|route| one.deletes() || links(std::iter::once(route), &[after]).is_empty())
    }

    fn put(&self, caller: &Caller, one: &Checked, before: &Before, at: OffsetDateTime) -> Put {
        let mut versions = Vec::with_capacity(2);
        if !one.deletes() {
            versions.push(Content { key: &one.key, last_updated: micros(at), entries: &one.index });
        }
        if let Before::Version { stored, index } = before {
            let last_updated = micros(stored.last_updated);
            versions.push(Content { key: &one.key, last_updated, entries: index });
        }
        let routes = &self.parts().routes;
        let onward = routes.onward(&caller.tenant, &caller.origin, one.key.resource_type);
        let (identified, release) = self.identities(one, before);
        // A door may bind the BSN of a person it makes itself, as the engine does.
        let own = one.bind.iter().filter(|bind| !identified.contains(bind)).cloned();
        Put {
            key: one.key.clone(),
            content: one.content.clone(),
            precondition: narrowed(&one.precondition, before),
            index: one.index.clone(),
            links: links(onward, &versions),
            bind: own.chain(identified.iter().cloned()).collect(),
            release,
            interaction: one.interaction,
        }
    }

    /// The keys of the BSNs that a Patient has from now on, and of those it has no longer.
    fn identities(&self, one: &Checked, before: &Before) -> (Vec<CounterpartKey>, Vec<CounterpartKey>) {
        let now = identity::bsns(one.key.resource_type, &one.index);
        let then = match before {
            Before::Version { index, .. } => identity::bsns(one.key.resource_type, index),
            Before::NotAsked | Before::Nothing => BTreeSet::new(),
        };
        let keys = |bsns: Vec<&str>| {
            bsns.into_iter().map(|bsn| identity::bsn_key(&self.parts().store, bsn)).collect::<Vec<_>>()
        };
        (keys(now.iter().copied().collect()), keys(then.difference(&now).copied().collect()))
    }
}

/// The precondition with what was read added, so that the commit fails when it is no longer so.
fn narrowed(asked: &Precondition, before: &Before) -> Precondition {
    match (before, asked) {
        (Before::Version { stored, .. }, _) if holds(asked, Some(stored.version)) => {
            Precondition::Version(vec![stored.version])
        }
        (Before::Nothing, Precondition::Any) => Precondition::Absent,
        (Before::NotAsked | Before::Nothing | Before::Version { .. }, _) => asked.clone(),
    }
}

/// Whether a precondition holds when `found` is the living version.
fn holds(precondition: &Precondition, found: Option<Version>) -> bool {
    match precondition {
        Precondition::Any => true,
        Precondition::Exists => found.is_some(),
        Precondition::Absent => found.is_none(),
        Precondition::Version(versions) => found.is_some_and(|version| versions.contains(&version)),
    }
}

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use gateway_core::Key;

    use super::*;

    fn version(number: u32) -> Before {
        let stored = Stored {
            key: Key::from_reference("Patient/a").unwrap(),
            version: Version(number),
            last_updated: OffsetDateTime::UNIX_EPOCH,
            text: Some(String::new()),
            method: "PUT",
        };
        Before::Version { stored, index: Vec::new() }
    }

    #[test]
    fn what_was_read_narrows_the_precondition() {
        use Precondition::{Absent, Any, Exists};
        let three = || Precondition::Version(vec![Version(3)]);
        let either = Precondition::Version(vec![Version(2), Version(3)]);
        let cases = [
            (Any, version(3), three()),
            (Exists, version(3), three()),
            (either.clone(), version(3), three()),
            (either.clone(), version(4), either.clone()),
            (Any, Before::Nothing, Absent),
            (Exists, Before::Nothing, Exists),
            (Absent, version(3), Absent),
            (Any, Before::NotAsked, Any),
        ];
        for (asked, before, wanted) in cases {
            assert_eq!(narrowed(&asked, &before), wanted, "{asked:?} {before:?}");
        }
    }
}
