//! What every adapter stands on: the contract ([`Link`]), the one HTTP client, tokens, what a stand-in needs, and the
//! conformance suite.

pub mod conformance;
pub mod exchange;
mod finding;
pub mod http;
mod link;
pub mod oauth;
pub mod standin;

pub use exchange::{Exchange, ExchangeLog};
pub use finding::Finding;
pub use link::{Check, Deliver, Link, Policy};
