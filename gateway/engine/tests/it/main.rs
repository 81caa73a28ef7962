//! The engine over a real store: what goes in, who is told, and what becomes of each delivery whatever breaks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod house;
mod counterpart;
mod desk;
mod ledger;
mod log;
mod subscriber;

mod asking;
mod breaking;
mod conditional;
mod laying;
mod observed;
mod order;
mod outages;
mod polling;
mod property;
mod reading;
mod retry;
mod routing;
mod subscribing;
mod transacting;
mod writing;
