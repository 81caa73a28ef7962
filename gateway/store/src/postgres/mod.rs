//! PostgreSQL: for more nodes and more tenants. One pool; the server orders and shares commits itself.

mod group;
pub(crate) mod put;
pub(crate) mod queue;
mod read;
mod unless;

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures_util::FutureExt;
use gateway_core::TenantId;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Postgres as Dialect, Transaction};

use crate::StoreError;
use crate::reads::{Answers, Readers, Wanted};
use put::Writers;
use unless::Careful;

/// How long a call may wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// A connection that was idle for longer is asked whether it still lives before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// For a question whose plan is ours: a planner that knows little about the tables takes the indexes it was written for.
pub(crate) const OUR_PLANS: &str = "
    SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; SET LOCAL enable_sort = off;
    SET LOCAL plan_cache_mode = force_custom_plan";

/// An open PostgreSQL database.
#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) pool: PgPool,
    /// For reading single versions.
    pub(crate) versions: Readers,
    /// For writing.
    writers: Writers,
    /// For writing what depends on a search.
    careful: Careful,
}

/// Whether a URL is one of PostgreSQL's.
pub(crate) fn is_address(url: &str) -> bool {
    ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme))
}

impl Postgres {
    /// Connects.
    pub(crate) async fn open(
        url: &str,
        connections: u32,
        commits: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        // What the rest relies on, whatever the server's own settings are.
        let settings = [
            ("default_transaction_isolation", "read committed"),
            ("synchronous_commit", "on"),
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ];
        // The driver's error may repeat parts of the address.
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Address)?
            .application_name("zorgtolk")
            .options(settings)
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(connections.max(1))
            .acquire_timeout(ACQUIRE)
            // Asking costs a round trip; a connection that was in use a moment ago is not asked.
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await
            .map_err(|e| StoreError::of("opening the database", e))?;
        let reading = pool.clone();
        let versions =
            Readers::start(read::READERS, move |wanted| read::read(reading.clone(), wanted).boxed());
        let writing = put::Writing { pool: pool.clone(), commits };
        let careful = unless::careful(writing.clone());
        let writers = Writers::start(put::WRITERS, move |sets| writing.clone().group(sets).boxed());
        Ok(Self { pool, versions, writers, careful })
    }

    /// Runs migrations, for as long as they take.
    pub(crate) async fn migrate(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut connection = self.pool.acquire().await?.detach();
        connection.execute("SET statement_timeout = 0").await?;
        migrator.run(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// A transaction.
    ///
    /// Begun on a task of its own: sqlx 0.9 forgets a `BEGIN` whose caller hangs up before it is answered, and the next to
    /// use that connection would write into a transaction that nobody commits. Once begun, a transaction that is dropped
    /// is rolled back.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Dialect>, sqlx::Error> {
        self.begin_with("BEGIN".to_owned()).await
    }

    async fn begin_with(&self, text: String) -> Result<Transaction<'static, Dialect>, sqlx::Error> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(text)).await });
        begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    /// A transaction that may see one tenant's content: row-level security compares with this setting, and it ends with
    /// the transaction.
    pub(crate) async fn as_tenant(
        &self,
        tenant: &TenantId,
    ) -> Result<Transaction<'static, Dialect>, StoreError> {
        // One round trip. A tenant's name is `[a-z0-9-]`, so it can stand in the text.
        self.begin_with(format!("BEGIN READ ONLY; SET LOCAL gateway.tenant = '{tenant}'"))
            .await
            .map_err(|e| StoreError::of("beginning to read", e))
    }

    /// The same for a question that is put together: it ends when it takes longer than `patience`, walks indexes and
    /// nothing else, and is planned each time, because a plan that was made while the tables were small goes through all a
    /// tenant has.
    pub(crate) async fn as_reader(
        &self,
        tenant: &TenantId,
        patience: Duration,
    ) -> Result<Transaction<'static, Dialect>, StoreError> {
        let text = format!(
            "BEGIN READ ONLY; SET LOCAL gateway.tenant = '{tenant}'; SET LOCAL statement_timeout = {}; {OUR_PLANS}",
            patience.as_millis().max(1)
        );
        self.begin_with(text).await.map_err(|e| StoreError::of("beginning to read", e))
    }

    /// Reads versions that one caller wants together.
    pub(crate) async fn read_many(&self, wanted: Vec<Wanted>) -> Answers {
        read::read(self.pool.clone(), wanted).await
    }

    /// Ends a transaction that only read. What was read stays true when this fails.
    pub(crate) async fn end_reading(&self, transaction: Transaction<'static, Dialect>) {
        if let Err(error) = transaction.rollback().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "A reading transaction was not ended");
        }
    }
}
