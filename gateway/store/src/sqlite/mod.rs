//! SQLite: the embedded engine. One file, one writer, many readers.
//!
//! Readers have their own connections and never wait for the writer (WAL). All writing goes through one task
//! ([`writer`]), because SQLite has one writer anyway and a queue in front of it can share commits.

pub(crate) mod put;
pub(crate) mod queue;
mod read;
mod rows;
mod unless;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures_util::FutureExt;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

pub(crate) use writer::{Work, Writer};

use crate::StoreError;
use crate::reads::{Answers, Readers, Wanted};

/// How long to wait for another process that writes (the command line beside a running gateway).
const BUSY: Duration = Duration::from_secs(5);

/// How long a reader may wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Bytes a page has: a resource of a few kilobytes fits without overflow pages.
const PAGE: u32 = 8192;

/// An open SQLite database.
#[derive(Debug)]
pub(crate) struct Sqlite {
    /// For reading.
    pub(crate) readers: SqlitePool,
    /// For reading single versions.
    pub(crate) versions: Readers,
    /// For writing.
    pub(crate) writer: Writer,
    path: PathBuf,
}

impl Sqlite {
    /// Opens `path`, made when missing together with its folder; only its owner may read it.
    pub(crate) async fn open(path: &Path, readers: u32, commits: Arc<AtomicU64>) -> Result<Self, StoreError> {
        make(path).map_err(|e| StoreError::of("making the database file", e.into()))?;
        let writer = SqliteConnection::connect_with(&options(path).pragma("cache_size", "-16000"))
            .await
            .map_err(|e| StoreError::of("opening the database", e))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(readers.max(1))
            .acquire_timeout(ACQUIRE)
            // A file does not hang up; asking it each time would double the cost of a read.
            .test_before_acquire(false)
            .connect_with(options(path).pragma("query_only", "on").pragma("cache_size", "-4000"))
            .await
            .map_err(|e| StoreError::of("opening the database", e))?;
        let pool = readers.clone();
        let versions = Readers::start(read::READERS, move |wanted| read::read(pool.clone(), wanted).boxed());
        Ok(Self { readers, versions, writer: Writer::start(writer, commits), path: path.to_owned() })
    }

    /// Runs migrations, on a connection of their own because each brings its transaction.
    pub(crate) async fn migrate(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut connection = SqliteConnection::connect_with(&options(&self.path)).await?;
        migrator.run(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Reads versions that one caller wants together.
    pub(crate) async fn read_many(&self, wanted: Vec<Wanted>) -> Answers {
        read::read(self.readers.clone(), wanted).await
    }

    /// Finishes waiting writes and closes all connections.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// The file behind `sqlite://path`. A database in memory is not offered: it would not survive the process.
pub(crate) fn path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite://")?;
    (!path.is_empty() && !path.starts_with(":memory:") && !path.contains('?')).then(|| PathBuf::from(path))
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .page_size(PAGE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(200)
        .disable_statement_logging()
}

#[cfg(unix)]
fn make(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    Ok(())
}

#[cfg(not(unix))]
fn make(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_file() {
        assert_eq!(path("sqlite://data/zorgtolk.db"), Some("data/zorgtolk.db".into()));
        assert_eq!(path("sqlite:///var/z.db"), Some("/var/z.db".into()));
        for not in ["sqlite://", "sqlite://:memory:", "postgres://x", "data.db", "sqlite://a?mode=memory"] {
            assert_eq!(path(not), None, "{not}");
        }
    }
}
