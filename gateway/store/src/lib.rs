//! The memory of the house: one store over two engines, SQLite and PostgreSQL (`README.md`).
//!
//! Content can only be reached through a [`View`], and a view only comes from [`Store::of`] a caller: it knows its
//! tenant. Writing is one closed [`WriteSet`], so that SQLite can commit many at once and PostgreSQL can do each in one
//! statement. The dispatcher works on [`Claim`]s, which hold keys and never content.

mod admin;
mod error;
mod queue;
mod store;
mod view;
mod write;

pub use admin::{Assertion, Client, ClientAuth, Tenant};
pub use error::{CommitError, StoreError};
pub use queue::{Claim, DeliveryFilter, DeliveryRow, LinkState, Queued, Room, Settled, Settlement};
pub use store::{Options, Schema, Store};
pub use view::{History, Page, Paging, Stored, View};
pub use write::{Content, CounterpartKey, Outcome, Precondition, Put, WriteSet, Written};
