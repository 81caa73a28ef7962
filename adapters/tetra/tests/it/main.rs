//! The adapter against the Switchboard, played.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod appointments;
mod ask;
mod conformance;
mod deliver;
mod poll;
mod roundtrip;
mod session;
mod setting;
mod shelf;
mod transport;
