//! An errand that was run: what was asked of the XIS, and all that it said.
//!
//! Tokens and secrets are not in here, and neither is what we sent: a test looks at that where it arrived.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::conversation::Call;
use super::ending::Ending;
use super::order::Order;
use crate::agb::Agb;

/// One order, carried out as far as it went.
#[derive(Debug)]
pub(crate) struct Errand {
    operation: String,
    agb: Agb,
    at: OffsetDateTime,
    ending: Ending,
    calls: Vec<Call>,
}

impl Errand {
    pub(crate) fn of(order: &Order, at: OffsetDateTime, ending: Ending, calls: Vec<Call>) -> Self {
        Self { operation: order.name.clone(), agb: order.agb, at, ending, calls }
    }

    pub(crate) fn json(&self) -> Value {
        let last = self.calls.last();
        let error = if let Ending::TokenRefused(error) = &self.ending { Some(error) } else { None };
        json!({
            "operation": self.operation,
            "agb": self.agb.to_string(),
            "at": self.at.format(&Rfc3339).unwrap_or_default(),
            "outcome": self.ending.word(),
            "error": error,
            "status": last.and_then(|call| call.status),
            "resource_id": last.and_then(Call::resource_id),
            "calls": self.calls.iter().map(Call::json).collect::<Vec<_>>(),
        })
    }
}
