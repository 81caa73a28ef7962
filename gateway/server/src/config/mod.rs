//! What an operator can set, and how a file and the environment become it.
//!
//! The order is: defaults, the TOML file, the environment (`ZORGTOLK_SECTION__KEY`). Nothing is ignored: an unknown key
//! is a [`Finding`] that names the nearest one there is. No finding repeats a value, because a value may be a secret.
//! Every field's documentation is what `examples/zorgtolk.toml` says about it (`tests/it/example_file.rs`).

mod finding;
mod link;
mod load;
pub(crate) mod master_key;
mod secret;
mod sections;

pub(crate) use finding::{Finding, Findings};
pub(crate) use link::{Adapter, Link};
pub(crate) use load::load;
pub(crate) use secret::Secret;
pub(crate) use sections::{
    BsnCheck, Database, Delivery, Exchange, Export, Log, LogFormat, Security, Server, SpreekuurDoor,
    Subscriptions, UnknownCancel,
};

/// All settings.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The HTTP server.
    pub(crate) server: Server,
    /// Where resources are kept.
    pub(crate) database: Database,
    /// Keys, tokens and limits.
    pub(crate) security: Security,
    /// How changes are carried to the links.
    pub(crate) delivery: Delivery,
    /// What is kept of the messages that went over the wire.
    pub(crate) exchange: Exchange,
    /// Bulk export.
    pub(crate) export: Export,
    /// What is logged, and how.
    pub(crate) log: Log,
    /// The Spreekuur-compatible door.
    pub(crate) spreekuur_door: SpreekuurDoor,
    /// Subscriptions of clients.
    pub(crate) subscriptions: Subscriptions,
    /// The lines to counterparts.
    pub(crate) links: Vec<Link>,
}
