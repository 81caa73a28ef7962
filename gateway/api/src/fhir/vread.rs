//! `GET /fhir/{type}/{id}/_history/{version}`: one version (<https://hl7.org/fhir/R4/http.html#vread>).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

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
    request: Request,
) -> Result<Response, Refused> {
    gate(key.resource_type, Rest::Vread)?;
    wish.no_parameters()?;
    let stored = app.engine.vread(&caller, &key, version).await?;
    Ok(answer::stored(stored, request.headers(), &wish))
}
