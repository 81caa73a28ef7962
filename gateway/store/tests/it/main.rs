//! The store, from outside: every test runs on SQLite and on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin;
mod asides;
mod chains;
mod claims;
mod commits;
mod costs;
mod exchanges;
mod exports;
mod groups;
mod history;
mod house;
mod keys;
mod named;
mod onward;
mod opening;
mod order;
mod plans;
mod polls;
mod reindex;
mod search;
mod sorting;
mod subscriptions;
mod tenants;
mod unless;
mod values;
mod writes;
