//! Reading single versions, many with one statement.
//!
//! A statement is a trip to the database and back, which costs more than finding a row. A few readers take what waits and
//! answer it with one statement ([`Together`]); one that waits alone is read as it always was. A read that begins after
//! a write was acknowledged sees it, because its statement begins later still.

use gateway_core::{Key, TenantId, Version};

use crate::together::Together;
use crate::view::VersionRow;

/// A version that somebody wants to read; of none given, the current one.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) tenant: TenantId,
    pub(crate) key: Key,
    pub(crate) version: Option<i64>,
}

/// What was found, in the order it was wanted.
pub(crate) type Answers = Vec<Result<Option<VersionRow>, sqlx::Error>>;

/// A version of a group, with its place in it.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Placed {
    pub(crate) n: i64,
    #[sqlx(flatten)]
    pub(crate) row: VersionRow,
}

/// The way to the readers.
pub(crate) type Readers = Together<Wanted, Result<Option<VersionRow>, sqlx::Error>>;

impl Readers {
    /// Reads one version, with whoever else is reading.
    pub(crate) async fn read(
        &self,
        tenant: &TenantId,
        key: &Key,
        version: Option<Version>,
    ) -> Result<Option<VersionRow>, sqlx::Error> {
        let version = version.map(|version| i64::from(version.0));
        let wanted = Wanted { tenant: tenant.clone(), key: key.clone(), version };
        self.ask(wanted).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

/// Puts what a group's statement found where it was wanted; what was not found is not there.
pub(crate) fn placed(found: Vec<Placed>, count: usize) -> Answers {
    let mut answers: Answers = (0..count).map(|_| Ok(None)).collect();
    for Placed { n, row } in found {
        if let Some(answer) = usize::try_from(n).ok().and_then(|n| answers.get_mut(n)) {
            *answer = Ok(Some(row));
        }
    }
    answers
}

/// Notes that a group's statement failed and each is read on its own.
pub(crate) fn alone(error: &sqlx::Error) {
    tracing::warn!(error = error as &dyn std::error::Error, "A group of reads broke and was done one by one");
}
