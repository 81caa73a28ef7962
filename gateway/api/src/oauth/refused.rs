//! How a token request fails (RFC 6749, section 5.2; `dutch-fhir.md` section 4.12).
//!
//! A client that used the Basic scheme, or none at all, gets 401 with the scheme it can use; one that failed with a
//! form or an assertion gets 400. Texts never repeat what was sent.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// Why no token was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    kind: Kind,
    text: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    Client { basic: bool },
    Grant,
    Scope,
    TooMany { after: Duration },
    Unavailable,
}

/// By which door a client tried to prove itself; decides how a failure is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The `Authorization` header, or nothing.
    Header,
    /// Parameters of the form.
    Form,
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: &'static str,
}

impl Refused {
    pub(super) fn request(text: &'static str) -> Self {
        Self { kind: Kind::Request, text }
    }

    /// Always the same text: whether the client exists is not told.
    pub(super) fn client(way: Way) -> Self {
        let kind = Kind::Client { basic: way == Way::Header };
        Self { kind, text: "the client is unknown or did not prove who it is" }
    }

    pub(super) fn grant() -> Self {
        Self { kind: Kind::Grant, text: "only grant_type client_credentials is offered" }
    }

    pub(super) fn scope() -> Self {
        Self { kind: Kind::Scope, text: "the scope is unknown or not registered for this client" }
    }

    pub(super) fn too_many(after: Duration) -> Self {
        Self { kind: Kind::TooMany { after }, text: "too many failed attempts for this client" }
    }

    pub(super) fn unavailable() -> Self {
        Self { kind: Kind::Unavailable, text: "try again later" }
    }

    fn error(&self) -> &'static str {
        match self.kind {
            Kind::Request => "invalid_request",
            Kind::Client { .. } | Kind::TooMany { .. } => "invalid_client",
            Kind::Grant => "unsupported_grant_type",
            Kind::Scope => "invalid_scope",
            Kind::Unavailable => "temporarily_unavailable",
        }
    }

    fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Client { basic: true } => StatusCode::UNAUTHORIZED,
            Kind::Request | Kind::Client { basic: false } | Kind::Grant | Kind::Scope => {
                StatusCode::BAD_REQUEST
            }
            Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = Body { error: self.error(), error_description: self.text };
        let mut response = (self.status(), super::NO_STORE, Json(body)).into_response();
        let headers = response.headers_mut();
        match self.kind {
            Kind::Client { basic: true } => {
                let challenge = HeaderValue::from_static("Basic realm=\"zorgtolk\", charset=\"UTF-8\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Kind::TooMany { after } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
            }
            Kind::Unavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(1));
            }
            Kind::Request | Kind::Client { basic: false } | Kind::Grant | Kind::Scope => {}
        }
        response
    }
}
