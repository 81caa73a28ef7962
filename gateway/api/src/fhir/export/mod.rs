//! Bulk export: `$export` of everything or of all patients (<https://hl7.org/fhir/uv/bulkdata>, `dutch-fhir.md` section 4.10,
//! `docs/bulk-export.md`).
//!
//! `kick_off` answers 202 with an address; whoever asked looks there (`status`) until what there is to fetch is known, and
//! fetches it (`file`). Only clients an operator has listed may export, only for themselves, and only what their scopes
//! let them search and read. What comes out is what was current at the moment of the kick-off: files are made from the
//! versions of that moment while they are fetched, so nothing is laid up and any number needs the room of a few.

mod asked;
mod file;
mod kick_off;
mod prepare;
mod status;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use gateway_core::{Caller, Origin, Problem};
use gateway_store::Export;
use serde::{Deserialize, Serialize};

use super::route::packed;
use crate::App;

pub(super) use kick_off::kick_off;

/// How long what was exported can be fetched.
const KEPT: Duration = Duration::from_hours(24);

/// Whoever prepares an export is gone when nothing was heard for so long.
const LEASE: Duration = Duration::from_mins(1);

/// What there is to fetch of an export, as it is kept.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Files {
    /// Resources: how many of which type.
    output: Vec<File>,
    /// Deletions, when only changes were asked for.
    deleted: Vec<File>,
}

/// A file: its type is its name.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct File {
    of: String,
    count: u64,
}

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/fhir/$export/{export}", get(status::status).delete(status::cancel))
        .route("/fhir/$export/{export}/{kind}/{file}", packed(get(file::file)))
}

/// The export of this name, if it is the caller's own.
async fn own(app: &App, caller: &Caller, id: &str) -> Result<Export, Problem> {
    let export = app.engine.export(caller, id).await?;
    if client(caller) == Some(&*export.client) { Ok(export) } else { Err(Problem::NotFound) }
}

/// The client that asks.
fn client(caller: &Caller) -> Option<&str> {
    match &caller.origin {
        Origin::Client(id) => Some(id),
        Origin::Link(_) | Origin::System => None,
    }
}
