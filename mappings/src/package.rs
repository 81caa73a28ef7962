//! The package: every record description, table and ConceptMap of a folder, compiled against each other.

mod embedded;
mod files;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fhir_profiles::Profiles;
use gateway_core::Resource;

use crate::record;
use crate::table::compile::{self, Ground};
use crate::table::fields::Records;
use crate::{ConceptMap, MapIssue, RecordDescription, Table};

/// Everything compiled: record descriptions, tables, `ConceptMap`s. Immutable, cheap to share.
#[derive(Debug, Clone)]
pub struct Package {
    /// Path below the folder → text.
    files: BTreeMap<String, String>,
    records: Arc<Records>,
    maps: BTreeMap<String, Arc<ConceptMap>>,
    tables: BTreeMap<String, Arc<Table>>,
}

impl Package {
    /// The package that is built into the crate.
    ///
    /// # Errors
    /// None: a test compiles it.
    pub fn embedded(profiles: &Profiles) -> Result<Self, Vec<MapIssue>> {
        Self::of(embedded::files(), profiles)
    }

    /// The files of a folder: `<counterpart>/*.toml` and `*.json`.
    ///
    /// # Errors
    /// Every fault, with its file and row.
    pub fn read(folder: &Path, profiles: &Profiles) -> Result<Self, Vec<MapIssue>> {
        Self::of(files::read(folder)?, profiles)
    }

    /// This package, with the files of a folder in place of those of the same name.
    ///
    /// # Errors
    /// As [`Package::read`].
    pub fn with_folder(&self, folder: &Path, profiles: &Profiles) -> Result<Self, Vec<MapIssue>> {
        let mut all = self.files.clone();
        all.extend(files::read(folder)?);
        Self::of(all, profiles)
    }

    /// A package of texts by their path: `tetra/afspraak.toml`.
    ///
    /// # Errors
    /// Every fault, with its file and row.
    pub fn of(files: BTreeMap<String, String>, profiles: &Profiles) -> Result<Self, Vec<MapIssue>> {
        let mut faults = Vec::new();
        let records = Arc::new(records(&files, &mut faults));
        let maps = maps(&files, &mut faults);
        let ground = Ground { profiles, records: &records, maps: &maps };
        let mut tables = BTreeMap::new();
        for (path, text) in &files {
            let Some(name) = path.strip_suffix(".toml").filter(|name| !name.ends_with("/records")) else {
                continue;
            };
            let table = compile::table(name, path, text, &ground, &mut faults);
            tables.extend(table.map(|table| (name.to_owned(), Arc::new(table))));
        }
        if faults.is_empty() { Ok(Self { files, records, maps, tables }) } else { Err(faults) }
    }

    /// The table of this name, `tetra/afspraak`.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name).map(|table| &**table)
    }

    /// All tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values().map(|table| &**table)
    }

    /// The ConceptMap of this id.
    #[must_use]
    pub fn concept_map(&self, id: &str) -> Option<&ConceptMap> {
        self.maps.get(id).map(|map| &**map)
    }

    /// All `ConceptMap`s, by id.
    pub fn concept_maps(&self) -> impl Iterator<Item = &ConceptMap> {
        self.maps.values().map(|map| &**map)
    }

    /// The id and the text of each `ConceptMap`, for whoever wants it as the resource it is.
    pub fn concept_map_texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self
            .files
            .iter()
            .filter(|(path, _)| path.strip_suffix(".json").is_some())
            .map(|(_, text)| text.as_str());
        texts.filter_map(|text| {
            let map = ConceptMap::from_text(text).ok()?;
            let (id, _) = self.maps.iter().find(|(_, known)| known.url() == map.url())?;
            Some((id.as_str(), text))
        })
    }

    /// The description of this record, `tetra.Afspraak`.
    #[must_use]
    pub fn record(&self, name: &str) -> Option<&RecordDescription> {
        self.records.get(name)
    }

    /// All record descriptions, by name.
    pub fn records(&self) -> impl Iterator<Item = &RecordDescription> {
        self.records.values()
    }
}

fn records(files: &BTreeMap<String, String>, faults: &mut Vec<MapIssue>) -> Records {
    let mut records = Records::new();
    for (path, text) in files {
        let Some(folder) = path.strip_suffix("/records.toml") else { continue };
        let read = record::read(folder, path, text, faults);
        records.extend(read.into_iter().map(|record| (record.name().to_owned(), record)));
    }
    records
}

fn maps(files: &BTreeMap<String, String>, faults: &mut Vec<MapIssue>) -> BTreeMap<String, Arc<ConceptMap>> {
    let mut maps: BTreeMap<String, Arc<ConceptMap>> = BTreeMap::new();
    for (path, text) in files {
        if path.strip_suffix(".json").is_none() {
            continue;
        }
        match ConceptMap::from_text(text) {
            Err(error) => faults.push(MapIssue::fault(path, error.to_string())),
            Ok(map) => {
                let id = Resource::from_text(text.as_str())
                    .ok()
                    .and_then(|r| r.id().map(|id| id.as_str().to_owned()));
                let id = id.unwrap_or_else(|| map.url().rsplit('/').next().unwrap_or_default().to_owned());
                if maps.insert(id.clone(), Arc::new(map)).is_some() {
                    faults.push(MapIssue::fault(
                        path,
                        format!("another file has a ConceptMap {id:?}; rename one"),
                    ));
                }
            }
        }
    }
    maps
}

#[cfg(test)]
mod tests;
