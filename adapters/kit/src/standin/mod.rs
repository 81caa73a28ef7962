//! What every stand-in needs: an address, a control side, scripted faults, a request log and a clock.
//!
//! A counterpart's crate implements [`StandIn`], binds with [`Bound::on`] and starts with [`Bound::play`]. What comes
//! in under `/_sim` is the control side (`contract.md` section 5); everything else goes, past the faults, to the
//! stand-in's own router. The control side can do anything to the state, so it is only ever served on loopback.

mod clock;
mod control;
mod faults;
mod journal;
mod line;
mod server;
mod strike;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value};

pub use clock::SimClock;
pub use faults::{Act, BadRule, Faults, Rule};
pub use journal::Journal;
pub use server::{Bound, Running, StartError};

/// A counterpart played by us.
///
/// All methods may be called from several tasks at once.
pub trait StandIn: Send + Sync + 'static {
    /// The counterpart's own protocol.
    fn protocol(self: Arc<Self>) -> Router;

    /// Further routes of the control side; each begins with `/_sim/`.
    fn control(self: Arc<Self>) -> Router {
        Router::new()
    }

    /// The path under which the protocol lives. A fault rule's path may be written with or without it.
    fn base(&self) -> &'static str {
        ""
    }

    /// The stand-in's own objects for `GET /_sim/state`.
    fn state(&self) -> Map<String, Value>;

    /// Back to how it was started (`POST /_sim/reset`).
    fn reset(&self);

    /// Takes what a test lays down beforehand (`POST /_sim/seed`); the error is a sentence for the test's author.
    fn seed(&self, seed: &Value) -> Result<(), String>;

    /// Whether all operations share an address, so that only the body tells which one is meant. Bodies are then read
    /// before a rule is taken.
    fn one_address(&self) -> bool {
        false
    }

    /// Which operation a body asks for, in the counterpart's own word; rules and the log go by it. Never anything
    /// else out of the body, since the log holds no content.
    fn operation(&self, path: &str, body: &[u8]) -> Option<String> {
        let _ = (path, body);
        None
    }

    /// The names a rule's `twists` may have. What they do is the protocol's: it finds [`Twists`] with the request.
    fn twists(&self) -> &'static [&'static str] {
        &[]
    }

    /// How this counterpart words a refusal with `status`; used for scripted faults.
    fn refusal(&self, path: &str, status: StatusCode) -> Response {
        let _ = path;
        status.into_response()
    }
}

/// How the answer to this request is to be spoilt: an extension of a request that a [`Act::Twist`] rule took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Twists(Vec<String>);

impl Twists {
    /// Whether this twist is asked for.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|twist| twist == name)
    }
}

/// What the control side and the stand-in share.
#[derive(Debug, Default)]
pub struct Sim {
    /// The time both go by.
    pub clock: SimClock,
    /// What goes wrong next.
    pub faults: Faults,
    /// What was asked.
    pub journal: Journal,
}

/// So that a stand-in that calls others does so by its own time.
impl gateway_core::Clock for Sim {
    fn now(&self) -> time::OffsetDateTime {
        self.clock.now()
    }
}
