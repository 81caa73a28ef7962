#![doc = include_str!("../README.md")]

mod client;
mod config;
mod deliver;
mod discovery;
mod link;
mod map;
mod validate;
mod verdict;
mod wire;

pub use client::Client;
pub use config::{AuthMethod, BsnCheck, Config, OrgHeaderValue, OrgHeaderValues};
pub use discovery::{Invitation, Invited, Registration};
pub use link::link;
pub use validate::Validated;
