//! `DELETE /fhir/{type}/{id}` (<https://hl7.org/fhir/R4/http.html#delete>): the history stays. What is not there, or deleted
//! already, is deleted all the same.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::Interaction;
use gateway_engine::{Change, Target, Write};

use super::conditions::precondition;
use super::offer::{Rest, gate};
use super::place::Instance;
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
    own::maps::not_ours(&app, &caller, &key)?;
    wish.no_parameters()?;
    let write = Write {
        target: Target::Key(key),
        change: Change::Deleted,
        precondition: precondition(request.headers())?,
        bind: None,
        interaction: Interaction::Delete,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    Ok(answer::deleted(&written, &wish))
}
