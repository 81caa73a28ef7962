//! The doors: FHIR REST, the Spreekuur-compatible endpoint, OAuth, health (`README.md`).
//!
//! A door extracts, calls the engine and answers. It owns no rule of its own: what may be stored, who is told and what
//! a tenant sees is decided further in. Every answer goes out through [`problem`] or is a stored text.

mod app;
pub mod caller;
pub mod fhir;
pub mod media;
pub mod oauth;
pub mod ops;
pub mod problem;
pub mod request_id;
pub mod spreekuur;

pub use app::{App, LinkAddress, Settings, StartError, router};
