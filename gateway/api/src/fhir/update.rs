//! `PUT /fhir/{type}/{id}`: a new version, or a new resource with an id of the caller's choice
//! (<https://hl7.org/fhir/R4/http.html#update>). `PUT /fhir/{type}?…`: the same of what the criteria find, or of a new one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::{Interaction, Key};
use gateway_engine::{Change, Target, Write};

use super::conditions::{precondition, precondition_on};
use super::criteria::criteria;
use super::offer::{Rest, gate, gate_by_criteria};
use super::place::{Instance, OfType};
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
    own::overlay::not_ours(&app, &caller, &key)?;
    wish.no_parameters()?;
    let precondition = precondition_on(&app, &caller, request.headers(), &key).await?;
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

/// The id in the body must be the one that is found, or may be the one of a new resource.
pub(super) async fn by_criteria(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate_by_criteria(resource_type, Rest::Update)?;
    let query = criteria(&app, resource_type, &wish.parameters)?;
    let precondition = precondition(request.headers())?;
    let resource = body::resource(&app, request, resource_type).await?;
    if let Some(id) = resource.id() {
        own::overlay::not_ours(&app, &caller, &Key::new(resource_type, id.clone()))?;
    }
    let write = Write {
        target: Target::Matching(query),
        change: Change::Document(resource),
        precondition,
        bind: None,
        interaction: Interaction::Update,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    Ok(answer::written(&app, written, &wish))
}
