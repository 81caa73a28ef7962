//! What goes back: a stored text with its version in the headers, or what a write did (`dutch-fhir.md` section 4.2).

use axum::body::Body;
use axum::response::Response;
use gateway_core::{Issue, IssueCode, Severity, Version};
use gateway_store::{Outcome, Stored, Written};
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use time::OffsetDateTime;

use super::address;
use super::conditions::is_known;
use super::http_date::http_date;
use super::prefer::Return;
use super::pretty::pretty;
use super::wish::Wish;
use crate::App;
use crate::media::{FHIR_JSON, Format};
use crate::problem::{etag, outcome};

/// Headers that an answer with a resource carries when it leaves; room for all of them is made at once.
const HEADERS: usize = 10;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// JSON text as an answer, 200; `format` turns it into the one that is wished for.
pub(super) fn json(text: String, wish: &Wish) -> Response {
    let text = if wish.pretty && wish.format == Format::Json { pretty(&text) } else { text };
    let mut response = Response::new(Body::from(text));
    response.headers_mut().reserve(HEADERS);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
    response.extensions_mut().insert(wish.format);
    response
}

/// A version that was read: the text, or 304 when the caller has it. `asked` are the request's headers.
pub(super) fn stored(stored: Stored, asked: &HeaderMap, wish: &Wish) -> Response {
    let known = is_known(asked, &stored);
    let mut response = match stored.text {
        Some(text) if !known => json(text, wish),
        _ => status(StatusCode::NOT_MODIFIED),
    };
    versioned(response.headers_mut(), stored.version, stored.last_updated);
    response
}

/// What a create or update did.
pub(super) fn written(app: &App, written: Written, wish: &Wish) -> Response {
    let created = written.outcome == Outcome::Created;
    let location = created.then(|| location(app, &written));
    let mut response = match wish.prefer.returns.unwrap_or(Return::Representation) {
        Return::Representation => json(written.text.unwrap_or_default(), wish),
        Return::Minimal => status(StatusCode::OK),
        Return::OperationOutcome => told(done(written.outcome)),
    };
    if created {
        *response.status_mut() = StatusCode::CREATED;
    }
    let headers = response.headers_mut();
    versioned(headers, written.version, written.last_updated);
    if let Some(location) = location {
        headers.insert(LOCATION, location);
    }
    applied(headers, wish.prefer.applied_to_write());
    response
}

/// Where the version is that a write made or found.
pub(super) fn location(app: &App, written: &Written) -> HeaderValue {
    let address = address::version(app, &written.key, written.version);
    HeaderValue::from_str(&address).expect("a URL with a FHIR id is ASCII")
}

/// What a delete did: 204, or 200 with a word about it when that is preferred.
pub(super) fn deleted(written: &Written, wish: &Wish) -> Response {
    let mut response = if wish.prefer.returns == Some(Return::OperationOutcome) {
        let mut response = told(done(written.outcome));
        applied(response.headers_mut(), wish.prefer.applied_to_write());
        response
    } else {
        status(StatusCode::NO_CONTENT)
    };
    if written.outcome == Outcome::Deleted {
        response.headers_mut().insert(ETAG, etag(written.version));
    }
    response
}

/// Names the preference that was followed.
pub(super) fn applied(headers: &mut HeaderMap, preference: Option<&'static str>) {
    if let Some(preference) = preference {
        headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static(preference));
    }
}

fn versioned(headers: &mut HeaderMap, version: Version, last_updated: OffsetDateTime) {
    headers.insert(ETAG, etag(version));
    let date = HeaderValue::from_str(&http_date(last_updated)).expect("a date is ASCII");
    headers.insert(LAST_MODIFIED, date);
}

/// An answer without a body.
pub(super) fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn told(text: &str) -> Response {
    let issue = Issue { severity: Severity::Information, ..Issue::error(IssueCode::Informational, text) };
    outcome(StatusCode::OK, &[issue])
}

fn done(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "The resource is created.",
        Outcome::Updated => "The resource has a new version.",
        Outcome::Deleted => "The resource is deleted.",
        Outcome::Unchanged => "Nothing changed: this is how it was already.",
    }
}
