//! `GET /fhir/{type}/{id}/_history` and `GET /fhir/{type}/_history`: versions, newest first
//! (<https://hl7.org/fhir/R4/http.html#history>), with `_since` and `_count`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use gateway_core::{Caller, IssueCode};
use gateway_store::{History, Page, Paging};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::bundle::{Bundle, Head};
use super::continuation::{PAGE, Reader, Resumed};
use super::offer::{Rest, gate};
use super::page::Size;
use super::place::{Instance, OfType};
use super::wish::Wish;
use super::{address, answer};
use crate::App;
use crate::caller::Access;
use crate::problem::{Refused, malformed};

/// A version gets its instant before it is committed. A caller who comes back with `_since` set to the `lastUpdated` of
/// this answer must not miss one that was on its way, so the answer claims to be a little older than it is.
const ON_ITS_WAY: time::Duration = time::Duration::seconds(10);

pub(super) async fn of_instance(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Instance(key): Instance,
    wish: Wish,
) -> Result<Response, Refused> {
    gate(key.resource_type, Rest::HistoryInstance)?;
    let path = format!("{key}/_history");
    history(&app, &caller, &path, &History::Instance(key), wish).await
}

pub(super) async fn of_type(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
) -> Result<Response, Refused> {
    gate(resource_type, Rest::HistoryType)?;
    let path = format!("{resource_type}/_history");
    history(&app, &caller, &path, &History::Type(resource_type), wish).await
}

async fn history(
    app: &App,
    caller: &Caller,
    path: &str,
    of: &History,
    mut wish: Wish,
) -> Result<Response, Refused> {
    let reader = Reader { app, caller, path };
    let resumed = reader.resume(&mut wish)?;
    let asked = wish.parameters.clone();
    let size = Size::take(&mut wish)?;
    let since = wish.take("_since").map(|text| instant(&text)).transpose()?;
    wish.no_parameters()?;

    let at = app.engine.parts().clock.now() - ON_ITS_WAY;
    let after = resumed.as_ref().and_then(|resumed| resumed.after.clone());
    let paging =
        Paging { count: size.count.max(1), after, since, total: size.counting(), ..Paging::default() };
    let page = app.engine.history(caller, of, &paging).await?;

    let links = links(&reader, &asked, resumed, &page, size);
    let head = Head { kind: "history", at, total: page.total, links: &links };
    let room = page.entries.iter().map(|entry| 300 + entry.text.as_ref().map_or(0, String::len)).sum();
    let mut bundle = Bundle::new(address::base(app), &head, room);
    if !size.total_only {
        page.entries.iter().for_each(|entry| bundle.version(entry));
    }
    Ok(answer::json(bundle.close(), &wish))
}

fn links(
    reader: &Reader<'_>,
    asked: &[(String, String)],
    resumed: Option<Resumed>,
    page: &Page,
    size: Size,
) -> Vec<(&'static str, String)> {
    let mine = if let Some(resumed) = resumed {
        vec![(PAGE.to_owned(), resumed.page)]
    } else {
        let since = asked.iter().filter(|(name, _)| name == "_since").cloned();
        since.chain(size.parameters()).collect()
    };
    let mut links = vec![("self", address::query(reader.app, reader.path, &mine))];
    if let Some(after) = page.next.clone().filter(|_| !size.total_only) {
        let next = (PAGE.to_owned(), reader.seal(asked, Some(after)));
        links.push(("next", address::query(reader.app, reader.path, &[next])));
    }
    links
}

/// An instant: date, time and zone. A `+` that was not escaped arrives as a blank.
fn instant(text: &str) -> Result<OffsetDateTime, Refused> {
    OffsetDateTime::parse(&text.replace(' ', "+"), &Rfc3339)
        .map_err(|_| malformed(IssueCode::Value, "_since is an instant, for instance 2026-09-14T07:10:00Z."))
}
