//! What a write is about, and what becomes of it.
//!
//! A patch and a conditional write do not know their resource until they look: both are settled inside the commit loop
//! (`aim`), against the version that is then made the precondition of the commit.

use std::fmt::Debug;
use std::sync::Arc;

use fhir_profiles::search::Query;
use gateway_core::{Key, Problem, Resource, ResourceType};

/// Which resource a write is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A new one; the engine gives it an id.
    New(ResourceType),
    /// This one, made when it is not there.
    Key(Key),
    /// The one that this finds (`dutch-fhir.md` 4.3, conditional interactions); the caller must be allowed to search.
    ///
    /// * None: a document makes a new one (of an update with the id that the body has, if any), a deletion deletes
    ///   nothing, a patch is `NotFound`.
    /// * One: that one. Written as [`gateway_core::Interaction::Create`] it stays as it is and is the answer.
    /// * More: `PreconditionFailed`, `multiple-matches`.
    Matching(Query),
}

impl Target {
    /// The type.
    #[must_use]
    pub fn resource_type(&self) -> ResourceType {
        match self {
            Self::New(resource_type) => *resource_type,
            Self::Key(key) => key.resource_type,
            Self::Matching(query) => query.resource_type,
        }
    }
}

/// What a write was said to be about before its commit, because others are told (`transaction`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Foreseen {
    /// This one: named, or found by the search.
    There(Key),
    /// One that is made, because it is new or the search found nothing.
    Made(Key),
    /// Nothing was found, and nothing is made.
    Nothing,
}

impl Foreseen {
    /// The resource.
    pub(crate) fn key(&self) -> Option<&Key> {
        match self {
            Self::There(key) | Self::Made(key) => Some(key),
            Self::Nothing => None,
        }
    }

    /// Whether a search that finds this finds what was foreseen.
    pub(super) fn holds(&self, found: Option<&Key>) -> bool {
        match self {
            Self::There(key) => found == Some(key),
            Self::Made(_) | Self::Nothing => found.is_none(),
        }
    }
}

/// Why a set of writes was not committed.
#[derive(Debug)]
pub(crate) enum Halted {
    /// Refused: which of the writes, when it is one, and why.
    Refused(Vec<(Option<usize>, Problem)>),
    /// A search comes to something else than was foreseen.
    Moved,
}

/// What becomes of a resource.
#[derive(Debug, Clone)]
pub enum Change {
    /// It gets this content.
    Document(Resource),
    /// It gets what this makes of its current version; without one the write is `NotFound` or `Gone`.
    Patch(Arc<dyn Patch>),
    /// It is deleted. Deleting what is not there is no error.
    Deleted,
}

/// A description of changes to a resource, as FHIR's PATCH carries it.
pub trait Patch: Debug + Send + Sync {
    /// The next content of `current`, which has its id and meta. Called again with a newer version when somebody else was
    /// quicker, so the same must come out for the same resource. The result is checked like every document.
    ///
    /// # Errors
    /// `Malformed` for what is no patch, `Invalid` for one that does not fit this resource.
    fn apply(&self, current: &Resource) -> Result<Resource, Problem>;
}
