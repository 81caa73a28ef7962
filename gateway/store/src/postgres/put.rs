//! Writing on PostgreSQL: what waits at the same time shares a transaction (`group.rs`), and one write that waits alone is
//! one call of `write_resource` (`migrations/postgres/*_write_resource.sql`) and nothing else.
//!
//! Everybody takes rows in the order of their keys, so that two groups cannot wait for each other. Where they do all the
//! same, PostgreSQL gives up one of them and it is done again. A group that breaks for another reason is done set by set,
//! so that what is wrong with one is told to that one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::error::DatabaseError;
use sqlx::{PgConnection, PgPool};

use super::{Postgres, group};
use crate::error::{clashed, overtaken, passes};
use crate::prepared::Prepared;
use crate::together::Together;
use crate::{CommitError, Outcome, Precondition, StoreError, Written};

pub(super) const DOING: &str = "committing a write";

/// What `write_resource` raises when a counterpart's key names another resource.
const KEY_TAKEN: &str = "ZT001";

/// How many groups are written at once.
pub(super) const WRITERS: usize = 3;

/// How often a set or a group is tried that clashes with others.
const TRIES: u32 = 5;

const WRITE: &str = "
SELECT outcome, version, last_updated, content
FROM write_resource($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                    $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)";

#[derive(sqlx::FromRow)]
struct Done {
    outcome: String,
    version: Option<i64>,
    last_updated: Option<i64>,
    content: Option<String>,
}

impl Postgres {
    /// Commits a set with whoever else is writing.
    pub(crate) async fn commit(&self, set: Vec<Prepared>) -> Result<Vec<Written>, CommitError> {
        let broken = || Err(StoreError::group(DOING).into());
        self.writers.ask(set).await.unwrap_or_else(broken)
    }
}

/// How a set ended.
pub(super) type Answer = Result<Vec<Written>, CommitError>;

/// The way to the writers.
pub(super) type Writers = Together<Vec<Prepared>, Answer>;

/// What a writer works with.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    pub(super) pool: PgPool,
    pub(super) commits: Arc<AtomicU64>,
}

impl Writing {
    /// Commits what waited together. A write that came alone is one call and one commit.
    pub(super) async fn group(self, sets: Vec<Vec<Prepared>>) -> Vec<Answer> {
        let all: Vec<&[Prepared]> = sets.iter().map(Vec::as_slice).collect();
        if all.len() > 1
            && let Some(answers) = self.together(&all).await
        {
            return answers;
        }
        let mut answers = Vec::with_capacity(all.len());
        for set in &all {
            answers.push(self.one(set).await);
        }
        answers
    }

    /// One set, with nobody else's.
    async fn one(&self, set: &[Prepared]) -> Answer {
        if let [put] = set {
            return self.alone(put).await.map(|written| vec![written]);
        }
        let mut tries = 1;
        loop {
            match self.try_together(&[set]).await {
                Err(error) if (clashed(&error) || overtaken(&error)) && tries < TRIES => tries += 1,
                Err(error) => return Err(told(error)),
                Ok(mut answers) => return answers.pop().unwrap_or_else(|| Ok(Vec::new())),
            }
        }
    }

    async fn alone(&self, put: &Prepared) -> Result<Written, CommitError> {
        let mut tries = 1;
        loop {
            match self.call(put).await {
                Err(Failed::Database(error)) if clashed(&error) && tries < TRIES => tries += 1,
                Err(Failed::Database(error)) => return Err(told(error)),
                Err(Failed::Refused(error)) => return Err(error),
                Ok(written) => {
                    self.count();
                    return Ok(written);
                }
            }
        }
    }

    async fn call(&self, put: &Prepared) -> Result<Written, Failed> {
        let mut connection = self.pool.acquire().await?;
        write(&mut connection, put).await
    }

    /// All sets with one commit. `None` when one of them breaks it: then each is to be done on its own.
    async fn together(&self, sets: &[&[Prepared]]) -> Option<Vec<Answer>> {
        for _ in 0..TRIES {
            match self.try_together(sets).await {
                Ok(answers) => return Some(answers),
                Err(error) if clashed(&error) || overtaken(&error) => {}
                // Nobody knows whether it was committed, and the next try would not do better.
                Err(error) if passes(&error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "A group of writes was not committed; its clients were told to try again"
                    );
                    return Some(sets.iter().map(|_| Err(StoreError::group(DOING).into())).collect());
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "A group of writes broke and was done one by one"
                    );
                    return None;
                }
            }
        }
        None
    }

    async fn try_together(&self, sets: &[&[Prepared]]) -> Result<Vec<Answer>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let decided = group::write(&mut transaction, sets).await?;
        if decided.audits.is_empty() {
            transaction.rollback().await?;
        } else {
            transaction.commit().await?;
            self.count();
        }
        Ok(decided.answers)
    }

    pub(super) fn count(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }
}

/// Why a try came to nothing.
enum Failed {
    Refused(CommitError),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

pub(super) fn told(error: sqlx::Error) -> CommitError {
    match error.as_database_error().and_then(DatabaseError::code) {
        Some(code) if code == KEY_TAKEN => CommitError::KeyTaken,
        _ => StoreError::of(DOING, error).into(),
    }
}

async fn write(on: &mut PgConnection, put: &Prepared) -> Result<Written, Failed> {
    let done = call(on, put).await?;
    if done.outcome == "refused" {
        return Err(Failed::Refused(put.precondition_failed(done.version)));
    }
    let outcome = Outcome::from_word(&done.outcome)
        .ok_or_else(|| Failed::Refused(StoreError::Damaged("the answer of write_resource").into()))?;
    let version = done.version.unwrap_or(0);
    let text = match outcome {
        Outcome::Unchanged => done.content,
        Outcome::Created | Outcome::Updated | Outcome::Deleted => {
            put.document.as_ref().map(|document| document.text(version))
        }
    };
    Ok(put.written(outcome, version, done.last_updated.unwrap_or(put.at), text))
}

async fn call(on: &mut PgConnection, put: &Prepared) -> Result<Done, sqlx::Error> {
    let (precondition, versions) = precondition(&put.precondition);
    let rows = &put.rows;
    sqlx::query_as(WRITE)
        .bind(&put.tenant)
        .bind(put.key.resource_type.as_str())
        .bind(&put.id)
        .bind(put.at)
        .bind(put.document.as_ref().map(|document| &document.head))
        .bind(put.document.as_ref().map(|document| &document.tail))
        .bind(put.document.as_ref().map(|document| &document.hash))
        .bind(put.method)
        .bind(&put.origin)
        .bind(&put.request_id)
        .bind(put.interaction)
        .bind(precondition)
        .bind(versions)
        .bind(&put.links)
        .bind(list(&put.bind, |(space, _)| space.as_str()))
        .bind(list(&put.bind, |(_, value)| value.as_str()))
        .bind(list(&put.release, |(space, _)| space.as_str()))
        .bind(list(&put.release, |(_, value)| value.as_str()))
        .bind(list(&rows.tokens, |row| row.0))
        .bind(list(&rows.tokens, |row| row.1.as_str()))
        .bind(list(&rows.tokens, |row| row.2.as_str()))
        .bind(list(&rows.strings, |row| row.0))
        .bind(list(&rows.strings, |row| row.1.as_str()))
        .bind(list(&rows.dates, |row| row.0))
        .bind(list(&rows.dates, |row| row.1))
        .bind(list(&rows.dates, |row| row.2))
        .bind(list(&rows.references, |row| row.0))
        .bind(list(&rows.references, |row| row.1))
        .bind(list(&rows.references, |row| row.2.as_str()))
        .bind(list(&rows.uris, |row| row.0))
        .bind(list(&rows.uris, |row| row.1.as_str()))
        .bind(list(&rows.numbers, |row| row.0))
        .bind(list(&rows.numbers, |row| row.1.as_str()))
        .bind(list(&rows.numbers, |row| row.2.as_str()))
        .fetch_one(on)
        .await
}

fn precondition(precondition: &Precondition) -> (&'static str, Vec<i64>) {
    match precondition {
        Precondition::Any => ("any", Vec::new()),
        Precondition::Exists => ("exists", Vec::new()),
        Precondition::Absent => ("absent", Vec::new()),
        Precondition::Version(versions) => ("version", versions.iter().map(|v| i64::from(v.0)).collect()),
    }
}

/// One column of rows.
pub(super) fn list<'r, R: 'r, T>(
    rows: impl IntoIterator<Item = &'r R>,
    column: impl Fn(&'r R) -> T,
) -> Vec<T> {
    rows.into_iter().map(column).collect()
}
