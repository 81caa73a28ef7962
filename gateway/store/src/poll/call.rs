//! What went over the wire for a look or a question: sealed as the exchanges of attempts are, read by operators,
//! forgotten with them.
//!
//! A counterpart that is looked at every few minutes mostly says the same as before. Of such quiet looks only the last
//! one of each link is kept, so that the log grows with what happens and not with the clock.

use gateway_core::{LinkId, TenantId};
use time::OffsetDateTime;

use crate::engine::{read, write};
use crate::instant::micros;
use crate::{Store, StoreError};

/// The purpose of the key that seals them.
const SEALED: &str = "call";

/// At most so many are forgotten in one transaction, so that nobody waits long behind it.
const BATCH: i64 = 1000;

/// Why we called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// To see what they have.
    Look,
    /// Because somebody asked.
    Question,
    /// To sign a person in, or out.
    SignIn,
}

impl CallKind {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Question => "question",
            Self::SignIn => "sign-in",
        }
    }
}

/// A call that carried no delivery.
#[derive(Debug, Clone)]
pub struct Call {
    /// Over which link.
    pub link: LinkId,
    /// Whose data.
    pub tenant: TenantId,
    /// Why.
    pub kind: CallKind,
    /// When it began.
    pub at: OffsetDateTime,
    /// Whether nothing came of it: it takes the place of the last one of its kind of which nothing came.
    pub quiet: bool,
    /// What went over the wire: opaque JSON text.
    pub exchange: Vec<u8>,
}

impl Store {
    /// Keeps what went over the wire; the number it is found by.
    pub async fn keep_call(&self, call: &Call) -> Result<i64, StoreError> {
        let (link, tenant, kind) = (call.link.to_string(), call.tenant.to_string(), call.kind.as_str());
        let (at, quiet) = (micros(call.at), call.quiet);
        let body = self.keys.seal(SEALED, &row(kind, &link, at), &call.exchange);
        write!(self, "keeping an exchange", |on| {
            if quiet {
                sqlx::query("DELETE FROM call_exchange WHERE link = $1 AND kind = $2 AND quiet")
                    .bind(link.clone())
                    .bind(kind)
                    .execute(&mut *on)
                    .await?;
            }
            sqlx::query_scalar(
                "INSERT INTO call_exchange (link, tenant, kind, at, quiet, body)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 RETURNING id",
            )
            .bind(link)
            .bind(tenant)
            .bind(kind)
            .bind(at)
            .bind(quiet)
            .bind(body)
            .fetch_one(on)
            .await
        })
    }

    /// What went over the wire for a call, decrypted.
    pub async fn call_exchange(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed: Option<(String, String, i64, Vec<u8>)> = read!(self, "reading an exchange", |on| {
            sqlx::query_as("SELECT kind, link, at, body FROM call_exchange WHERE id = $1")
                .bind(id)
                .fetch_optional(on)
        })?;
        sealed.map(|(kind, link, at, body)| self.keys.open(SEALED, &row(&kind, &link, at), &body)).transpose()
    }

    /// The numbers of the calls over a link, newest first.
    pub async fn calls(&self, link: &LinkId, limit: u32) -> Result<Vec<i64>, StoreError> {
        read!(self, "listing exchanges", |on| {
            sqlx::query_scalar("SELECT id FROM call_exchange WHERE link = $1 ORDER BY id DESC LIMIT $2")
                .bind(link.as_str())
                .bind(i64::from(limit))
                .fetch_all(on)
        })
    }

    /// Forgets calls older than `before`; how many.
    pub(crate) async fn forget_calls(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let before = micros(before);
        let mut forgotten = 0;
        loop {
            let batch = write!(self, "forgetting exchanges", |on| {
                sqlx::query(
                    "DELETE FROM call_exchange
                     WHERE id IN (SELECT id FROM call_exchange WHERE at < $1 ORDER BY at LIMIT $2)",
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

/// What a body is bound to; its id is drawn later, in the transaction.
fn row(kind: &str, link: &str, at: i64) -> String {
    format!("{kind}/{link}@{at}")
}
