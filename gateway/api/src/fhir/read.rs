//! `GET /fhir/{type}/{id}`: the current version (<https://hl7.org/fhir/R4/http.html#read>).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::offer::{Rest, gate};
use super::place::Instance;
use super::subset::Shown;
use super::wish::Wish;
use super::{answer, own};
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

pub(super) async fn read(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Instance(key): Instance,
    mut wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate(key.resource_type, Rest::Read)?;
    let part = Shown::take_of_one(&app, &mut wish, key.resource_type)?;
    wish.no_parameters()?;
    if let Some(kind) = own::Kind::of(key.resource_type) {
        let shown = own::read(&app, &caller, kind, &key).await?;
        return Ok(answer::json(part.text(&app, shown.text), &wish));
    }
    if let Some(shown) = own::overlay::read(&app, &caller, &key)? {
        return Ok(answer::json(part.text(&app, shown.text), &wish));
    }
    let stored = app.engine.read(&caller, &key).await?;
    Ok(answer::stored(part.version(&app, stored), request.headers(), &wish))
}
