//! `GET /fhir/{type}/{id}/_history/{version}`: one version (<https://hl7.org/fhir/R4/http.html#vread>).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use super::answer;
use super::offer::{Rest, gate};
use super::place::OfVersion;
use super::wish::Wish;
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

pub(super) async fn vread(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfVersion(key, version): OfVersion,
    wish: Wish,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    gate(key.resource_type, Rest::Vread)?;
    wish.no_parameters()?;
    let stored = app.engine.vread(&caller, &key, version).await?;
    Ok(answer::stored(stored, &headers, &wish))
}
