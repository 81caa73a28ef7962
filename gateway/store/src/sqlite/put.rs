//! Writing on SQLite: look, decide, write. Between looking and writing nobody else can write, because the writer holds
//! the write lock. Two batches of statements per write, the first opens the savepoint `own`, the second releases it.

use sqlx::SqliteConnection;
use sqlx::query::Query;

use super::queue::json;
use super::{Savepoint, Sqlite, Work};
use crate::prepared::Prepared;
use crate::{CommitError, Outcome, StoreError, Written};

const DOING: &str = "committing a write";

/// What is there, and the number a new resource would get.
const LOOK: &str = "
SAVEPOINT own;
SELECT n.next, r.seq, r.version, r.last_updated, r.deleted, r.content_hash = $4 AS same,
       CASE WHEN r.content_hash = $4 THEN r.content END AS content
FROM (SELECT coalesce(max(seq), 0) + 1 AS next FROM resource) n
LEFT JOIN resource r ON r.tenant = $1 AND r.type = $2 AND r.id = $3";

/// One audit row: same content, nothing else is written.
const UNCHANGED: &str = "
INSERT INTO audit (at, tenant, origin, request_id, interaction, type, resource_id, version, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'unchanged');
RELEASE own";

/// The version, its audit row, what it is found by ($15 to $20), and one more delivery for each link ($21); a lane's row
/// is made with its first.
macro_rules! new_version {
    () => {
        "
INSERT INTO resource_version
       (seq, tenant, type, version, last_updated, deleted, method, origin, content)
VALUES ($1, $2, $3, $5, $6, $7, $8, $9, $10);
INSERT INTO audit (at, tenant, origin, request_id, interaction, type, resource_id, version, outcome)
VALUES ($6, $2, $9, $12, $13, $3, $4, $5, $14);
INSERT INTO index_token (seq, tenant, type, parameter, code, system)
SELECT $1, $2, $3, value ->> 0, value ->> 1, value ->> 2 FROM json_each($15);
INSERT INTO index_string (seq, tenant, type, parameter, value)
SELECT $1, $2, $3, value ->> 0, value ->> 1 FROM json_each($16);
INSERT INTO index_date (seq, tenant, type, parameter, start_at, end_at)
SELECT $1, $2, $3, value ->> 0, value ->> 1, value ->> 2 FROM json_each($17);
INSERT INTO index_reference (seq, tenant, type, parameter, target_type, target_id)
SELECT $1, $2, $3, value ->> 0, value ->> 1, value ->> 2 FROM json_each($18);
INSERT INTO index_uri (seq, tenant, type, parameter, value)
SELECT $1, $2, $3, value ->> 0, value ->> 1 FROM json_each($19);
INSERT INTO index_number (seq, tenant, type, parameter, value, unit)
SELECT $1, $2, $3, value ->> 0, value ->> 1, value ->> 2 FROM json_each($20);
INSERT INTO lane (link, tenant, type, resource_id, pending, due_at, waiting_since)
SELECT value, $2, $3, $4, 1, $6, $6 FROM json_each($21) WHERE TRUE
ON CONFLICT (link, tenant, type, resource_id) DO UPDATE
SET pending = pending + 1,
    due_at = coalesce(due_at, excluded.due_at),
    waiting_since = coalesce(waiting_since, excluded.waiting_since);
INSERT INTO delivery (lane, version, deleted, state, created, since)
SELECT lane.id, $5, $7, 'due', $6, $6
FROM json_each($21) link CROSS JOIN lane
WHERE lane.link = link.value AND lane.tenant = $2 AND lane.type = $3 AND lane.resource_id = $4;
RELEASE own"
    };
}

/// A resource that was never here.
const FIRST: &str = concat!(
    "
INSERT INTO resource (seq, tenant, type, id, version, last_updated, deleted, method, content, content_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11);",
    new_version!()
);

/// The next version of one that is, or was; what the one before was found by goes.
const NEXT: &str = concat!(
    "
UPDATE resource
SET version = $5, last_updated = $6, deleted = $7, method = $8, content = $10, content_hash = $11
WHERE seq = $1;
DELETE FROM index_token WHERE seq = $1;
DELETE FROM index_string WHERE seq = $1;
DELETE FROM index_date WHERE seq = $1;
DELETE FROM index_reference WHERE seq = $1;
DELETE FROM index_uri WHERE seq = $1;
DELETE FROM index_number WHERE seq = $1;",
    new_version!()
);

#[derive(sqlx::FromRow)]
struct Found {
    next: i64,
    seq: Option<i64>,
    version: Option<i64>,
    last_updated: Option<i64>,
    deleted: Option<bool>,
    same: Option<bool>,
    content: Option<String>,
}

/// A write with its lists as texts, made where nobody waits for it.
struct Ready {
    put: Prepared,
    index: [String; 6],
    links: String,
}

impl Ready {
    fn new(put: Prepared) -> Self {
        let rows = &put.rows;
        let index = [
            json(&rows.tokens),
            json(&rows.strings),
            json(&rows.dates),
            json(&rows.references),
            json(&rows.uris),
            json(&rows.numbers),
        ];
        Self { index, links: json(&put.links), put }
    }
}

impl Sqlite {
    /// Commits a set with whoever else is writing.
    pub(crate) async fn commit(&self, set: Vec<Prepared>) -> Result<Vec<Written>, CommitError> {
        let savepoint = match &*set {
            [one] if one.bind.is_empty() && one.release.is_empty() => Savepoint::Own,
            _ => Savepoint::Around,
        };
        let set: Vec<Ready> = set.into_iter().map(Ready::new).collect();
        let work: Work<_, CommitError> = Box::new(move |on| Box::pin(async move { write(on, &set).await }));
        self.writer.run(DOING, savepoint, work).await
    }
}

async fn write(on: &mut SqliteConnection, set: &[Ready]) -> Result<Vec<Written>, CommitError> {
    for ready in set {
        release(on, &ready.put).await.map_err(failed)?;
    }
    let mut written = Vec::with_capacity(set.len());
    for ready in set {
        written.push(one(on, ready).await?);
    }
    Ok(written)
}

async fn one(on: &mut SqliteConnection, ready: &Ready) -> Result<Written, CommitError> {
    let put = &ready.put;
    let found = look(on, put).await.map_err(failed)?;
    let living = found.version.filter(|_| found.deleted == Some(false));
    if !put.precondition.holds(living) {
        return Err(put.precondition_failed(living));
    }
    let unchanged = match put.document {
        Some(_) => found.same == Some(true),
        None => living.is_none(),
    };
    let written = if unchanged {
        let (version, at) = (found.version.unwrap_or(0), found.last_updated.unwrap_or(put.at));
        audit(on, put, version).await.map_err(failed)?;
        put.written(Outcome::Unchanged, version, at, found.content)
    } else {
        next(on, ready, &found, living.is_some()).await.map_err(failed)?
    };
    if written.version.0 > 0 {
        bind(on, put).await?;
    }
    Ok(written)
}

async fn look(on: &mut SqliteConnection, put: &Prepared) -> Result<Found, sqlx::Error> {
    sqlx::query_as(LOOK)
        .bind(&put.tenant)
        .bind(put.key.resource_type.as_str())
        .bind(&put.id)
        .bind(put.document.as_ref().map(|document| &document.hash))
        .fetch_one(on)
        .await
}

async fn audit(on: &mut SqliteConnection, put: &Prepared, version: i64) -> Result<(), sqlx::Error> {
    sqlx::query(UNCHANGED)
        .bind(put.at)
        .bind(&put.tenant)
        .bind(&put.origin)
        .bind(&put.request_id)
        .bind(put.interaction)
        .bind(put.key.resource_type.as_str())
        .bind(&put.id)
        .bind(version)
        .execute(on)
        .await?;
    Ok(())
}

/// Makes a new version, with all that comes with it.
async fn next(
    on: &mut SqliteConnection,
    ready: &Ready,
    found: &Found,
    lives: bool,
) -> Result<Written, sqlx::Error> {
    let put = &ready.put;
    let (seq, version) = (found.seq.unwrap_or(found.next), found.version.unwrap_or(0) + 1);
    let text = put.document.as_ref().map(|document| document.text(version));
    let outcome = match (&put.document, lives) {
        (None, _) => Outcome::Deleted,
        (Some(_), false) => Outcome::Created,
        (Some(_), true) => Outcome::Updated,
    };
    let query = sqlx::query(if found.seq.is_none() { FIRST } else { NEXT })
        .bind(seq)
        .bind(&put.tenant)
        .bind(put.key.resource_type.as_str())
        .bind(&put.id)
        .bind(version)
        .bind(put.at)
        .bind(text.is_none())
        .bind(put.method)
        .bind(&put.origin)
        .bind(&text)
        .bind(put.document.as_ref().map(|document| &document.hash))
        .bind(&put.request_id)
        .bind(put.interaction)
        .bind(outcome.word());
    ready.index.iter().fold(query, Query::bind).bind(&ready.links).execute(on).await?;
    Ok(put.written(outcome, version, put.at, text))
}

async fn release(on: &mut SqliteConnection, put: &Prepared) -> Result<(), sqlx::Error> {
    for (space, value) in &put.release {
        sqlx::query(
            "DELETE FROM counterpart_key
             WHERE tenant = $1 AND space = $2 AND value = $3 AND type = $4 AND resource_id = $5",
        )
        .bind(&put.tenant)
        .bind(space)
        .bind(value)
        .bind(put.key.resource_type.as_str())
        .bind(&put.id)
        .execute(&mut *on)
        .await?;
    }
    Ok(())
}

async fn bind(on: &mut SqliteConnection, put: &Prepared) -> Result<(), CommitError> {
    for (space, value) in &put.bind {
        // The update touches a row only when the key names this resource already.
        let bound = sqlx::query(
            "INSERT INTO counterpart_key (tenant, space, value, type, resource_id)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, space, value) DO UPDATE
             SET resource_id = excluded.resource_id
             WHERE type = excluded.type AND resource_id = excluded.resource_id",
        )
        .bind(&put.tenant)
        .bind(space)
        .bind(value)
        .bind(put.key.resource_type.as_str())
        .bind(&put.id)
        .execute(&mut *on)
        .await
        .map_err(failed)?;
        if bound.rows_affected() == 0 {
            return Err(CommitError::KeyTaken);
        }
    }
    Ok(())
}

fn failed(error: sqlx::Error) -> CommitError {
    StoreError::of(DOING, error).into()
}
