//! Migrations: forward only, one folder per engine, the same tables in both.

use sqlx::migrate::Migrator;

use crate::engine::{Engine, read};
use crate::{Store, StoreError};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The name under which a known text is sealed: a store opened with another master key cannot open it.
const PROBE: &str = "master-key-probe";

/// Whether the schema fits the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// It does.
    Current,
    /// The database lacks migrations (or is empty).
    Behind,
    /// The database has migrations this program does not know.
    Ahead,
}

impl Store {
    /// How the schema stands. Fails with [`StoreError::Damaged`] when the database was made under another master key.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        let applied = self.applied().await?;
        let known: Vec<i64> = self.migrator().iter().map(|m| m.version).collect();
        if applied.iter().any(|version| !known.contains(version)) {
            return Ok(Schema::Ahead);
        }
        if known.iter().any(|version| !applied.contains(version)) {
            return Ok(Schema::Behind);
        }
        self.probe().await?;
        Ok(Schema::Current)
    }

    /// Brings the schema to the newest state.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        if self.schema().await? == Schema::Ahead {
            return Err(StoreError::Schema("newer than this program"));
        }
        let migrated = match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.migrate(&SQLITE).await,
            Engine::Postgres(postgres) => postgres.migrate(&POSTGRES).await,
        };
        migrated.map_err(|e| StoreError::of("bringing the schema to the newest state", e.into()))?;
        self.probe().await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let _one: i32 =
            read!(self, "asking for a sign of life", |on| sqlx::query_scalar("SELECT 1").fetch_one(on))?;
        Ok(())
    }

    fn migrator(&self) -> &'static Migrator {
        match &*self.engine {
            Engine::Sqlite(_) => &SQLITE,
            Engine::Postgres(_) => &POSTGRES,
        }
    }

    /// The migrations that were applied.
    async fn applied(&self) -> Result<Vec<i64>, StoreError> {
        let there = match &*self.engine {
            Engine::Sqlite(_) => "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'",
            Engine::Postgres(_) => "SELECT count(to_regclass('_sqlx_migrations'))",
        };
        let tables: i64 =
            read!(self, "looking for the schema", |on| sqlx::query_scalar(there).fetch_one(on))?;
        if tables == 0 {
            return Ok(Vec::new());
        }
        read!(self, "reading the schema's version", |on| {
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(on)
        })
    }

    /// Makes sure that the master key is the one this database was made with.
    async fn probe(&self) -> Result<(), StoreError> {
        let opened = self.secret(PROBE, || b"zorgtolk".to_vec()).await;
        opened.map(drop).map_err(|error| match error {
            StoreError::Damaged(_) => {
                StoreError::Damaged("the database (is the master key the one it was made with?)")
            }
            other => other,
        })
    }
}
