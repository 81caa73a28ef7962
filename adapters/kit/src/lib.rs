#![doc = include_str!("../README.md")]

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
