//! The memory of the house: one store over two engines, SQLite and PostgreSQL (`README.md`).
//!
//! Content can only be reached through a [`View`], and a view only comes from [`Store::of`] a caller: it knows its
//! tenant. Writing is one closed [`WriteSet`], so that SQLite can commit many at once and PostgreSQL can do each in one
//! statement. The dispatcher works on [`Claim`]s, which hold keys and never content.

mod admin;
mod cursor;
mod deliveries;
mod engine;
mod enqueue;
mod error;
mod exchange;
mod export;
mod fetch;
mod group;
mod history;
mod index_rows;
mod instant;
mod keys;
mod links;
mod named;
mod poll;
mod postgres;
mod prepared;
mod queue;
mod reads;
mod referrers;
mod reindex;
mod schema;
mod search;
mod secret;
mod sqlite;
mod statement;
mod store;
mod subscription;
mod together;
mod unless;
mod view;
mod write;

pub use gateway_core::CounterpartKey;

pub use admin::{Assertion, Client, ClientAuth, Tenant};
pub use deliveries::{DeliveryFilter, DeliveryRow};
pub use error::{CommitError, StoreError};
pub use export::Export;
pub use links::LinkState;
pub use poll::aside::{AsideFilter, AsideRow, SetAside};
pub use poll::call::{Call, CallKind};
pub use poll::onward::OnItsWay;
pub use poll::{PollClaim, PollEnd, PollFigures, PollRow};
pub use queue::{Claim, Queued, Room, Settled, Settlement};
pub use reindex::{IndexState, Reindexed};
pub use schema::Schema;
pub use store::{Options, Store};
pub use subscription::{Event, EventRange, InForce, Sending, SubscriptionRow, SubscriptionState};
pub use view::{History, Page, Paging, Stored, Total, View};
pub use write::{Content, Outcome, Precondition, Put, WriteSet, Written};
