//! The answer in the format that is asked for: what the handlers answer in JSON leaves as XML when that is wished
//! (<https://hl7.org/fhir/R4/http.html#mime-type>), errors and Bundles included.
//!
//! One layer does it, so that no interaction knows of it. Where an answer is packed, the layer also stands inside the
//! packing; an answer that is XML or packed already passes.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fhir_profiles::xml::to_xml;
use gateway_core::json::Document;
use gateway_core::{Issue, IssueCode, Problem};
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::media::{FHIR_JSON, FHIR_XML, Format, accepted, named_format};
use crate::problem::{Refused, outcome};

/// Longest answer that is turned into XML; a page of a Bundle is far from it.
const LONGEST: usize = 256 * 1024 * 1024;

pub(super) async fn answer(request: Request, next: Next) -> Response {
    let asked = asked(&request);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    vary(response.headers_mut());
    // a form may have asked for another format than the address did
    let format = response.extensions().get().copied().unwrap_or(asked);
    let json = response.headers().get(CONTENT_TYPE).is_some_and(|media| media == FHIR_JSON);
    if format == Format::Json || !json || response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    in_xml(response, reads).await
}

/// Says that with another `Accept` or `Prefer` the answer may be another; the packing says so for itself.
fn vary(headers: &mut HeaderMap) {
    for name in [ACCEPT, HeaderName::from_static("prefer")] {
        if !headers.get_all(VARY).iter().any(|known| known == name.as_str()) {
            headers.append(VARY, HeaderValue::from(name));
        }
    }
}

/// What the address or `Accept` asks for; JSON for what is refused anyway.
fn asked(request: &Request) -> Format {
    let query = request.uri().query().unwrap_or_default();
    let named = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "_format").last();
    let format = named.map_or_else(|| accepted(request.headers()), |(_, value)| named_format(&value));
    format.unwrap_or_default()
}

/// The same answer in XML. What XML cannot say is a 406 when it was read; a write is done, so its answer stays JSON.
async fn in_xml(response: Response, reads: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST).await else {
        return Refused(Problem::Internal).into_response();
    };
    let text = match said(&bytes) {
        Ok(text) => text,
        Err(issues) if reads => return outcome(StatusCode::NOT_ACCEPTABLE, &issues),
        Err(_) => return Response::from_parts(parts, Body::from(bytes)),
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(FHIR_XML));
    Response::from_parts(parts, Body::from(text))
}

fn said(json: &[u8]) -> Result<String, Vec<Issue>> {
    if json.is_empty() {
        return Ok(String::new());
    }
    let text = "The answer cannot be said in XML; ask for application/fhir+json.";
    let first = Issue::error(IssueCode::NotSupported, text);
    let Ok(document) = Document::parse(json) else { return Err(vec![first]) };
    to_xml(document.root()).map_err(|issues| [vec![first], issues].concat())
}
