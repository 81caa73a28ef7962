//! A write set that depends on searches, on PostgreSQL: in a transaction of its own, under the locks of those searches.
//!
//! A few workers do these sets, so that many equal ones that wait for each other's lock leave connections to everybody else.

use futures_util::FutureExt;
use sqlx::{AssertSqlSafe, PgConnection};

use super::put::{Answer, DOING, Writing, told};
use super::{OUR_PLANS, Postgres, group};
use crate::error::{clashed, overtaken};
use crate::prepared::Prepared;
use crate::together::Together;
use crate::unless::{Hit, Unless};
use crate::{CommitError, StoreError};

/// How many of them are written at once.
const WORKERS: usize = 3;

/// How often a set is tried that clashes with others.
const TRIES: u32 = 5;

/// Released by the end of the transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";

/// A set and what it depends on.
pub(super) struct Dependent {
    unless: Vec<Unless>,
    set: Vec<Prepared>,
}

/// The way to the workers.
pub(super) type Careful = Together<Dependent, Answer>;

/// Starts the workers.
pub(super) fn careful(writing: Writing) -> Careful {
    Careful::start(WORKERS, move |waiting| {
        let writing = writing.clone();
        async move {
            let mut answers = Vec::with_capacity(waiting.len());
            for Dependent { unless, set } in waiting {
                answers.push(writing.dependent(&unless, &set).await);
            }
            answers
        }
        .boxed()
    })
}

impl Postgres {
    /// Commits a set if the searches find nothing.
    pub(crate) async fn commit_unless(&self, unless: Vec<Unless>, set: Vec<Prepared>) -> Answer {
        let broken = || Err(StoreError::group(DOING).into());
        self.careful.ask(Dependent { unless, set }).await.unwrap_or_else(broken)
    }
}

impl Writing {
    async fn dependent(&self, unless: &[Unless], set: &[Prepared]) -> Answer {
        let mut tries = 1;
        loop {
            match self.try_dependent(unless, set).await {
                Err(error) if (clashed(&error) || overtaken(&error)) && tries < TRIES => tries += 1,
                Err(error) => return Err(told(error)),
                Ok(answer) => return answer,
            }
        }
    }

    async fn try_dependent(&self, unless: &[Unless], set: &[Prepared]) -> Result<Answer, sqlx::Error> {
        let Some(first) = set.first() else { return Ok(Ok(Vec::new())) };
        let mut transaction = self.pool.begin_with(AssertSqlSafe(begin(&first.tenant))).await?;
        // All locks before the first search: what is found is then what everybody before left.
        for one in unless {
            sqlx::query(LOCK).bind(one.lock).execute(&mut *transaction).await?;
        }
        for one in unless {
            if finds(&mut transaction, one).await? {
                transaction.rollback().await?;
                return Ok(Err(CommitError::Found));
            }
        }
        let mut decided = group::write(&mut transaction, &[set]).await?;
        let answer = decided.answers.pop().unwrap_or_else(|| Ok(Vec::new()));
        if answer.is_ok() {
            transaction.commit().await?;
            self.count();
        } else {
            transaction.rollback().await?;
        }
        Ok(answer)
    }
}

/// A tenant's name is `[a-z0-9-]`, so it can stand in the text.
fn begin(tenant: &str) -> String {
    format!("BEGIN; SET LOCAL gateway.tenant = '{tenant}'; {OUR_PLANS}")
}

async fn finds(on: &mut PgConnection, unless: &Unless) -> Result<bool, sqlx::Error> {
    let found: Vec<Hit> = unless.statement.clone().on_postgres().fetch_all(on).await?;
    Ok(Hit::any(&found))
}
