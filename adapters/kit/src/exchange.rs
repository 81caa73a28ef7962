//! What went over the wire during one attempt: kept encrypted by the store, read by operators.

use std::sync::Mutex;
use std::time::Duration;

use time::OffsetDateTime;

/// One request and its answer. Tokens and other secrets are masked before they get in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// When the request was sent.
    pub at: OffsetDateTime,
    /// Until the answer was read, or the line broke.
    pub took: Duration,
    /// HTTP method.
    pub method: String,
    /// Scheme, host and path; no query.
    pub address: String,
    /// The status of the answer, when there was one.
    pub status: Option<u16>,
    /// Request body as sent.
    pub request: Vec<u8>,
    /// Answer body as received, up to the cap.
    pub response: Vec<u8>,
}

/// Collects the exchanges of one attempt.
#[derive(Debug, Default)]
pub struct ExchangeLog(Mutex<Vec<Exchange>>);

impl ExchangeLog {
    /// Adds one.
    ///
    /// # Panics
    /// When another thread panicked while adding.
    pub fn add(&self, exchange: Exchange) {
        self.0.lock().expect("no one panics while adding").push(exchange);
    }

    /// Everything so far; the log is empty afterwards.
    ///
    /// # Panics
    /// When another thread panicked while adding.
    #[must_use]
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.0.lock().expect("no one panics while adding"))
    }
}
