//! What a machine that watches over us asks. None of it needs a token, and none of it says anything about a tenant.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use gateway_store::Schema;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::App;

/// The process is up.
pub(super) async fn up() -> &'static str {
    "up\n"
}

/// The database answers and its schema fits.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let store = &app.engine.parts().store;
    if let Err(error) = store.ping().await {
        tracing::warn!(error = %error, "not ready: the database does not answer");
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response();
    }
    match store.schema().await {
        Ok(Schema::Current) => "ready\n".into_response(),
        Ok(Schema::Behind) => (StatusCode::SERVICE_UNAVAILABLE, "the schema is behind\n").into_response(),
        Ok(Schema::Ahead) => (StatusCode::SERVICE_UNAVAILABLE, "the schema is ahead\n").into_response(),
        Err(error) => {
            tracing::warn!(error = %error, "not ready: the schema cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, "the schema cannot be read\n").into_response()
        }
    }
}

/// Everything counted, in the text format of Prometheus.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    match &app.metrics {
        Some(handle) => {
            ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "metrics are switched off\n").into_response(),
    }
}
