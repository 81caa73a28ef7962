//! Taking records in: what they name is read for many at once, each is laid, and what changed is written as one group.
//!
//! The same content costs no write at all. When a group is refused it is halved until the record that is to blame stands
//! alone; that one is set aside and the others are in. Records are laid in their order, and one that another refers to comes
//! before it, so a reference never names a resource that was not written.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use adapter_kit::Item;
use gateway_core::{Caller, CounterpartKey, Issue, IssueCode, Key, Origin, Problem, Resource};
use gateway_store::{OnItsWay, Outcome, PollFigures, SetAside, Stored, Written};

use time::OffsetDateTime;

use super::issues;
use crate::{Engine, Write, fault};

/// Records that are read, laid and written together. More would keep other writers waiting.
const GROUP: usize = 128;

/// How often a record is laid when somebody else is quicker.
const TRIES: u32 = 3;

/// Records that may fail through a fault of ours, before it is held to be the store's and the look ends.
const MOST_FAULTS: u32 = 3;

/// A change of ours that waits longer than this to be told to them no longer holds up what they say.
const PATIENCE: time::Duration = time::Duration::minutes(15);

/// Whether the texts of what was taken in are wanted. A look has no use for them, and there may be many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texts {
    Wanted,
    NotWanted,
}

/// What became of the records.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) figures: PollFigures,
    /// The keys of the records that are in.
    pub(crate) keys: Vec<CounterpartKey>,
    pub(crate) aside: Vec<SetAside>,
    /// What is there now, by the keys of the records, when that is wanted.
    pub(crate) texts: HashMap<CounterpartKey, Stored>,
    /// How many records wait because a change of ours is on its way to them.
    pub(crate) waiting: u64,
    /// How many were set aside through a fault of ours.
    pub(crate) faults: u32,
}

/// Records on their way in.
pub(crate) struct Intake<'e> {
    engine: &'e Engine,
    caller: &'e Caller,
    texts: Texts,
    /// When the counterpart was called: what it says is not newer.
    since: OffsetDateTime,
    /// What keys are known to name; that never changes.
    names: HashMap<CounterpartKey, Key>,
    taken: Taken,
}

/// What is to be done with a record.
enum Laid {
    /// Nothing.
    Nothing,
    /// It says what is there.
    Same(Stored),
    /// It changes what is there.
    Change(Box<Change>),
    /// It cannot be laid.
    Refused(Vec<Issue>),
}

/// A record that changes what is there.
struct Change {
    key: Key,
    current: Option<Stored>,
    write: Write,
}

/// What is there, for a group of records.
struct There {
    /// By record: what it is laid onto, and whether its own key names that already.
    onto: Vec<(Option<Stored>, Named)>,
}

/// Whether a record's key names its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Already,
    NotYet,
}

impl<'e> Intake<'e> {
    /// For what a counterpart told that was called at `since`.
    pub(crate) fn new(engine: &'e Engine, caller: &'e Caller, texts: Texts, since: OffsetDateTime) -> Self {
        Self { engine, caller, texts, since, names: HashMap::new(), taken: Taken::default() }
    }

    /// Takes records in, in their order.
    ///
    /// # Errors
    /// When the store does not do its part; what is in stays in, and the same records may come again.
    pub(crate) async fn take(&mut self, items: Vec<Item>) -> Result<(), Problem> {
        let mut group = Vec::with_capacity(GROUP);
        let mut items = items.into_iter().peekable();
        while let Some(item) = items.next() {
            let again = group.iter().any(|one: &Item| one.key == item.key);
            if again {
                self.group(&std::mem::take(&mut group)).await?;
            }
            group.push(item);
            if group.len() == GROUP || items.peek().is_none() {
                self.group(&std::mem::take(&mut group)).await?;
            }
        }
        Ok(())
    }

    /// What became of them.
    pub(crate) fn end(self) -> Taken {
        self.taken
    }

    /// Takes a group in, in ever smaller parts as far as it is refused.
    async fn group(&mut self, items: &[Item]) -> Result<(), Problem> {
        let mut parts: Vec<Vec<&Item>> = vec![items.iter().collect()];
        while let Some(part) = parts.pop() {
            let Err((problem, mut refused)) = self.together(&part).await? else { continue };
            if let [one] = &*refused {
                self.alone(one, problem).await?;
            } else {
                let later = refused.split_off(refused.len() / 2);
                parts.extend([later, refused]);
            }
        }
        Ok(())
    }

    /// Lays a record that was refused again, as long as others were quicker; else it is set aside.
    async fn alone(&mut self, item: &Item, mut problem: Problem) -> Result<(), Problem> {
        for _ in 1..TRIES {
            if !matches!(problem, Problem::PreconditionFailed(_) | Problem::Conflict(_)) {
                break;
            }
            match self.together(&[item]).await? {
                Ok(()) => return Ok(()),
                Err((again, _)) => problem = again,
            }
        }
        if problem == Problem::Internal {
            self.taken.faults += 1;
            if self.taken.faults > MOST_FAULTS {
                return Err(problem);
            }
        }
        self.aside(item, issues(problem));
        Ok(())
    }

    /// Lays records and writes what changed in one commit; the records that were to be written when that is refused.
    async fn together<'i>(
        &mut self,
        items: &[&'i Item],
    ) -> Result<Result<(), (Problem, Vec<&'i Item>)>, Problem> {
        let there = self.there(items).await?;
        let mut here = HashMap::new();
        let mut changed = Vec::new();
        for (item, (current, named)) in items.iter().zip(there.onto) {
            match self.lay(item, current, named, &here) {
                Laid::Nothing => self.unchanged(item, None),
                Laid::Same(stored) => self.unchanged(item, Some(stored)),
                Laid::Refused(issues) => self.aside(item, issues),
                Laid::Change(change) => {
                    here.insert(&item.key, change.key.clone());
                    changed.push((*item, *change));
                }
            }
        }
        let changed = self.without_overtaken(changed).await?;
        let (changed, writes): (Vec<_>, Vec<_>) =
            changed.into_iter().map(|(item, change)| (item, change.write)).unzip();
        match self.engine.write_all(self.caller, writes).await {
            Ok(written) => {
                changed.into_iter().zip(written).for_each(|(item, written)| self.written(item, written));
                Ok(Ok(()))
            }
            Err(problem @ (Problem::Unavailable { .. } | Problem::TooMany { .. })) => Err(problem),
            Err(problem) => Ok(Err((problem, changed))),
        }
    }

    /// Leaves out what the counterpart says of resources of which it is just being told something newer: it would undo that
    /// for a while, here and at everybody else's.
    async fn without_overtaken<'i>(
        &mut self,
        changed: Vec<(&'i Item, Change)>,
    ) -> Result<Vec<(&'i Item, Change)>, Problem> {
        let Origin::Link(link) = &self.caller.origin else { return Ok(changed) };
        let there = changed.iter().filter(|(_, change)| change.current.is_some());
        let keys: Vec<Key> = there.map(|(_, change)| change.key.clone()).collect();
        let since = OnItsWay { accepted: self.engine.parts().clock.now() - PATIENCE, arrived: self.since };
        let newer = self.engine.view(self.caller).on_their_way(link, &keys, since).await;
        let newer = newer.map_err(|error| fault::of_store(&error, self.caller))?;
        if newer.is_empty() {
            return Ok(changed);
        }
        let (waiting, rest) = changed.into_iter().partition(|(_, change)| newer.contains(&change.key));
        for (item, change) in Vec::<(&Item, Change)>::from_iter(waiting) {
            self.taken.waiting += 1;
            if self.texts == Texts::Wanted {
                let living = change.current.filter(|stored| stored.text.is_some());
                self.taken.texts.extend(living.map(|stored| (item.key.clone(), stored)));
            }
        }
        Ok(rest)
    }

    /// Reads what the keys of records name: the resources they are laid onto, and which ones they refer to.
    async fn there(&mut self, items: &[&Item]) -> Result<There, Problem> {
        let by_bsn = |item: &&Item| item.bsn.as_ref().map(|bsn| self.engine.bsn_key(bsn));
        let persons: Vec<_> = items.iter().map(by_bsn).collect();
        let keys: Vec<_> = items.iter().map(|item| item.key.clone()).collect();
        let asked: Vec<_> = keys.iter().chain(persons.iter().flatten()).cloned().collect();
        let view = self.engine.view(self.caller);
        let failed = |error| fault::of_store(&error, self.caller);
        let unknown = self.unknown(items);
        // Both at once: they do not depend on each other.
        let (found, named) =
            futures_util::try_join!(view.by_counterpart_keys(&asked), view.keys_of_counterpart(&unknown))
                .map_err(failed)?;
        for (key, name) in unknown.into_iter().zip(named) {
            name.and_then(|name| self.names.insert(key, name));
        }
        let mut found = found.into_iter();
        let own: Vec<_> = found.by_ref().take(keys.len()).collect();
        let mut by_bsn = found;
        let mut onto = Vec::with_capacity(items.len());
        for ((key, own), person) in keys.into_iter().zip(own).zip(persons) {
            let same_person = person.and_then(|_| by_bsn.next()).flatten();
            if let Some(stored) = &own {
                self.names.insert(key, stored.key.clone());
            }
            onto.push(match own {
                Some(own) => (Some(own), Named::Already),
                None => (same_person, Named::NotYet),
            });
        }
        Ok(There { onto })
    }

    /// The keys that records refer to and of which is not known what they name.
    fn unknown(&self, items: &[&Item]) -> Vec<CounterpartKey> {
        let refers = items.iter().flat_map(|item| &item.refers);
        let unknown: HashSet<_> = refers.filter(|key| !self.names.contains_key(*key)).collect();
        unknown.into_iter().cloned().collect()
    }

    /// Lays one record.
    fn lay(
        &self,
        item: &Item,
        current: Option<Stored>,
        named: Named,
        here: &HashMap<&CounterpartKey, Key>,
    ) -> Laid {
        let refers: Vec<Option<Key>> =
            item.refers.iter().map(|key| here.get(key).or_else(|| self.names.get(key)).cloned()).collect();
        let text = current.as_ref().and_then(|stored| stored.text.as_deref());
        let Ok(living) = text.map(Resource::from_text).transpose() else {
            return Laid::Refused(vec![Issue::error(
                IssueCode::Exception,
                "what is there cannot be read back",
            )]);
        };
        // Their record may be one that nobody thought of; it must not take the others with it.
        let laid = catch_unwind(AssertUnwindSafe(|| (item.lay)(living.as_ref(), &refers)));
        match laid {
            Err(_panic) => {
                tracing::error!(place = item.place, "the adapter panicked while laying a record");
                let text = "the adapter failed on this record; see the log";
                Laid::Refused(vec![Issue::error(IssueCode::Exception, text)])
            }
            Ok(Err(issues)) => Laid::Refused(issues),
            Ok(Ok(None)) => Laid::Nothing,
            Ok(Ok(Some(next))) => compared(item, current, named, living.as_ref(), next),
        }
    }

    fn written(&mut self, item: &Item, written: Written) {
        match written.outcome {
            Outcome::Created => self.taken.figures.created += 1,
            Outcome::Updated | Outcome::Deleted => self.taken.figures.updated += 1,
            Outcome::Unchanged => self.taken.figures.unchanged += 1,
        }
        self.names.insert(item.key.clone(), written.key.clone());
        self.taken.keys.push(item.key.clone());
        if self.texts == Texts::Wanted {
            let method = if written.outcome == Outcome::Created { "POST" } else { "PUT" };
            let Written { key, version, last_updated, text, .. } = written;
            self.taken.texts.insert(item.key.clone(), Stored { key, version, last_updated, text, method });
        }
    }

    fn unchanged(&mut self, item: &Item, stored: Option<Stored>) {
        self.taken.figures.unchanged += 1;
        self.taken.keys.push(item.key.clone());
        if self.texts == Texts::Wanted {
            self.taken.texts.extend(stored.map(|stored| (item.key.clone(), stored)));
        }
    }

    fn aside(&mut self, item: &Item, issues: Vec<Issue>) {
        let record = SetAside { place: item.place.clone(), key: Some(item.key.clone()), issues };
        self.taken.figures.aside += 1;
        self.taken.aside.push(record);
    }
}

/// What a laid record does to what is there.
fn compared(
    item: &Item,
    current: Option<Stored>,
    named: Named,
    living: Option<&Resource>,
    next: Resource,
) -> Laid {
    let same = living.is_some_and(|living| living.content() == next.content());
    match current {
        Some(stored) if same && named == Named::Already => Laid::Same(stored),
        current => {
            let fresh = Key::new(item.resource_type, item.fresh.clone());
            let key = current.as_ref().map_or_else(|| fresh.clone(), |stored| stored.key.clone());
            let write = Write::laid_on(current.as_ref(), fresh, next, Some(item.key.clone()));
            Laid::Change(Box::new(Change { key, current, write }))
        }
    }
}
