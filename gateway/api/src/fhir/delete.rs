//! `DELETE /fhir/{type}/{id}` (<https://hl7.org/fhir/R4/http.html#delete>): the history stays. What is not there, or deleted
//! already, is deleted all the same. `DELETE /fhir/{type}?…` deletes what the criteria find, when that is one or none.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::Interaction;
use gateway_engine::{Change, Target, Write};

use super::conditions::{precondition, precondition_on};
use super::criteria::criteria;
use super::offer::{Rest, gate, gate_by_criteria};
use super::place::{Instance, OfType};
use super::wish::Wish;
use super::{answer, own};
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Instance(key): Instance,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate(key.resource_type, Rest::Delete)?;
    own::overlay::not_ours(&app, &caller, &key)?;
    wish.no_parameters()?;
    let precondition = precondition_on(&app, &caller, request.headers(), &key).await?;
    let write = Write {
        target: Target::Key(key),
        change: Change::Deleted,
        precondition,
        bind: None,
        interaction: Interaction::Delete,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    Ok(answer::deleted(&written, &wish))
}

pub(super) async fn by_criteria(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate_by_criteria(resource_type, Rest::Delete)?;
    let write = Write {
        target: Target::Matching(criteria(&app, resource_type, &wish.parameters)?),
        change: Change::Deleted,
        precondition: precondition(request.headers())?,
        bind: None,
        interaction: Interaction::Delete,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    Ok(answer::deleted(&written, &wish))
}
