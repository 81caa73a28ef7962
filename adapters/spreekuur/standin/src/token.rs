//! The token endpoint: OAuth 2.0 client credentials (`spreekuur.md` section 3, RFC 6749 section 4.4).
//!
//! Tokens are opaque and live in memory; one that has expired is remembered for a while, so that the API can say
//! `expired` instead of `login`.

mod assertion;
mod credentials;
mod login;

use std::collections::{HashMap, VecDeque};

use axum::response::{IntoResponse, Json, Response};
use http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) use assertion::{Assertions, claimed_client};
pub(crate) use credentials::{Asked, Proof};
pub(crate) use login::Login;

/// More tokens than this are not remembered: a client that fetches one per call must not grow the stand-in.
const REMEMBERED: usize = 100_000;

/// The tokens given out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    grants: HashMap<String, Grant>,
    by_age: VecDeque<String>,
    pub(crate) assertions: Assertions,
}

#[derive(Debug, Clone, Copy)]
struct Grant {
    client: u16,
    expires: OffsetDateTime,
}

/// What a presented token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    Of(u16),
    Expired,
    Nothing,
}

impl Tokens {
    pub(crate) fn issue(&mut self, client: u16, now: OffsetDateTime, lifetime: Duration) -> String {
        let token = Uuid::new_v4().simple().to_string();
        self.grants.insert(token.clone(), Grant { client, expires: now + lifetime });
        self.by_age.push_back(token.clone());
        if self.by_age.len() > REMEMBERED
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.grants.remove(&oldest);
        }
        token
    }

    pub(crate) fn worth(&self, token: &str, now: OffsetDateTime) -> Worth {
        match self.grants.get(token) {
            Some(grant) if now < grant.expires => Worth::Of(grant.client),
            Some(_) => Worth::Expired,
            None => Worth::Nothing,
        }
    }
}

/// A refusal in the words of RFC 6749 section 5.2.
#[derive(Debug)]
pub(crate) struct TokenRefusal {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

impl TokenRefusal {
    pub(crate) fn request(description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: "invalid_request", description }
    }

    pub(crate) fn grant_type() -> Self {
        let description = "Only client_credentials is offered";
        Self { status: StatusCode::BAD_REQUEST, error: "unsupported_grant_type", description }
    }

    /// 401 is for the Basic scheme, 400 for the others (section 3).
    pub(crate) fn client(headers: &HeaderMap) -> Self {
        let basic = headers.contains_key(http::header::AUTHORIZATION);
        let status = if basic { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        Self { status, error: "invalid_client", description: "The client is not known by this proof" }
    }

    /// The refusal a scripted status stands for.
    pub(crate) fn scripted(status: StatusCode) -> Self {
        let error = match status.as_u16() {
            400 => "invalid_request",
            401 => "invalid_client",
            403 => "unauthorized_client",
            503 => "temporarily_unavailable",
            _ => "server_error",
        };
        Self { status, error, description: status.canonical_reason().unwrap_or("Refused") }
    }
}

impl IntoResponse for TokenRefusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let challenge = (self.status == StatusCode::UNAUTHORIZED)
            .then_some([(WWW_AUTHENTICATE, r#"Basic realm="Spreekuur""#)]);
        (self.status, [(CACHE_CONTROL, "no-store")], challenge, Json(body)).into_response()
    }
}

pub(crate) fn granted(token: &str, lifetime: Duration, scope: Option<&str>) -> Response {
    let mut body = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime.whole_seconds(),
    });
    if let Some(scope) = scope {
        body["scope"] = json!(scope);
    }
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
