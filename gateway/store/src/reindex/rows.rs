//! A batch of index rows, as the statements that replace them. Rows travel as one JSON text per table, which both engines
//! take apart.

use std::collections::BTreeSet;

use gateway_core::TenantId;
use serde::Serialize;

use crate::index_rows::IndexRows;
use crate::postgres::OUR_PLANS;

/// What a resource is found by from now on, if it is still at this version.
pub(super) struct Made {
    pub(super) seq: i64,
    pub(super) kind: String,
    pub(super) version: i64,
    pub(super) index: IndexRows,
}

/// The rows of resources of one tenant.
pub(super) struct Batch {
    tenant: String,
    /// Number and version of each.
    versions: Vec<(i64, i64)>,
    tables: Vec<Table>,
    postgres: bool,
}

/// A table, its columns behind number, tenant and type, and its rows, each with the number it belongs to.
type Table = (&'static str, &'static str, Vec<(i64, serde_json::Value)>);

/// The rows of one table.
macro_rules! table {
    ($made:expr, $tenant:expr, $table:literal, $columns:literal, $rows:ident, |$row:pat_param| ($($column:expr),+)) => {
        ($table, $columns, {
            let one = |made: &Made, values: serde_json::Value| (made.seq, values);
            $made
                .iter()
                .flat_map(|made| {
                    made.index.$rows.iter().map(move |$row| {
                        one(made, json((made.seq, $tenant, made.kind.as_str(), $($column),+)))
                    })
                })
                .collect()
        })
    };
}

impl Batch {
    pub(super) fn new(tenant: &TenantId, made: &[Made], postgres: bool) -> Self {
        let of = tenant.as_str();
        let tables = vec![
            table!(made, of, "index_token", "parameter, code, system", tokens, |(p, c, s)| (p, c, s)),
            table!(made, of, "index_string", "parameter, value", strings, |(p, v)| (p, v)),
            table!(made, of, "index_date", "parameter, start_at, end_at", dates, |(p, s, e)| (p, s, e)),
            table!(
                made,
                of,
                "index_reference",
                "parameter, target_type, target_id",
                references,
                |(p, t, i)| (p, t, i)
            ),
            table!(made, of, "index_uri", "parameter, value", uris, |(p, v)| (p, v)),
            table!(made, of, "index_number", "parameter, value, unit", numbers, |(p, v, u)| (p, v, u)),
        ];
        let versions = made.iter().map(|made| (made.seq, made.version)).collect();
        Self { tenant: of.to_owned(), versions, tables, postgres }
    }

    /// What opens this tenant's walls, where there are walls. A tenant's name is `[a-z0-9-]`.
    pub(super) fn walls(&self) -> Option<String> {
        self.postgres.then(|| format!("SET LOCAL gateway.tenant = '{}'; {OUR_PLANS}", self.tenant))
    }

    /// Number and version of the living ones among `$1`. Nobody changes them until the commit.
    pub(super) fn current(&self) -> String {
        let lock = if self.postgres { " FOR UPDATE" } else { "" };
        format!(
            "SELECT seq, version FROM resource
             WHERE seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM {}) AND deleted = FALSE
             ORDER BY seq{lock}",
            self.each()
        )
    }

    /// The numbers of all of them.
    pub(super) fn numbers(&self) -> String {
        text(&self.versions.iter().map(|(seq, _)| [*seq]).collect::<Vec<_>>())
    }

    /// What replaces the rows of those that are at the version they were made of: statements, each with its one value.
    pub(super) fn statements(&self, current: &[(i64, i64)]) -> Vec<(String, String)> {
        let there: BTreeSet<i64> =
            current.iter().filter(|one| self.versions.contains(one)).map(|(seq, _)| *seq).collect();
        let numbers = text(&there.iter().map(|seq| [*seq]).collect::<Vec<_>>());
        let each = self.each();
        let mut statements = Vec::new();
        for (table, columns, rows) in &self.tables {
            let delete =
                format!("DELETE FROM {table} WHERE seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM {each})");
            statements.push((delete, numbers.clone()));
            let rows: Vec<_> =
                rows.iter().filter(|(seq, _)| there.contains(seq)).map(|(_, row)| row).collect();
            if !rows.is_empty() {
                statements.push((self.insert(table, columns), text(&rows)));
            }
        }
        statements
    }

    fn insert(&self, table: &str, columns: &str) -> String {
        let value = |(n, column): (usize, &str)| match column {
            "start_at" | "end_at" => format!("CAST(value ->> {n} AS BIGINT)"),
            _ => format!("value ->> {n}"),
        };
        let values: Vec<String> = (3..).zip(columns.split(", ")).map(value).collect();
        format!(
            "INSERT INTO {table} (seq, tenant, type, {columns})
             SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, value ->> 2, {} FROM {}",
            values.join(", "),
            self.each()
        )
    }

    /// The rows in `$1`.
    fn each(&self) -> &'static str {
        if self.postgres { "json_array_elements(CAST($1 AS JSON)) AS each (value)" } else { "json_each($1)" }
    }
}

fn json(row: impl Serialize) -> serde_json::Value {
    serde_json::to_value(row).expect("texts and numbers make JSON")
}

fn text<T: Serialize>(rows: &[T]) -> String {
    serde_json::to_string(rows).expect("texts and numbers make JSON")
}
