//! The mapping tables in force per tenant: the embedded ones, and over them the files of `mappings/<tenant>/` beside the
//! configuration, which replace tables, maps and record descriptions of the same name for that tenant alone.
//!
//! Compiled at the start, where a fault is a finding, and again on SIGHUP (`reload.rs`), where what was in force stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fhir_profiles::Profiles;
use gateway_api::fhir::Maps;
use gateway_core::TenantId;
use mappings::{MapIssue, Package, Shelf};

use crate::config::{Config, Finding, Findings};

/// The folder beside the configuration that holds a folder per tenant.
const FOLDER: &str = "mappings";

/// A shelf per tenant that has a link.
pub(crate) struct Shelves {
    embedded: Package,
    folder: Option<PathBuf>,
    profiles: Arc<Profiles>,
    by_tenant: BTreeMap<TenantId, Arc<Shelf>>,
}

/// What reloading one tenant's tables came to.
#[derive(Debug)]
pub(crate) enum Reload {
    /// They are in force.
    Replaced,
    /// They do not compile: what was in force stays.
    Refused(Vec<MapIssue>),
}

/// The shelves of all tenants of `config`, whose file is `file`. A link that maps with tables takes the shelf of its
/// tenant ([`Shelves::of`]) and asks it for the package once per message.
///
/// # Errors
/// A finding per fault in a tenant's files.
pub(crate) fn shelves(
    config: &Config,
    file: Option<&Path>,
    profiles: &Arc<Profiles>,
) -> Result<Shelves, Findings> {
    let embedded = Package::embedded(profiles).map_err(|faults| findings(Path::new("embedded"), &faults))?;
    let folder = file.map(|file| file.with_file_name(FOLDER));
    let mut shelves =
        Shelves { embedded, folder, profiles: Arc::clone(profiles), by_tenant: BTreeMap::new() };
    let mut found = Vec::new();
    for tenant in config.links.iter().map(|link| &link.tenant) {
        match shelves.compile(tenant) {
            Ok(package) => drop(shelves.by_tenant.insert(tenant.clone(), Arc::new(Shelf::new(package)))),
            Err(_) if shelves.by_tenant.contains_key(tenant) => {}
            Err(faults) => found.extend(findings(&shelves.place(tenant), &faults).0),
        }
    }
    found.dedup();
    if found.is_empty() { Ok(shelves) } else { Err(Findings(found)) }
}

impl Shelves {
    /// The shelf of a tenant; `None` when it has no link.
    pub(crate) fn of(&self, tenant: &TenantId) -> Option<Arc<Shelf>> {
        self.by_tenant.get(tenant).map(Arc::clone)
    }

    /// All of them, for whoever reads them as FHIR resources.
    pub(crate) fn maps(&self) -> Maps {
        Maps { shelves: self.by_tenant.clone(), embedded: Some(Arc::new(self.embedded.clone())) }
    }

    /// Compiles every tenant's tables anew and puts those in force that compile.
    pub(crate) fn reload(&self) -> Vec<(&TenantId, Reload)> {
        let reload = |(tenant, shelf): (_, &Arc<Shelf>)| match self.compile(tenant) {
            Ok(package) => {
                shelf.replace(package);
                (tenant, Reload::Replaced)
            }
            Err(faults) => (tenant, Reload::Refused(faults)),
        };
        self.by_tenant.iter().map(reload).collect()
    }

    fn compile(&self, tenant: &TenantId) -> Result<Package, Vec<MapIssue>> {
        let place = self.place(tenant);
        if place.is_dir() {
            self.embedded.with_folder(&place, &self.profiles)
        } else {
            Ok(self.embedded.clone())
        }
    }

    fn place(&self, tenant: &TenantId) -> PathBuf {
        self.folder.as_deref().unwrap_or(Path::new(FOLDER)).join(tenant.as_str())
    }
}

fn findings(place: &Path, faults: &[MapIssue]) -> Findings {
    let finding = |fault: &MapIssue| Finding::at("", fault.to_string()).in_file(&place.display().to_string());
    Findings(faults.iter().map(finding).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENDA: &str = include_str!("../../../mappings/tetra/agenda.toml");

    fn about(shelves: &Shelves, tenant: &str) -> String {
        let shelf = shelves.of(&tenant.parse().unwrap()).unwrap();
        shelf.package().table("tetra/agenda").unwrap().about().to_owned()
    }

    #[test]
    fn a_tenant_s_own_table_is_in_force_for_that_tenant_alone_and_only_when_it_compiles() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Arc::new(Profiles::embedded());
        let embedded = Package::embedded(&profiles).unwrap();
        let shelf = |tenant: &str| (tenant.parse().unwrap(), Arc::new(Shelf::new(embedded.clone())));
        let tenants = BTreeMap::from(["de-linde", "de-eik"].map(shelf));
        let shelves = Shelves {
            embedded: embedded.clone(),
            folder: Some(folder.path().into()),
            profiles,
            by_tenant: tenants,
        };
        let taken_before = shelves.of(&"de-linde".parse().unwrap()).unwrap().package();

        let own = folder.path().join("de-linde/tetra");
        std::fs::create_dir_all(&own).unwrap();
        let ours = AGENDA.replace("about = \"An agenda", "about = \"Our agenda");
        std::fs::write(own.join("agenda.toml"), &ours).unwrap();
        assert!(shelves.reload().iter().all(|(_, reload)| matches!(reload, Reload::Replaced)));
        assert!(about(&shelves, "de-linde").starts_with("Our agenda"));
        assert!(about(&shelves, "de-eik").starts_with("An agenda"));
        assert!(taken_before.table("tetra/agenda").unwrap().about().starts_with("An agenda"));

        std::fs::write(own.join("agenda.toml"), ours.replace("tetra.Agenda", "tetra.Agenta")).unwrap();
        let refused = |(tenant, reload): &(&TenantId, Reload)| {
            matches!(reload, Reload::Refused(_)) == (tenant.as_str() == "de-linde")
        };
        assert!(shelves.reload().iter().all(refused));
        assert!(about(&shelves, "de-linde").starts_with("Our agenda"));
    }
}
