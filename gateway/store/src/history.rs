//! History: versions, newest first, in pages.

use crate::engine::read_content;
use crate::instant::micros;
use crate::search::page::{PageRow, page};
use crate::{History, Page, Paging, StoreError, View, cursor};

/// The pages of one resource's history are cut by version, those of a type's by the order of storing.
macro_rules! history {
    ($scope:literal, $position:literal) => {
        concat!(
            "SELECT t.total, p.position, r.id, v.version, v.last_updated, v.method, v.content
             FROM (SELECT count(*) AS total
                   FROM resource_version v
                   WHERE ",
            $scope,
            " AND v.last_updated >= $4) t
             LEFT JOIN (SELECT v.vseq, v.",
            $position,
            " AS position
                        FROM resource_version v
                        WHERE ",
            $scope,
            " AND v.last_updated >= $4 AND v.",
            $position,
            " < $5
                        ORDER BY v.",
            $position,
            " DESC
                        LIMIT $6) p ON TRUE
             LEFT JOIN resource_version v ON v.vseq = p.vseq
             LEFT JOIN resource r ON r.seq = v.seq
             ORDER BY p.position DESC"
        )
    };
}

const INSTANCE: &str =
    history!("v.seq = (SELECT seq FROM resource WHERE tenant = $1 AND type = $2 AND id = $3)", "version");
const TYPE: &str = history!("v.tenant = $1 AND v.type = $2", "vseq");

impl View {
    /// Versions, newest first.
    pub async fn history(&self, of: &History, paging: &Paging) -> Result<Page, StoreError> {
        let (text, resource_type, id) = match of {
            History::Instance(key) => (INSTANCE, key.resource_type, Some(key.id.as_str())),
            History::Type(resource_type) => (TYPE, *resource_type, None),
        };
        let since = paging.since.map_or(i64::MIN, micros);
        let question = format!("history {resource_type}/{} {since}", id.unwrap_or_default());
        let before = match &paging.after {
            None => i64::MAX,
            Some(after) => cursor::open(&self.store.keys, &self.tenant, &question, after)?,
        };
        let rows: Vec<PageRow> = read_content!(self, "reading a history", |on| {
            sqlx::query_as(text)
                .bind(self.tenant.as_str())
                .bind(resource_type.as_str())
                .bind(id)
                .bind(since)
                .bind(before)
                .bind(i64::from(paging.count) + 1)
                .fetch_all(on)
        })?;
        page(self, rows, resource_type, paging.count, &question)
    }
}
