//! Secrets that all nodes share: made once, kept sealed.

use crate::engine::{read, write};
use crate::{Store, StoreError};

/// The purpose of the key that seals them.
const SEALED: &str = "secret";

impl Store {
    /// A named secret (a signing key), made by `make` at the first call and kept encrypted: the same on every node.
    pub async fn secret(
        &self,
        name: &str,
        make: impl FnOnce() -> Vec<u8> + Send,
    ) -> Result<Vec<u8>, StoreError> {
        if let Some(secret) = self.known_secret(name).await? {
            return Ok(secret);
        }
        let (row, body) = (name.to_owned(), self.keys.seal(SEALED, name, &make()));
        // Another node may be quicker; then its secret is the one, and ours was never used.
        write!(self, "storing a secret", |on| {
            sqlx::query("INSERT INTO secret (name, body) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(row)
                .bind(body)
                .execute(on)
                .await
                .map(drop)
        })?;
        self.known_secret(name).await?.ok_or(StoreError::Damaged("a secret"))
    }

    async fn known_secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed: Option<Vec<u8>> = read!(self, "reading a secret", |on| {
            sqlx::query_scalar("SELECT body FROM secret WHERE name = $1").bind(name).fetch_optional(on)
        })?;
        sealed.map(|sealed| self.keys.open(SEALED, name, &sealed)).transpose()
    }
}
