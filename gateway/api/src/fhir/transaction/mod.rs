//! `POST [base]`: a Bundle of type batch or transaction (<https://hl7.org/fhir/R4/http.html#transaction>).
//!
//! `read` makes entries of the Bundle, all that is wrong with it told at once. An entry of a batch, and a read of a
//! transaction, goes through the routes of this door as if it had come alone (`inside`), with the caller of the Bundle; the
//! writes of a transaction are one commit of the engine (`together`, `write`). `respond` puts the answers in the order of the entries.

mod batch;
mod entry;
mod inside;
mod read;
mod respond;
mod together;
mod write;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::ResourceType;
use gateway_engine::transaction::{Rejected, placed};

use self::inside::Inside;
use self::read::{Kind, Posted};
use super::wish::Wish;
use super::{address, answer, body};
use crate::App;
use crate::caller::Access;
use crate::problem::{Refused, refused_at};

pub(super) async fn post(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    wish.no_parameters()?;
    let inside = Inside::new(&app, caller, &request);
    let bundle = body::resource(&app, request, ResourceType::Bundle).await?;
    let Posted { kind, entries } = read::posted(&app, &bundle)?;
    let text = match kind {
        Kind::Batch => {
            let answers = batch::done(&inside, entries).await;
            respond::bundle("batch-response", &address::base(&app), &answers)
        }
        Kind::Transaction => {
            let plain = Wish { prefer: wish.prefer, ..Wish::default() };
            match together::done(&app, &inside, &plain, entries).await {
                Ok(answers) => respond::bundle("transaction-response", &address::base(&app), &answers),
                Err(rejected) => return Ok(refused(rejected)),
            }
        }
    };
    Ok(answer::json(text, &wish))
}

/// A transaction that was not done: one OperationOutcome with the status of what does not hold, at the entry it is about.
fn refused(Rejected { place, problem }: Rejected) -> Response {
    refused_at(problem, |issue| match place {
        Some(place) => placed(place, issue),
        None => issue,
    })
}
