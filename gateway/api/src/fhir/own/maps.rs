//! Mapping tables as `StructureMap`, code maps as `ConceptMap` (`design.md` section 5) and what is searched by as
//! `SearchParameter`: what is in force for the caller's tenant. They cannot be written here: they are files.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_core::{Caller, Id, Key, ResourceType, TenantId};
use mappings::{Package, Shelf, structure_map};

use super::Shown;
use crate::App;

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

/// The texts of our code maps that are in force for the caller, for whoever translates by them.
pub(in crate::fhir) fn concept_maps(app: &App, caller: &Caller) -> impl Iterator<Item = String> {
    all(app, caller, ResourceType::ConceptMap).into_iter().map(|shown| shown.text)
}

/// The files in force for the caller's tenant, by id.
pub(super) fn all(app: &App, caller: &Caller, resource_type: ResourceType) -> Vec<Shown> {
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
