//! Deciding a group of write sets: what each of them does to what is there, one after the other.
//!
//! The engine looks at all rows of the group at once, and keeps everybody else from changing them. [`decide`] then goes
//! through the sets in order, each as if those before it were stored already: does the precondition hold, is it the same,
//! which version comes next, is the counterpart's key free. A set that is refused leaves no trace. What comes out are the
//! rows that the engine stores, with one statement for each table, and an answer for each set. No I/O, no clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gateway_core::Key;

use crate::prepared::Prepared;
use crate::{CommitError, Outcome, Written};

/// Where a resource stands: its tenant and key.
pub(crate) type Place<'g> = (&'g str, &'g Key);

/// A counterpart's key: tenant, space, value.
pub(crate) type Name<'g> = (&'g str, &'g str, &'g str);

/// A resource as it is, and as it will be.
#[derive(Debug)]
pub(crate) struct Current {
    /// Its number; 0 until it is first stored.
    pub(crate) seq: i64,
    /// Whether it was here before this group.
    pub(crate) there: bool,
    /// 0 when it never was.
    pub(crate) version: i64,
    pub(crate) last_updated: i64,
    pub(crate) lives: bool,
    pub(crate) hash: Option<Vec<u8>>,
    /// Loaded when a write of the group has the same hash.
    pub(crate) content: Option<String>,
    /// Its newest version that this group makes.
    newest: Option<usize>,
}

impl Current {
    /// One that was here.
    pub(crate) fn found(
        seq: i64,
        (version, last_updated, lives): (i64, i64, bool),
        hash: Option<Vec<u8>>,
        content: Option<String>,
    ) -> Self {
        Self { seq, there: true, version, last_updated, lives, hash, content, newest: None }
    }

    /// One that never was.
    fn absent() -> Self {
        Self { there: false, ..Self::found(0, (0, 0, false), None, None) }
    }
}

/// The resource that a counterpart's key names: type and id.
type Named = Option<(String, String)>;

/// What a counterpart's key named before the group, and what it names after it.
#[derive(Debug, Default)]
struct Bound {
    was: Named,
    now: Named,
}

/// What is in the database of what the group names.
#[derive(Debug, Default)]
pub(crate) struct Known<'g> {
    pub(crate) resources: HashMap<Place<'g>, Current>,
    /// Numbers for those that are new, in order: one for each that is not there.
    pub(crate) fresh: Vec<i64>,
    keys: BTreeMap<Name<'g>, Bound>,
}

impl<'g> Known<'g> {
    /// Notes as absent what was not found; how many there are.
    pub(crate) fn complete(&mut self, sets: &[&'g [Prepared]]) -> usize {
        for put in sets.iter().copied().flatten() {
            self.resources.entry((put.tenant.as_str(), &put.key)).or_insert_with(Current::absent);
        }
        self.resources.values().filter(|current| !current.there).count()
    }

    /// Notes what a counterpart's key names.
    pub(crate) fn names(&mut self, key: Name<'g>, resource: (String, String)) {
        self.keys.insert(key, Bound { was: Some(resource.clone()), now: Some(resource) });
    }
}

/// A version that the group makes.
#[derive(Debug)]
pub(crate) struct NewVersion<'g> {
    pub(crate) put: &'g Prepared,
    pub(crate) seq: i64,
    pub(crate) version: i64,
    pub(crate) text: Option<String>,
    /// What becomes of the row of its resource.
    pub(crate) row: Row,
}

/// What a version does to the row of its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// Nothing: the group has a newer version.
    Superseded,
    /// It is the first one.
    First,
    /// It comes after what was there.
    Next,
}

/// A line of the audit trail.
#[derive(Debug)]
pub(crate) struct Audit<'g> {
    pub(crate) put: &'g Prepared,
    pub(crate) version: i64,
    pub(crate) outcome: Outcome,
}

/// What the group does.
#[derive(Debug, Default)]
pub(crate) struct Decided<'g> {
    pub(crate) versions: Vec<NewVersion<'g>>,
    pub(crate) audits: Vec<Audit<'g>>,
    /// Keys that are given up, in order.
    pub(crate) released: Vec<Name<'g>>,
    /// Keys that are bound from now on, in order: to a type and an id.
    pub(crate) bound: Vec<(Name<'g>, (String, String))>,
    /// For each set, in order.
    pub(crate) answers: Vec<Result<Vec<Written>, CommitError>>,
}

/// A lane: link, tenant, type, id.
pub(crate) type Lane<'g> = (&'g str, &'g str, &'static str, &'g str);

impl<'g> NewVersion<'g> {
    /// The lanes it waits in.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = Lane<'g>> {
        let put = self.put;
        let lane = |link: &'g String| {
            (link.as_str(), put.tenant.as_str(), put.key.resource_type.as_str(), put.id.as_str())
        };
        put.links.iter().map(lane)
    }
}

/// The lanes that get deliveries, in the order all writers take them: how many, and when the first was accepted.
pub(crate) fn lanes<'v, 'g: 'v>(
    versions: impl IntoIterator<Item = &'v NewVersion<'g>>,
) -> BTreeMap<Lane<'g>, (i64, i64)> {
    let mut lanes = BTreeMap::new();
    for version in versions {
        for lane in version.lanes() {
            lanes.entry(lane).or_insert((0, version.put.at)).0 += 1;
        }
    }
    lanes
}

/// The counterparts' keys that a group names, in the order all writers take them, each once.
pub(crate) fn wanted_names<'g>(sets: &[&'g [Prepared]]) -> Vec<Name<'g>> {
    let mut wanted = BTreeSet::new();
    for put in sets.iter().copied().flatten() {
        let pairs = put.bind.iter().chain(&put.release);
        wanted.extend(pairs.map(|(space, value)| (put.tenant.as_str(), space.as_str(), value.as_str())));
    }
    wanted.into_iter().collect()
}

/// Decides the sets in order.
pub(crate) fn decide<'g>(sets: &[&'g [Prepared]], known: Known<'g>) -> Decided<'g> {
    let mut deciding =
        Deciding { known, decided: Decided::default(), fresh: 0, before: Vec::new(), names: Vec::new() };
    for set in sets {
        let answer = deciding.set(set);
        deciding.decided.answers.push(answer);
    }
    deciding.end()
}

struct Deciding<'g> {
    known: Known<'g>,
    decided: Decided<'g>,
    /// How many fresh numbers are taken.
    fresh: usize,
    /// Resources as they were before the set that is being decided, in the order they were changed.
    before: Vec<(Place<'g>, Current)>,
    /// Keys likewise.
    names: Vec<(Name<'g>, Named)>,
}

impl<'g> Deciding<'g> {
    fn set(&mut self, set: &'g [Prepared]) -> Result<Vec<Written>, CommitError> {
        let (versions, audits, fresh) = (self.decided.versions.len(), self.decided.audits.len(), self.fresh);
        let result = self.all(set);
        if result.is_err() {
            self.decided.versions.truncate(versions);
            self.decided.audits.truncate(audits);
            self.fresh = fresh;
            self.known.resources.extend(self.before.drain(..).rev());
            for (name, now) in self.names.drain(..).rev() {
                self.known.keys.entry(name).or_default().now = now;
            }
        }
        self.before.clear();
        self.names.clear();
        result
    }

    fn all(&mut self, set: &'g [Prepared]) -> Result<Vec<Written>, CommitError> {
        for put in set {
            self.release(put);
        }
        set.iter().map(|put| self.one(put)).collect()
    }

    fn one(&mut self, put: &'g Prepared) -> Result<Written, CommitError> {
        let current = &self.known.resources[&(put.tenant.as_str(), &put.key)];
        let living = current.lives.then_some(current.version);
        if !put.precondition.holds(living) {
            return Err(put.precondition_failed(living));
        }
        let unchanged = match &put.document {
            Some(document) => current.lives && current.hash.as_ref() == Some(&document.hash),
            None => !current.lives,
        };
        let written = if unchanged { self.same(put) } else { self.next(put) };
        if written.version.0 > 0 {
            self.bind(put)?;
        }
        Ok(written)
    }

    fn same(&mut self, put: &'g Prepared) -> Written {
        let current = &self.known.resources[&(put.tenant.as_str(), &put.key)];
        let text = match (current.lives, current.newest) {
            (false, _) => None,
            (true, Some(newest)) => self.decided.versions[newest].text.clone(),
            (true, None) => current.content.clone(),
        };
        let at = if current.version == 0 { put.at } else { current.last_updated };
        self.decided.audits.push(Audit { put, version: current.version, outcome: Outcome::Unchanged });
        put.written(Outcome::Unchanged, current.version, at, text)
    }

    fn next(&mut self, put: &'g Prepared) -> Written {
        let place = (put.tenant.as_str(), &put.key);
        let current = &self.known.resources[&place];
        let (mut seq, there, version) = (current.seq, current.there, current.version + 1);
        if seq == 0 {
            seq = self.known.fresh[self.fresh];
            self.fresh += 1;
        }
        let outcome = match (&put.document, current.lives) {
            (None, _) => Outcome::Deleted,
            (Some(_), false) => Outcome::Created,
            (Some(_), true) => Outcome::Updated,
        };
        let text = put.document.as_ref().map(|document| document.text(version));
        let written = put.written(outcome, version, put.at, text.clone());
        let next = Current {
            seq,
            there,
            version,
            last_updated: put.at,
            lives: text.is_some(),
            hash: put.document.as_ref().map(|document| document.hash.clone()),
            content: None,
            newest: Some(self.decided.versions.len()),
        };
        if let Some(before) = self.known.resources.insert(place, next) {
            self.before.push((place, before));
        }
        self.decided.versions.push(NewVersion { put, seq, version, text, row: Row::Superseded });
        self.decided.audits.push(Audit { put, version, outcome });
        written
    }

    /// Gives up the keys that name this resource.
    fn release(&mut self, put: &'g Prepared) {
        for (space, value) in &put.release {
            let name = (put.tenant.as_str(), space.as_str(), value.as_str());
            let bound = self.known.keys.entry(name).or_default();
            if bound.now.as_ref().is_some_and(|now| names(now, put)) {
                self.names.push((name, bound.now.take()));
            }
        }
    }

    fn bind(&mut self, put: &'g Prepared) -> Result<(), CommitError> {
        for (space, value) in &put.bind {
            let name = (put.tenant.as_str(), space.as_str(), value.as_str());
            let bound = self.known.keys.entry(name).or_default();
            match &bound.now {
                Some(now) if names(now, put) => {}
                Some(_) => return Err(CommitError::KeyTaken),
                None => {
                    bound.now = Some((put.key.resource_type.as_str().to_owned(), put.id.clone()));
                    self.names.push((name, None));
                }
            }
        }
        Ok(())
    }

    /// Which versions are the newest, and which keys changed.
    fn end(mut self) -> Decided<'g> {
        for current in self.known.resources.into_values() {
            if let Some(newest) = current.newest {
                self.decided.versions[newest].row = if current.there { Row::Next } else { Row::First };
            }
        }
        for (name, Bound { was, now }) in self.known.keys {
            if was == now {
                continue;
            }
            if was.is_some() {
                self.decided.released.push(name);
            }
            if let Some(now) = now {
                self.decided.bound.push((name, now));
            }
        }
        self.decided
    }
}

fn names((resource_type, id): &(String, String), put: &Prepared) -> bool {
    resource_type == put.key.resource_type.as_str() && *id == put.id
}
