//! Who calls: bearer token to [`Caller`] with its tenant, and how much a caller may ask.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use gateway_core::{Caller, Issue, IssueCode, Problem};
use http::request::Parts;

use crate::problem::Refused;
use crate::{App, Settings};

/// Rate limits per client.
pub struct Limits {}

impl Limits {
    /// The limits that were set.
    #[must_use]
    pub fn new(_settings: &Settings) -> Self {
        Self {}
    }
}

/// The token is good, the tenant is chosen, the rate limit is passed.
pub struct Access(pub Caller);

impl FromRequestParts<Arc<App>> for Access {
    type Rejection = Refused;

    async fn from_request_parts(_parts: &mut Parts, _app: &Arc<App>) -> Result<Self, Refused> {
        Err(Refused(Problem::Unauthenticated(Issue::error(IssueCode::Login, "no access token was sent"))))
    }
}
