//! Who comes in by this door, and with what: the checks that both routes share, in the order of `spreekuur.md` 6.3.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use fhir_profiles::{Rules, Unknown};
use gateway_core::{Caller, Interaction, Issue, IssueCode, Problem, Resource, ResourceType, Scopes};
use http::request::Parts;
use http::{HeaderMap, header};

use super::{Settings, unquoted};
use crate::App;
use crate::caller::{self, Denied, Form, Known, required_organisation};
use crate::media;
use crate::request_id::Trail;

/// A client whose token is good. First of a handler's arguments: a stranger learns nothing about routes.
pub(super) struct Client(pub(super) Known);

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Denied> {
        caller::identify(app, &parts.headers).await.map(Self)
    }
}

/// What a request is about: whoever may enter for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Errand {
    /// The type it sends.
    pub(super) resource_type: ResourceType,
    /// The scope it needs.
    pub(super) interaction: Interaction,
}

/// A request that got through the door, its body still text.
pub(super) struct Entered {
    /// Acts with the gateway's own scopes: a person met for the first time is made too, which the client itself may not.
    pub(super) caller: Caller,
    /// The client's id.
    pub(super) client: String,
    /// What it sent.
    pub(super) resource: Resource,
}

/// Media type, organisation, rights, JSON: in that order.
pub(super) async fn enter(
    app: &App,
    known: &Known,
    errand: Errand,
    request: Request,
) -> Result<Entered, Problem> {
    let settings = &app.settings.spreekuur;
    sent_json(request.headers(), settings)?;
    media::accepts_json(request.headers()).map_err(|refused| refused.0)?;
    let form = Form { bare: settings.lenient, old_names: settings.old_headers };
    let agb = required_organisation(request.headers(), form)?;
    let tenant = caller::tenant_of(app, known, &agb).await?;
    if !known.grant.scopes.allow(errand.resource_type, errand.interaction) {
        let text = format!("the token has no scope to send an {}", errand.resource_type);
        return Err(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text)));
    }
    let trail = caller::trail(app, request.extensions().get::<Trail>());
    let caller = caller::admit(known, tenant, Scopes::all(), &trail);
    let resource = read(app, errand.resource_type, request).await?;
    Ok(Entered { caller, client: known.grant.client.clone(), resource })
}

async fn read(app: &App, expected: ResourceType, request: Request) -> Result<Resource, Problem> {
    let limit = app.settings.body_limit;
    let too_long = || {
        let text = format!("the body is longer than {limit} bytes");
        Problem::TooLarge(Issue::error(IssueCode::TooLong, text))
    };
    let (parts, body): (_, Body) = request.into_parts();
    let announced =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_long());
    }
    let bytes = to_bytes(body, limit).await.map_err(|_| too_long())?;
    let lenient = app.settings.spreekuur.lenient;
    let parsed = if lenient { unquoted::parse(&bytes) } else { Resource::parse(&bytes) };
    let resource = parsed.map_err(|issue| Problem::Malformed(vec![structural(issue)]))?;
    if resource.resource_type() == expected {
        Ok(resource)
    } else {
        let text = format!("resourceType must be {expected}");
        Err(Problem::Malformed(vec![Issue::error(IssueCode::Structure, text).at("resourceType")]))
    }
}

/// A body that is no resource is broken in structure here, whatever is wrong with its `resourceType` (A-06, N-03).
fn structural(issue: Issue) -> Issue {
    match issue.code {
        IssueCode::Invalid => Issue { code: IssueCode::Structure, ..issue },
        _ => issue,
    }
}

/// How content is judged at this door.
pub(super) fn rules(settings: &Settings) -> Rules {
    Rules { bsn: settings.bsn_check, unknown: Unknown::Ignore, ..Rules::default() }
}

/// JSON in UTF-8, and in strict mode by its FHIR name.
fn sent_json(headers: &HeaderMap, settings: &Settings) -> Result<(), Problem> {
    media::sent_json(headers).map_err(|refused| refused.0)?;
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = text.split(';').next().unwrap_or_default().trim();
    if settings.lenient || name.eq_ignore_ascii_case("application/fhir+json") {
        return Ok(());
    }
    let issue = Issue::error(IssueCode::NotSupported, "Content-Type must be application/fhir+json");
    Err(Problem::MediaType { asked: false, issue })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_05_media_types_that_are_json_in_utf_8() {
        let strict = Settings { lenient: false, ..Settings::default() };
        let fits = |text: &str, settings: &Settings| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, text.parse().unwrap());
            sent_json(&headers, settings).is_ok()
        };
        for (text, in_strict, in_lenient) in [
            ("application/fhir+json", true, true),
            ("Application/FHIR+JSON; Charset=\"UTF-8\"; fhirVersion=4.0", true, true),
            ("application/json", false, true),
            ("application/json;charset=utf-8;", false, true),
            ("application/fhir+json; charset=iso-8859-1", false, false),
            ("application/fhir+json; fhirVersion=3.0", false, false),
            ("application/fhir+xml", false, false),
            ("text/plain", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                (fits(text, &strict), fits(text, &Settings::default())),
                (in_strict, in_lenient),
                "{text}"
            );
        }
        assert!(sent_json(&HeaderMap::new(), &Settings::default()).is_err());
    }
}
