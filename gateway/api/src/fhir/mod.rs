//! FHIR R4 REST under `/fhir` (`docs/fhir-api.md`), one file per interaction.
//!
//! A handler extracts, calls the engine, answers. What is routed stands in `route`, what each type offers in
//! `offer`, what is called by a `$name` in `operation`; the CapabilityStatement is made from those tables and nothing else.

mod address;
mod answer;
mod body;
mod bundle;
mod conditions;
mod continuation;
mod create;
mod criteria;
mod delete;
mod export;
mod format;
mod history;
mod http_date;
mod links;
mod live;
pub(crate) mod metadata;
mod offer;
mod once;
pub mod operation;
mod own;
mod page;
mod patch;
mod place;
mod prefer;
mod pretty;
mod read;
mod route;
mod search;
mod subset;
mod transaction;
mod update;
mod vread;
mod wish;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;

use crate::App;

pub use offer::{Rest, SYSTEM, offered};
pub use own::maps::Maps;
pub use route::{Route, table};

pub(crate) fn router() -> Router<Arc<App>> {
    let all = route::router().merge(operation::router()).merge(export::router());
    all.layer(from_fn(once::single)).layer(from_fn(format::answer))
}
