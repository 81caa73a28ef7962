//! The kit against real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod http;
mod oauth;
mod raw;
mod tls;
