//! `PUT /fhir/{type}/{id}`: a new version, or a new resource with an id of the caller's choice
//! (<https://hl7.org/fhir/R4/http.html#update>).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::Interaction;
use gateway_engine::{Change, Target, Write};

use super::conditions::precondition;
use super::offer::{Rest, gate};
use super::place::Instance;
use super::wish::Wish;
use super::{answer, body, own};
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

pub(super) async fn update(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Instance(key): Instance,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate(key.resource_type, Rest::Update)?;
    own::maps::not_ours(&app, &caller, &key)?;
    wish.no_parameters()?;
    let precondition = precondition(request.headers())?;
    let resource = body::resource_at(&app, request, &key).await?;
    let write = Write {
        target: Target::Key(key),
        change: Change::Document(resource),
        precondition,
        bind: None,
        interaction: Interaction::Update,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    Ok(answer::written(&app, written, &wish))
}
