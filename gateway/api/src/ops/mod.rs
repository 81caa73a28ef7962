//! Is it up, is it ready, how does it do: `/healthz`, `/readyz`, `/metrics`, and the one log line per request.

mod health;
mod record;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::App;

pub(crate) use record::{Seen, record};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/healthz", get(health::up))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
}
