//! The two engines, and how one text runs on either.
//!
//! A statement that both understand is written once, with `$n` placeholders, in a call of `on_either!` or one of its
//! kin; the macro writes the call for each engine's types. What differs lives in `sqlite/` and `postgres/`.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::StoreError;
use crate::postgres::{self, Postgres};
use crate::sqlite::{self, Sqlite};

/// Which database is under the store.
#[derive(Debug)]
pub(crate) enum Engine {
    /// Embedded.
    Sqlite(Sqlite),
    /// A server.
    Postgres(Postgres),
}

impl Engine {
    /// Opens what the address names.
    pub(crate) async fn open(
        url: &str,
        connections: u32,
        commits: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        if let Some(path) = sqlite::path(url) {
            return Ok(Self::Sqlite(Sqlite::open(&path, connections, commits).await?));
        }
        if postgres::is_address(url) {
            return Ok(Self::Postgres(Postgres::open(url, connections, commits).await?));
        }
        Err(StoreError::Address)
    }

    /// Finishes waiting writes and closes the connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.pool.close().await,
        }
    }
}

/// Reads what belongs to no tenant: `read!(store, "doing", |on| sqlx::query(..).fetch_all(on))`.
macro_rules! read {
    ($store:expr, $doing:literal, |$on:ident| $query:expr) => {
        match &*$store.engine {
            $crate::engine::Engine::Sqlite(sqlite) => {
                let $on = &sqlite.readers;
                $query.await
            }
            $crate::engine::Engine::Postgres(postgres) => {
                let $on = &postgres.pool;
                $query.await
            }
        }
        .map_err(|e| $crate::StoreError::of($doing, e))
    };
}

/// Reads a tenant's content. On PostgreSQL in a transaction that is allowed to see that tenant and no other.
macro_rules! read_content {
    ($view:expr, $doing:literal, |$on:ident| $query:expr) => {
        match &*$view.store.engine {
            $crate::engine::Engine::Sqlite(sqlite) => {
                let $on = &sqlite.readers;
                $query.await.map_err(|e| $crate::StoreError::of($doing, e))
            }
            $crate::engine::Engine::Postgres(postgres) => {
                let mut transaction = postgres.as_tenant(&$view.tenant).await?;
                let $on = &mut *transaction;
                let result = $query.await.map_err(|e| $crate::StoreError::of($doing, e));
                postgres.end_reading(transaction).await;
                result
            }
        }
    };
}

/// Writes what belongs to no tenant, all of `$body` or nothing. `$body` takes what it captures by value and ends in a
/// `Result<_, sqlx::Error>`.
macro_rules! write {
    ($store:expr, $doing:literal, |$on:ident| $body:expr) => {
        match &*$store.engine {
            $crate::engine::Engine::Sqlite(sqlite) => {
                let work: $crate::sqlite::Work<_, $crate::StoreError> =
                    Box::new(move |$on: &mut sqlx::SqliteConnection| {
                        Box::pin(async move {
                            let result: Result<_, sqlx::Error> = async { $body }.await;
                            result.map_err(|e| $crate::StoreError::of($doing, e))
                        })
                    });
                sqlite.writer.run($doing, work).await
            }
            $crate::engine::Engine::Postgres(postgres) => {
                let result: Result<_, sqlx::Error> = async {
                    let mut transaction = postgres.begin().await?;
                    let $on: &mut sqlx::PgConnection = &mut transaction;
                    let result: Result<_, sqlx::Error> = async { $body }.await;
                    let value = result?;
                    transaction.commit().await?;
                    Ok(value)
                }
                .await;
                $store.count_commit();
                result.map_err(|e| $crate::StoreError::of($doing, e))
            }
        }
    };
}

pub(crate) use {read, read_content, write};
