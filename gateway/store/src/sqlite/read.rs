//! Reading versions on SQLite: one, or a group with one statement ([`crate::reads`]).

use sqlx::SqlitePool;

use super::queue::json;
use crate::reads::{Answers, Placed, Wanted, alone, placed};
use crate::view::VersionRow;

/// How many groups are read at once.
pub(super) const READERS: usize = 1;

const CURRENT: &str = "
SELECT version, last_updated, method, content
FROM resource
WHERE tenant = $1 AND type = $2 AND id = $3";

const ONE: &str = "
SELECT v.version, v.last_updated, v.method, v.content
FROM resource r JOIN resource_version v ON v.seq = r.seq
WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3 AND v.version = $4";

/// The current ones of `$1` and the versions of `$2`, each with its place. CROSS JOIN: what is wanted leads. All of them
/// in one row, since each row is a message between threads: what belongs to a version in one text, their contents, whose
/// lengths are part of that, one behind the other in a second.
const GROUP: &str = "
SELECT group_concat(n || ',' || version || ',' || last_updated || ',' || method || ','
                    || coalesce(octet_length(content), -1), ';') AS rows,
       group_concat(content, '') AS contents
FROM (SELECT wanted.value ->> 0 AS n, r.version, r.last_updated, r.method, r.content
      FROM json_each($1) wanted CROSS JOIN resource r
      WHERE r.tenant = wanted.value ->> 1 AND r.type = wanted.value ->> 2 AND r.id = wanted.value ->> 3
      UNION ALL
      SELECT wanted.value ->> 0, v.version, v.last_updated, v.method, v.content
      FROM json_each($2) wanted CROSS JOIN resource r CROSS JOIN resource_version v
      WHERE r.tenant = wanted.value ->> 1 AND r.type = wanted.value ->> 2 AND r.id = wanted.value ->> 3
        AND v.seq = r.seq AND v.version = wanted.value ->> 4)";

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
        .map(|(n, w)| (n, w.tenant.as_str(), w.key.resource_type.as_str(), w.key.id.as_str(), w.version))
        .partition(|row| row.4.is_none());
    let (rows, contents): (Option<String>, Option<String>) =
        sqlx::query_as(GROUP).bind(json(&current)).bind(json(&versions)).fetch_one(pool).await?;
    taken_apart(&rows.unwrap_or_default(), &contents.unwrap_or_default())
        .ok_or_else(|| sqlx::Error::Decode("a group of versions".into()))
}

/// The versions in the texts that the statement puts together.
fn taken_apart(rows: &str, mut contents: &str) -> Option<Vec<Placed>> {
    let mut versions = Vec::new();
    for row in rows.split_terminator(';') {
        let mut columns = row.split(',');
        let n = columns.next()?.parse().ok()?;
        let version = columns.next()?.parse().ok()?;
        let last_updated = columns.next()?.parse().ok()?;
        let method = columns.next()?.to_owned();
        let content = match usize::try_from(columns.next()?.parse::<i64>().ok()?) {
            Ok(length) => {
                let (content, rest) = contents.split_at_checked(length)?;
                contents = rest;
                Some(content.to_owned())
            }
            Err(_) => None,
        };
        versions.push(Placed { n, row: VersionRow { version, last_updated, method, content } });
    }
    contents.is_empty().then_some(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_cut_from_the_texts_of_a_group_by_bytes() {
        let versions = taken_apart("1,3,7,PUT,3;0,2,8,DELETE,-1;2,1,9,POST,4", "é1{\"\"}").unwrap();
        let told: Vec<_> =
            versions.iter().map(|v| (v.n, v.row.version, &*v.row.method, v.row.content.as_deref())).collect();
        assert_eq!(told, [(1, 3, "PUT", Some("é1")), (0, 2, "DELETE", None), (2, 1, "POST", Some("{\"\"}"))]);
        assert!(taken_apart("", "").unwrap().is_empty());
        for (rows, contents) in [("1,3,7,PUT,1", "é"), ("1,3,7,PUT,9", "a"), ("1,3", ""), ("", "a")] {
            assert!(taken_apart(rows, contents).is_none(), "{rows} {contents}");
        }
    }
}
