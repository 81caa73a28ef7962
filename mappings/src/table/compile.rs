//! From the text of a table to a program. Every fault is told, with its row and what to do about it.

mod claims;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir_profiles::Profiles;
use fhir_profiles::outline::Outline;
use gateway_core::ResourceType;
use serde::Deserialize;
use toml::Value;

use super::fields::{Fields, Records};
use super::row::Row;
use super::{Table, coverage, plan};
use crate::issue::did_you_mean;
use crate::{ConceptMap, MapIssue};
use rows::Compiler;

/// What tables are compiled against.
pub(crate) struct Ground<'g> {
    pub(crate) profiles: &'g Profiles,
    pub(crate) records: &'g Records,
    pub(crate) maps: &'g BTreeMap<String, Arc<ConceptMap>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    record: String,
    resource: String,
    profile: Option<String>,
    #[serde(default)]
    about: String,
    rows: Vec<Value>,
}

/// Compiles the table of a file.
pub(crate) fn table(
    name: &str,
    file: &str,
    text: &str,
    ground: &Ground<'_>,
    faults: &mut Vec<MapIssue>,
) -> Option<Table> {
    let before = faults.len();
    let entry: TableEntry = match toml::from_str(text) {
        Ok(entry) => entry,
        Err(error) => {
            faults.push(MapIssue::fault(file, error.message()));
            return None;
        }
    };
    let rows = rows(file, entry.rows, faults);
    let record = ground.records.get(&entry.record).or_else(|| {
        let hint = did_you_mean(&entry.record, ground.records.keys().map(String::as_str));
        faults.push(MapIssue::fault(file, format!("the record {:?} is not described{hint}", entry.record)));
        None
    });
    let resource_type: Option<ResourceType> = entry.resource.parse().ok().or_else(|| {
        let hint = did_you_mean(&entry.resource, ResourceType::ALL.iter().map(|of| of.as_str()));
        faults.push(MapIssue::fault(
            file,
            format!("there is no resource type {:?} here{hint}", entry.resource),
        ));
        None
    });
    let outline = entry.profile.as_deref().and_then(|profile| {
        outline(profile, resource_type, ground.profiles)
            .map_err(|text| faults.push(MapIssue::fault(file, text)))
            .ok()
    });
    let (record, resource_type) = (record?, resource_type?);
    if entry.profile.is_some() && outline.is_none() {
        return None;
    }
    let (fields, plans) = Fields::of(record, ground.records);
    let root = ground.profiles.spot(resource_type, outline);
    let mut compiler = Compiler::new(file, resource_type, root, &fields, ground, faults);
    for row in &rows {
        compiler.row(row);
    }
    compiler.after();
    coverage::check(&rows, &fields, root, outline, &mut |fault| compiler.faults.push(fault(file)));
    compiler.whole(&rows);
    let mut program = compiler.program(plans);
    plan::finish(&mut program.plan);
    (faults.len() == before).then(|| Table {
        name: name.to_owned(),
        about: entry.about,
        record: record.clone(),
        profile: outline.map(|outline| outline.canonical().to_owned()),
        rows,
        program,
    })
}

fn rows(file: &str, rows: Vec<Value>, faults: &mut Vec<MapIssue>) -> Vec<Row> {
    let mut read = Vec::new();
    for (n, value) in rows.into_iter().enumerate() {
        match value.try_into::<Row>() {
            Ok(row) => read.push(Row { number: n + 1, ..row }),
            Err(error) => faults.push(MapIssue::fault(file, error.message()).in_row(n + 1)),
        }
    }
    read
}

fn outline<'p>(
    profile: &str,
    resource_type: Option<ResourceType>,
    profiles: &'p Profiles,
) -> Result<&'p Outline, String> {
    let outline = profiles.outline(profile).ok_or_else(|| {
        format!("there is no profile {profile:?}{}", did_you_mean(profile, profiles.outline_names()))
    })?;
    match resource_type {
        Some(of) if of != outline.resource_type() => {
            Err(format!("the profile {profile:?} is of type {}; change one of both", outline.resource_type()))
        }
        _ => Ok(outline),
    }
}
