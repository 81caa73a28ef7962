//! The contract between the engine and an adapter.
//!
//! The engine owns retries, order, concurrency, pausing and the circuit breaker; an adapter has none of its own. It
//! maps (pure), speaks (bytes) and tells by a [`Receipt`] or [`Failure`] what to do next.

use std::time::Duration;

use async_trait::async_trait;
use gateway_core::{Delivery, Failure, Receipt, ResourceType};

use crate::{Ask, ExchangeLog, Poll, SignIn};

/// What one link can do. An ability it lacks is an absent field, not a method that says no.
pub struct Link {
    /// Proves that the line works, without side effects at the counterpart.
    pub check: Box<dyn Check>,
    /// Carries changes across.
    pub deliver: Option<Box<dyn Deliver>>,
    /// Fetches what they have.
    pub poll: Option<Box<dyn Poll>>,
    /// Answers questions live.
    pub ask: Option<Box<dyn Ask>>,
    /// Signs people in over there.
    pub sign_in: Option<Box<dyn SignIn>>,
    /// How the engine treats this link.
    pub policy: Policy,
}

/// How the engine treats a link. An adapter sets what its counterpart's documentation asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Deliveries in flight at once, over different resources. At least 1.
    pub concurrency: usize,
    /// First pause after a failed attempt; doubles each time, with full jitter.
    pub first_pause: Duration,
    /// Longest pause between attempts.
    pub longest_pause: Duration,
    /// A delivery older than this ends as dead.
    pub give_up_after: Duration,
    /// An attempt longer than this counts as [`Failure::Unsure`].
    pub attempt_limit: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            concurrency: 8,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(15),
            give_up_after: Duration::from_hours(24),
            attempt_limit: Duration::from_secs(45),
        }
    }
}

/// Proves that a link works.
#[async_trait]
pub trait Check: Send + Sync {
    /// Called by `zorgtolk check`, by the breaker before it closes, and when an operator asks; never more often than
    /// once a second. Changes nothing at the counterpart.
    ///
    /// # Errors
    /// As for a delivery; [`Failure::Broken`] when the configuration is wrong.
    async fn check(&self) -> Result<(), Failure>;
}

/// Carries changes across.
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Whether states, not events, matter to the counterpart for this type: a newer version then replaces older ones
    /// that are still queued. Called before every claim is sent; pure.
    fn states(&self, resource_type: ResourceType) -> bool;

    /// Carries one change across. Called once at a time per resource, oldest first; `delivery.reference()` is the same
    /// on every attempt and must travel with the message. What goes over the wire is put into `log`.
    ///
    /// # Errors
    /// [`Failure`] says what the engine does next. A panic counts as [`Failure::Unsure`].
    async fn deliver(&self, delivery: &Delivery, log: &ExchangeLog) -> Result<Receipt, Failure>;
}
