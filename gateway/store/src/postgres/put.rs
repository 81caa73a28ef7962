//! Writing on PostgreSQL: one call of `write_resource` per write (`migrations/postgres/*_write_resource.sql`).
//!
//! A set of one is one statement and nothing else; a larger set is a transaction that takes its rows in the order of
//! their keys, so that two sets cannot wait for each other. Where they do all the same, PostgreSQL gives up one of them
//! and it is done again.

use sqlx::PgConnection;
use sqlx::error::DatabaseError;

use super::Postgres;
use crate::error::clashed;
use crate::prepared::Prepared;
use crate::{CommitError, Outcome, Precondition, StoreError, Written};

const DOING: &str = "committing a write";

/// What `write_resource` raises when a counterpart's key names another resource.
const KEY_TAKEN: &str = "ZT001";

/// How often a set is tried that clashes with others.
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
    /// Commits a set.
    pub(crate) async fn commit(&self, set: &[Prepared]) -> Result<Vec<Written>, CommitError> {
        let mut tries = 1;
        loop {
            let result = match set {
                [one] => self.alone(one).await.map(|written| vec![written]),
                several => self.together(several).await,
            };
            match result {
                Err(Failed::Database(error)) if clashed(&error) && tries < TRIES => tries += 1,
                Err(Failed::Database(error)) => return Err(told(error)),
                Err(Failed::Refused(error)) => return Err(error),
                Ok(written) => return Ok(written),
            }
        }
    }

    async fn alone(&self, put: &Prepared) -> Result<Written, Failed> {
        let mut connection = self.pool.acquire().await?;
        write(&mut connection, put).await
    }

    async fn together(&self, set: &[Prepared]) -> Result<Vec<Written>, Failed> {
        let mut order: Vec<(usize, &Prepared)> = set.iter().enumerate().collect();
        order.sort_by_key(|(_, put)| &put.key);
        let mut transaction = self.begin().await?;
        for (_, put) in &order {
            release(&mut transaction, put).await?;
        }
        let mut written = Vec::with_capacity(set.len());
        for (place, put) in order {
            written.push((place, write(&mut transaction, put).await?));
        }
        transaction.commit().await?;
        written.sort_unstable_by_key(|(place, _)| *place);
        Ok(written.into_iter().map(|(_, written)| written).collect())
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

fn told(error: sqlx::Error) -> CommitError {
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

/// Gives up the keys of a set before any of it is bound.
async fn release(on: &mut PgConnection, put: &Prepared) -> Result<(), sqlx::Error> {
    if put.release.is_empty() {
        return Ok(());
    }
    sqlx::query("SELECT set_config('gateway.tenant', $1, true)").bind(&put.tenant).execute(&mut *on).await?;
    sqlx::query(
        "DELETE FROM counterpart_key k
         USING unnest($2::text[], $3::text[]) AS u (space, value)
         WHERE k.tenant = $1 AND k.space = u.space AND k.value = u.value AND k.type = $4 AND k.resource_id = $5",
    )
    .bind(&put.tenant)
    .bind(list(&put.release, |(space, _)| space.as_str()))
    .bind(list(&put.release, |(_, value)| value.as_str()))
    .bind(put.key.resource_type.as_str())
    .bind(&put.id)
    .execute(on)
    .await?;
    Ok(())
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
fn list<'r, R: 'r, T>(rows: impl IntoIterator<Item = &'r R>, column: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.into_iter().map(column).collect()
}
