//! Who is waiting, asked no more often than every five minutes (`tetra.md` section 3.10, edge case 56).
//!
//! Whether their floor holds per practice or per agenda is not published: it is taken per practice, and all agendas go
//! into one call. A call that failed counts as well.

use std::sync::Arc;

use adapter_kit::ExchangeLog;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::client::{Client, Fault, Period};
use crate::validate::FLOOR;
use crate::wire::Answer;

/// What was last said about who is waiting.
#[derive(Default)]
pub(crate) struct Standing(Mutex<Option<Told>>);

struct Told {
    at: OffsetDateTime,
    answer: Result<Arc<Answer>, Fault>,
}

impl Standing {
    /// Who is waiting in all agendas of `period`: as it was last said, when that is less than five minutes ago.
    pub(crate) async fn statuses(
        &self,
        client: &Client,
        period: Period<'_>,
        log: &ExchangeLog,
    ) -> Result<Arc<Answer>, Fault> {
        let mut told = self.0.lock().await;
        let now = client.now();
        if let Some(told) = told.as_ref().filter(|told| now - told.at < FLOOR) {
            return told.answer.clone();
        }
        // Noted before the call: who gives up half-way has asked too.
        *told = Some(Told {
            at: now,
            answer: Err(Fault::Http(adapter_kit::http::HttpFault::NoAnswer { why: "given up" })),
        });
        let answer = client.statuses(period, log).await.map(Arc::new);
        *told = Some(Told { at: now, answer: answer.clone() });
        answer
    }
}
