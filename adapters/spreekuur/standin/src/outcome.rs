//! Refusals: a status and an OperationOutcome (`spreekuur.md` section 9).
//!
//! Texts name elements and rules, never what a patient is called or numbered.

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

pub(crate) const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");

/// Why something is refused; becomes the answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    issues: Vec<Issue>,
    header: Option<(http::HeaderName, &'static str)>,
}

/// One thing that is wrong.
#[derive(Debug)]
pub(crate) struct Issue {
    code: &'static str,
    text: String,
    expression: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        let issue = Issue { code, text: text.into(), expression: None };
        Self { status, issues: vec![issue], header: None }
    }

    pub(crate) fn bad(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, text)
    }

    /// 400 for one element.
    pub(crate) fn at(expression: &str, code: &'static str, text: impl Into<String>) -> Self {
        let mut findings = Findings::default();
        findings.add(expression, code, text);
        Self { status: StatusCode::BAD_REQUEST, issues: findings.0, header: None }
    }

    pub(crate) fn unauthenticated(code: &'static str, text: &str, challenge: &'static str) -> Self {
        let header = Some((WWW_AUTHENTICATE, challenge));
        Self { header, ..Self::new(StatusCode::UNAUTHORIZED, code, text) }
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let text = format!("Only {allow} is offered here");
        Self {
            header: Some((ALLOW, allow)),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "not-supported", text)
        }
    }

    pub(crate) fn not_found(text: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", text)
    }

    /// The refusal this status stands for, in section 9's words; for scripted faults.
    pub(crate) fn scripted(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            400 => "invalid",
            401 => return Self::unauthenticated("login", "Not logged in", "Bearer"),
            403 => "forbidden",
            404 => "not-found",
            405 | 406 | 415 => "not-supported",
            409 | 412 => "conflict",
            413 => "too-long",
            422 => "business-rule",
            429 => "throttled",
            502 | 503 => "transient",
            504 => "timeout",
            _ => "exception",
        };
        Self::new(status, code, status.canonical_reason().unwrap_or("Refused"))
    }

    fn body(&self) -> Value {
        let issues: Vec<Value> = self.issues.iter().map(Issue::json).collect();
        json!({ "resourceType": "OperationOutcome", "issue": issues })
    }
}

impl Issue {
    fn json(&self) -> Value {
        let mut issue = json!({ "severity": "error", "code": self.code, "details": { "text": self.text } });
        if let Some(expression) = &self.expression {
            issue["expression"] = json!([expression]);
        }
        issue
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = self.body().to_string();
        let mut answer = (self.status, [(CONTENT_TYPE, FHIR_JSON)], body).into_response();
        if let Some((name, value)) = self.header {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }
}

/// Everything that is wrong with a body, found in one go.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Issue>);

impl Findings {
    pub(crate) fn add(&mut self, expression: &str, code: &'static str, text: impl Into<String>) {
        self.0.push(Issue { code, text: text.into(), expression: Some(expression.to_owned()) });
    }

    /// What was read, when nothing was found and everything was there.
    pub(crate) fn none_or<T>(self, read: Option<T>) -> Result<T, Refusal> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(Refusal { status: StatusCode::BAD_REQUEST, issues: self.0, header: None }),
        }
    }
}
