//! Mapping tables as `StructureMap`, code maps as `ConceptMap` (`design.md` section 5) and what is searched by as
//! `SearchParameter`: what is in force for the caller's tenant, in front of the ones that tenant keeps itself. They cannot be
//! written here: they are files.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir_profiles::search::Query;
use gateway_core::{Caller, Id, Interaction, Key, Problem, ResourceType, TenantId};
use gateway_store::{Page, Paging};
use mappings::{Package, Shelf, structure_map};

use super::{Shown, allowed, cut, judged_alone, matches};
use crate::App;

/// How a place among the tenant's own begins; one among ours begins with [`OURS`].
const THEIRS: &str = "theirs:";
const OURS: &str = "ours:";

/// The mapping tables each tenant has in force.
#[derive(Debug, Clone, Default)]
pub struct Maps {
    /// Of tenants that have their own.
    pub shelves: BTreeMap<TenantId, Arc<Shelf>>,
    /// Of all others.
    pub embedded: Option<Arc<Package>>,
}

impl Maps {
    fn of(&self, tenant: &TenantId) -> Option<Arc<Package>> {
        let own = self.shelves.get(tenant).map(|shelf| shelf.package());
        own.or_else(|| self.embedded.clone())
    }
}

/// Whether a type holds such files.
pub(in crate::fhir) fn has(resource_type: ResourceType) -> bool {
    matches!(
        resource_type,
        ResourceType::ConceptMap | ResourceType::SearchParameter | ResourceType::StructureMap
    )
}

/// The map with this key, when it is one of ours.
///
/// # Errors
/// `Forbidden`.
pub(in crate::fhir) fn read(app: &App, caller: &Caller, key: &Key) -> Result<Option<Shown>, Problem> {
    if !has(key.resource_type) {
        return Ok(None);
    }
    allowed(caller, key.resource_type, Interaction::Read)?;
    Ok(all(app, caller, key.resource_type).into_iter().find(|shown| shown.key == *key))
}

/// Goes on only when no map of ours has this key: ours are files, and another under the same key would never be seen.
///
/// # Errors
/// 405.
pub(in crate::fhir) fn not_ours(app: &App, caller: &Caller, key: &Key) -> Result<(), Problem> {
    let ours =
        has(key.resource_type) && all(app, caller, key.resource_type).iter().any(|shown| shown.key == *key);
    if ours { Err(Problem::NotAllowed { allow: "GET, HEAD" }) } else { Ok(()) }
}

/// What a query finds: ours first, then the tenant's own, as one list.
///
/// # Errors
/// As a search of the store.
pub(in crate::fhir) async fn search(
    app: &App,
    caller: &Caller,
    query: &Query,
    paging: &Paging,
) -> Result<Page, Problem> {
    judged_alone(query)?;
    let after = paging.after.as_deref().unwrap_or(OURS);
    let place = |start: &str| after.strip_prefix(start).filter(|rest| !rest.is_empty()).map(str::to_owned);
    let found: Vec<_> = all(app, caller, query.resource_type)
        .into_iter()
        .filter(|shown| matches(app, query, shown))
        .collect();
    let number = found.len() as u64;
    let mut page = if after.starts_with(OURS) {
        cut(found, &Paging { after: place(OURS), ..paging.clone() })
    } else {
        Page { entries: Vec::new(), total: None, next: None }
    };
    let room = paging.count.saturating_sub(u32::try_from(page.entries.len()).unwrap_or(u32::MAX));
    let theirs = Paging { count: room.max(1), after: place(THEIRS), ..paging.clone() };
    let mut theirs = app.engine.search(caller, query, &theirs).await?;
    page.total = theirs.total.map(|total| number + total);
    page.next = match page.next {
        Some(next) => Some(format!("{OURS}{next}")),
        None if room == 0 => (!theirs.entries.is_empty()).then(|| THEIRS.to_owned()),
        None => {
            page.entries.append(&mut theirs.entries);
            theirs.next.map(|next| format!("{THEIRS}{next}"))
        }
    };
    Ok(page)
}

/// The texts of our code maps that are in force for the caller, for whoever translates by them.
pub(in crate::fhir) fn concept_maps(app: &App, caller: &Caller) -> impl Iterator<Item = String> {
    all(app, caller, ResourceType::ConceptMap).into_iter().map(|shown| shown.text)
}

fn all(app: &App, caller: &Caller, resource_type: ResourceType) -> Vec<Shown> {
    let package = app.settings.maps.of(&caller.tenant);
    let texts: Vec<String> = match (resource_type, &package) {
        (ResourceType::SearchParameter, _) => {
            let definitions = app.engine.parts().profiles.search_parameter_resources();
            definitions.iter().map(|definition| definition.root().raw().to_owned()).collect()
        }
        (ResourceType::StructureMap, Some(package)) => package.tables().map(structure_map).collect(),
        (_, Some(package)) => package.concept_map_texts().map(|(_, text)| text.to_owned()).collect(),
        (_, None) => Vec::new(),
    };
    let mut all: Vec<_> = texts.into_iter().filter_map(|text| shown(app, text)).collect();
    all.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    all
}

/// A map with the version and time that every resource has when it is read.
fn shown(app: &App, text: String) -> Option<Shown> {
    let resource = gateway_core::Resource::from_text(text).ok()?;
    let id: Id = resource.id()?.clone();
    let at = gateway_core::instant_text(app.opened);
    let text = resource.stored(&id, gateway_core::Version::FIRST, &at);
    Some(Shown { key: Key::new(resource.resource_type(), id), changed: app.opened, text })
}
