//! Headers that have one value are sent once (`dutch-fhir.md` case 74).
//!
//! Of two values one would have to be chosen, and whoever stands in front of the gateway may have chosen the other one:
//! then both read another request. So nothing is chosen. Headers that are lists (`Accept`, `If-Match`, `Prefer`) may come in
//! several lines (RFC 9110 section 5.3) and are no matter of this file.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gateway_core::IssueCode;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName};

use crate::problem::malformed;

const SINGLE: [HeaderName; 5] = [AUTHORIZATION, CONTENT_TYPE, HOST, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];

/// Refuses what says twice what can be said once: 400.
pub(super) async fn single(request: Request, next: Next) -> Response {
    match repeated(request.headers()) {
        Some(name) => malformed(IssueCode::Invalid, format!("The header {name} was sent more than once."))
            .into_response(),
        None => next.run(request).await,
    }
}

fn repeated(headers: &HeaderMap) -> Option<HeaderName> {
    SINGLE.into_iter().find(|name| headers.get_all(name).iter().nth(1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::{ACCEPT, IF_MATCH};

    fn twice(name: &HeaderName) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(name, "1".parse().unwrap());
        assert_eq!(repeated(&headers), None);
        headers.append(name, "1".parse().unwrap());
        headers
    }

    #[test]
    fn only_lists_may_come_in_two_lines() {
        for name in SINGLE {
            assert_eq!(repeated(&twice(&name)), Some(name));
        }
        for name in [ACCEPT, IF_MATCH] {
            assert_eq!(repeated(&twice(&name)), None, "{name}");
        }
    }
}
