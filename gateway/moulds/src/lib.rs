//! Moulds: FHIR resources the gateway makes itself, cast with `fhir-model` to JSON text.
//!
//! The one leaf crate that knows `fhir-model`'s resources. Functions take plain values and give text, so that no other
//! crate pays for its compile time, and none is tempted to print a received resource from a struct. We speak R4 (4.0.1)
//! and cast with `r4b`, which is the same for every element used here.

mod capability;
mod delivery;
mod link;
mod outcome;
mod parts;
mod route;
mod session;

pub use capability::{Offered, Parameter, Statement, capability_statement};
pub use delivery::{DeliveryTask, task, task_status};
pub use link::{LinkEndpoint, endpoint};
pub use outcome::operation_outcome;
pub use route::{RouteSubscription, subscription};
pub use session::{secret_parameters, session_parameters};
