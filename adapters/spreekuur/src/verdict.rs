//! The one table from Spreekuur.nl's answers and faults to what to do next (`spreekuur.md` section 9).
//!
//! Any 2xx is success and no body is needed for it (C-07). Of an answered OperationOutcome only code and path are kept:
//! its texts are the counterpart's and may name people.

use adapter_kit::http::retry_after;
use gateway_core::json::Node;
use gateway_core::{Failure, Issue, IssueCode, Resource, ResourceType};
use http::{HeaderMap, Response, StatusCode};
use time::OffsetDateTime;

use crate::client::CallFault;

/// Longest path of theirs that is repeated.
const LONGEST_PATH: usize = 200;

/// What the outcome of a call means for the change it carried.
pub(crate) fn verdict(
    outcome: Result<Response<Vec<u8>>, CallFault>,
    now: OffsetDateTime,
) -> Result<Response<Vec<u8>>, Failure> {
    match outcome {
        Ok(answer) if answer.status().is_success() => Ok(answer),
        Ok(answer) => Err(refusal(answer.status(), answer.headers(), answer.body(), now)),
        Err(CallFault::Token(fault)) => Err(fault.failure()),
        Err(CallFault::Http(fault)) => match fault.status() {
            // What they decided is known; only the words about it are not.
            Some(status) if status.is_success() => {
                let mut answer = Response::new(Vec::new());
                *answer.status_mut() = status;
                Ok(answer)
            }
            Some(status) => Err(refusal(status, &HeaderMap::new(), &[], now)),
            None => Err(fault.failure()),
        },
    }
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8], now: OffsetDateTime) -> Failure {
    match status.as_u16() {
        401 => Failure::Broken("Spreekuur.nl refuses a fresh token (401)".to_owned()),
        408 | 412 | 425 | 429 | 500..=599 => Failure::Later { after: retry_after(headers, now) },
        403 => {
            tracing::error!("Spreekuur.nl does not let this client act for this organisation (403)");
            never(status, IssueCode::Forbidden, body)
        }
        404 => never(status, IssueCode::NotFound, body),
        405 | 406 | 415 => never(status, IssueCode::NotSupported, body),
        409 => never(status, IssueCode::Conflict, body),
        413 => never(status, IssueCode::TooLong, body),
        400..=499 => never(status, IssueCode::Invalid, body),
        _ => Failure::Broken(format!("Spreekuur.nl's address answers {}", status.as_u16())),
    }
}

/// Their refusal in our words, then each of their issues.
fn never(status: StatusCode, code: IssueCode, body: &[u8]) -> Failure {
    let status = status.as_u16();
    let mut issues = vec![Issue::error(code, format!("Spreekuur.nl refused with status {status}"))];
    if let Ok(outcome) = Resource::parse(body)
        && outcome.resource_type() == ResourceType::OperationOutcome
    {
        issues.extend(
            outcome.root().find(&["issue"]).into_iter().take(20).filter_map(|issue| theirs(issue, status)),
        );
    }
    Failure::Never(issues)
}

fn theirs(issue: Node<'_>, status: u16) -> Option<Issue> {
    let code = IssueCode::from_code(issue.text("code")?)?;
    let found = Issue::error(code, format!("named by Spreekuur.nl in its answer with status {status}"));
    let path =
        issue.get("expression").and_then(|e| e.each().next()).and_then(Node::as_str).filter(|p| is_path(p));
    Some(match path {
        Some(path) => found.at(path),
        None => found,
    })
}

/// Whether `path` is a plain path of element names and small indices, in which no content can hide.
fn is_path(path: &str) -> bool {
    let is_step = |step: &str| {
        let (name, index) = match step.strip_suffix(']').map(|step| step.split_once('[')) {
            Some(Some((name, index))) => (name, index),
            Some(None) => return false,
            None => (step, "0"),
        };
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphabetic())
            && (1..=3).contains(&index.len())
            && index.bytes().all(|b| b.is_ascii_digit())
    };
    path.len() <= LONGEST_PATH && path.split('.').all(is_step)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use adapter_kit::http::HttpFault;
    use adapter_kit::oauth::TokenFault;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-09-14 07:10:00 UTC);

    fn answered(status: u16, body: &str) -> Result<Response<Vec<u8>>, Failure> {
        let answer = Response::builder().status(status).header("Retry-After", "7").body(body.into()).unwrap();
        verdict(Ok(answer), NOW)
    }

    fn first_code(failure: &Failure) -> Option<IssueCode> {
        match failure {
            Failure::Never(issues) => Some(issues[0].code),
            Failure::Later { .. } | Failure::Unsure | Failure::Broken(_) => None,
        }
    }

    #[test]
    fn c_07_any_2xx_is_success_whatever_the_body() {
        for status in [200, 201, 202, 204, 299] {
            for body in ["", "<html>", "{", "{\"resourceType\":\"OperationOutcome\"}"] {
                assert!(answered(status, body).is_ok(), "{status} {body}");
            }
        }
        let cut = HttpFault::Cut { status: StatusCode::CREATED };
        assert_eq!(verdict(Err(CallFault::Http(cut)), NOW).unwrap().status(), StatusCode::CREATED);
    }

    #[test]
    fn c_07_every_row_of_section_9() {
        let after = Some(Duration::from_secs(7));
        for status in [408, 412, 429, 500, 502, 503, 504, 599] {
            assert_eq!(answered(status, "").unwrap_err(), Failure::Later { after }, "{status}");
        }
        for (status, code) in [
            (400, IssueCode::Invalid),
            (403, IssueCode::Forbidden),
            (404, IssueCode::NotFound),
            (405, IssueCode::NotSupported),
            (406, IssueCode::NotSupported),
            (409, IssueCode::Conflict),
            (413, IssueCode::TooLong),
            (415, IssueCode::NotSupported),
            (418, IssueCode::Invalid),
            (422, IssueCode::Invalid),
        ] {
            assert_eq!(first_code(&answered(status, "").unwrap_err()), Some(code), "{status}");
        }
        for status in [401, 301, 302, 307] {
            assert!(matches!(answered(status, "").unwrap_err(), Failure::Broken(_)), "{status}");
        }
    }

    #[test]
    fn c_07_no_answer_is_told_apart_from_nothing_sent() {
        let verdict = |fault| verdict(Err(CallFault::Http(fault)), NOW).unwrap_err();
        assert_eq!(verdict(HttpFault::NoAnswer { why: "timed out" }), Failure::Unsure);
        assert_eq!(verdict(HttpFault::NotConnected { why: "refused" }), Failure::Later { after: None });
        assert!(matches!(verdict(HttpFault::Tls { why: "expired".into() }), Failure::Broken(_)));
        let status = StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(verdict(HttpFault::Cut { status }), Failure::Later { after: None });
        let status = StatusCode::BAD_REQUEST;
        assert!(matches!(verdict(HttpFault::TooLarge { status, limit: 1 }), Failure::Never(_)));
    }

    #[test]
    fn without_a_token_nothing_was_sent() {
        let verdict = |fault| verdict(Err(CallFault::Token(fault)), NOW).unwrap_err();
        let timed_out = TokenFault::Http(HttpFault::NoAnswer { why: "timed out" });
        assert_eq!(verdict(timed_out), Failure::Later { after: None });
        assert!(matches!(verdict(TokenFault::Refused { code: "invalid_client" }), Failure::Broken(_)));
    }

    #[test]
    fn c_11_their_texts_are_not_repeated() {
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[
            {"severity":"error","code":"required","details":{"text":"T. Testpersoon 999990019"},
             "diagnostics":"999990019","expression":["Appointment.serviceCategory[0].coding[0].display"]},
            {"severity":"error","code":"value","expression":["Appointment.where(id='999990019')"]},
            {"severity":"error","code":"value","expression":["Appointment.participant[999990019]"]},
            {"severity":"error","code":"T. Testpersoon"}]}"#;
        let failure = answered(400, outcome).unwrap_err();
        let text = format!("{failure:?}");
        assert!(!text.contains("Testpersoon") && !text.contains("999990019"), "{text}");
        let Failure::Never(issues) = failure else { panic!("not refused") };
        assert_eq!(issues.len(), 4);
        assert_eq!(issues[1].code, IssueCode::Required);
        assert_eq!(issues[1].expression.as_deref(), Some("Appointment.serviceCategory[0].coding[0].display"));
        assert_eq!(issues[2].expression, None);
    }
}
