//! Is it up, is it ready, how does it do: `/healthz`, `/readyz`, `/metrics`.

use std::sync::Arc;

use axum::Router;

use crate::App;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
}
