//! Links as Endpoints.

use gateway_core::{Caller, Id, Key, Problem, ResourceType};
use gateway_moulds::{LinkEndpoint, endpoint};

use super::{Shown, unavailable};
use crate::App;

/// The links of the caller's tenant, by name.
pub(super) async fn all(app: &App, caller: &Caller) -> Result<Vec<Shown>, Problem> {
    let states = app.engine.parts().store.link_states().await.map_err(|error| unavailable(&error))?;
    let mut links: Vec<_> = app
        .settings
        .links
        .iter()
        .filter(|link| link.tenant == caller.tenant)
        .map(|link| {
            let paused = states.iter().any(|state| state.link == link.link && state.paused.is_some());
            let id: Id = link.link.as_str().parse().expect("the name of a link is an id");
            let text = endpoint(&LinkEndpoint { link: &link.link, address: link.address.as_str(), paused });
            Shown { key: Key::new(ResourceType::Endpoint, id), changed: app.opened, text }
        })
        .collect();
    links.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    Ok(links)
}
