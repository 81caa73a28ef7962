//! Signing a person in at a counterpart, as operations on the link's Endpoint.
//!
//! `$sign-in` gives a session, which the caller keeps and brings along in `X-Counterpart-Session` when it asks on that
//! person's behalf; `$send-code` and `$confirm` are the second factor, `$sign-out` ends it. The gateway keeps neither
//! password, code nor session.

use adapter_kit::Session;
use axum::response::Response;
use gateway_core::{LinkId, Problem};
use gateway_moulds::session_parameters;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::Call;
use crate::fhir::answer;
use crate::fhir::place::At;
use crate::problem::Refused;

pub(super) async fn sign_in(call: Call) -> Result<Response, Refused> {
    let link = link(&call)?;
    let user = call.input.text("user").unwrap_or_default();
    let password = secret(&call, "password");
    let session = call.app.engine.open_session(&call.caller, &link, user, &password).await?;
    let mut response = answer::json(session_parameters(session.0.expose_secret()), &call.wish);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

pub(super) async fn send_code(call: Call) -> Result<Response, Refused> {
    call.app.engine.send_code(&call.caller, &link(&call)?, &session(&call)).await?;
    Ok(answer::status(StatusCode::NO_CONTENT))
}

pub(super) async fn confirm(call: Call) -> Result<Response, Refused> {
    let code = secret(&call, "code");
    call.app.engine.confirm_code(&call.caller, &link(&call)?, &session(&call), &code).await?;
    Ok(answer::status(StatusCode::NO_CONTENT))
}

pub(super) async fn sign_out(call: Call) -> Result<Response, Refused> {
    call.app.engine.close_session(&call.caller, &link(&call)?, &session(&call)).await?;
    Ok(answer::status(StatusCode::NO_CONTENT))
}

/// The link whose Endpoint this is.
fn link(call: &Call) -> Result<LinkId, Refused> {
    match &call.at {
        At::Instance(key) => key.id.as_str().parse().map_err(|_| Refused(Problem::NotFound)),
        At::System | At::Type(_) => Err(Refused(Problem::NotFound)),
    }
}

fn session(call: &Call) -> Session {
    Session(secret(call, "session"))
}

fn secret(call: &Call, name: &str) -> SecretString {
    SecretString::from(call.input.text(name).unwrap_or_default())
}
