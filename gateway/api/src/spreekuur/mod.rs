//! The Spreekuur-compatible door, `/spreekuur/fhir/r4`.

use std::sync::Arc;

use axum::Router;

use crate::App;

/// What can be set about this door.
#[derive(Debug, Clone, Default)]
pub struct Settings {}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
}
