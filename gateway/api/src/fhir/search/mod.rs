//! Searches (<https://hl7.org/fhir/R4/search.html>): of a type (here), of a patient's compartment, of several types.
//!
//! All go the same way: what is wished for about the answer is taken out (`asked`), the rest becomes queries (`field`), those
//! are put to where the types are kept (`find`), what belongs to the page comes along (`include`, `along`), and a Bundle
//! with its links is made. A parameter that is not understood is refused, never ignored: a filter that silently does
//! nothing shows data of people nobody asked about. `Prefer: handling=lenient` leaves it out and says so in the answer.

mod along;
mod asked;
pub(super) mod compartment;
mod counterpart;
mod field;
mod find;
mod include;
pub(super) mod system;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use fhir_profiles::search::Query;
use gateway_core::{Caller, Issue, Resource};
use gateway_engine::Answered;
use gateway_store::{Paging, Stored, Total};
use http::HeaderMap;

use self::along::Along;
use self::asked::Asked;
use self::field::Field;
use super::bundle::{Bundle, Head};
use super::continuation::Reader;
use super::links::Linked;
use super::live::{self, Wanted};
use super::offer::{Rest, gate};
use super::place::OfType;
use super::wish::Wish;
use super::{address, answer, body};
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
    queries.iter_mut().for_each(|query| query.sort.clone_from(&asked.sort));

    let fresh = match field.whole_type() {
        Some(of) if resumed.is_none() => live::refresh(app, caller, of, &wish.parameters).await,
        _ => Answered::default(),
    };
    let known = resumed.as_ref().and_then(|page| page.onward.total);
    let paging = Paging {
        count: asked.size.count.max(1),
        after: resumed.as_ref().and_then(|page| page.onward.after.clone()),
        total: if known.is_some() { Total::None } else { asked.size.counting() },
        ..Paging::default()
    };
    let mut found = find::page(app, caller, &queries, &paging).await?;
    let mut shown = Shelf { passing: fresh.passing, ..Shelf::default() };
    let total = known.or(found.page.total.map(|total| total + shown.passing.len() as u64));
    shown.told = [std::mem::take(&mut wish.told), fresh.warnings, found.told, find::incomplete(app)].concat();
    if !asked.size.total_only {
        shown.along = along::gather(app, caller, &asked.includes, &found.page.entries).await?;
        shown.found = std::mem::take(&mut found.page.entries);
    }

    let named = (types.named && field.names_types()).then_some(&types.all[..]);
    let parameters = [&wish.parameters[..], &asked.parameters(named)].concat();
    let linked = Linked {
        parameters: &parameters,
        secret: queries.iter().any(Query::names_a_person),
        resumed: resumed.as_ref(),
        next: found.page.next.filter(|_| !asked.size.total_only),
        total,
    };
    let links = linked.links(&reader);
    let head = Head { kind: "searchset", at: app.engine.parts().clock.now(), total, links: &links };
    let mut response = answer::json(shown.bundle(app, &asked, &head), &wish);
    answer::applied(response.headers_mut(), wish.prefer.applied_to_search());
    Ok(response)
}

/// What an answer is made of.
#[derive(Default)]
struct Shelf {
    found: Vec<Stored>,
    /// From a counterpart that was asked too.
    passing: Vec<Resource>,
    along: Along,
    told: Vec<Issue>,
}

impl Shelf {
    fn bundle(self, app: &App, asked: &Asked, head: &Head<'_>) -> String {
        let found = asked.shown.all(app, self.found);
        let along = asked.shown.of_included().all(app, self.along.entries);
        let length = |entry: &Stored| 200 + entry.text.as_ref().map_or(0, String::len);
        let mut bundle = Bundle::new(address::base(app), head, found.iter().chain(&along).map(length).sum());
        found.iter().for_each(|entry| bundle.found(entry));
        if !asked.size.total_only {
            self.passing.iter().for_each(|resource| bundle.passed_on(resource));
        }
        along.iter().for_each(|entry| bundle.included(entry));
        let told = [self.told, self.along.told].concat();
        if !told.is_empty() {
            bundle.told(&told);
        }
        bundle.close()
    }
}
