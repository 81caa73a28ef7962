//! Reading with a limit of time: a question that would take longer is ended, and says so.
//!
//! SQLite asks a handler of ours every few thousand steps whether to go on; PostgreSQL ends a statement itself. Neither
//! keeps the writer waiting: both read beside it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, SqliteConnection, SqlitePool};

use crate::engine::Engine;
use crate::error::ended;
use crate::statement::Statement;
use crate::{StoreError, View};

/// How long a question may take, unless a view says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Steps of SQLite's machine between two looks at the time: some tenths of a millisecond.
const STEPS: i32 = 10_000;

impl View {
    /// Ends questions that take longer than this.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What a statement finds, with the eyes of this tenant.
    pub(crate) async fn fetch<T>(
        &self,
        doing: &'static str,
        statement: Statement,
    ) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        let found = match &*self.store.engine {
            Engine::Sqlite(sqlite) => within(sqlite.readers.clone(), statement, self.patience).await,
            Engine::Postgres(postgres) => {
                let mut transaction = postgres.as_reader(&self.tenant, self.patience).await?;
                let found = statement.on_postgres().fetch_all(&mut *transaction).await;
                postgres.end_reading(transaction).await;
                found
            }
        };
        found.map_err(|e| if ended(&e) { StoreError::TooCostly } else { StoreError::of(doing, e) })
    }
}

impl View {
    /// The steps in which a statement would be run.
    pub(crate) async fn steps(&self, mut statement: Statement) -> Result<Vec<String>, StoreError> {
        const DOING: &str = "explaining a search";
        if matches!(&*self.store.engine, Engine::Sqlite(_)) {
            statement.text.insert_str(0, "EXPLAIN QUERY PLAN ");
            let steps: Vec<Step> = self.fetch(DOING, statement).await?;
            return Ok(steps.into_iter().map(|step| step.detail).collect());
        }
        statement.text.insert_str(0, "EXPLAIN (COSTS OFF) ");
        let lines: Vec<(String,)> = self.fetch(DOING, statement).await?;
        Ok(lines.into_iter().map(|(line,)| line).collect())
    }
}

/// A step as SQLite tells it.
#[derive(sqlx::FromRow)]
struct Step {
    detail: String,
}

/// On a task of its own: a caller who hangs up leaves no statement behind that nobody ends.
async fn within<T>(pool: SqlitePool, statement: Statement, patience: Duration) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin + 'static,
{
    let work = tokio::spawn(async move {
        let mut connection = pool.acquire().await?;
        fetch_within(&mut connection, statement, patience).await
    });
    work.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

/// What a statement finds on this connection, unless it takes longer than `patience`.
pub(crate) async fn fetch_within<T>(
    connection: &mut SqliteConnection,
    statement: Statement,
    patience: Duration,
) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin + 'static,
{
    let late = Arc::new(AtomicBool::new(false));
    let asked: Weak<AtomicBool> = Arc::downgrade(&late);
    // The handler stays with the connection; when this question is over it says yes to all others.
    let go_on = move || asked.upgrade().is_none_or(|late| !late.load(Ordering::Relaxed));
    connection.lock_handle().await?.set_progress_handler(STEPS, go_on);
    let mut answer = std::pin::pin!(statement.on_sqlite().fetch_all(connection));
    tokio::select! {
        found = &mut answer => return found,
        () = tokio::time::sleep(patience) => late.store(true, Ordering::Relaxed),
    }
    answer.await
}
