//! Search: a typed query becomes one statement that finds, counts and cuts a page.

pub(crate) mod page;
mod sql;

use fhir_profiles::search::Query;
use gateway_core::TenantId;
use sqlx::AssertSqlSafe;

use crate::engine::{Engine, read_content};
use crate::keys::Keys;
use crate::statement::{self, Statement};
use crate::{Page, Paging, StoreError, View, cursor};
use page::{PageRow, page};
use sql::{Search, Value};

impl View {
    /// The living resources a query finds.
    pub async fn search(&self, query: &Query, paging: &Paging) -> Result<Page, StoreError> {
        let question = question(query);
        let after = match &paging.after {
            None => i64::MIN,
            Some(after) => cursor::open(&self.store.keys, &self.tenant, &question, after)?,
        };
        let Search { text, values } =
            sql::search(query, &self.tenant, &self.store.keys, after, i64::from(paging.count) + 1);
        let rows: Vec<PageRow> = read_content!(self, "searching", |on| {
            let query = values.into_iter().fold(
                // The text is made of our own words and numbers of placeholders; what is searched for is bound.
                sqlx::query_as(AssertSqlSafe(text)),
                |query, value| match value {
                    Value::Text(text) => query.bind(text),
                    Value::Number(number) => query.bind(number),
                },
            );
            query.fetch_all(on)
        })?;
        page(self, rows, paging, &question)
    }
}

/// The statement that finds at most `limit` resources, with their `id`s: for a commit that depends on what is found.
pub(crate) fn finding(query: &Query, tenant: &TenantId, keys: &Keys, limit: u32) -> Statement {
    let sql::Search { text, values } = sql::search(query, tenant, keys, i64::MIN, i64::from(limit));
    let values = values.into_iter().map(|value| match value {
        Value::Text(text) => statement::Value::Text(text),
        Value::Number(number) => statement::Value::Number(number),
    });
    Statement { text, values: values.collect() }
}

impl View {
    /// How SQLite would run a search: the steps of its plan. For tests and for whoever wonders why a search is slow;
    /// PostgreSQL answers with an empty list.
    pub async fn explain(&self, query: &Query) -> Result<Vec<String>, StoreError> {
        let Search { text, values } = sql::search(query, &self.tenant, &self.store.keys, i64::MIN, 1);
        let Engine::Sqlite(sqlite) = &*self.store.engine else { return Ok(Vec::new()) };
        let steps = sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")));
        let steps: Vec<(i64, i64, i64, String)> = values
            .into_iter()
            .fold(steps, |query, value| match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            })
            .fetch_all(&sqlite.readers)
            .await
            .map_err(|e| StoreError::of("explaining a search", e))?;
        Ok(steps.into_iter().map(|(.., step)| step).collect())
    }
}

/// What a cursor is made for.
fn question(query: &Query) -> String {
    let mut question = format!("search {}", query.resource_type);
    for (name, value) in &query.understood {
        question.push('\n');
        question.push_str(name);
        question.push('\0');
        question.push_str(value);
    }
    question
}
