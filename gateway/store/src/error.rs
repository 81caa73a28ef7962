//! How the store fails.

use gateway_core::{Key, Version};

/// The database did not do what was asked. Texts name the act, never content.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A statement failed.
    #[error("{doing} failed")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// The database is not reachable, busy beyond its limit, read-only or full: try again later.
    #[error("{doing}: the database is not available")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// The address of the database is not one of ours.
    #[error("a database address starts with sqlite:// or postgres://")]
    Address,
    /// The schema does not fit this version of the program.
    #[error("the schema of the database is {0}")]
    Schema(&'static str),
    /// Something stored cannot be read back: a wrong key for the secrets, or damage.
    #[error("{0} cannot be read back")]
    Damaged(&'static str),
}

/// Why a write set was not committed. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The precondition of a write does not hold.
    #[error("the precondition on {key} does not hold")]
    Precondition {
        /// Which write.
        key: Key,
        /// The version that is there, when there is a living one.
        found: Option<Version>,
    },
    /// The counterpart's key is bound to another resource.
    #[error("the counterpart's key is taken")]
    KeyTaken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
