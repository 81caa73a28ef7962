//! A group of write sets in one transaction on PostgreSQL: look, decide, write ([`crate::group`]), two calls for each
//! tenant (`migrations/postgres/*_write_group.sql`). Looking locks the rows, so that what is decided stays true.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use super::put::list;
use crate::group::{Audit, Current, Decided, Known, Name, NewVersion, Row, decide, lanes, wanted_names};
use crate::prepared::Prepared;

const LOOK: &str = "
SELECT n, seq, version, last_updated, deleted, content_hash, content
FROM look_resources($1, $2, $3, $4)";

/// What the counterparts' keys name, locked in the order of the list. Sees what looking at the tenant's resources let it see.
const NAMED: &str = "
SELECT u.n - 1, k.type, k.resource_id
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS u (space, value, n)
CROSS JOIN LATERAL (
    SELECT type, resource_id FROM counterpart_key
    WHERE tenant = $1 AND counterpart_key.space = u.space AND counterpart_key.value = u.value
    LIMIT 1
    FOR UPDATE) k";

const WRITE: &str = "
SELECT write_group($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                   $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42,
                   $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62,
                   $63, $64)";

#[derive(sqlx::FromRow)]
struct Found {
    n: i64,
    seq: i64,
    version: Option<i64>,
    last_updated: Option<i64>,
    deleted: Option<bool>,
    content_hash: Option<Vec<u8>>,
    content: Option<String>,
}

/// Writes the sets that are not refused, to be committed.
pub(super) async fn write<'g>(
    on: &mut PgConnection,
    sets: &[&'g [Prepared]],
) -> Result<Decided<'g>, sqlx::Error> {
    let tenants: BTreeSet<&str> = sets.iter().copied().flatten().map(|put| put.tenant.as_str()).collect();
    let mut known = Known::default();
    for tenant in &tenants {
        look(on, tenant, sets, &mut known).await?;
        named(on, tenant, sets, &mut known).await?;
    }
    known.complete(sets);
    // In the order of the numbers, whichever tenant they were drawn for.
    known.fresh.sort_unstable();
    let decided = decide(sets, known);
    for tenant in &tenants {
        store(on, tenant, &decided).await?;
    }
    Ok(decided)
}

async fn look<'g>(
    on: &mut PgConnection,
    tenant: &str,
    sets: &[&'g [Prepared]],
    known: &mut Known<'g>,
) -> Result<(), sqlx::Error> {
    let puts: Vec<&Prepared> = sets.iter().copied().flatten().filter(|put| put.tenant == tenant).collect();
    let found: Vec<Found> = sqlx::query_as(LOOK)
        .bind(tenant)
        .bind(puts.iter().map(|put| put.key.resource_type.as_str()).collect::<Vec<_>>())
        .bind(puts.iter().map(|put| put.id.as_str()).collect::<Vec<_>>())
        .bind(puts.iter().map(|put| hash(put)).collect::<Vec<_>>())
        .fetch_all(on)
        .await?;
    for found in found {
        match usize::try_from(found.n).ok().and_then(|n| puts.get(n)) {
            None => known.fresh.push(found.seq),
            Some(put) => note(known, put, found),
        }
    }
    Ok(())
}

/// Notes what was found of a write's resource.
fn note<'g>(known: &mut Known<'g>, put: &'g Prepared, found: Found) {
    let state = (
        found.version.unwrap_or_default(),
        found.last_updated.unwrap_or_default(),
        found.deleted == Some(false),
    );
    let current = known
        .resources
        .entry((put.tenant.as_str(), &put.key))
        .or_insert_with(|| Current::found(found.seq, state, found.content_hash, None));
    // Where the group names it twice, the content comes with the write that has the same hash.
    if found.content.is_some() {
        current.content = found.content;
    }
}

async fn named<'g>(
    on: &mut PgConnection,
    tenant: &str,
    sets: &[&'g [Prepared]],
    known: &mut Known<'g>,
) -> Result<(), sqlx::Error> {
    let wanted: Vec<Name<'g>> = wanted_names(sets).into_iter().filter(|(of, ..)| *of == tenant).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let found: Vec<(i64, String, String)> = sqlx::query_as(NAMED)
        .bind(tenant)
        .bind(list(&wanted, |(_, space, _)| *space))
        .bind(list(&wanted, |(.., value)| *value))
        .fetch_all(on)
        .await?;
    for (n, resource_type, id) in found {
        if let Some(name) = usize::try_from(n).ok().and_then(|n| wanted.get(n)) {
            known.names(*name, (resource_type, id));
        }
    }
    Ok(())
}

/// Binds one kind of index rows: the resource's number and type, then the columns.
macro_rules! index {
    ($query:expr, $newest:expr, $rows:ident, $(|$row:pat_param| $column:expr),+) => {{
        let rows = || $newest.iter().flat_map(|v| v.put.rows.$rows.iter().map(move |row| (*v, row)));
        $query
            .bind(rows().map(|(v, _)| v.seq).collect::<Vec<_>>())
            .bind(rows().map(|(v, _)| v.put.key.resource_type.as_str()).collect::<Vec<_>>())
            $(.bind(rows().map(|(_, $row)| $column).collect::<Vec<_>>()))+
    }};
}

async fn store(on: &mut PgConnection, tenant: &str, decided: &Decided<'_>) -> Result<(), sqlx::Error> {
    let versions: Vec<&NewVersion<'_>> =
        decided.versions.iter().filter(|version| version.put.tenant == tenant).collect();
    let audits: Vec<&Audit<'_>> = decided.audits.iter().filter(|audit| audit.put.tenant == tenant).collect();
    if audits.is_empty() {
        return Ok(());
    }
    let newest: Vec<&NewVersion<'_>> =
        versions.iter().copied().filter(|version| version.row != Row::Superseded).collect();
    let query = sqlx::query(WRITE)
        .bind(tenant)
        .bind(list(&versions, |v| v.seq))
        .bind(list(&versions, |v| v.put.key.resource_type.as_str()))
        .bind(list(&versions, |v| v.put.id.as_str()))
        .bind(list(&versions, |v| v.version))
        .bind(list(&versions, |v| v.put.at))
        .bind(list(&versions, |v| v.put.method))
        .bind(list(&versions, |v| v.put.origin.as_str()))
        .bind(list(&versions, |v| v.text.as_deref()))
        .bind(list(&versions, |v| hash(v.put)))
        .bind(list(&versions, |v| row(v.row)))
        .bind(list(&audits, |a| a.put.at))
        .bind(list(&audits, |a| a.put.origin.as_str()))
        .bind(list(&audits, |a| a.put.request_id.as_str()))
        .bind(list(&audits, |a| a.put.interaction))
        .bind(list(&audits, |a| a.put.key.resource_type.as_str()))
        .bind(list(&audits, |a| a.put.id.as_str()))
        .bind(list(&audits, |a| a.version))
        .bind(list(&audits, |a| a.outcome.word()));
    let query = index!(query, newest, tokens, |row| row.0, |row| row.1.as_str(), |row| row.2.as_str());
    let query = index!(query, newest, strings, |row| row.0, |row| row.1.as_str());
    let query = index!(query, newest, dates, |row| row.0, |row| row.1, |row| row.2);
    let query = index!(query, newest, references, |row| row.0, |row| row.1, |row| row.2.as_str());
    let query = index!(query, newest, uris, |row| row.0, |row| row.1.as_str());
    let query = index!(query, newest, numbers, |row| row.0, |row| row.1.as_str(), |row| row.2.as_str());
    let lanes: Vec<_> = lanes(versions.iter().copied()).into_iter().collect();
    let due: Vec<_> = versions.iter().flat_map(|v| v.lanes().map(move |lane| (*v, lane))).collect();
    let released: Vec<_> = decided.released.iter().filter(|(of, ..)| *of == tenant).collect();
    let bound: Vec<_> = decided.bound.iter().filter(|((of, ..), _)| *of == tenant).collect();
    query
        .bind(list(&lanes, |((link, ..), _)| *link))
        .bind(list(&lanes, |((_, _, kind, _), _)| *kind))
        .bind(list(&lanes, |((.., id), _)| *id))
        .bind(list(&lanes, |(_, (pending, _))| *pending))
        .bind(list(&lanes, |(_, (_, at))| *at))
        .bind(list(&due, |(_, lane)| lane.0))
        .bind(list(&due, |(_, lane)| lane.2))
        .bind(list(&due, |(_, lane)| lane.3))
        .bind(list(&due, |(v, _)| v.version))
        .bind(list(&due, |(v, _)| v.text.is_none()))
        .bind(list(&due, |(v, _)| v.put.at))
        .bind(list(&released, |name| name.1))
        .bind(list(&released, |name| name.2))
        .bind(list(&bound, |(name, _)| name.1))
        .bind(list(&bound, |(name, _)| name.2))
        .bind(list(&bound, |(_, named)| named.0.as_str()))
        .bind(list(&bound, |(_, named)| named.1.as_str()))
        .execute(on)
        .await?;
    Ok(())
}

fn hash(put: &Prepared) -> Option<&[u8]> {
    put.document.as_ref().map(|document| document.hash.as_slice())
}

/// As `write_group` calls it.
fn row(row: Row) -> i16 {
    match row {
        Row::Superseded => 0,
        Row::First => 1,
        Row::Next => 2,
    }
}
