//! Which type, resource or version the path names. What cannot be one never was: 404.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts, RawPathParams};
use gateway_core::{Id, IssueCode, Key, Problem, ResourceType, Version};
use http::Method;
use http::request::Parts;

use crate::App;
use crate::problem::{Refused, malformed};

/// `/fhir/{type}`
pub(super) struct OfType(pub(super) ResourceType);

/// `/fhir/{type}/{id}`
pub(super) struct Instance(pub(super) Key);

/// `/fhir/{type}/{id}/_history/{version}`
pub(super) struct OfVersion(pub(super) Key, pub(super) Version);

/// `/fhir/{type}/{id}/{member}`: a type within a compartment, `None` for `*`.
pub(super) struct Member(pub(super) Option<ResourceType>);

/// Whatever the path names: nothing, a type or one of a type.
#[derive(Debug, Clone)]
pub(super) enum At {
    System,
    Type(ResourceType),
    Instance(Key),
}

impl At {
    /// The type that is named.
    pub(super) fn resource_type(&self) -> Option<ResourceType> {
        match self {
            Self::System => None,
            Self::Type(of) => Some(*of),
            Self::Instance(key) => Some(key.resource_type),
        }
    }
}

const NOWHERE: Refused = Refused(Problem::NotFound);

impl FromRequestParts<Arc<App>> for OfType {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let path = path(parts, app).await?;
        Ok(Self(resource_type(&path)?))
    }
}

impl OptionalFromRequestParts<Arc<App>> for OfType {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<Option<Self>, std::convert::Infallible> {
        Ok(<Self as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await.ok())
    }
}

impl FromRequestParts<Arc<App>> for Instance {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let path = path(parts, app).await?;
        let resource_type = resource_type(&path)?;
        match named(&path, "id").parse::<Id>() {
            Ok(id) => Ok(Self(Key::new(resource_type, id))),
            Err(_) if parts.method == Method::PUT => {
                Err(malformed(IssueCode::Value, "The id in the path must be 1 to 64 of A-Z a-z 0-9 - ."))
            }
            Err(_) => Err(NOWHERE),
        }
    }
}

impl FromRequestParts<Arc<App>> for OfVersion {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let path = path(parts, app).await?;
        let id = named(&path, "id").parse::<Id>().map_err(|_| NOWHERE)?;
        let version = version(named(&path, "version")).ok_or(NOWHERE)?;
        Ok(Self(Key::new(resource_type(&path)?, id), version))
    }
}

impl FromRequestParts<Arc<App>> for Member {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let path = path(parts, app).await?;
        match named(&path, "member") {
            "*" => Ok(Self(None)),
            name => name.parse().map(|of| Self(Some(of))).map_err(|_| NOWHERE),
        }
    }
}

impl FromRequestParts<Arc<App>> for At {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let path = path(parts, app).await?;
        if named(&path, "type").is_empty() {
            return Ok(Self::System);
        }
        let resource_type = resource_type(&path)?;
        match named(&path, "id") {
            "" => Ok(Self::Type(resource_type)),
            id => Ok(Self::Instance(Key::new(resource_type, id.parse().map_err(|_| NOWHERE)?))),
        }
    }
}

/// Reads a version as we write it: digits, no sign, no leading zero.
pub(super) fn version(text: &str) -> Option<Version> {
    let ours = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    ours.then(|| text.parse().ok().map(Version)).flatten()
}

async fn path(parts: &mut Parts, app: &Arc<App>) -> Result<RawPathParams, Refused> {
    RawPathParams::from_request_parts(parts, app).await.map_err(|_| NOWHERE)
}

fn named<'p>(path: &'p RawPathParams, name: &str) -> &'p str {
    path.iter().find_map(|(n, value)| (n == name).then_some(value)).unwrap_or_default()
}

fn resource_type(path: &RawPathParams) -> Result<ResourceType, Refused> {
    named(path, "type").parse().map_err(|_| NOWHERE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_written_one_way_only() {
        assert_eq!(version("12"), Some(Version(12)));
        for bad in ["", "0", "01", "-1", "+1", "1.0", "99999999999", "x"] {
            assert_eq!(version(bad), None, "{bad}");
        }
    }
}
