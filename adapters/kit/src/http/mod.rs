//! The one HTTP client of the house.
//!
//! Every adapter speaks through it, so that these hold everywhere (`spreekuur.md` C-13, section 10.6): only configured
//! hosts, TLS unless the host is this machine, certificates always verified, no redirects, no proxy of the system, no
//! retry of its own, answers capped while they are read, every exchange recorded without its headers. An [`HttpFault`]
//! tells whether the request left the house, because that decides what the engine does next.

mod client;
mod fault;
mod hosts;
mod outside;
mod public;
mod retry_after;
mod settings;

pub use client::{HttpClient, Record};
pub use fault::HttpFault;
pub use hosts::is_loopback;
pub use outside::{Names, NotOutside, Outside, SystemNames};
pub use public::is_public;
pub use retry_after::retry_after;
pub use settings::{HttpSettings, Transport, WrongHttpSetting};
