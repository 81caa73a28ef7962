//! What every adapter stands on: the contract ([`Link`]), the one HTTP client, what a stand-in needs, and the
//! conformance suite.

pub mod exchange;
mod link;
pub mod standin;

pub use exchange::{Exchange, ExchangeLog};
pub use link::{Check, Deliver, Link, Policy};
