//! `GET /fhir/{type}?…` and `POST /fhir/{type}/_search` (<https://hl7.org/fhir/R4/search.html>).
//!
//! A parameter that is not understood is refused, never ignored: a filter that silently does nothing shows data of people
//! nobody asked about. `Prefer: handling=lenient` leaves unknown parameters out and says so in the answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use fhir_profiles::Profiles;
use fhir_profiles::search::Query;
use gateway_core::{Caller, Issue, IssueCode, Problem, Resource, ResourceType};
use gateway_engine::Answered;
use gateway_store::{Page, Paging, Stored};
use http::HeaderMap;

use super::bundle::{Bundle, Head};
use super::continuation::{PAGE, Reader, Resumed};
use super::live::{self, Wanted};
use super::offer::{Rest, gate};
use super::page::Size;
use super::place::OfType;
use super::prefer::Handling;
use super::wish::Wish;
use super::{address, answer, body, own};
use crate::App;
use crate::caller::Access;
use crate::media::sent_form;
use crate::problem::Refused;

pub(super) async fn by_get(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    gate(resource_type, Rest::SearchType)?;
    search(&app, &caller, resource_type, wish, &headers).await
}

/// The parameters in the URL and in the form count together.
pub(super) async fn by_post(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    mut wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate(resource_type, Rest::SearchType)?;
    sent_form(request.headers())?;
    let headers = request.headers().clone();
    let form = body::bytes(&app, request).await?;
    wish.add_form(&form)?;
    search(&app, &caller, resource_type, wish, &headers).await
}

async fn search(
    app: &App,
    caller: &Caller,
    resource_type: ResourceType,
    mut wish: Wish,
    headers: &HeaderMap,
) -> Result<Response, Refused> {
    let reader = Reader { app, caller, path: resource_type.as_str() };
    let resumed = reader.resume(&mut wish)?;
    if let Some(wanted) = Wanted::of(&mut wish, headers)? {
        return asked(&reader, resource_type, &wish, wanted).await;
    }
    let size = Size::take(&mut wish)?;
    let profiles = &app.engine.parts().profiles;
    let mut told = leave_out_unknown(profiles, resource_type, &mut wish);
    let at = app.engine.parts().clock.now();
    let query = Query::parse_at(profiles, resource_type, &wish.parameters, own::micros(at))
        .map_err(Problem::Malformed)?;

    let fresh = match resumed {
        Some(_) => Answered::default(),
        None => live::refresh(app, caller, resource_type, &wish.parameters).await,
    };
    told.extend(fresh.warnings);
    let after = resumed.as_ref().and_then(|resumed| resumed.after.clone());
    let paging = Paging { count: size.count.max(1), after, total: size.counting(), ..Paging::default() };
    let page = match own::Kind::of(resource_type) {
        Some(kind) => {
            let found = own::search(app, caller, kind, &query, &paging).await?;
            told.extend(found.told);
            found.page
        }
        None if own::maps::has(resource_type) => own::maps::search(app, caller, &query, &paging).await?,
        None => app.engine.search(caller, &query, &paging).await?,
    };

    let links = links(&reader, &wish, &query, resumed, &page, size);
    let total = page.total.map(|total| total + fresh.passing.len() as u64);
    let head = Head { kind: "searchset", at, total, links: &links };
    let found = Found { page: &page, passing: &fresh.passing, told: &told };
    let mut response = answer::json(assemble(app, &head, &found, size), &wish);
    answer::applied(response.headers_mut(), wish.prefer.applied_to_search());
    Ok(response)
}

/// With `handling=lenient`: takes out the parameters that this type does not know, a warning for each. A modifier that is
/// not known stays in and is refused.
fn leave_out_unknown(profiles: &Profiles, resource_type: ResourceType, wish: &mut Wish) -> Vec<Issue> {
    if wish.prefer.handling != Some(Handling::Lenient) {
        return Vec::new();
    }
    let mut told = Vec::new();
    wish.parameters.retain(|(name, _)| {
        let known = Query::knows(profiles, resource_type, name);
        if !known {
            let text = "This parameter is not known here and was left out.";
            told.push(Issue::warning(IssueCode::NotSupported, text).at(format!("http.{name}")));
        }
        known
    });
    told
}

/// `self` shows the parameters as understood, unless one of them is a BSN: then, as always for `next`, they travel sealed.
fn links(
    reader: &Reader<'_>,
    wish: &Wish,
    query: &Query,
    resumed: Option<Resumed>,
    page: &Page,
    size: Size,
) -> Vec<(&'static str, String)> {
    let all = |parameters: &[(String, String)]| [parameters, &size.parameters()[..]].concat();
    let sealed = |after: Option<String>| vec![(PAGE.to_owned(), reader.seal(&all(&wish.parameters), after))];
    let mine = match resumed {
        Some(resumed) => vec![(PAGE.to_owned(), resumed.page)],
        None if query.names_a_person() => sealed(None),
        None => all(&query.understood),
    };
    let mut links = vec![("self", address::query(reader.app, reader.path, &mine))];
    if let Some(after) = page.next.clone().filter(|_| !size.total_only) {
        links.push(("next", address::query(reader.app, reader.path, &sealed(Some(after)))));
    }
    links
}

/// What a search over the store answers with.
struct Found<'a> {
    page: &'a Page,
    /// From a counterpart that was asked too.
    passing: &'a [Resource],
    told: &'a [Issue],
}

fn assemble(app: &App, head: &Head<'_>, found: &Found<'_>, size: Size) -> String {
    let room = found.page.entries.iter().map(|entry| 200 + entry.text.as_ref().map_or(0, String::len)).sum();
    let mut bundle = Bundle::new(address::base(app), head, room);
    if !size.total_only {
        found.page.entries.iter().for_each(|entry| bundle.found(entry));
        found.passing.iter().for_each(|resource| bundle.passed_on(resource));
    }
    if !found.told.is_empty() {
        bundle.told(found.told);
    }
    bundle.close()
}

/// What a counterpart answers, on one page. What was asked for is a match, what came along is included.
async fn asked(
    reader: &Reader<'_>,
    resource_type: ResourceType,
    wish: &Wish,
    wanted: Wanted,
) -> Result<Response, Refused> {
    let app = reader.app;
    let again = [&wish.parameters[..], &[wanted.parameter()]].concat();
    let answered = wanted.ask(app, reader.caller, resource_type, &wish.parameters).await?;
    let page = vec![(PAGE.to_owned(), reader.seal(&again, None))];
    let links = [("self", address::query(app, reader.path, &page))];
    let is_match = |entry: &&Stored| entry.key.resource_type == resource_type;
    let total = answered.kept.iter().filter(is_match).count() + answered.passing.len();
    let at = app.engine.parts().clock.now();
    let head = Head { kind: "searchset", at, total: Some(total as u64), links: &links };
    let mut bundle = Bundle::new(address::base(app), &head, 0);
    answered.kept.iter().filter(is_match).for_each(|entry| bundle.found(entry));
    answered.passing.iter().for_each(|resource| bundle.passed_on(resource));
    answered.kept.iter().filter(|entry| !is_match(entry)).for_each(|entry| bundle.included(entry));
    if !answered.warnings.is_empty() {
        bundle.told(&answered.warnings);
    }
    Ok(answer::json(bundle.close(), wish))
}
