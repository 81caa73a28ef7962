//! `GET /fhir/{type}?…` and `POST /fhir/{type}/_search` (<https://hl7.org/fhir/R4/search.html>).
//!
//! A parameter that is not understood is refused, never ignored: a filter that silently does nothing shows data of people
//! nobody asked about. `Prefer: handling=lenient` leaves unknown parameters out and says so in the answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use fhir_profiles::Profiles;
use fhir_profiles::search::{Criterion, Query};
use gateway_core::{Caller, Issue, IssueCode, Problem, ResourceType};
use gateway_store::{Page, Paging};

use super::bundle::{Bundle, Head};
use super::continuation::{PAGE, Reader, Resumed};
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
) -> Result<Response, Refused> {
    gate(resource_type, Rest::SearchType)?;
    search(&app, &caller, resource_type, wish).await
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
    let form = body::bytes(&app, request).await?;
    wish.add_form(&form)?;
    search(&app, &caller, resource_type, wish).await
}

async fn search(
    app: &App,
    caller: &Caller,
    resource_type: ResourceType,
    mut wish: Wish,
) -> Result<Response, Refused> {
    let reader = Reader { app, caller, path: resource_type.as_str() };
    let resumed = reader.resume(&mut wish)?;
    let size = Size::take(&mut wish)?;
    let profiles = &app.engine.parts().profiles;
    let mut told = leave_out_unknown(profiles, resource_type, &mut wish);
    let query = Query::parse(profiles, resource_type, &wish.parameters).map_err(Problem::Malformed)?;

    let at = app.engine.parts().clock.now();
    let after = resumed.as_ref().and_then(|resumed| resumed.after.clone());
    let paging = Paging { count: size.count.max(1), after, since: None };
    let page = match own::Kind::of(resource_type) {
        Some(kind) => {
            let found = own::search(app, caller, kind, &query, &paging).await?;
            told.extend(found.told);
            found.page
        }
        None => app.engine.search(caller, &query, &paging).await?,
    };

    let links = links(&reader, &wish, &query, resumed, &page, size);
    let head = Head { kind: "searchset", at, total: size.total.then_some(page.total), links: &links };
    let mut response = answer::json(assemble(app, &head, &page, size, &told), &wish);
    answer::applied(response.headers_mut(), wish.prefer.applied_to_search());
    Ok(response)
}

/// With `handling=lenient`: takes out the parameters that this type does not know, a warning for each. A modifier that is
/// not known stays in and is refused.
fn leave_out_unknown(profiles: &Profiles, resource_type: ResourceType, wish: &mut Wish) -> Vec<Issue> {
    if wish.prefer.handling != Some(Handling::Lenient) {
        return Vec::new();
    }
    let known = |name: &str| {
        let code = name.split([':', '.']).next().unwrap_or_default();
        matches!(code, "_id" | "_lastUpdated")
            || profiles.search_parameters(resource_type).iter().any(|parameter| parameter.code == code)
    };
    let mut told = Vec::new();
    wish.parameters.retain(|(name, _)| {
        let known = known(name);
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
        None if names_a_person(query) => sealed(None),
        None => all(&query.understood),
    };
    let mut links = vec![("self", address::query(reader.app, reader.path, &mine))];
    if let Some(after) = page.next.clone().filter(|_| !size.total_only) {
        links.push(("next", address::query(reader.app, reader.path, &sealed(Some(after)))));
    }
    links
}

fn names_a_person(query: &Query) -> bool {
    let secret = |criterion: &Criterion| matches!(criterion, Criterion::Token { secret: true, .. });
    query.filters.iter().any(|filter| filter.any.iter().any(secret))
}

fn assemble(app: &App, head: &Head<'_>, page: &Page, size: Size, told: &[Issue]) -> String {
    let room = page.entries.iter().map(|entry| 200 + entry.text.as_ref().map_or(0, String::len)).sum();
    let mut bundle = Bundle::new(address::base(app), head, room);
    if !size.total_only {
        page.entries.iter().for_each(|entry| bundle.found(entry));
    }
    if !told.is_empty() {
        bundle.told(told);
    }
    bundle.close()
}
