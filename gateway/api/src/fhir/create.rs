//! `POST /fhir/{type}`: a new resource with an id of ours (<https://hl7.org/fhir/R4/http.html#create>). An id in the body is
//! ignored.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::Interaction;
use gateway_engine::{Change, Target, Write};
use gateway_store::Precondition;

use super::conditions::no_conditional_create;
use super::offer::{Rest, gate};
use super::place::OfType;
use super::wish::Wish;
use super::{answer, body};
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate(resource_type, Rest::Create)?;
    wish.no_parameters()?;
    no_conditional_create(request.headers())?;
    let resource = body::resource(&app, request, resource_type).await?;
    let write = Write {
        target: Target::New(resource_type),
        change: Change::Document(resource),
        precondition: Precondition::Any,
        bind: None,
        interaction: Interaction::Create,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    Ok(answer::written(&app, written, &wish))
}
