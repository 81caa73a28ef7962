//! The one table of paths and methods under `/fhir`.
//!
//! Each path also answers with a slash behind it (`dutch-fhir.md` section 4.1). What a path does not offer is a 405 that
//! says what it does.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, delete as on_delete, get, post, put};
use gateway_core::{Problem, ResourceType};
use http::{Method, Uri};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tower_http::decompression::RequestDecompressionLayer;

use super::offer::{Rest, offered};
use super::place::OfType;
use super::{create, delete, format, history, metadata, patch, read, search, transaction, update, vread};
use crate::App;
use crate::problem::Refused;

/// Bundles shorter than this travel as they are: packing would cost more than it saves.
const PACK_ABOVE: u64 = 8 * 1024;

/// A path of the FHIR door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is explained by its path")]
pub enum Route {
    Base,
    Metadata,
    SystemSearch,
    SystemHistory,
    Type,
    Search,
    TypeHistory,
    Instance,
    InstanceHistory,
    Version,
    Compartment,
    CompartmentSearch,
}

impl Route {
    /// Every path.
    pub const ALL: [Self; 12] = [
        Self::Base,
        Self::Metadata,
        Self::SystemSearch,
        Self::SystemHistory,
        Self::Type,
        Self::Search,
        Self::TypeHistory,
        Self::Instance,
        Self::InstanceHistory,
        Self::Version,
        Self::Compartment,
        Self::CompartmentSearch,
    ];

    /// The template.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Base => "/fhir",
            Self::Metadata => "/fhir/metadata",
            Self::SystemSearch => "/fhir/_search",
            Self::SystemHistory => "/fhir/_history",
            Self::Type => "/fhir/{type}",
            Self::Search => "/fhir/{type}/_search",
            Self::TypeHistory => "/fhir/{type}/_history",
            Self::Instance => "/fhir/{type}/{id}",
            Self::InstanceHistory => "/fhir/{type}/{id}/_history",
            Self::Version => "/fhir/{type}/{id}/_history/{version}",
            Self::Compartment => "/fhir/{type}/{id}/{member}",
            Self::CompartmentSearch => "/fhir/{type}/{id}/{member}/_search",
        }
    }

    /// What can be done there, by method.
    #[must_use]
    pub fn interactions(self) -> &'static [(Method, Rest)] {
        match self {
            Self::Base => &[
                (Method::GET, Rest::SearchSystem),
                (Method::POST, Rest::Batch),
                (Method::POST, Rest::Transaction),
            ],
            Self::Metadata => &[],
            Self::SystemSearch => &[(Method::POST, Rest::SearchSystem)],
            Self::SystemHistory => &[(Method::GET, Rest::HistorySystem)],
            Self::Type => &[
                (Method::GET, Rest::SearchType),
                (Method::POST, Rest::Create),
                // by criteria
                (Method::PUT, Rest::Update),
                (Method::PATCH, Rest::Patch),
                (Method::DELETE, Rest::Delete),
            ],
            Self::Search => &[(Method::POST, Rest::SearchType)],
            Self::TypeHistory => &[(Method::GET, Rest::HistoryType)],
            Self::Instance => &[
                (Method::GET, Rest::Read),
                (Method::PUT, Rest::Update),
                (Method::PATCH, Rest::Patch),
                (Method::DELETE, Rest::Delete),
            ],
            Self::InstanceHistory => &[(Method::GET, Rest::HistoryInstance)],
            Self::Version => &[(Method::GET, Rest::Vread)],
            Self::Compartment => &[(Method::GET, Rest::SearchCompartment)],
            Self::CompartmentSearch => &[(Method::POST, Rest::SearchCompartment)],
        }
    }

    /// The path an interaction is done at; searches can also be sent to a path of their own, and writes by criteria go to
    /// [`Route::Type`].
    pub(super) fn of(rest: Rest) -> Self {
        match rest {
            Rest::Read | Rest::Update | Rest::Patch | Rest::Delete => Self::Instance,
            Rest::Vread => Self::Version,
            Rest::HistoryInstance => Self::InstanceHistory,
            Rest::Create | Rest::SearchType => Self::Type,
            Rest::HistoryType => Self::TypeHistory,
            Rest::Batch | Rest::Transaction | Rest::SearchSystem => Self::Base,
            Rest::HistorySystem => Self::SystemHistory,
            Rest::SearchCompartment => Self::Compartment,
        }
    }

    /// The value of `Allow` for a type that offers `offered`.
    pub(super) fn allow(self, offered: &[Rest]) -> &'static str {
        let has = |method: &Method| {
            self.interactions().iter().any(|(m, rest)| m == method && offered.contains(rest))
        };
        match (has(&Method::GET), has(&Method::POST), has(&Method::PUT), has(&Method::DELETE)) {
            (true, false, true, true) => "GET, HEAD, PUT, PATCH, DELETE",
            (true, false, true, false) => "GET, HEAD, PUT, PATCH",
            (true, true, true, true) => "GET, HEAD, POST, PUT, PATCH, DELETE",
            (true, true, true, false) => "GET, HEAD, POST, PUT, PATCH",
            (true, true, ..) => "GET, HEAD, POST",
            (true, ..) => "GET, HEAD",
            (false, true, ..) => "POST",
            (false, false, ..) => "",
        }
    }

    fn handlers(self) -> MethodRouter<Arc<App>> {
        match self {
            Self::Base => {
                packed(get(search::system::by_get)).merge(unpacked(packed(post(transaction::post))))
            }
            Self::SystemSearch => unpacked(packed(post(search::system::by_post))),
            Self::SystemHistory => packed(get(history::of_system)),
            Self::Metadata => get(metadata::metadata),
            Self::Type => {
                let written = post(create::create).put(update::by_criteria).patch(patch::by_criteria);
                let searched = packed(get(search::by_get));
                searched.merge(unpacked(written)).merge(on_delete(delete::by_criteria))
            }
            Self::Search => unpacked(packed(post(search::by_post))),
            Self::TypeHistory => packed(get(history::of_type)),
            Self::Instance => {
                let written = put(update::update).patch(patch::patch);
                get(read::read).merge(unpacked(written)).merge(on_delete(delete::delete))
            }
            Self::InstanceHistory => packed(get(history::of_instance)),
            Self::Version => get(vread::vread),
            Self::Compartment => packed(get(search::compartment::by_get)),
            Self::CompartmentSearch => unpacked(packed(post(search::compartment::by_post))),
        }
    }
}

/// Answers that may be long leave packed when that is asked for; XML is made before.
pub(super) fn packed(handlers: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    let handlers: MethodRouter<Arc<App>> = handlers.layer(from_fn(format::answer));
    handlers.layer(CompressionLayer::new().compress_when(SizeAbove::new(PACK_ABOVE)))
}

/// Bodies may come in packed.
pub(super) fn unpacked(handlers: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    handlers.layer(RequestDecompressionLayer::new().pass_through_unaccepted(true))
}

/// Every method and path that does something, for tests that walk them all.
pub fn table() -> impl Iterator<Item = (Route, Method, Rest)> {
    Route::ALL.into_iter().flat_map(|route| {
        route.interactions().iter().map(move |(method, rest)| (route, method.clone(), *rest))
    })
}

pub(super) fn router() -> Router<Arc<App>> {
    Route::ALL.into_iter().fold(Router::new(), |router, route| {
        let refuse = move |of: Option<OfType>, uri: Uri| async move {
            if names_operation(&uri) {
                return Refused(Problem::NotFound);
            }
            refuse(route, of)
        };
        let handlers = route.handlers().fallback(refuse);
        let slashed = format!("{}/", route.path());
        router.route(route.path(), handlers.clone()).route(&slashed, handlers)
    })
}

/// Whether the path ends in a `$name`, of an operation that is not there.
fn names_operation(uri: &Uri) -> bool {
    let last = uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.starts_with('$') || last.starts_with("%24")
}

/// A method that is not offered here.
fn refuse(route: Route, of: Option<OfType>) -> Refused {
    match (route, of) {
        (Route::Base, _) => Refused(Problem::NotAllowed { allow: "GET, HEAD, POST" }),
        (Route::Metadata | Route::SystemHistory, _) => Refused(Problem::NotAllowed { allow: "GET, HEAD" }),
        (Route::SystemSearch, _) => Refused(Problem::NotAllowed { allow: "POST" }),
        (Route::Compartment, Some(OfType(ResourceType::Patient))) => {
            Refused(Problem::NotAllowed { allow: "GET, HEAD" })
        }
        (Route::CompartmentSearch, Some(OfType(ResourceType::Patient))) => {
            Refused(Problem::NotAllowed { allow: "POST" })
        }
        (_, None) => Refused(Problem::NotFound),
        (route, Some(OfType(resource_type))) => match route.allow(offered(resource_type)) {
            "" => Refused(Problem::NotFound),
            allow => Refused(Problem::NotAllowed { allow }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interaction_has_its_route_and_no_more() {
        for (route, _, rest) in table() {
            let posted = matches!(route, Route::Search | Route::SystemSearch | Route::CompartmentSearch);
            let by_criteria = route == Route::Type && Route::of(rest) == Route::Instance;
            assert!(route == Route::of(rest) || posted || by_criteria, "{rest:?}");
        }
    }
}
