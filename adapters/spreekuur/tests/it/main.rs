//! The adapter against Spreekuur.nl, played.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod again;
mod agreement;
mod conformance;
mod discovery;
mod duties;
mod golden;
mod metrics;
mod setting;
