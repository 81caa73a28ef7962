//! A search over several types: `GET /fhir?_type=A,B&…` and `POST /fhir/_search`
//! (<https://hl7.org/fhir/R4/http.html#search>).
//!
//! Only what all the types can be searched by can be asked for. The types come one after the other, in the order named.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;

use super::{Field, posted, run};
use crate::App;
use crate::caller::Access;
use crate::fhir::wish::Wish;
use crate::problem::Refused;

pub(in crate::fhir) async fn by_get(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    wish: Wish,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    run(&app, &caller, &Field::System, wish, &headers).await
}

pub(in crate::fhir) async fn by_post(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    posted(&app, &caller, &Field::System, wish, request).await
}
