//! A PostgreSQL database for one measurement, made on a server that is there.

use anyhow::{Context as _, Result};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// An empty database.
pub(crate) struct Database {
    admin: String,
    name: String,
    pub(crate) url: String,
}

impl Database {
    /// Makes one for a purpose; `admin` is an address with the right to.
    pub(crate) async fn make(admin: &str, purpose: &str) -> Result<Self> {
        let name = format!("load_{purpose}_{}", std::process::id());
        let server = admin.rsplit_once('/').context("an address without a database")?.0;
        let database = Self { admin: admin.to_owned(), url: format!("{server}/{name}"), name };
        database.tell(format!("CREATE DATABASE {}", database.name)).await?;
        Ok(database)
    }

    /// Takes it away, whoever is connected.
    pub(crate) async fn drop(self) -> Result<()> {
        self.tell(format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }

    async fn tell(&self, statement: String) -> Result<()> {
        let mut admin = PgConnection::connect(&self.admin).await.context("connecting to PostgreSQL")?;
        admin.execute(AssertSqlSafe(statement)).await?;
        admin.close().await?;
        Ok(())
    }
}
