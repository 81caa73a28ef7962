//! From checked writes to one commit, in rounds.
//!
//! A change is delivered when the version before it or after it matches a route, so the version before is read where it
//! can decide: for a deletion, for content that some route of its type does not match, and for a Patient, whose old BSN is
//! released. What was read becomes part of the precondition. A round that was overtaken is followed by another.

use std::collections::BTreeSet;

use fhir_profiles::IndexEntry;
use fhir_profiles::search::Query;
use gateway_core::{Caller, Issue, IssueCode, Key, Problem, ResourceType};
use gateway_store::{CommitError, CounterpartKey, Outcome, Put, Stored, WriteSet, Written};
use time::OffsetDateTime;

use super::aim::{Aim, Aimed, Before, Loaded, holds, narrowed};
use super::check::{Checked, On, misplaced};
use super::{Halted, referrers};
use crate::route::{Content, links};
use crate::subscription::Table;
use crate::{Engine, fault, identity};

/// How often the versions before are read again. Each time somebody else got something written, so this many means a
/// resource that dozens write at the same moment.
const TRIES: u32 = 32;

/// One try.
#[derive(Debug)]
struct Round<'w> {
    set: WriteSet,
    /// What is to be known of each put when it comes back.
    sent: Vec<Sent<'w>>,
    /// What is only answered: its place among the writes.
    kept: Vec<(usize, Stored)>,
}

impl Round<'_> {
    /// Whether something else in the round is what a conditional write looked for and did not find.
    fn rivals(&self) -> bool {
        let at = micros(self.set.at);
        let made = |query: &Query, other: &Put| {
            matches!(other.content, gateway_store::Content::Document(_))
                && query.matches(&other.key, at, &other.index)
        };
        self.sent.iter().enumerate().any(|(own, sent)| match &sent.one.on {
            On::Matching(query) if sent.does == Does::MakeUnmatched => {
                let puts = self.set.puts.iter().enumerate();
                puts.filter(|(place, _)| *place != own).any(|(_, other)| made(query, other))
            }
            On::Matching(_) | On::Key(_) => false,
        })
    }
}

/// A put that is on its way.
#[derive(Debug)]
struct Sent<'w> {
    /// Among the writes.
    place: usize,
    one: &'w Checked,
    /// What a search found; else the key stands in `one`.
    found: Option<Key>,
    does: Does,
    /// Whether the precondition is more than what was asked.
    narrowed: bool,
    /// Whether some link is told.
    told: bool,
}

/// What a put does that the others of its round must not contradict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    /// It makes what its search did not find.
    MakeUnmatched,
    /// It deletes what lives.
    Remove,
    /// Neither.
    Write,
}

impl Does {
    fn of(aimed: &Aimed) -> Self {
        match (&aimed.content, &aimed.before) {
            (gateway_store::Content::Deleted, Before::Version { .. }) => Self::Remove,
            _ if aimed.unmatched => Self::MakeUnmatched,
            _ => Self::Write,
        }
    }
}

impl Sent<'_> {
    fn is(&self, key: &Key) -> bool {
        match (&self.found, &self.one.on) {
            (Some(found), _) => found == key,
            (None, On::Key(own)) => own == key,
            (None, On::Matching(_)) => false,
        }
    }
}

impl Engine {
    pub(super) async fn commit(&self, caller: &Caller, checked: &[Checked]) -> Result<Vec<Written>, Halted> {
        for _ in 0..TRIES {
            let looked = self.routing(caller).await.map_err(|problem| refused(None, problem))?;
            let _writing = looked.table.writing();
            let Round { set, sent, kept } = self.round((caller, &looked.table), checked).await?;
            if sent.is_empty() {
                return Ok(answers(Vec::new(), kept));
            }
            match self.view(caller).commit(set).await {
                Ok(written) => {
                    self.wake_for(&sent, &written);
                    if looked.age() > self.notice() {
                        self.route_again(caller, &written).await;
                    }
                    return Ok(answers(written, kept));
                }
                Err(error) if overtaken(&sent, &error) => {}
                Err(error) => return Err(refused(place(&sent, &error), fault::of_commit(&error, caller))),
            }
        }
        let text = "the resource was changed by others all the time; try again";
        Err(refused(None, Problem::Conflict(Issue::error(IssueCode::LockError, text))))
    }

    fn wake_for(&self, sent: &[Sent<'_>], written: &[Written]) {
        let changed = |one: &Written| one.outcome != Outcome::Unchanged;
        if sent.iter().zip(written).any(|(sent, one)| sent.told && changed(one)) {
            self.wake();
        }
    }

    async fn round<'w>(&self, by: (&Caller, &Table), checked: &'w [Checked]) -> Result<Round<'w>, Halted> {
        let puts = Vec::with_capacity(checked.len());
        let set = WriteSet { at: self.parts().clock.now(), puts, unless: Vec::new() };
        let mut round = Round { set, sent: Vec::with_capacity(checked.len()), kept: Vec::new() };
        let loaded = match checked {
            [] | [_] => Loaded::default(),
            several => self.load(by, several).await.map_err(|problem| refused(None, problem))?,
        };
        for (place, one) in checked.iter().enumerate() {
            match self.aim(by, one, &loaded).await.map_err(|problem| refused(Some(place), problem))? {
                Aim::Moved => return Err(Halted::Moved),
                Aim::Kept(stored) => round.kept.push((place, stored)),
                Aim::Write(aimed) => self.add(by, &mut round, (place, one), aimed),
            }
        }
        if twice(&round.set.puts) {
            return Err(refused(None, misplaced("one request writes the same resource twice")));
        }
        if round.rivals() {
            let text = "one request makes two resources where the criteria allow one";
            return Err(refused(None, misplaced(text)));
        }
        let puts = &round.set.puts;
        for (sent, put) in round.sent.iter().zip(puts) {
            if sent.does == Does::Remove && referrers::is_asked(by.0) {
                let left = self.unreferred(by.0, &put.key, puts).await;
                left.map_err(|problem| refused(Some(sent.place), problem))?;
            }
        }
        Ok(round)
    }

    fn add<'w>(
        &self,
        by: (&Caller, &Table),
        round: &mut Round<'w>,
        (place, one): (usize, &'w Checked),
        aimed: Aimed,
    ) {
        let does = Does::of(&aimed);
        let mut found = None;
        if let On::Matching(query) = &one.on {
            found = Some(aimed.key.clone());
            round.set.unless.extend((does == Does::MakeUnmatched).then(|| query.clone()));
        }
        let put = self.put(by, one, aimed, round.set.at);
        let (narrowed, told) = (put.precondition != one.precondition, !put.links.is_empty());
        round.sent.push(Sent { place, one, found, does, narrowed, told });
        round.set.puts.push(put);
    }

    fn put(
        &self,
        (caller, table): (&Caller, &Table),
        one: &Checked,
        aimed: Aimed,
        at: OffsetDateTime,
    ) -> Put {
        let Aimed { key, content, index, before, .. } = aimed;
        let mut versions = Vec::with_capacity(2);
        if matches!(content, gateway_store::Content::Document(_)) {
            versions.push(Content { key: &key, last_updated: micros(at), entries: &index });
        }
        if let Before::Version { stored, index } = &before {
            versions.push(Content { key: &key, last_updated: micros(stored.last_updated), entries: index });
        }
        let onward = table.onward(&self.parts().routes, caller, key.resource_type);
        let links = links(onward, &versions);
        let (identified, release) = self.identities(key.resource_type, &index, &before);
        // A door may bind the BSN of a person it makes itself, as the engine does.
        let own = one.bind.iter().filter(|bind| !identified.contains(bind)).cloned();
        Put {
            precondition: narrowed(&one.precondition, &before),
            links,
            bind: own.chain(identified.iter().cloned()).collect(),
            release,
            interaction: one.interaction,
            key,
            content,
            index,
        }
    }

    /// The keys of the BSNs that a Patient has from now on, and of those it has no longer.
    fn identities(
        &self,
        resource_type: ResourceType,
        index: &[IndexEntry],
        before: &Before,
    ) -> (Vec<CounterpartKey>, Vec<CounterpartKey>) {
        let now = identity::bsns(resource_type, index);
        let then = match before {
            Before::Version { index, .. } => identity::bsns(resource_type, index),
            Before::NotAsked | Before::Nothing => BTreeSet::new(),
        };
        let keys = |bsns: Vec<&str>| {
            bsns.into_iter().map(|bsn| identity::bsn_key(&self.parts().store, bsn)).collect::<Vec<_>>()
        };
        (keys(now.iter().copied().collect()), keys(then.difference(&now).copied().collect()))
    }
}

/// Whether the commit failed because what was read before it is no longer so. When the caller's own precondition does not
/// hold either, it fails for good.
fn overtaken(sent: &[Sent<'_>], error: &CommitError) -> bool {
    match error {
        CommitError::Found => true,
        CommitError::Precondition { key, found } => sent
            .iter()
            .find(|sent| sent.is(key))
            .is_some_and(|sent| sent.narrowed && holds(&sent.one.precondition, *found)),
        CommitError::KeyTaken | CommitError::Store(_) => false,
    }
}

/// Which of the writes the error is about.
fn place(sent: &[Sent<'_>], error: &CommitError) -> Option<usize> {
    let CommitError::Precondition { key, .. } = error else { return None };
    sent.iter().find(|sent| sent.is(key)).map(|sent| sent.place)
}

fn refused(place: Option<usize>, problem: Problem) -> Halted {
    Halted::Refused(vec![(place, problem)])
}

/// Whether two writes came to the same resource.
fn twice(puts: &[Put]) -> bool {
    let mut seen = BTreeSet::new();
    puts.len() > 1 && !puts.iter().all(|put| seen.insert(&put.key))
}

/// The answers in the order of the writes: `kept` have their places, `written` the places between.
fn answers(written: Vec<Written>, kept: Vec<(usize, Stored)>) -> Vec<Written> {
    let mut answers = written;
    for (place, Stored { key, version, last_updated, text, .. }) in kept {
        answers.insert(place, Written { key, version, last_updated, outcome: Outcome::Unchanged, text });
    }
    answers
}

pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
