//! `GET /fhir/{type}/{id}/_history`, `GET /fhir/{type}/_history`, `GET /fhir/_history`: versions, newest first
//! (<https://hl7.org/fhir/R4/http.html#history>), with `_since`, `_at`, `_count`, `_total`, `_summary` and `_elements`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use gateway_core::{Caller, IssueCode, ResourceType};
use gateway_store::{History, Paging, Total};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::address;
use super::answer;
use super::bundle::{Bundle, Head};
use super::continuation::Reader;
use super::links::Linked;
use super::offer::{Rest, gate, offered};
use super::page::Size;
use super::place::{Instance, OfType};
use super::subset::Shown;
use super::wish::Wish;
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
    let of =
        Of { path: format!("{key}/_history"), types: vec![key.resource_type], whose: History::Instance(key) };
    of.history(&app, &caller, wish).await
}

pub(super) async fn of_type(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
) -> Result<Response, Refused> {
    gate(resource_type, Rest::HistoryType)?;
    let whose = History::Type(resource_type);
    let of = Of { path: format!("{resource_type}/_history"), types: vec![resource_type], whose };
    of.history(&app, &caller, wish).await
}

/// Of every type whose history is offered and that the caller may search.
pub(super) async fn of_system(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    wish: Wish,
) -> Result<Response, Refused> {
    let has = |of: &ResourceType| offered(*of).contains(&Rest::HistoryType);
    let types: Vec<_> = ResourceType::ALL.iter().copied().filter(has).collect();
    let of = Of { path: "_history".to_owned(), whose: History::Types(types.clone()), types };
    of.history(&app, &caller, wish).await
}

/// Whose history is asked for.
struct Of {
    /// The path below the base.
    path: String,
    types: Vec<ResourceType>,
    whose: History,
}

impl Of {
    async fn history(&self, app: &App, caller: &Caller, mut wish: Wish) -> Result<Response, Refused> {
        let reader = Reader { app, caller, path: &self.path };
        let resumed = reader.resume(&mut wish)?;
        let is_time = |(name, _): &&(String, String)| matches!(&**name, "_since" | "_at");
        let mut parameters: Vec<_> = wish.parameters.iter().filter(is_time).cloned().collect();
        let shown = Shown::take(app, &mut wish, &self.types)?;
        let size = Size::take(&mut wish, &shown)?;
        let since = wish.take("_since").map(|text| instant("_since", &text)).transpose()?;
        let then = wish.take("_at").map(|text| instant("_at", &text)).transpose()?;
        wish.no_parameters()?;
        parameters.extend(shown.parameter());
        parameters.extend(size.parameters());

        let now = app.engine.parts().clock.now() - ON_ITS_WAY;
        let known = resumed.as_ref().and_then(|page| page.onward.total);
        let paging = Paging {
            count: size.count.max(1),
            after: resumed.as_ref().and_then(|page| page.onward.after.clone()),
            since,
            at: then,
            total: if known.is_some() { Total::None } else { size.counting() },
        };
        let page = app.engine.history(caller, &self.whose, &paging).await?;

        let total = known.or(page.total);
        let next = page.next.filter(|_| !size.total_only);
        let linked =
            Linked { parameters: &parameters, secret: false, resumed: resumed.as_ref(), next, total };
        let links = linked.links(&reader);
        let head = Head { kind: "history", at: now, total, links: &links };
        let entries = shown.all(app, page.entries);
        let room = entries.iter().map(|entry| 300 + entry.text.as_ref().map_or(0, String::len)).sum();
        let mut bundle = Bundle::new(address::base(app), &head, room);
        if !size.total_only {
            for entry in &entries {
                bundle.version(entry);
            }
        }
        Ok(answer::json(bundle.close(), &wish))
    }
}

/// An instant: date, time and zone. A `+` that was not escaped arrives as a blank.
fn instant(name: &str, text: &str) -> Result<OffsetDateTime, Refused> {
    OffsetDateTime::parse(&text.replace(' ', "+"), &Rfc3339).map_err(|_| {
        malformed(IssueCode::Value, format!("{name} is an instant, for instance 2026-09-14T07:10:00Z."))
    })
}
