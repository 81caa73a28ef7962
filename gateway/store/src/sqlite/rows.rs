//! The rows of a group of writes as the texts that `json_each` reads. Columns are named in `put.rs`, beside the statements.

use super::queue::json;
use crate::group::{Audit, NewVersion, Row, lanes};

/// Lines of the audit trail.
pub(super) fn audits(audits: &[Audit<'_>]) -> String {
    let rows: Vec<_> = audits
        .iter()
        .map(|Audit { put, version, outcome }| {
            let resource_type = put.key.resource_type.as_str();
            let who = (put.at, &put.tenant, &put.origin, &put.request_id);
            let (at, tenant, origin, request_id) = who;
            let what = (put.interaction, resource_type, &put.id, version, outcome.word());
            (at, tenant, origin, request_id, what.0, what.1, what.2, what.3, what.4)
        })
        .collect();
    json(&rows)
}

/// Versions, and the bytes their texts and hashes are cut from.
pub(super) fn versions(versions: &[NewVersion<'_>]) -> (String, Vec<u8>) {
    let length = |version: &NewVersion<'_>| version.text.as_ref().map_or(0, String::len) + 32;
    let mut bodies = Vec::with_capacity(versions.iter().map(length).sum());
    let mut rows = Vec::with_capacity(versions.len());
    for NewVersion { put, seq, version, text, row } in versions {
        let begin = bodies.len() + 1;
        let length = text.as_ref().map_or(0, String::len);
        if let (Some(text), Some(document)) = (text, &put.document) {
            bodies.extend_from_slice(text.as_bytes());
            bodies.extend_from_slice(&document.hash);
        }
        let row = match row {
            Row::Superseded => 0,
            Row::First => 1,
            Row::Next => 2,
        };
        let key = (&put.tenant, put.key.resource_type.as_str(), &put.id);
        let deleted = text.is_none();
        rows.push((
            seq,
            key.0,
            key.1,
            key.2,
            version,
            put.at,
            deleted,
            put.method,
            &put.origin,
            begin,
            length,
            row,
        ));
    }
    (json(&rows), bodies)
}

/// The resources that were found by other values until now.
pub(super) fn replaced(versions: &[NewVersion<'_>]) -> String {
    json(&newest(versions).filter(|v| v.row == Row::Next).map(|v| v.seq).collect::<Vec<_>>())
}

/// What they are found by from now on: tokens, strings, dates, references, uris, numbers.
pub(super) fn index(versions: &[NewVersion<'_>]) -> [String; 6] {
    /// One kind of rows, each behind the resource it belongs to.
    macro_rules! kind {
        ($rows:ident, |$row:pat_param| ($($column:expr),*)) => {
            json(
                &newest(versions)
                    .flat_map(|v| {
                        let (seq, tenant, kind) = (v.seq, &v.put.tenant, v.put.key.resource_type.as_str());
                        v.put.rows.$rows.iter().map(move |$row| (seq, tenant, kind, $($column),*))
                    })
                    .collect::<Vec<_>>(),
            )
        };
    }
    [
        kind!(tokens, |(parameter, code, system)| (parameter, code, system)),
        kind!(strings, |(parameter, value)| (parameter, value)),
        kind!(dates, |(parameter, start, end)| (parameter, start, end)),
        kind!(references, |(parameter, target, id)| (parameter, target, id)),
        kind!(uris, |(parameter, value)| (parameter, value)),
        kind!(numbers, |(parameter, value, unit)| (parameter, value, unit)),
    ]
}

/// Lanes that get more deliveries, and these.
pub(super) fn deliveries(versions: &[NewVersion<'_>]) -> (String, String) {
    let lanes: Vec<_> = lanes(versions)
        .into_iter()
        .map(|((link, tenant, kind, id), (more, at))| (link, tenant, kind, id, more, at))
        .collect();
    let deliveries: Vec<_> = versions
        .iter()
        .flat_map(|v| {
            let (version, deleted, at) = (v.version, v.text.is_none(), v.put.at);
            v.lanes().map(move |(link, tenant, kind, id)| (link, tenant, kind, id, version, deleted, at))
        })
        .collect();
    (json(&lanes), json(&deliveries))
}

fn newest<'v, 'g>(versions: &'v [NewVersion<'g>]) -> impl Iterator<Item = &'v NewVersion<'g>> {
    versions.iter().filter(|version| version.row != Row::Superseded)
}
