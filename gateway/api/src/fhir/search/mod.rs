//! Searches (<https://hl7.org/fhir/R4/search.html>): of a type (here), of a patient's compartment, of several types.
//!
//! All go the same way: what is wished for about the answer is taken out (`asked`), the rest becomes queries (`field`), those
//! are put to where the types are kept (`find`), what belongs to the page comes along (`include`, `along`), and a Bundle
//! with its links is made (`searching`). A parameter that is not understood is refused, never ignored: a filter that silently does
//! nothing shows data of people nobody asked about. `Prefer: handling=lenient` leaves it out and says so in the answer.

mod along;
mod asked;
pub(super) mod compartment;
mod counterpart;
pub(super) mod everything;
mod field;
mod find;
mod include;
mod searching;
pub(super) mod system;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::Caller;
use gateway_engine::Answered;
use http::HeaderMap;

use self::asked::Asked;
use self::field::Field;
use self::searching::Searching;
use super::continuation::Reader;
use super::live::{self, Wanted};
use super::offer::{Rest, gate};
use super::place::OfType;
use super::wish::Wish;
use super::{answer, body};
use crate::App;
use crate::caller::Access;
use crate::media::sent_form;
use crate::problem::Refused;

pub(super) use include::{include_values, revinclude_values};

pub(super) async fn by_get(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    gate(resource_type, Rest::SearchType)?;
    run(&app, &caller, &Field::Type(resource_type), wish, &headers).await
}

pub(super) async fn by_post(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate(resource_type, Rest::SearchType)?;
    posted(&app, &caller, &Field::Type(resource_type), wish, request).await
}

/// The parameters in the URL and in the form count together.
async fn posted(
    app: &App,
    caller: &Caller,
    field: &Field,
    mut wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    sent_form(request.headers())?;
    let headers = request.headers().clone();
    let form = body::bytes(app, request).await?;
    wish.add_form(&form)?;
    run(app, caller, field, wish, &headers).await
}

/// What a search over `field` answers.
async fn run(
    app: &App,
    caller: &Caller,
    field: &Field,
    mut wish: Wish,
    headers: &HeaderMap,
) -> Result<Response, Refused> {
    let reader = Reader { app, caller, path: &field.path() };
    let resumed = reader.resume(&mut wish)?;
    if let Some(of) = field.whole_type()
        && let Some(wanted) = Wanted::of(&mut wish, headers)?
    {
        return counterpart::asked(&reader, of, &wish, wanted).await;
    }
    let types = field.types(caller, &mut wish)?;
    let asked = Asked::take(app, &mut wish, &types.all)?;
    let mut queries = field.queries(app, &types, &mut wish)?;
    for query in &mut queries {
        query.sort.clone_from(&asked.sort);
    }
    let fresh = match field.whole_type() {
        Some(of) if resumed.is_none() => live::refresh(app, caller, of, &wish.parameters).await,
        _ => Answered::default(),
    };
    let named = (types.named && field.names_types()).then_some(&types.all[..]);
    let parameters = [&wish.parameters[..], &asked.parameters(named)].concat();
    let searching = Searching { reader, resumed, asked, queries, parameters, fresh, only: None };
    let mut response = searching.answer(&wish).await?;
    answer::applied(response.headers_mut(), wish.prefer.applied_to_search());
    Ok(response)
}
