//! Code systems and value sets: what the package carries, and what a tenant keeps itself on top of it.
//!
//! Carried are HL7's systems that elements of our types are bound to (`r4/systems.tsv`, `r4/value-sets.tsv`, made by
//! `tools/r4-table`) and the package's own (`CodeSystem/`, `ValueSet/`). What cannot be told is a [`Lack`], never a "no": a code of
//! a system nobody here knows is not wrong, only unknown (<https://hl7.org/fhir/R4/terminology-service.html>).

mod code_system;
mod expand;
mod load;
mod value_set;

use std::collections::HashMap;
use std::sync::LazyLock;

use gateway_core::{Resource, ResourceType};

pub use code_system::{CodeSystem, Concept, Content};
pub use expand::{Lack, Member};
pub use value_set::ValueSet;

use crate::Profiles;

/// What is known of codes: the package's, and what was added to it.
#[derive(Debug, Default)]
pub struct Terms {
    systems: HashMap<String, CodeSystem>,
    value_sets: HashMap<String, ValueSet>,
    /// What stands under it and goes first: nobody redefines a system of HL7 or of ours.
    under: Option<&'static Terms>,
}

impl Terms {
    /// What the package carries. Read when it is first asked for.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static ALL: LazyLock<Terms> = LazyLock::new(load::embedded);
        &ALL
    }

    /// Nothing yet, on top of what the package carries.
    #[must_use]
    pub fn on_top() -> Self {
        Self { under: Some(Self::embedded()), ..Self::default() }
    }

    /// Adds a CodeSystem or ValueSet; other resources have no terms.
    pub fn add(&mut self, resource: &Resource) {
        match resource.resource_type() {
            ResourceType::CodeSystem => {
                let system = CodeSystem::read(resource.root());
                self.systems.entry(system.url.clone()).or_insert(system);
            }
            ResourceType::ValueSet => {
                let value_set = ValueSet::read(resource.root());
                self.value_sets.entry(value_set.url.clone()).or_insert(value_set);
            }
            _ => {}
        }
    }

    /// The code system of this address; a version behind `|` must be the one that is here.
    #[must_use]
    pub fn system(&self, canonical: &str) -> Option<&CodeSystem> {
        let (url, version) = cut(canonical);
        let found = self.under.and_then(|under| under.system(canonical)).or_else(|| self.systems.get(url));
        found.filter(|system| fits(version, &system.version))
    }

    /// The value set of this address, as [`Terms::system`]. `{system}?vs` is every code of a system.
    #[must_use]
    pub fn value_set(&self, canonical: &str) -> Option<ValueSet> {
        let (url, version) = cut(canonical);
        if let Some(found) = self.under.and_then(|under| under.value_set(canonical)) {
            return Some(found);
        }
        if let Some(found) = self.value_sets.get(url).filter(|found| fits(version, &found.version)) {
            return Some(found.clone());
        }
        let whole = match url.strip_suffix("?vs") {
            Some(system) => self.systems.get(system),
            None => self.systems.values().find(|system| system.whole.as_deref() == Some(url)),
        };
        whole.filter(|system| fits(version, &system.version)).map(|system| ValueSet::whole(url, system))
    }

    /// The addresses of all code systems.
    pub fn systems(&self) -> impl Iterator<Item = &CodeSystem> {
        self.under.into_iter().flat_map(|under| under.systems.values()).chain(self.systems.values())
    }

    /// The addresses of all value sets that are written down.
    pub fn value_sets(&self) -> impl Iterator<Item = &ValueSet> {
        self.under.into_iter().flat_map(|under| under.value_sets.values()).chain(self.value_sets.values())
    }
}

impl Profiles {
    /// Every system and code of a value set that the package carries; `None` when it carries no such value set.
    #[must_use]
    pub fn codes_of(&self, value_set: &str) -> Option<Vec<(String, String)>> {
        let terms = Terms::embedded();
        let members = terms.expand(&terms.value_set(value_set)?).ok()?;
        Some(members.into_iter().map(|member| (member.system, member.code)).collect())
    }

    /// The code itself and every code below it; `None` when the system or code is not known here.
    #[must_use]
    pub fn descendants(&self, system: &str, code: &str) -> Option<Vec<String>> {
        let system = Terms::embedded().system(system)?;
        let top = system.concept(code)?;
        let all = system.concepts.iter().filter(|concept| system.is_a(&concept.code, &top.code));
        Some(all.map(|concept| concept.code.clone()).collect())
    }

    /// The code itself and every code above it; `None` as [`Profiles::descendants`].
    #[must_use]
    pub fn ancestors(&self, system: &str, code: &str) -> Option<Vec<String>> {
        let system = Terms::embedded().system(system)?;
        Some(system.line(system.concept(code)?).map(|concept| concept.code.clone()).collect())
    }
}

/// An address and the version behind its `|`.
pub(crate) fn cut(canonical: &str) -> (&str, Option<&str>) {
    match canonical.split_once('|') {
        Some((url, version)) => (url, Some(version)),
        None => (canonical, None),
    }
}

fn fits(asked: Option<&str>, have: &str) -> bool {
    asked.is_none_or(|asked| asked == have)
}
