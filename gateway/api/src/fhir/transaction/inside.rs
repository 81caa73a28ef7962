//! An entry done as if it had come alone: through the routes of this door, by the caller of the Bundle.
//!
//! Nothing leaves the process. Who calls is known already, so the token is not looked at again and the Bundle counts once
//! for the rate; what the caller may do is asked for each entry, where it always is.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use gateway_core::Caller;
use http::HeaderValue;
use http::header::ACCEPT;
use tower::ServiceExt as _;

use super::entry::Entry;
use super::respond::Answered;
use crate::App;
use crate::caller::{Admitted, trail};
use crate::fhir;
use crate::problem::Refused;
use crate::request_id::Trail;

/// The routes, made once.
static ROUTES: LazyLock<Router<Arc<App>>> = LazyLock::new(fhir::router);

/// The way in for entries.
pub(super) struct Inside {
    routes: Router,
    pub(super) caller: Caller,
    trail: Trail,
    prefer: Vec<HeaderValue>,
}

impl Inside {
    /// For the entries of the Bundle in this request.
    pub(super) fn new(app: &Arc<App>, caller: Caller, request: &Request) -> Self {
        Self {
            routes: ROUTES.clone().with_state(Arc::clone(app)),
            caller,
            trail: trail(app, request.extensions().get()),
            prefer: request.headers().get_all("prefer").iter().cloned().collect(),
        }
    }

    /// Does an entry.
    pub(super) async fn answer(&self, entry: Entry) -> Answered {
        let subject = entry.subject();
        let mut request = match entry.request() {
            Ok(request) => request,
            Err(problem) => return self.refused(problem.into()).await,
        };
        for prefer in &self.prefer {
            request.headers_mut().append("prefer", prefer.clone());
        }
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/fhir+json"));
        request.extensions_mut().insert(Admitted(self.caller.clone()));
        request.extensions_mut().insert(self.trail.clone());
        let response = match self.routes.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        Answered::of(response, subject, &self.trail).await
    }

    /// What an answer made elsewhere says.
    pub(super) async fn told(&self, response: Response) -> Answered {
        Answered::of(response, None, &self.trail).await
    }

    /// The answer to an entry that cannot be done.
    pub(super) async fn refused(&self, refused: Refused) -> Answered {
        self.told(refused.into_response()).await
    }
}
