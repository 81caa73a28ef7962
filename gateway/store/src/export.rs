//! Bulk exports that clients asked for (`docs/bulk-export.md`).
//!
//! A row says what was asked, which moment it shows and what there is to fetch. It holds no content: files are read from
//! the versions of that moment when they are fetched. Preparing one is leased, so that another node goes on with it when
//! the first is gone.

use gateway_core::TenantId;
use time::OffsetDateTime;

use crate::engine::{read, write};
use crate::instant::{from_micros, micros};
use crate::{Store, StoreError, View};

/// The purpose of the key that seals what was asked.
const SEALED: &str = "export";

/// An export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub id: String,
    /// The client that asked. Nobody else may have it.
    pub client: String,
    /// What was asked, in the words of whoever prepares it.
    pub asked: String,
    /// The moment it shows.
    pub at: OffsetDateTime,
    /// Until when it can be fetched.
    pub expires: OffsetDateTime,
    /// A few words while it is prepared.
    pub progress: String,
    /// What there is to fetch; `None` while it is prepared.
    pub files: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    client: String,
    asked: Vec<u8>,
    at: i64,
    expires: i64,
    progress: String,
    files: Option<String>,
}

impl View {
    /// Keeps a new export, leased until `lease`, and forgets what is expired. False when the client has one that is being
    /// prepared: then nothing is kept.
    pub async fn begin_export(&self, export: &Export, lease: OffsetDateTime) -> Result<bool, StoreError> {
        let tenant = self.tenant.to_string();
        let asked = self.store.keys.seal(SEALED, &place(&self.tenant, &export.id), export.asked.as_bytes());
        let Export { id, client, at, expires, progress, .. } = export.clone();
        let (at, expires, lease) = (micros(at), micros(expires), micros(lease));
        let begun = write!(self.store, "keeping an export", |on| {
            sqlx::query("DELETE FROM export WHERE expires <= $1").bind(at).execute(&mut *on).await?;
            sqlx::query(
                "INSERT INTO export (id, tenant, client, asked, at, expires, progress, lease_until)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (tenant, client) WHERE files IS NULL DO NOTHING",
            )
            .bind(id)
            .bind(tenant)
            .bind(client)
            .bind(asked)
            .bind(at)
            .bind(expires)
            .bind(progress)
            .bind(lease)
            .execute(on)
            .await
            .map(|done| done.rows_affected())
        })?;
        Ok(begun == 1)
    }

    /// An export of this tenant that can be fetched still.
    pub async fn export(&self, id: &str, now: OffsetDateTime) -> Result<Option<Export>, StoreError> {
        let row: Option<Row> = read!(self.store, "reading an export", |on| {
            sqlx::query_as(
                "SELECT id, client, asked, at, expires, progress, files
                 FROM export
                 WHERE id = $1 AND tenant = $2 AND expires > $3",
            )
            .bind(id)
            .bind(self.tenant.as_str())
            .bind(micros(now))
            .fetch_optional(on)
        })?;
        row.map(|row| row.opened(&self.store, &self.tenant)).transpose()
    }

    /// Takes over an export that nobody prepares any more; false when somebody does, or it is ready or gone.
    pub async fn take_export(
        &self,
        id: &str,
        now: OffsetDateTime,
        lease: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (id, now, lease) = (id.to_owned(), micros(now), micros(lease));
        let taken = write!(self.store, "taking an export over", |on| {
            sqlx::query(
                "UPDATE export SET lease_until = $3 WHERE id = $1 AND files IS NULL AND lease_until <= $2",
            )
            .bind(id)
            .bind(now)
            .bind(lease)
            .execute(on)
            .await
            .map(|done| done.rows_affected())
        })?;
        Ok(taken == 1)
    }

    /// Notes how far an export is, and holds the lease. False when it is gone: it was cancelled.
    pub async fn note_export(
        &self,
        id: &str,
        progress: &str,
        lease: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (id, progress, lease) = (id.to_owned(), progress.to_owned(), micros(lease));
        let noted = write!(self.store, "noting how far an export is", |on| {
            sqlx::query("UPDATE export SET progress = $2, lease_until = $3 WHERE id = $1 AND files IS NULL")
                .bind(id)
                .bind(progress)
                .bind(lease)
                .execute(on)
                .await
                .map(|done| done.rows_affected())
        })?;
        Ok(noted == 1)
    }

    /// Says what there is to fetch.
    pub async fn finish_export(&self, id: &str, files: &str) -> Result<(), StoreError> {
        let (id, files) = (id.to_owned(), files.to_owned());
        write!(self.store, "finishing an export", |on| {
            sqlx::query("UPDATE export SET files = $2 WHERE id = $1")
                .bind(id)
                .bind(files)
                .execute(on)
                .await?;
            Ok(())
        })
    }

    /// Forgets an export.
    pub async fn forget_export(&self, id: &str) -> Result<(), StoreError> {
        let (id, tenant) = (id.to_owned(), self.tenant.to_string());
        write!(self.store, "forgetting an export", |on| {
            sqlx::query("DELETE FROM export WHERE id = $1 AND tenant = $2")
                .bind(id)
                .bind(tenant)
                .execute(on)
                .await?;
            Ok(())
        })
    }
}

impl Row {
    fn opened(self, store: &Store, tenant: &TenantId) -> Result<Export, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("an export");
        let asked = store.keys.open(SEALED, &place(tenant, &self.id), &self.asked)?;
        Ok(Export {
            asked: String::from_utf8(asked).map_err(|_| DAMAGED)?,
            id: self.id,
            client: self.client,
            at: from_micros(self.at),
            expires: from_micros(self.expires),
            progress: self.progress,
            files: self.files,
        })
    }
}

/// What the seal is bound to.
fn place(tenant: &TenantId, id: &str) -> String {
    format!("{tenant}/{id}")
}
