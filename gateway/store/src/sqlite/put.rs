//! Writing on SQLite: look, decide, write, for a whole group of write sets at once ([`crate::group`]). Between looking and
//! writing nobody else can write, because the writer holds the write lock.
//!
//! Two batches of statements for the group, whatever its size: the first opens the savepoint `own`, the second releases
//! it. Lists travel as JSON texts; texts of resources beside them, as one run of bytes that the statements cut.

use futures_util::future::BoxFuture;
use sqlx::query::Query;
use sqlx::{Executor, SqliteConnection};
use tokio::sync::oneshot;

use super::queue::json;
use super::writer::{Job, caught};
use super::{Sqlite, rows};
use crate::group::{Current, Decided, Known, decide, wanted_names};
use crate::prepared::Prepared;
use crate::{CommitError, StoreError, Written};

pub(super) const DOING: &str = "committing a write";

/// The number a new resource would get (`n` -1), and what is there: the place of each in `$1`. Its content only when
/// its hash, of 32 bytes in `$2`, is the same.
const LOOK: &str = "
SAVEPOINT own;
SELECT -1 AS n, coalesce(max(seq), 0) + 1 AS seq, 0 AS version, 0 AS last_updated, 0 AS deleted,
       NULL AS content_hash, NULL AS content
FROM resource
UNION ALL
SELECT wanted.key, r.seq, r.version, r.last_updated, r.deleted, r.content_hash,
       CASE WHEN r.content_hash = substr($2, 32 * wanted.key + 1, 32) THEN r.content END
FROM json_each($1) wanted CROSS JOIN resource r
WHERE r.tenant = wanted.value ->> 0 AND r.type = wanted.value ->> 1 AND r.id = wanted.value ->> 2";

/// What the counterparts' keys `$1` name.
const NAMED: &str = "
SELECT wanted.key AS n, k.type, k.resource_id
FROM json_each($1) wanted CROSS JOIN counterpart_key k
WHERE k.tenant = wanted.value ->> 0 AND k.space = wanted.value ->> 1 AND k.value = wanted.value ->> 2";

/// The audit rows `$1`: where everything stayed the same, nothing else is written.
macro_rules! audit {
    () => {
        "
INSERT INTO audit (at, tenant, origin, request_id, interaction, type, resource_id, version, outcome)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
       value ->> 8
FROM json_each($1);"
    };
}

const UNCHANGED: &str = concat!(audit!(), "RELEASE own");

/// The versions `$2` (seq, tenant, type, id, version, at, deleted, method, origin, where its text and hash begin in `$3`,
/// length of the text, what becomes of the row of its resource), what is found by other values now (`$4`), what each is
/// found by (`$5` to `$10`), one more delivery in each lane (`$11`, `$12`); a lane's row is made with its first.
const WRITE: &str = concat!(
    audit!(),
    "
INSERT INTO resource (seq, tenant, type, id, version, last_updated, deleted, method, content, content_hash)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
       CASE WHEN NOT value ->> 6 THEN CAST(substr($3, value ->> 9, value ->> 10) AS TEXT) END,
       CASE WHEN NOT value ->> 6 THEN substr($3, (value ->> 9) + (value ->> 10), 32) END
FROM json_each($2)
WHERE value ->> 11 = 1;
UPDATE resource
SET version = made.value ->> 4, last_updated = made.value ->> 5, deleted = made.value ->> 6,
    method = made.value ->> 7,
    content =
        CASE WHEN NOT made.value ->> 6 THEN CAST(substr($3, made.value ->> 9, made.value ->> 10) AS TEXT) END,
    content_hash =
        CASE WHEN NOT made.value ->> 6 THEN substr($3, (made.value ->> 9) + (made.value ->> 10), 32) END
FROM json_each($2) made
WHERE resource.seq = made.value ->> 0 AND made.value ->> 11 = 2;
INSERT INTO resource_version
       (seq, tenant, type, version, last_updated, deleted, method, origin, content)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
       CASE WHEN NOT value ->> 6 THEN CAST(substr($3, value ->> 9, value ->> 10) AS TEXT) END
FROM json_each($2);
DELETE FROM index_token WHERE seq IN (SELECT value FROM json_each($4));
DELETE FROM index_string WHERE seq IN (SELECT value FROM json_each($4));
DELETE FROM index_date WHERE seq IN (SELECT value FROM json_each($4));
DELETE FROM index_reference WHERE seq IN (SELECT value FROM json_each($4));
DELETE FROM index_uri WHERE seq IN (SELECT value FROM json_each($4));
DELETE FROM index_number WHERE seq IN (SELECT value FROM json_each($4));
INSERT INTO index_token (seq, tenant, type, parameter, code, system)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each($5);
INSERT INTO index_string (seq, tenant, type, parameter, value)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each($6);
INSERT INTO index_date (seq, tenant, type, parameter, start_at, end_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each($7);
INSERT INTO index_reference (seq, tenant, type, parameter, target_type, target_id)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each($8);
INSERT INTO index_uri (seq, tenant, type, parameter, value)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each($9);
INSERT INTO index_number (seq, tenant, type, parameter, value, unit)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each($10);
INSERT INTO lane (link, tenant, type, resource_id, pending, due_at, waiting_since)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 5
FROM json_each($11) WHERE TRUE
ON CONFLICT (link, tenant, type, resource_id) DO UPDATE
SET pending = pending + excluded.pending,
    due_at = coalesce(due_at, excluded.due_at),
    waiting_since = coalesce(waiting_since, excluded.waiting_since);
INSERT INTO delivery (lane, version, deleted, state, created, since)
SELECT lane.id, due.value ->> 4, due.value ->> 5, 'due', due.value ->> 6, due.value ->> 6
FROM json_each($12) due CROSS JOIN lane
WHERE lane.link = due.value ->> 0 AND lane.tenant = due.value ->> 1 AND lane.type = due.value ->> 2
  AND lane.resource_id = due.value ->> 3;
RELEASE own"
);

/// Keys that name nothing any more (`$1`), and those that name a resource from now on (`$2`).
const NAMES: &str = "
DELETE FROM counterpart_key
WHERE (tenant, space, value) IN (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1));
INSERT INTO counterpart_key (tenant, space, value, type, resource_id)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each($2)";

#[derive(sqlx::FromRow)]
struct Found {
    n: i64,
    seq: i64,
    version: i64,
    last_updated: i64,
    deleted: bool,
    content_hash: Option<Vec<u8>>,
    content: Option<String>,
}

impl Sqlite {
    /// Commits a set with whoever else is writing.
    pub(crate) async fn commit(&self, set: Vec<Prepared>) -> Result<Vec<Written>, CommitError> {
        let (reply, answer) = oneshot::channel();
        let gone = || CommitError::from(StoreError::of(DOING, sqlx::Error::PoolClosed));
        self.writer.put(Asked { set, reply }).await.map_err(|()| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

pub(super) type Answer = Result<Vec<Written>, CommitError>;

/// A set that waits for the writer.
pub(super) struct Asked {
    set: Vec<Prepared>,
    reply: oneshot::Sender<Answer>,
}

/// The sets of a group, as one piece of the writer's work.
pub(super) struct Puts {
    sets: Vec<Vec<Prepared>>,
    replies: Vec<oneshot::Sender<Answer>>,
    answers: Vec<Answer>,
}

impl Puts {
    /// Those that somebody still waits for.
    pub(super) fn new(asked: Vec<Asked>) -> Self {
        let wanted = asked.into_iter().filter(|asked| !asked.reply.is_closed());
        let (sets, replies) = wanted.map(|asked| (asked.set, asked.reply)).unzip();
        Self { sets, replies, answers: Vec::new() }
    }
}

impl Job for Puts {
    fn wanted(&self) -> bool {
        !self.sets.is_empty()
    }

    fn run<'c>(&'c mut self, on: &'c mut SqliteConnection) -> BoxFuture<'c, Result<bool, sqlx::Error>> {
        Box::pin(async move {
            let sets: Vec<&[Prepared]> = self.sets.iter().map(Vec::as_slice).collect();
            self.answers = match attempt(on, &sets).await? {
                Ok(answers) => answers,
                Err(error) if sets.len() == 1 => vec![Err(error)],
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "A group of writes broke and was done one by one"
                    );
                    one_by_one(on, &sets).await?
                }
            };
            Ok(self.answers.iter().any(Result::is_ok))
        })
    }

    fn answer(self: Box<Self>, committed: bool) {
        let mut answers = self.answers.into_iter();
        for reply in self.replies {
            let answer = match answers.next() {
                Some(Err(error)) => Err(error),
                Some(Ok(written)) if committed => Ok(written),
                _ => Err(StoreError::group(DOING).into()),
            };
            // An error means that the client hung up.
            reply.send(answer).ok();
        }
    }
}

/// Writes one set, with what was found before it on the same connection.
pub(super) async fn alone(on: &mut SqliteConnection, set: &[Prepared]) -> Answer {
    match attempt(on, &[set]).await {
        Ok(Ok(mut answers)) => answers.pop().unwrap_or_else(|| Ok(Vec::new())),
        Ok(Err(error)) => Err(error),
        Err(error) => Err(StoreError::of(DOING, error).into()),
    }
}

/// What one set broke is taken back with that set.
async fn one_by_one(on: &mut SqliteConnection, sets: &[&[Prepared]]) -> Result<Vec<Answer>, sqlx::Error> {
    let mut answers = Vec::with_capacity(sets.len());
    for set in sets {
        match attempt(on, &[*set]).await? {
            Ok(answer) => answers.extend(answer),
            Err(error) => answers.push(Err(error)),
        }
    }
    Ok(answers)
}

/// Writes the sets; when that breaks, none of them is written. The outer error says that not even going back was
/// possible.
async fn attempt(
    on: &mut SqliteConnection,
    sets: &[&[Prepared]],
) -> Result<Result<Vec<Answer>, CommitError>, sqlx::Error> {
    // A bug in one piece of work must not take the writer away from everybody.
    let broken = match caught(write(on, sets)).await {
        Some(Ok(answers)) => return Ok(Ok(answers)),
        Some(Err(error)) => StoreError::of(DOING, error),
        None => StoreError::group(DOING),
    };
    // Fails when SQLite has rolled back everything itself (disk full); then all of the group is lost.
    on.execute("ROLLBACK TO own; RELEASE own").await?;
    Ok(Err(broken.into()))
}

async fn write(on: &mut SqliteConnection, sets: &[&[Prepared]]) -> Result<Vec<Answer>, sqlx::Error> {
    let mut known = look(on, sets).await?;
    named(on, sets, &mut known).await?;
    let decided = decide(sets, known);
    names(on, &decided).await?;
    store(on, &decided).await?;
    Ok(decided.answers)
}

async fn look<'g>(on: &mut SqliteConnection, sets: &[&'g [Prepared]]) -> Result<Known<'g>, sqlx::Error> {
    let puts: Vec<&Prepared> = sets.iter().copied().flatten().collect();
    let wanted: Vec<_> = puts
        .iter()
        .map(|put| (put.tenant.as_str(), put.key.resource_type.as_str(), put.id.as_str()))
        .collect();
    let mut hashes = Vec::with_capacity(32 * puts.len());
    for put in &puts {
        hashes.extend(put.document.as_ref().map_or([0; 32].as_slice(), |document| &document.hash));
    }
    let found: Vec<Found> = sqlx::query_as(LOOK).bind(json(&wanted)).bind(hashes).fetch_all(&mut *on).await?;
    let mut known = Known::default();
    let mut next = 1;
    for found in found {
        match usize::try_from(found.n).ok().and_then(|n| puts.get(n)) {
            None => next = found.seq,
            Some(put) => note(&mut known, put, found),
        }
    }
    let absent = known.complete(sets);
    known.fresh = (next..).take(absent).collect();
    Ok(known)
}

/// Notes what was found of a write's resource.
fn note<'g>(known: &mut Known<'g>, put: &'g Prepared, found: Found) {
    let state = (found.version, found.last_updated, !found.deleted);
    let current = known
        .resources
        .entry((put.tenant.as_str(), &put.key))
        .or_insert_with(|| Current::found(found.seq, state, found.content_hash, None));
    // Where the group names it twice, the content comes with the write that has the same hash.
    if found.content.is_some() {
        current.content = found.content;
    }
}

/// Looks at the counterparts' keys, when the group has any.
async fn named<'g>(
    on: &mut SqliteConnection,
    sets: &[&'g [Prepared]],
    known: &mut Known<'g>,
) -> Result<(), sqlx::Error> {
    let wanted = wanted_names(sets);
    if wanted.is_empty() {
        return Ok(());
    }
    let found: Vec<(i64, String, String)> =
        sqlx::query_as(NAMED).bind(json(&wanted)).fetch_all(&mut *on).await?;
    for (n, resource_type, id) in found {
        if let Some(name) = usize::try_from(n).ok().and_then(|n| wanted.get(n)) {
            known.names(*name, (resource_type, id));
        }
    }
    Ok(())
}

async fn names(on: &mut SqliteConnection, decided: &Decided<'_>) -> Result<(), sqlx::Error> {
    if decided.released.is_empty() && decided.bound.is_empty() {
        return Ok(());
    }
    let bound: Vec<_> = decided
        .bound
        .iter()
        .map(|((tenant, space, value), (resource_type, id))| (tenant, space, value, resource_type, id))
        .collect();
    sqlx::query(NAMES).bind(json(&decided.released)).bind(json(&bound)).execute(on).await?;
    Ok(())
}

async fn store(on: &mut SqliteConnection, decided: &Decided<'_>) -> Result<(), sqlx::Error> {
    let audits = rows::audits(&decided.audits);
    if decided.versions.is_empty() {
        sqlx::query(UNCHANGED).bind(audits).execute(on).await?;
        return Ok(());
    }
    let (versions, bodies) = rows::versions(&decided.versions);
    let query = sqlx::query(WRITE).bind(audits).bind(versions).bind(bodies);
    let query = query.bind(rows::replaced(&decided.versions));
    let query = rows::index(&decided.versions).into_iter().fold(query, Query::bind);
    let (lanes, deliveries) = rows::deliveries(&decided.versions);
    query.bind(lanes).bind(deliveries).execute(on).await?;
    Ok(())
}
