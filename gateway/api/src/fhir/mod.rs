//! FHIR R4 REST (`docs/fhir-api.md`), one file per interaction.

use std::sync::Arc;

use axum::Router;

use crate::App;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
}
