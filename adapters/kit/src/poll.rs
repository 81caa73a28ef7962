//! Fetching what a counterpart has and does not push.

use std::time::Duration;

use async_trait::async_trait;
use gateway_core::Failure;

use crate::{Aside, ExchangeLog, Item};

/// Fetches what a counterpart has and does not push.
#[async_trait]
pub trait Poll: Send + Sync {
    /// From the beginning of one poll to the next; never less than their documentation asks for.
    fn every(&self) -> Duration;

    /// Looks once. `cursor` is what the last poll that was taken in said; `None` at the first. Called by one node at a
    /// time, and not before [`Poll::every`] has passed unless an operator asks. What goes over the wire is put into
    /// `log`.
    ///
    /// # Errors
    /// As for a delivery; nothing is taken in then and the cursor stays.
    async fn poll(&self, cursor: Option<&str>, log: &ExchangeLog) -> Result<Polled, Failure>;
}

/// What one look brought.
#[derive(Default)]
pub struct Polled {
    /// What is to be laid onto what is there, in this order.
    pub items: Vec<Item>,
    /// What cannot be taken in.
    pub aside: Vec<Aside>,
    /// The adapter's own memory for the next look; opaque, no personal data. Stored after every item is written or set
    /// aside.
    pub cursor: String,
}
