//! Who calls: bearer token to [`Caller`] with its tenant, and how much a caller may ask (`spreekuur.md`, section 4).
//!
//! In order: the token is good and its client not revoked, the client's rate limit, the organisation of the request,
//! the client's right to act for it. An organisation that is not the client's and one that does not exist get the
//! same answer.

mod bearer;
mod directory;
mod limits;
mod organisation;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use gateway_core::{Agb, Caller, Issue, IssueCode, Origin, Problem, Scopes, TenantId};
use gateway_store::Client;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};

use crate::App;
use crate::oauth::Grant;
use crate::problem::Refused;
use crate::request_id::Trail;
pub use directory::Directory;
pub use limits::Limits;
use organisation::read as organisation;
pub(crate) use organisation::{Form, required as required_organisation};

/// The token is good, the tenant is chosen, the rate limit is passed.
pub struct Access(pub Caller);

/// In the extensions of a request: it is part of another one, whose caller is in already. Only this program can put it there.
#[derive(Debug, Clone)]
pub(crate) struct Admitted(pub(crate) Caller);

/// Why a caller does not get in.
#[derive(Debug)]
pub struct Denied {
    problem: Problem,
    /// Whether a token was shown at all; tells the client whether to get a new one or to begin (RFC 6750, section 3).
    shown: bool,
}

impl From<Problem> for Denied {
    fn from(problem: Problem) -> Self {
        Self { problem, shown: true }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let unauthenticated = matches!(self.problem, Problem::Unauthenticated(_));
        let mut response = Refused(self.problem).into_response();
        if unauthenticated {
            let challenge = if self.shown {
                "Bearer realm=\"zorgtolk\", error=\"invalid_token\""
            } else {
                "Bearer realm=\"zorgtolk\""
            };
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl FromRequestParts<Arc<App>> for Access {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Denied> {
        if let Some(Admitted(caller)) = parts.extensions.get() {
            return Ok(Self(caller.clone()));
        }
        let known = identify(app, &parts.headers).await?;
        let form = Form { bare: true, old_names: false };
        let agb = match organisation(&parts.headers, form)? {
            Some(agb) => agb,
            None => only(&known.grant.agbs)?.clone(),
        };
        let tenant = tenant_of(app, &known, &agb).await?;
        let trail = trail(app, parts.extensions.get());
        Ok(Self(admit(&known, tenant, known.grant.scopes.clone(), &trail)))
    }
}

/// A client whose token is good, as the token and as its registration say.
pub(crate) struct Known {
    pub(crate) grant: Arc<Grant>,
    client: Arc<Client>,
}

/// The client that the token names: known, not revoked, and within its rate limit.
pub(crate) async fn identify(app: &App, headers: &HeaderMap) -> Result<Known, Denied> {
    let token = bearer::token(headers)?;
    let unauthenticated = |issue| Denied::from(Problem::Unauthenticated(issue));
    let grant = app.oauth.verify(token).map_err(|bad| unauthenticated(bad.issue()))?;
    let Some(client) = app.directory.client(&grant.client).await? else {
        return Err(unauthenticated(Issue::error(IssueCode::Login, "the client is not registered any more")));
    };
    app.limits.pass(&client.id)?;
    Ok(Known { grant, client })
}

/// The tenant of an organisation that the client may act for: still, and when the token was given.
pub(crate) async fn tenant_of(app: &App, known: &Known, agb: &Agb) -> Result<TenantId, Problem> {
    let foreign = || {
        let text = format!("the client is not allowed to act for organisation {agb}");
        Problem::Forbidden(Issue::error(IssueCode::Forbidden, text))
    };
    if !known.client.agbs.contains(agb) || !known.grant.agbs.contains(agb) {
        return Err(foreign());
    }
    app.directory.tenant(agb).await?.ok_or_else(foreign)
}

/// The caller that the engine is asked for, noted in the request's trail.
pub(crate) fn admit(known: &Known, tenant: TenantId, scopes: Scopes, trail: &Trail) -> Caller {
    trail.tell(&tenant, &known.client.id);
    let origin = Origin::Client(known.client.id.as_str().into());
    Caller { tenant, origin, scopes, request_id: trail.id().into() }
}

/// The trail of a request; one of its own where no layer laid one.
pub(crate) fn trail(app: &App, laid: Option<&Trail>) -> Trail {
    laid.cloned().unwrap_or_else(|| Trail::new(app.engine.parts().ids.next().to_string()))
}

/// The organisation of a client that has just one.
fn only(agbs: &[Agb]) -> Result<&Agb, Problem> {
    match agbs {
        [one] => Ok(one),
        _ => Err(organisation::missing()),
    }
}
