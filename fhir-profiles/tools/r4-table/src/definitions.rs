//! The official definition files, by name and url.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use gateway_core::ResourceType;
use serde_json::Value;

/// What the tables are made from.
pub(crate) struct Definitions {
    pub(crate) structures: BTreeMap<String, Value>,
    pub(crate) value_sets: BTreeMap<String, Value>,
    pub(crate) code_systems: BTreeMap<String, Value>,
    pub(crate) parameters: Vec<Value>,
}

impl Definitions {
    pub(crate) fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut found = Self {
            structures: BTreeMap::new(),
            value_sets: BTreeMap::new(),
            code_systems: BTreeMap::new(),
            parameters: vec![],
        };
        for file in [
            "profiles-resources",
            "profiles-types",
            "valuesets",
            "v3-codesystems",
            "v2-tables",
            "search-parameters",
        ] {
            let bytes = std::fs::read(folder.join(file).with_extension("json"))?;
            let bundle: Value = serde_json::from_slice(&bytes)?;
            for resource in list(&bundle, "entry").iter().map(|entry| &entry["resource"]) {
                found.keep(resource);
            }
        }
        Ok(found)
    }

    fn keep(&mut self, resource: &Value) {
        let (name, url) = (text(resource, "name").to_owned(), text(resource, "url").to_owned());
        match text(resource, "resourceType") {
            "StructureDefinition" => drop(self.structures.insert(name, resource.clone())),
            "ValueSet" => drop(self.value_sets.insert(url, resource.clone())),
            "CodeSystem" => drop(self.code_systems.insert(url, resource.clone())),
            "SearchParameter" => self.parameters.push(resource.clone()),
            _ => {}
        }
    }

    /// Our resource types and every structure their elements need, primitives left out.
    pub(crate) fn names_in_use(&self) -> Vec<String> {
        let mut types: BTreeSet<String> = BTreeSet::new();
        let mut to_do: Vec<String> = ResourceType::ALL.iter().map(ToString::to_string).collect();
        while let Some(name) = to_do.pop() {
            let Some(structure) = self.structures.get(&name) else { continue };
            if text(structure, "kind") == "primitive-type" || types.contains(&name) {
                continue;
            }
            let codes = elements(structure).iter().flat_map(|element| list(element, "type"));
            to_do.extend(codes.map(|t| text(t, "code").to_owned()));
            types.insert(name);
        }
        let is_resource = |name: &String| name.parse::<ResourceType>().is_ok();
        types.remove("Resource");
        let (resources, mut others): (Vec<_>, Vec<_>) = types.into_iter().partition(is_resource);
        others.extend(resources);
        others
    }
}

pub(crate) fn elements(structure: &Value) -> &[Value] {
    list(&structure["snapshot"], "element")
}

pub(crate) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

pub(crate) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// What stands behind the last slash, a version left off.
pub(crate) fn last_segment(url: &str) -> &str {
    let url = url.split('|').next().unwrap_or_default();
    url.rsplit('/').next().unwrap_or_default()
}
