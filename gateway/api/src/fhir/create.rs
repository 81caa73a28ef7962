//! `POST /fhir/{type}`: a new resource with an id of ours (<https://hl7.org/fhir/R4/http.html#create>). An id in the body is
//! ignored. With `If-None-Exist` only when the criteria find nothing: what they find is the answer then, 200.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::Interaction;
use gateway_engine::{Change, Target, Write};
use gateway_store::Precondition;
use http::header::LOCATION;

use super::criteria::if_none_exist;
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
    let criteria = if_none_exist(&app, request.headers(), resource_type)?;
    let resource = body::resource(&app, request, resource_type).await?;
    let write = Write {
        target: criteria.map_or(Target::New(resource_type), Target::Matching),
        change: Change::Document(resource),
        precondition: Precondition::Any,
        bind: None,
        interaction: Interaction::Create,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    let location = answer::location(&app, &written);
    let mut response = answer::written(&app, written, &wish);
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}
