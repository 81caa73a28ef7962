//! What this door answers: the shape the XIS sent, with our version (`spreekuur.md` 6.4 and 7.4).

use axum::response::{IntoResponse, Response};
use gateway_core::json::quoted;
use gateway_core::{Id, ResourceType, instant_text};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::laying::Laid;
use super::shape::object;
use crate::App;
use crate::media::FHIR_JSON;
use crate::problem::etag;

/// An answer in the making.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Whether the XIS asked for no body (`Prefer: return=minimal`).
    pub(super) minimal: bool,
    /// `Location`, for what is made.
    pub(super) location: Option<String>,
    /// The version that is there; `None` when nothing is.
    pub(super) laid: Option<Laid>,
}

impl Answer {
    /// The answer with these elements as its body.
    pub(super) fn with<'n>(
        self,
        resource_type: ResourceType,
        id: &Id,
        elements: impl IntoIterator<Item = (&'n str, String)>,
    ) -> Response {
        let body = if self.minimal { String::new() } else { self.body(resource_type, id, elements) };
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        if self.minimal {
            headers.remove(header::CONTENT_TYPE);
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
        }
        if let Some(laid) = self.laid {
            headers.insert(header::ETAG, etag(laid.version));
        }
        if let Some(location) = self.location.and_then(|location| location.parse().ok()) {
            headers.insert(header::LOCATION, location);
        }
        response
    }

    fn body<'n>(
        &self,
        resource_type: ResourceType,
        id: &Id,
        elements: impl IntoIterator<Item = (&'n str, String)>,
    ) -> String {
        let meta = self.laid.map(|laid| {
            let version = quoted(&laid.version.to_string());
            (
                "meta",
                object([("versionId", version), ("lastUpdated", quoted(&instant_text(laid.last_updated)))]),
            )
        });
        let head = [("resourceType", quoted(resource_type.as_str())), ("id", quoted(id.as_str()))];
        object(head.into_iter().chain(meta).chain(elements))
    }
}

/// Whether the XIS asked for no body.
pub(super) fn wants_nothing(headers: &HeaderMap) -> bool {
    let prefer = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    prefer
        .flat_map(|value| value.split([',', ';']))
        .any(|one| one.trim().eq_ignore_ascii_case("return=minimal"))
}

/// The address of a resource at this door.
pub(super) fn address(app: &App, resource_type: ResourceType, id: &Id) -> String {
    let base = app.settings.public_base.as_str().trim_end_matches('/');
    format!("{base}{}/{resource_type}/{id}", super::BASE)
}

/// `meta.source` of what a client sent.
pub(super) fn source(client: &str) -> String {
    let client: String = url::form_urlencoded::byte_serialize(client.as_bytes()).collect();
    object([("source", quoted(&format!("https://zorgtolk.example/client/{client}")))])
}
