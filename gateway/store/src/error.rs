//! How the store fails.

use gateway_core::{Key, Version};
use sqlx::error::DatabaseError;

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
    #[error("a database address starts with sqlite:// or postgres:// and names a file or a database")]
    Address,
    /// The master key is not 32 bytes long.
    #[error("the master key must be 32 bytes long")]
    MasterKey,
    /// The schema does not fit this version of the program.
    #[error("the schema of the database is {0}")]
    Schema(&'static str),
    /// Something stored cannot be read back: a wrong key for the secrets, or damage.
    #[error("{0} cannot be read back")]
    Damaged(&'static str),
    /// A question took longer than its view is patient for.
    #[error("the question takes too long")]
    TooCostly,
    /// `Paging::after` was not made by this store for the same tenant and the same question.
    #[error("the page cursor is not one of this search")]
    Cursor,
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
    /// A search that must find nothing finds something.
    #[error("a search finds what was not to be there")]
    Found,
    /// The counterpart's key is bound to another resource.
    #[error("the counterpart's key is taken")]
    KeyTaken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    /// What `source` means for the caller.
    pub(crate) fn of(doing: &'static str, source: sqlx::Error) -> Self {
        if passes(&source) { Self::Unavailable { doing, source } } else { Self::Database { doing, source } }
    }

    /// A group of writes that could not be committed, told to each of those in it.
    pub(crate) fn group(doing: &'static str) -> Self {
        let cause = std::io::Error::other("the commit of the group of writes failed");
        Self::Unavailable { doing, source: sqlx::Error::Io(cause) }
    }
}

/// Whether the same act may succeed later without anybody changing anything here.
pub(crate) fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| if is_sqlite(&**error) { busy(&code) } else { away(&code) })
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

fn is_sqlite(error: &dyn DatabaseError) -> bool {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
}

/// SQLite's result codes: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN (the low byte of an extended code).
fn busy(code: &str) -> bool {
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

/// SQLSTATE classes: connection, resources, operator intervention, transaction rollback, and a server that only reads.
fn away(code: &str) -> bool {
    ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class)) || code == "25006"
}

/// Whether a statement was ended because it took too long: SQLite's INTERRUPT, PostgreSQL's `query_canceled`.
pub(crate) fn ended(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, "9" | "57014"))
}

/// Whether PostgreSQL gave up a transaction for the sake of another: the same again is the right answer.
pub(crate) fn clashed(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|c| matches!(&*c, "40001" | "40P01"))
}

/// Whether somebody else stored the same in between: looking again tells what to do.
pub(crate) fn overtaken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(DatabaseError::is_unique_violation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_unavailable() {
        for code in ["5", "261", "13", "8", "1032", "14", "522"] {
            assert!(busy(code), "{code}");
        }
        for code in ["1", "19", "2067", "11", "26"] {
            assert!(!busy(code), "{code}");
        }
        for state in ["08006", "53300", "57P01", "57014", "40001", "25006"] {
            assert!(away(state), "{state}");
        }
        for state in ["23505", "42P01", "22021", "25001"] {
            assert!(!away(state), "{state}");
        }
        let full = StoreError::of("writing", sqlx::Error::PoolTimedOut);
        assert!(matches!(full, StoreError::Unavailable { .. }));
    }
}
