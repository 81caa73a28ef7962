//! Reading versions on SQLite: one, or a group with one statement ([`crate::reads`]).

use sqlx::SqlitePool;

use super::queue::json;
use crate::reads::{Answers, Placed, Wanted, alone, placed};
use crate::view::VersionRow;

/// How many groups are read at once.
pub(super) const READERS: usize = 2;

const CURRENT: &str = "
SELECT version, last_updated, method, content
FROM resource
WHERE tenant = $1 AND type = $2 AND id = $3";

const ONE: &str = "
SELECT v.version, v.last_updated, v.method, v.content
FROM resource r JOIN resource_version v ON v.seq = r.seq
WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3 AND v.version = $4";

/// The current ones of `$1` and the versions of `$2`, each with its place. CROSS JOIN: what is wanted leads.
const GROUP: &str = "
SELECT wanted.value ->> 0 AS n, r.version, r.last_updated, r.method, r.content
FROM json_each($1) wanted CROSS JOIN resource r
WHERE r.tenant = wanted.value ->> 1 AND r.type = wanted.value ->> 2 AND r.id = wanted.value ->> 3
UNION ALL
SELECT wanted.value ->> 0, v.version, v.last_updated, v.method, v.content
FROM json_each($2) wanted CROSS JOIN resource r CROSS JOIN resource_version v
WHERE r.tenant = wanted.value ->> 1 AND r.type = wanted.value ->> 2 AND r.id = wanted.value ->> 3
  AND v.seq = r.seq AND v.version = wanted.value ->> 4";

/// Reads a group; when that fails each on its own, so that each gets an answer of its own.
pub(super) async fn read(pool: SqlitePool, wanted: Vec<Wanted>) -> Answers {
    if wanted.len() > 1 {
        match group(&pool, &wanted).await {
            Ok(found) => return placed(found, wanted.len()),
            Err(error) => alone(&error),
        }
    }
    let mut answers = Vec::with_capacity(wanted.len());
    for wanted in &wanted {
        answers.push(one(&pool, wanted).await);
    }
    answers
}

async fn one(pool: &SqlitePool, wanted: &Wanted) -> Result<Option<VersionRow>, sqlx::Error> {
    sqlx::query_as(if wanted.version.is_none() { CURRENT } else { ONE })
        .bind(wanted.tenant.as_str())
        .bind(wanted.key.resource_type.as_str())
        .bind(wanted.key.id.as_str())
        .bind(wanted.version)
        .fetch_optional(pool)
        .await
}

async fn group(pool: &SqlitePool, wanted: &[Wanted]) -> Result<Vec<Placed>, sqlx::Error> {
    let (current, versions): (Vec<_>, Vec<_>) = wanted
        .iter()
        .enumerate()
        .map(|(n, w)| {
            (n, w.tenant.as_str(), w.key.resource_type.as_str(), w.key.id.as_str(), w.version.unwrap_or(0))
        })
        .partition(|row| row.4 == 0);
    sqlx::query_as(GROUP).bind(json(&current)).bind(json(&versions)).fetch_all(pool).await
}
