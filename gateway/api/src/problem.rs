//! How a [`Problem`] leaves the house: the one place that knows status codes and error bodies
//! (`dutch-fhir.md` section 4.9).
//!
//! An internal fault says nothing outside but the request id. The handler does not know that id, so the answer leaves it
//! marked `Internal` and `request_id` writes the body.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use gateway_core::{Issue, IssueCode, Problem};
use gateway_moulds::operation_outcome;
use http::header::{ALLOW, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::media::FHIR_JSON;

/// A problem as an answer. Handlers and extractors of every FHIR door fail with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Problem);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        refused_at(self.0, |issue| issue)
    }
}

/// The same, with each issue at the place that `at` gives it.
pub(crate) fn refused_at(problem: Problem, at: impl Fn(Issue) -> Issue) -> Response {
    let header = header(&problem);
    let status = status(&problem);
    let mut response = if problem == Problem::Internal {
        let mut response = status.into_response();
        response.extensions_mut().insert(Internal);
        response
    } else {
        let issues: Vec<_> = issues(problem).into_iter().map(at).collect();
        outcome(status, &issues)
    };
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Marks an answer whose body is still to be written: the OperationOutcome of an internal fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Internal;

/// An OperationOutcome as an answer.
pub(crate) fn outcome(status: StatusCode, issues: &[Issue]) -> Response {
    let mut response = Response::new(Body::from(operation_outcome(issues)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
    response
}

/// The body of an internal fault.
pub(crate) fn internal(request_id: &str) -> String {
    let text = format!("Something went wrong on our side. Tell us this reference: {request_id}");
    operation_outcome(&[Issue::error(IssueCode::Exception, text)])
}

/// What no route answers.
pub(crate) async fn no_such_route() -> Refused {
    Refused(Problem::NotFound)
}

/// One issue that makes a request malformed.
pub(crate) fn malformed(code: IssueCode, text: impl Into<String>) -> Refused {
    Refused(Problem::Malformed(vec![Issue::error(code, text)]))
}

fn status(problem: &Problem) -> StatusCode {
    match problem {
        Problem::Malformed(_) => StatusCode::BAD_REQUEST,
        Problem::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Problem::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Problem::Forbidden(_) => StatusCode::FORBIDDEN,
        Problem::NotFound => StatusCode::NOT_FOUND,
        Problem::Gone { .. } => StatusCode::GONE,
        Problem::Conflict(_) => StatusCode::CONFLICT,
        Problem::PreconditionFailed(_) => StatusCode::PRECONDITION_FAILED,
        Problem::NotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
        Problem::MediaType { asked: true, .. } => StatusCode::NOT_ACCEPTABLE,
        Problem::MediaType { asked: false, .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Problem::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Problem::UrlTooLong(_) => StatusCode::URI_TOO_LONG,
        Problem::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Problem::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Problem::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn issues(problem: Problem) -> Vec<Issue> {
    let one = |code, text: &str| vec![Issue::error(code, text)];
    match problem {
        Problem::Malformed(issues) | Problem::Invalid(issues) => issues,
        Problem::Unauthenticated(issue)
        | Problem::Forbidden(issue)
        | Problem::Conflict(issue)
        | Problem::PreconditionFailed(issue)
        | Problem::MediaType { issue, .. }
        | Problem::TooLarge(issue)
        | Problem::UrlTooLong(issue) => vec![issue],
        Problem::NotFound => one(IssueCode::NotFound, "There is nothing here, or nothing you may see."),
        Problem::Gone { key, version } => {
            let text = format!("{key} is deleted; version {version} is the deletion.");
            vec![Issue::error(IssueCode::Deleted, text)]
        }
        Problem::NotAllowed { allow } => {
            let text = format!("This method is not offered here. Offered: {allow}.");
            vec![Issue::error(IssueCode::NotSupported, text)]
        }
        Problem::TooMany { .. } => one(IssueCode::Throttled, "Too many requests; wait as Retry-After says."),
        Problem::Unavailable { .. } => {
            one(IssueCode::Transient, "Not available at the moment; try again as Retry-After says.")
        }
        Problem::Internal => one(IssueCode::Exception, "Something went wrong on our side."),
    }
}

/// The header that belongs to a problem.
fn header(problem: &Problem) -> Option<(HeaderName, HeaderValue)> {
    match problem {
        Problem::Unauthenticated(issue) => {
            Some((WWW_AUTHENTICATE, HeaderValue::from_static(challenge(issue))))
        }
        Problem::Forbidden(issue) if issue.code == IssueCode::Forbidden => {
            let value = r#"Bearer realm="zorgtolk", error="insufficient_scope""#;
            Some((WWW_AUTHENTICATE, HeaderValue::from_static(value)))
        }
        Problem::Gone { version, .. } => Some((ETAG, etag(*version))),
        Problem::NotAllowed { allow } => Some((ALLOW, HeaderValue::from_static(allow))),
        Problem::TooMany { retry_after } | Problem::Unavailable { retry_after } => {
            Some((RETRY_AFTER, HeaderValue::from(whole_seconds(*retry_after))))
        }
        Problem::Malformed(_)
        | Problem::Invalid(_)
        | Problem::Forbidden(_)
        | Problem::NotFound
        | Problem::Conflict(_)
        | Problem::PreconditionFailed(_)
        | Problem::MediaType { .. }
        | Problem::TooLarge(_)
        | Problem::UrlTooLong(_)
        | Problem::Internal => None,
    }
}

/// RFC 6750 section 3: without a token there is no error to name.
fn challenge(issue: &Issue) -> &'static str {
    if issue.code == IssueCode::Login {
        r#"Bearer realm="zorgtolk""#
    } else {
        r#"Bearer realm="zorgtolk", error="invalid_token""#
    }
}

/// `ETag` of a version (`dutch-fhir.md` section 4.1).
pub(crate) fn etag(version: gateway_core::Version) -> HeaderValue {
    HeaderValue::from_str(&format!("W/\"{version}\"")).expect("digits and quotes make a header")
}

/// Rounded up, so that nobody comes back too early; at least 1.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0 || wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_core::{Key, Version};

    fn issue(code: IssueCode) -> Issue {
        Issue::error(code, "why")
    }

    #[test]
    fn every_problem_has_its_status_and_its_code() {
        let key = Key::from_reference("Patient/1").unwrap();
        let wait = Duration::from_millis(1_500);
        let cases = [
            (Problem::Malformed(vec![issue(IssueCode::Structure)]), 400, "structure"),
            (Problem::Invalid(vec![issue(IssueCode::Invariant)]), 422, "invariant"),
            (Problem::Unauthenticated(issue(IssueCode::Expired)), 401, "expired"),
            (Problem::Forbidden(issue(IssueCode::Forbidden)), 403, "forbidden"),
            (Problem::NotFound, 404, "not-found"),
            (Problem::Gone { key, version: Version(3) }, 410, "deleted"),
            (Problem::Conflict(issue(IssueCode::Duplicate)), 409, "duplicate"),
            (Problem::PreconditionFailed(issue(IssueCode::Conflict)), 412, "conflict"),
            (Problem::NotAllowed { allow: "GET" }, 405, "not-supported"),
            (Problem::MediaType { asked: true, issue: issue(IssueCode::NotSupported) }, 406, "not-supported"),
            (
                Problem::MediaType { asked: false, issue: issue(IssueCode::NotSupported) },
                415,
                "not-supported",
            ),
            (Problem::TooLarge(issue(IssueCode::TooLong)), 413, "too-long"),
            (Problem::UrlTooLong(issue(IssueCode::TooLong)), 414, "too-long"),
            (Problem::TooMany { retry_after: wait }, 429, "throttled"),
            (Problem::Unavailable { retry_after: wait }, 503, "transient"),
            (Problem::Internal, 500, "exception"),
        ];
        for (problem, expected, code) in cases {
            assert_eq!(status(&problem).as_u16(), expected, "{problem:?}");
            let first = issues(problem).remove(0);
            assert_eq!(first.code.as_str(), code);
            assert!(!first.text.is_empty());
        }
    }

    #[test]
    fn the_headers_say_what_to_do_next() {
        let value = |problem: Problem| header(&problem).map(|(_, value)| value.to_str().unwrap().to_owned());
        assert_eq!(
            value(Problem::Unauthenticated(issue(IssueCode::Login))),
            Some(r#"Bearer realm="zorgtolk""#.into())
        );
        assert!(
            value(Problem::Unauthenticated(issue(IssueCode::Expired))).unwrap().contains("invalid_token")
        );
        assert_eq!(value(Problem::TooMany { retry_after: Duration::from_millis(1_500) }), Some("2".into()));
        assert_eq!(value(Problem::Unavailable { retry_after: Duration::ZERO }), Some("1".into()));
        assert_eq!(value(Problem::NotAllowed { allow: "GET, HEAD" }), Some("GET, HEAD".into()));
        assert_eq!(value(Problem::NotFound), None);
    }

    #[test]
    fn an_internal_fault_says_only_the_reference() {
        assert_eq!(
            internal("r-1"),
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception","details":{"text":"Something went wrong on our side. Tell us this reference: r-1"}}]}"#
        );
    }
}
