#![doc = include_str!("../README.md")]

mod client;
mod config;
mod link;
mod validate;
mod verdict;

pub use client::Client;
pub use config::{AuthMethod, BsnCheck, Config, OrgHeaderValue, OrgHeaderValues};
pub use link::link;
pub use validate::Validated;
