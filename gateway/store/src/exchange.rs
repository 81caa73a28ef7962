//! What went over the wire: sealed, read by operators, forgotten after a while.

use time::OffsetDateTime;

use crate::engine::{read, write};
use crate::instant::micros;
use crate::keys::Keys;
use crate::{Store, StoreError};

/// The purpose of the key that seals exchanges.
const SEALED: &str = "exchange";

/// At most so many are forgotten in one transaction, so that nobody waits long behind it.
const BATCH: i64 = 1000;

impl Store {
    /// The exchange of one attempt, decrypted.
    pub async fn exchange(&self, delivery: i64, attempt: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed: Option<(i64, Vec<u8>)> = read!(self, "reading an exchange", |on| {
            sqlx::query_as("SELECT at, body FROM exchange WHERE delivery = $1 AND attempt = $2")
                .bind(delivery)
                .bind(i64::from(attempt))
                .fetch_optional(on)
        })?;
        sealed.map(|(at, body)| self.keys.open(SEALED, &row(delivery, at), &body)).transpose()
    }

    /// Forgets exchanges older than `before`, those of calls and what was set aside at that time too; how many.
    pub async fn forget_exchanges(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let mut forgotten = self.forget_calls(before).await? + self.forget_asides(before).await?;
        let before = micros(before);
        loop {
            let batch = write!(self, "forgetting exchanges", |on| {
                sqlx::query(
                    "DELETE FROM exchange
                     WHERE (delivery, attempt) IN
                           (SELECT delivery, attempt FROM exchange WHERE at < $1 ORDER BY at LIMIT $2)",
                )
                .bind(before)
                .bind(BATCH)
                .execute(on)
                .await
                .map(|done| done.rows_affected())
            })?;
            forgotten += batch;
            if batch == 0 {
                return Ok(forgotten);
            }
        }
    }
}

/// Seals the exchange of the attempt on `delivery` that began at `at`.
pub(crate) fn seal(keys: &Keys, delivery: i64, at: i64, body: &[u8]) -> Vec<u8> {
    keys.seal(SEALED, &row(delivery, at), body)
}

/// What a body is bound to. The attempt's number is drawn later, in the transaction.
fn row(delivery: i64, at: i64) -> String {
    format!("{delivery}@{at}")
}
