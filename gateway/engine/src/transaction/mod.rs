//! Bundles of several requests: what their entries say of each other.

mod address;

pub use address::mentions_none;
