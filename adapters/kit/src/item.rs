//! What a counterpart told us: records on their way to becoming resources.
//!
//! An adapter knows their record and what it means; only the engine knows what is there already. An [`Item`] therefore
//! brings its own way of being laid onto the current version (`style.md` section 1).

use gateway_core::{Bsn, CounterpartKey, Id, Issue, Key, Resource, ResourceType};

/// One record of theirs, ready to be laid onto what is there.
pub struct Item {
    /// Their key. It names the resource, whatever id that has.
    pub key: CounterpartKey,
    /// What becomes of it.
    pub resource_type: ResourceType,
    /// For a person who is certain to have this BSN (two facts agree, `tetra.md` 3.9): when the key names nothing yet, the
    /// Patient with this BSN is the one, and the key names that from now on.
    pub bsn: Option<Bsn>,
    /// The id of the resource when neither names one yet.
    pub fresh: Id,
    /// Where it stood in their answer, in their words: `Afspraken[3]`.
    pub place: String,
    /// What it refers to, by their keys: resolved in this order when it is laid. Items that are referred to come first.
    pub refers: Vec<CounterpartKey>,
    /// How it is laid.
    pub lay: Lay,
}

/// Lays a record onto the current version (`None` when there is none, or it is deleted) with the resources it refers to
/// (`None` where a key names nothing). It sets the elements its counterpart owns and leaves the rest as it is. `None`:
/// nothing is to be done. Pure: it is called again when somebody else was quicker.
pub type Lay =
    Box<dyn Fn(Option<&Resource>, &[Option<Key>]) -> Result<Option<Resource>, Vec<Issue>> + Send + Sync>;

/// A record that cannot be taken in. It is kept where an operator sees it and holds up nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Where it stood in their answer, in their words: `Afspraken[3]`.
    pub place: String,
    /// Their key, when it could be read.
    pub key: Option<CounterpartKey>,
    /// Why, with paths on both sides and without content.
    pub issues: Vec<Issue>,
}
