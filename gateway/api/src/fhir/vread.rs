//! `GET /fhir/{type}/{id}/_history/{version}`: one version (<https://hl7.org/fhir/R4/http.html#vread>).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::answer;
use super::offer::{Rest, gate};
use super::place::OfVersion;
use super::subset::Shown;
use super::wish::Wish;
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

pub(super) async fn vread(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfVersion(key, version): OfVersion,
    mut wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate(key.resource_type, Rest::Vread)?;
    let part = Shown::take_of_one(&app, &mut wish, key.resource_type)?;
    wish.no_parameters()?;
    let stored = app.engine.vread(&caller, &key, version).await?;
    Ok(answer::stored(part.version(&app, stored), request.headers(), &wish))
}
