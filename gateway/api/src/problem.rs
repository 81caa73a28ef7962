//! How a [`Problem`] leaves the house: the only place that knows status codes and OperationOutcomes.

use axum::response::{IntoResponse, Response};
use gateway_core::Problem;
use http::StatusCode;

/// A problem as an answer. Handlers and extractors of every FHIR door fail with it.
#[derive(Debug)]
pub struct Refused(pub Problem);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// What no route answers.
pub(crate) async fn no_such_route() -> Refused {
    Refused(Problem::NotFound)
}
