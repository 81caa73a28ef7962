//! Which resource a write is about, what is there of it, and what comes in its place: looked at anew in each round of the
//! commit loop, because it holds only as long as nobody else writes.

use std::collections::HashMap;

use fhir_profiles::IndexEntry;
use fhir_profiles::search::Query;
use gateway_core::{
    Caller, Id, Interaction, Issue, IssueCode, Key, Problem, Resource, ResourceType, Version,
};
use gateway_store::{Content, Paging, Precondition, Stored, Total};

use super::check::{Becomes, Checked, Known, On, misplaced};
use super::commit::micros;
use super::{Foreseen, Patch, referrers};
use crate::route::{self, links};
use crate::subscription::Table;
use crate::{Engine, fault, read};

/// What one write of a round comes to.
#[derive(Debug)]
pub(super) enum Aim {
    /// This is to be written.
    Write(Aimed),
    /// A conditional create found this: it stays as it is.
    Kept(Stored),
    /// The search comes to something else than was foreseen.
    Moved,
}

/// What was read of several writes' resources at once.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// Whether every living one is in it.
    whole: bool,
    living: HashMap<Key, Stored>,
}

/// A write that knows its resource.
#[derive(Debug)]
pub(super) struct Aimed {
    pub(super) key: Key,
    pub(super) content: Content,
    /// Empty for a deletion.
    pub(super) index: Vec<IndexEntry>,
    pub(super) before: Before,
    /// Whether it is made because its search found nothing.
    pub(super) unmatched: bool,
}

/// The living version that a write replaces, as far as it was looked at.
#[derive(Debug)]
pub(super) enum Before {
    /// It decides nothing.
    NotAsked,
    /// There is none.
    Nothing,
    /// It was this one.
    Version {
        /// How it is kept.
        stored: Stored,
        /// What it is found by.
        index: Vec<IndexEntry>,
    },
}

impl Engine {
    pub(super) async fn aim(
        &self,
        by: (&Caller, &Table),
        one: &Checked,
        loaded: &Loaded,
    ) -> Result<Aim, Problem> {
        let (caller, _) = by;
        let key = match &one.on {
            On::Key(key) => key,
            On::Matching(query) => return self.aim_by_search(caller, one, query).await,
        };
        let aimed = match &one.becomes {
            Becomes::Patched(patch) => {
                let stored = match loaded.living.get(key) {
                    Some(stored) => Some(stored.clone()),
                    None => self.present(caller, key).await?,
                };
                self.patched(caller, one, patch.as_ref(), stored.ok_or(Problem::NotFound)?).await?
            }
            Becomes::Known(known) => {
                let before = self.before(by, one, (known, key), loaded).await?;
                known.at(key.clone(), before)
            }
        };
        Ok(Aim::Write(aimed))
    }

    async fn aim_by_search(&self, caller: &Caller, one: &Checked, query: &Query) -> Result<Aim, Problem> {
        let found = self.only_match(caller, query).await?;
        let key = found.as_ref().map(|stored| &stored.key);
        if one.foreseen.as_ref().is_some_and(|foreseen| !foreseen.holds(key)) {
            return Ok(Aim::Moved);
        }
        let aimed = match (found, &one.becomes) {
            (Some(stored), _) if one.interaction == Interaction::Create => return Ok(Aim::Kept(stored)),
            (Some(stored), Becomes::Patched(patch)) => {
                self.patched(caller, one, patch.as_ref(), stored).await?
            }
            (Some(stored), Becomes::Known(known)) => {
                if known.id().is_some_and(|id| *id != stored.key.id) {
                    return Err(misplaced("the criteria find a resource with another id than the body has"));
                }
                let key = stored.key.clone();
                known.at(key, self.version(caller, stored)?)
            }
            (None, Becomes::Patched(_)) => return Err(Problem::NotFound),
            (None, Becomes::Known(known)) => {
                let named = known.id().filter(|_| one.interaction != Interaction::Create);
                let aimed = match (named, one.foreseen.as_ref().and_then(Foreseen::key)) {
                    (None, Some(told)) => known.at(told.clone(), Before::Nothing),
                    (named, _) => self.unmatched(caller, known, query.resource_type, named).await?,
                };
                Aimed { unmatched: !known.deletes(), ..aimed }
            }
        };
        Ok(Aim::Write(aimed))
    }

    /// Nothing was found: a new resource, which an update may name itself.
    async fn unmatched(
        &self,
        caller: &Caller,
        known: &Known,
        resource_type: ResourceType,
        named: Option<&Id>,
    ) -> Result<Aimed, Problem> {
        let Some(id) = named else {
            let key = Key::new(resource_type, self.parts().ids.next().into());
            return Ok(known.at(key, Before::Nothing));
        };
        let key = Key::new(resource_type, id.clone());
        match self.present(caller, &key).await? {
            Some(Stored { text: Some(_), .. }) => Err(Problem::Conflict(Issue::error(
                IssueCode::Conflict,
                "the criteria find nothing, and the id in the body is another resource's",
            ))),
            _ => Ok(known.at(key, Before::Nothing)),
        }
    }

    /// The one resource that a query finds.
    pub(crate) async fn only_match(&self, caller: &Caller, query: &Query) -> Result<Option<Stored>, Problem> {
        searchable(caller, query)?;
        let paging = Paging { count: 2, total: Total::None, ..Paging::default() };
        let page = self.view(caller).search(query, &paging).await.map_err(|e| fault::of_store(&e, caller))?;
        let mut found = page.entries.into_iter();
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Problem::PreconditionFailed(Issue::error(
                IssueCode::MultipleMatches,
                "the criteria find more than one resource",
            ))),
            (found, None) => Ok(found),
        }
    }

    async fn patched(
        &self,
        caller: &Caller,
        one: &Checked,
        patch: &dyn Patch,
        stored: Stored,
    ) -> Result<Aimed, Problem> {
        let Some(text) = &stored.text else {
            return Err(Problem::Gone { key: stored.key, version: stored.version });
        };
        if !holds(&one.precondition, Some(stored.version)) {
            return Err(Problem::PreconditionFailed(fault::unmet(Some(stored.version))));
        }
        let current = readable(caller, text)?;
        let next = patch.apply(&current)?;
        if (next.resource_type(), next.id()) != (current.resource_type(), current.id()) {
            let text = "a patch cannot make another resource of it";
            return Err(Problem::Invalid(vec![Issue::error(IssueCode::BusinessRule, text)]));
        }
        // R4 or not: it was the patch that did not fit (`dutch-fhir.md` 4.2, patch).
        let next = self.admit(caller, next).await?;
        let known = self.profiled(next, one.bsn).map_err(|problem| match problem {
            Problem::Malformed(issues) => Problem::Invalid(issues),
            other => other,
        })?;
        let index = self.parts().profiles.index(&current);
        let key = stored.key.clone();
        let before = Before::Version { stored, index };
        Ok(Aimed { key, content: known.content, index: known.index, before, unmatched: false })
    }

    async fn before(
        &self,
        (caller, table): (&Caller, &Table),
        one: &Checked,
        (known, key): (&Known, &Key),
        loaded: &Loaded,
    ) -> Result<Before, Problem> {
        if !self.asks_before((caller, table), one, known, key) {
            return Ok(Before::NotAsked);
        }
        let stored = match loaded.living.get(key) {
            Some(stored) => Some(stored.clone()),
            None if loaded.whole => None,
            None => self.present(caller, key).await?,
        };
        stored.map_or(Ok(Before::Nothing), |stored| self.version(caller, stored))
    }

    /// The living versions that writes ask for by key, read together.
    pub(super) async fn load(
        &self,
        (caller, table): (&Caller, &Table),
        writes: &[Checked],
    ) -> Result<Loaded, Problem> {
        let asked = writes.iter().filter_map(|one| match (&one.on, &one.becomes) {
            (On::Key(key), Becomes::Patched(_)) => Some(key.clone()),
            (On::Key(key), Becomes::Known(known)) => {
                self.asks_before((caller, table), one, known, key).then(|| key.clone())
            }
            (On::Matching(_), _) => None,
        });
        let asked: Vec<_> = asked.collect();
        if asked.is_empty() {
            return Ok(Loaded::default());
        }
        let found = self.view(caller).read_many(&asked).await.map_err(|e| fault::of_store(&e, caller))?;
        let living = found.into_iter().map(|stored| (stored.key.clone(), stored)).collect();
        Ok(Loaded { whole: true, living })
    }

    /// Whether the version before decides something: whom to tell, which BSN is released, whether anything is deleted.
    fn asks_before(
        &self,
        (caller, table): (&Caller, &Table),
        one: &Checked,
        known: &Known,
        key: &Key,
    ) -> bool {
        if one.precondition == Precondition::Absent {
            return false;
        }
        let at = micros(self.parts().clock.now());
        let after = route::Content { key, last_updated: at, entries: &known.index };
        key.resource_type == ResourceType::Patient
            || known.deletes() && referrers::is_asked(caller)
            || table
                .onward(&self.parts().routes, caller, key.resource_type)
                .any(|route| known.deletes() || links(std::iter::once(route), &[after]).is_empty())
    }

    fn version(&self, caller: &Caller, stored: Stored) -> Result<Before, Problem> {
        let Some(text) = &stored.text else { return Ok(Before::Nothing) };
        let index = self.parts().profiles.index(&readable(caller, text)?);
        Ok(Before::Version { stored, index })
    }

    /// The version that is there now, tombstones included.
    async fn present(&self, caller: &Caller, key: &Key) -> Result<Option<Stored>, Problem> {
        self.view(caller).read(key).await.map_err(|e| fault::of_store(&e, caller))
    }
}

/// Goes on only when the caller may search every type that a query leads through.
///
/// # Errors
/// `Forbidden`.
fn searchable(caller: &Caller, query: &Query) -> Result<(), Problem> {
    if read::narrowed(caller, query) == *query {
        return Ok(());
    }
    let text = "the scopes of the token do not allow to search the types the criteria lead through";
    Err(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text)))
}

fn readable(caller: &Caller, text: &str) -> Result<Resource, Problem> {
    Resource::from_text(text).map_err(|_| fault::internal("a stored resource cannot be read", caller))
}

impl Known {
    fn at(&self, key: Key, before: Before) -> Aimed {
        Aimed { key, content: self.content.clone(), index: self.index.clone(), before, unmatched: false }
    }
}

/// Whether a precondition holds when `found` is the living version.
pub(super) fn holds(precondition: &Precondition, found: Option<Version>) -> bool {
    match precondition {
        Precondition::Any => true,
        Precondition::Exists => found.is_some(),
        Precondition::Absent => found.is_none(),
        Precondition::Version(versions) => found.is_some_and(|version| versions.contains(&version)),
    }
}

/// The precondition with what was read added, so that the commit fails when it is no longer so.
pub(super) fn narrowed(asked: &Precondition, before: &Before) -> Precondition {
    match (before, asked) {
        (Before::Version { stored, .. }, _) if holds(asked, Some(stored.version)) => {
            Precondition::Version(vec![stored.version])
        }
        (Before::Nothing, Precondition::Any) => Precondition::Absent,
        (Before::NotAsked | Before::Nothing | Before::Version { .. }, _) => asked.clone(),
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

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
