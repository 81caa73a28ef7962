//! Where an export is looked for: 202 while it is prepared, then the manifest; `DELETE` cancels or throws away.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use gateway_core::{Problem, instant_text};
use gateway_store::Export;
use http::header::{CONTENT_TYPE, EXPIRES, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::asked::Asked;
use super::{File, Files, LEASE, own, prepare};
use crate::App;
use crate::caller::Access;
use crate::fhir::http_date::http_date;
use crate::fhir::{address, answer};
use crate::problem::Refused;

const X_PROGRESS: HeaderName = HeaderName::from_static("x-progress");

pub(super) async fn status(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let export = own(&app, &caller, &id).await?;
    if let Some(files) = &export.files {
        return Ok(manifest(&app, &export, files)?);
    }
    let lease = app.engine.parts().clock.now() + LEASE;
    let mut response = answer::status(StatusCode::ACCEPTED);
    if let Ok(progress) = HeaderValue::from_str(&export.progress) {
        response.headers_mut().insert(X_PROGRESS, progress);
    }
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    if app.engine.take_export(&caller, &id, lease).await? {
        prepare::begin(app, caller, export);
    }
    Ok(response)
}

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let export = own(&app, &caller, &id).await?;
    app.engine.forget_export(&caller, &export.id).await?;
    Ok(answer::status(StatusCode::ACCEPTED))
}

fn manifest(app: &App, export: &Export, files: &str) -> Result<Response, Problem> {
    let asked: Asked = serde_json::from_str(&export.asked).map_err(|_| Problem::Internal)?;
    let files: Files = serde_json::from_str(files).map_err(|_| Problem::Internal)?;
    let at =
        |kind: &str, of: &str| format!("{}/$export/{}/{kind}/{of}.ndjson", address::base(app), export.id);
    let listed = |kind: &str, named: Option<&str>, files: &[File]| -> Vec<Value> {
        let one = |file: &File| json!({"type": named.unwrap_or(&file.of), "url": at(kind, &file.of), "count": file.count});
        files.iter().map(one).collect()
    };
    let mut error = Vec::new();
    if !asked.left_out.is_empty() {
        let url = at("error", "OperationOutcome");
        error.push(json!({"type": "OperationOutcome", "url": url, "count": asked.left_out.len()}));
    }
    let manifest = json!({
        "transactionTime": instant_text(export.at),
        "request": asked.request,
        "requiresAccessToken": true,
        "output": listed("output", None, &files.output),
        "deleted": listed("deleted", Some("Bundle"), &files.deleted),
        "error": error,
    });
    let mut response = Response::new(manifest.to_string().into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let expires = HeaderValue::from_str(&http_date(export.expires)).expect("a date is ASCII");
    headers.insert(EXPIRES, expires);
    Ok(response)
}
