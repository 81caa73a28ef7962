//! A write, made ready for the database outside of any transaction: text, hash and index rows are computed here, so that
//! nobody waits for it.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use gateway_core::{Interaction, Key, Version, instant_text};

use crate::index_rows::{IndexRows, storable};
use crate::instant::{from_micros, micros};
use crate::{CommitError, Content, CounterpartKey, Outcome, Precondition, Put, View, WriteSet, Written};

/// One write in the words of the database.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) tenant: String,
    pub(crate) origin: String,
    pub(crate) request_id: String,
    pub(crate) at: i64,
    pub(crate) key: Key,
    pub(crate) id: String,
    pub(crate) interaction: &'static str,
    pub(crate) method: &'static str,
    pub(crate) precondition: Precondition,
    /// `None` deletes.
    pub(crate) document: Option<Document>,
    pub(crate) rows: IndexRows,
    pub(crate) links: Vec<String>,
    pub(crate) bind: BTreeSet<(String, String)>,
    pub(crate) release: BTreeSet<(String, String)>,
}

/// The text around its version's number, and the hash of what the client owns in it.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) head: String,
    pub(crate) tail: String,
    pub(crate) hash: Vec<u8>,
}

impl Document {
    /// The text of this version.
    pub(crate) fn text(&self, version: i64) -> String {
        format!("{}{version}{}", self.head, self.tail)
    }
}

impl View {
    /// Makes the writes of a set ready.
    pub(crate) fn prepare(&self, set: WriteSet) -> Vec<Prepared> {
        let (at, text) = (micros(set.at), instant_text(set.at));
        set.puts.into_iter().map(|put| self.prepare_one(put, at, &text)).collect()
    }

    fn prepare_one(&self, put: Put, at: i64, instant: &str) -> Prepared {
        let document = match put.content {
            Content::Deleted => None,
            Content::Document(valid) => {
                let resource = valid.resource();
                let (head, tail) = resource.stored_around(&put.key.id, instant);
                let hash = digest(&SHA256, resource.content().as_bytes()).as_ref().to_vec();
                Some(Document { head, tail, hash })
            }
        };
        Prepared {
            tenant: self.tenant.to_string(),
            origin: self.origin.clone(),
            request_id: self.request_id.clone(),
            at,
            id: put.key.id.to_string(),
            interaction: word(put.interaction),
            method: method(put.interaction, document.is_some()),
            precondition: put.precondition,
            rows: match document {
                Some(_) => IndexRows::new(put.index, &self.tenant, &self.store.keys),
                None => IndexRows::default(),
            },
            links: put.links.iter().map(ToString::to_string).collect::<BTreeSet<_>>().into_iter().collect(),
            bind: pairs(put.bind),
            release: pairs(put.release),
            document,
            key: put.key,
        }
    }
}

impl Prepared {
    /// The answer when the resource has this version now.
    pub(crate) fn written(
        &self,
        outcome: Outcome,
        version: i64,
        last_updated: i64,
        text: Option<String>,
    ) -> Written {
        Written {
            key: self.key.clone(),
            version: Version(u32::try_from(version).expect("versions are counted from 1 in single steps")),
            last_updated: from_micros(last_updated),
            outcome,
            text,
        }
    }

    /// The answer when the precondition does not hold; `found` is the living version.
    pub(crate) fn precondition_failed(&self, found: Option<i64>) -> CommitError {
        let found = found.and_then(|version| u32::try_from(version).ok()).map(Version);
        CommitError::Precondition { key: self.key.clone(), found }
    }
}

impl Precondition {
    /// Whether it holds when `living` is the current version.
    pub(crate) fn holds(&self, living: Option<i64>) -> bool {
        match self {
            Self::Any => true,
            Self::Exists => living.is_some(),
            Self::Absent => living.is_none(),
            Self::Version(wanted) => living.is_some_and(|is| wanted.iter().any(|v| i64::from(v.0) == is)),
        }
    }
}

impl Outcome {
    /// The word in the audit trail.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Unchanged => "unchanged",
        }
    }

    /// Reads the word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Created, Self::Updated, Self::Deleted, Self::Unchanged];
        all.into_iter().find(|outcome| outcome.word() == word)
    }
}

fn pairs(keys: Vec<CounterpartKey>) -> BTreeSet<(String, String)> {
    keys.into_iter().map(|key| (storable(key.space), storable(key.value))).collect()
}

fn word(interaction: Interaction) -> &'static str {
    match interaction {
        Interaction::Create => "create",
        Interaction::Read => "read",
        Interaction::Update => "update",
        Interaction::Delete => "delete",
        Interaction::Search => "search",
    }
}

/// What history says about how a version came to be.
fn method(interaction: Interaction, document: bool) -> &'static str {
    match interaction {
        _ if !document => "DELETE",
        Interaction::Create => "POST",
        Interaction::Read | Interaction::Update | Interaction::Delete | Interaction::Search => "PUT",
    }
}
