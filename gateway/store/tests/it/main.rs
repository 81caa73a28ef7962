//! The store, from outside: every test runs on SQLite and on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin;
mod claims;
mod commits;
mod exchanges;
mod history;
mod house;
mod keys;
mod opening;
mod order;
mod search;
mod tenants;
mod writes;
