//! The answer: a Bundle with what became of each entry, in the order they were asked (bdl-4: each has a response).

use std::fmt::Write as _;

use axum::body::to_bytes;
use axum::response::Response;
use gateway_core::json::quoted;
use gateway_core::{Issue, IssueCode, instant_text};
use gateway_moulds::operation_outcome;
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION};
use http::{HeaderMap, HeaderName, StatusCode};

use crate::fhir::http_date::read_http_date;
use crate::media::FHIR_JSON;
use crate::problem::{Internal, internal};
use crate::request_id::Trail;

/// Longest answer of one entry; a page of a Bundle is far from it.
const LONGEST: usize = 256 * 1024 * 1024;

/// Why a `write!` below cannot fail.
const TO_STRING: &str = "writing to a String cannot fail";

/// What became of an entry.
#[derive(Debug, Default)]
pub(super) struct Answered {
    status: StatusCode,
    /// `Patient/1`, when it was about one resource.
    subject: Option<String>,
    location: Option<String>,
    etag: Option<String>,
    /// An instant.
    last_modified: Option<String>,
    resource: Option<String>,
    outcome: Option<String>,
}

impl Answered {
    /// What an answer of this door says.
    pub(super) async fn of(response: Response, subject: Option<String>, trail: &Trail) -> Self {
        let ours = response.extensions().get::<Internal>().is_some();
        let (parts, body) = response.into_parts();
        let text = |name: &HeaderName| header(&parts.headers, name);
        let mut answered = Self {
            status: parts.status,
            subject,
            location: text(&LOCATION),
            etag: text(&ETAG),
            last_modified: text(&LAST_MODIFIED).and_then(|date| read_http_date(&date)).map(instant_text),
            ..Self::default()
        };
        let body = if ours {
            internal(trail.id())
        } else {
            let bytes = to_bytes(body, LONGEST).await.unwrap_or_default();
            String::from_utf8(bytes.into()).unwrap_or_default()
        };
        let told = text(&HeaderName::from_static("preference-applied"));
        let told = told.as_deref() == Some("return=OperationOutcome");
        if !body.is_empty() && !ours && text(&CONTENT_TYPE).as_deref() != Some(FHIR_JSON) {
            answered.status = StatusCode::NOT_ACCEPTABLE;
            answered.outcome = Some(not_json());
        } else if !body.is_empty() && (told || !parts.status.is_success()) {
            answered.outcome = Some(body);
        } else if !body.is_empty() {
            answered.resource = Some(body);
        }
        answered
    }

    /// Where the resource is, when it is a stored one.
    fn full_url(&self, base: &str) -> Option<String> {
        match (&self.location, &self.subject, &self.etag) {
            (Some(location), ..) => location.split("/_history/").next().map(str::to_owned),
            (None, Some(subject), Some(_)) => Some(format!("{base}/{subject}")),
            (None, ..) => None,
        }
    }

    fn push(&self, out: &mut String, base: &str) {
        out.push('{');
        if let Some(resource) = &self.resource {
            if let Some(full_url) = self.full_url(base) {
                write!(out, "\"fullUrl\":{},", quoted(&full_url)).expect(TO_STRING);
            }
            write!(out, "\"resource\":{resource},").expect(TO_STRING);
        }
        let status =
            format!("{} {}", self.status.as_str(), self.status.canonical_reason().unwrap_or_default());
        write!(out, "\"response\":{{\"status\":{}", quoted(status.trim_end())).expect(TO_STRING);
        let texts =
            [("location", &self.location), ("etag", &self.etag), ("lastModified", &self.last_modified)];
        for (name, value) in texts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            write!(out, ",\"{name}\":{}", quoted(value)).expect(TO_STRING);
        }
        if let Some(outcome) = &self.outcome {
            write!(out, ",\"outcome\":{outcome}").expect(TO_STRING);
        }
        out.push_str("}}");
    }
}

/// The Bundle, of type `batch-response` or `transaction-response`.
pub(super) fn bundle(kind: &str, base: &str, answers: &[Answered]) -> String {
    let room = answers.iter().map(|answered| 300 + answered.resource.as_ref().map_or(0, String::len)).sum();
    let mut out = String::with_capacity(room);
    write!(out, r#"{{"resourceType":"Bundle","type":"{kind}""#).expect(TO_STRING);
    for (n, answered) in answers.iter().enumerate() {
        out.push_str(if n == 0 { r#","entry":["# } else { "," });
        answered.push(&mut out, base);
    }
    out.push_str(if answers.is_empty() { "}" } else { "]}" });
    out
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn not_json() -> String {
    let text = "The answer to an entry is FHIR JSON; its own format cannot be chosen.";
    operation_outcome(&[Issue::error(IssueCode::NotSupported, text)])
}
