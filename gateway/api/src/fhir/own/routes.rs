//! Routes as Subscriptions.

use gateway_core::{Caller, Id, Key, ResourceType};
use gateway_engine::Route;
use gateway_moulds::{RouteSubscription, subscription};
use uuid::Uuid;

use super::Shown;
use crate::App;
use crate::fhir::address;

/// The routes of the caller's tenant, by id.
pub(super) fn all(app: &App, caller: &Caller) -> Vec<Shown> {
    let routes = app.engine.parts().routes.of(&caller.tenant);
    let mut routes: Vec<_> = routes.iter().map(|route| shown(app, route)).collect();
    routes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    routes
}

fn shown(app: &App, route: &Route) -> Shown {
    let id = Id::from(id(route));
    let endpoint = format!("{}/Endpoint/{}", address::base(app), route.link);
    let text = subscription(&RouteSubscription {
        id: id.as_str(),
        link: &route.link,
        endpoint: &endpoint,
        criteria: &route.criteria,
    });
    Shown { key: Key::new(ResourceType::Subscription, id), changed: app.opened, text }
}

/// Drawn from what the route says, so that it stays the same as long as the route does.
fn id(route: &Route) -> Uuid {
    let name = format!("{}/{}/{}", route.tenant, route.link, route.criteria);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}
