//! A write set that depends on searches, on SQLite: a piece of the writer's work in which they are done again. Nobody else
//! writes between them and the writes.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::put::{Answer, DOING, alone};
use super::{Sqlite, Work};
use crate::error::ended;
use crate::fetch::fetch_within;
use crate::prepared::Prepared;
use crate::unless::{Hit, Unless};
use crate::{CommitError, StoreError};

/// How long a search may keep the writer from everybody else.
const PATIENCE: Duration = Duration::from_millis(250);

impl Sqlite {
    /// Commits a set if the searches find nothing.
    pub(crate) async fn commit_unless(&self, unless: Vec<Unless>, set: Vec<Prepared>) -> Answer {
        let work: Work<_, CommitError> = Box::new(move |on| {
            Box::pin(async move {
                for one in unless {
                    nothing(on, one).await?;
                }
                alone(on, &set).await
            })
        });
        self.writer.run(DOING, work).await
    }
}

async fn nothing(on: &mut SqliteConnection, unless: Unless) -> Result<(), CommitError> {
    let found: Result<Vec<Hit>, _> = fetch_within(on, unless.statement, PATIENCE).await;
    let found =
        found.map_err(|e| if ended(&e) { StoreError::TooCostly } else { StoreError::of(DOING, e) })?;
    if Hit::any(&found) { Err(CommitError::Found) } else { Ok(()) }
}
