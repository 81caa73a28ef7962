//! The resource in a request's body, read with a cap and checked against the path.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use fhir_profiles::xml::from_xml;
use gateway_core::{Issue, IssueCode, Key, Problem, Resource, ResourceType};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use crate::App;
use crate::media::{Format, sent};
use crate::problem::Refused;

/// Reads the resource; its type is the path's.
///
/// # Errors
/// 415 before a byte is read, 413 without reading on, 400 for what is no resource of this type.
pub(crate) async fn resource(app: &App, request: Request, of: ResourceType) -> Result<Resource, Refused> {
    let format = sent(request.headers())?;
    of_type(read(format, &bytes(app, request).await?)?, of)
}

/// A resource whose type is the path's.
///
/// # Errors
/// 400.
pub(crate) fn of_type(resource: Resource, of: ResourceType) -> Result<Resource, Refused> {
    if resource.resource_type() != of {
        let text = format!("resourceType is {}, the path says {of}.", resource.resource_type());
        return Err(wrong(text, format!("{}", resource.resource_type())));
    }
    Ok(resource)
}

/// Reads the resource of a request that may come without one; of any type.
///
/// # Errors
/// As [`resource`].
pub(crate) async fn if_any(app: &App, request: Request) -> Result<Option<Resource>, Refused> {
    let format = sent(request.headers());
    if request.headers().contains_key(CONTENT_TYPE) {
        format.as_ref().map_err(Clone::clone)?;
    }
    let bytes = bytes(app, request).await?;
    if bytes.is_empty() { Ok(None) } else { read(format?, &bytes).map(Some) }
}

/// Reads a resource of any type.
///
/// # Errors
/// 400 for what is none.
pub(crate) fn read(format: Format, bytes: &[u8]) -> Result<Resource, Refused> {
    let read = match format {
        Format::Json => Resource::parse(bytes).map_err(|issue| vec![issue]),
        // the charset is known to be right
        Format::Xml => from_xml(bytes, None).and_then(|text| Resource::from_text(text).map_err(|i| vec![i])),
    };
    read.map_err(|issues| Refused(Problem::Malformed(issues)))
}

/// As [`resource`], and its id is the path's.
///
/// # Errors
/// As [`resource`]; 400 for another id or none.
pub(crate) async fn resource_at(app: &App, request: Request, at: &Key) -> Result<Resource, Refused> {
    self::at(resource(app, request, at.resource_type).await?, at)
}

/// A resource whose type and id are the path's.
///
/// # Errors
/// 400.
pub(crate) fn at(resource: Resource, at: &Key) -> Result<Resource, Refused> {
    let resource = of_type(resource, at.resource_type)?;
    match resource.id() {
        Some(id) if *id == at.id => Ok(resource),
        Some(_) => {
            Err(wrong("id is not the one in the path.".to_owned(), format!("{}.id", at.resource_type)))
        }
        None => Err(wrong(
            "id is missing; it must be the one in the path.".to_owned(),
            format!("{}.id", at.resource_type),
        )),
    }
}

fn wrong(text: String, expression: String) -> Refused {
    Refused(Problem::Malformed(vec![Issue::error(IssueCode::Invalid, text).at(expression)]))
}

/// The whole body, unless it is longer than the settings allow.
///
/// # Errors
/// 413, or 400 when the body breaks off.
pub(crate) async fn bytes(app: &App, mut request: Request) -> Result<Bytes, Refused> {
    let limit = app.settings.body_limit;
    if announced(&request).is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    DefaultBodyLimit::max(limit).apply(&mut request);
    Bytes::from_request(request, &()).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            too_large(limit)
        } else {
            let text = "The body cannot be read to its end, or not be unpacked.";
            Refused(Problem::Malformed(vec![Issue::error(IssueCode::Structure, text)]))
        }
    })
}

fn announced(request: &Request) -> Option<usize> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: usize) -> Refused {
    let text = format!("The body is longer than {limit} bytes.");
    Refused(Problem::TooLarge(Issue::error(IssueCode::TooLong, text)))
}
