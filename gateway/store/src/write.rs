//! What goes in: a closed set of writes, all or none.

use fhir_profiles::search::Query;
use fhir_profiles::{IndexEntry, Valid};
use gateway_core::{CounterpartKey, Interaction, Key, LinkId, Version};
use time::OffsetDateTime;

/// Writes that are committed together, or not at all.
#[derive(Debug, Clone)]
pub struct WriteSet {
    /// `meta.lastUpdated` of every new version.
    pub at: OffsetDateTime,
    /// The writes, in order; no key twice.
    pub puts: Vec<Put>,
    /// Searches that must find nothing ([`crate::CommitError::Found`]); a set without any is quicker.
    pub unless: Vec<Query>,
}

/// One write.
#[derive(Debug, Clone)]
pub struct Put {
    /// Which resource.
    pub key: Key,
    /// What becomes of it.
    pub content: Content,
    /// What must be so.
    pub precondition: Precondition,
    /// The search index rows of the content; empty for a deletion.
    pub index: Vec<IndexEntry>,
    /// The links that get a delivery, if this makes a new version.
    pub links: Vec<LinkId>,
    /// Keys that name this resource from now on, or do so already. One that names another resource refuses the whole set
    /// ([`crate::CommitError::KeyTaken`]); releases of the same set are done first.
    pub bind: Vec<CounterpartKey>,
    /// Keys that name this resource no longer, if they do; bound to another resource they are left alone.
    pub release: Vec<CounterpartKey>,
    /// How the audit trail calls it.
    pub interaction: Interaction,
}

/// What becomes of a resource.
#[derive(Debug, Clone)]
pub enum Content {
    /// It gets this content.
    Document(Valid),
    /// It is deleted: a tombstone version. Deleting what is not there or deleted already is `Unchanged`.
    Deleted,
}

/// What must be so, looked at in the same transaction. A deleted resource does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    Any,
    /// It exists (`If-Match: *`).
    Exists,
    /// It does not exist (`If-None-Match: *`).
    Absent,
    /// Its current version is one of these (`If-Match`).
    Version(Vec<Version>),
}

/// How one write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Which resource.
    pub key: Key,
    /// Its current version; 0 when what was to be deleted never was.
    pub version: Version,
    /// When that version was made.
    pub last_updated: OffsetDateTime,
    /// What happened.
    pub outcome: Outcome,
    /// The current text; `None` when deleted.
    pub text: Option<String>,
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Made new, or made again after a deletion.
    Created,
    /// A new version.
    Updated,
    /// A tombstone.
    Deleted,
    /// Same content: no version, no delivery.
    Unchanged,
}
