//! Reading `records.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Value;

use super::{Field, FieldType, RecordDescription};
use crate::MapIssue;
use crate::issue::did_you_mean;

const TYPES: [&str; 7] = ["text", "integer", "decimal", "boolean", "local-time", "date", "any"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordEntry {
    #[serde(default)]
    about: String,
    xml: Option<String>,
    fields: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: String,
    #[serde(default)]
    about: String,
    r#type: String,
    #[serde(default)]
    nullable: bool,
    none: Option<String>,
    json: Option<Spelling>,
    xml: Option<Spelling>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Spelling {
    Has(bool),
    One(String),
    Several(Vec<String>),
}

/// The records of a file. `folder` is the counterpart, the first part of every record's name.
pub(crate) fn read(
    folder: &str,
    file: &str,
    text: &str,
    faults: &mut Vec<MapIssue>,
) -> Vec<RecordDescription> {
    let entries: BTreeMap<String, Value> = match toml::from_str(text) {
        Ok(entries) => entries,
        Err(error) => {
            faults.push(MapIssue::fault(file, format!("the file is no TOML: {}", error.message())));
            return vec![];
        }
    };
    let mut records = Vec::new();
    for (name, entry) in &entries {
        match entry.clone().try_into::<RecordEntry>() {
            Ok(entry) => {
                records.push(Reading { folder, file, record: name, entries: &entries, faults }.record(entry));
            }
            Err(error) => faults.push(MapIssue::fault(file, format!("record {name}: {}", error.message()))),
        }
    }
    records
}

struct Reading<'r> {
    folder: &'r str,
    file: &'r str,
    record: &'r str,
    entries: &'r BTreeMap<String, Value>,
    faults: &'r mut Vec<MapIssue>,
}

impl Reading<'_> {
    fn fault(&mut self, text: &str) {
        self.faults.push(MapIssue::fault(self.file, format!("record {}: {text}", self.record)));
    }

    fn record(&mut self, entry: RecordEntry) -> RecordDescription {
        let mut fields: Vec<Field> = Vec::new();
        for (n, value) in entry.fields.into_iter().enumerate() {
            match value.try_into::<FieldEntry>() {
                Err(error) => self.fault(&format!("field {}: {}", n + 1, error.message())),
                Ok(entry) if fields.iter().any(|field| field.name == entry.name) => {
                    self.fault(&format!("the field {:?} stands there twice; take one out", entry.name));
                }
                Ok(entry) => fields.extend(self.field(entry)),
            }
        }
        let name = format!("{}.{}", self.folder, self.record);
        RecordDescription { name, about: entry.about, element: entry.xml, fields }
    }

    fn field(&mut self, entry: FieldEntry) -> Option<Field> {
        let holds = self.field_type(&entry.name, &entry.r#type)?;
        let (json, xml) = (spellings(&entry.name, entry.json), spellings(&entry.name, entry.xml));
        if json.is_empty() && xml.is_empty() {
            self.fault(&format!("the field {:?} is in no format; take it out", entry.name));
        }
        let (name, about) = (entry.name, entry.about);
        Some(Field { name, about, holds, nullable: entry.nullable, none: entry.none, json, xml })
    }

    fn field_type(&mut self, field: &str, name: &str) -> Option<FieldType> {
        if let Some(of) = name.strip_prefix("list:") {
            let of =
                if TYPES.contains(&of) { self.field_type(field, of) } else { self.record_type(field, of) };
            return of.map(|of| FieldType::List(Box::new(of)));
        }
        if let Some(record) = name.strip_prefix("record:") {
            return self.record_type(field, record);
        }
        match name {
            "text" => Some(FieldType::Text),
            "integer" => Some(FieldType::Integer),
            "decimal" => Some(FieldType::Decimal),
            "boolean" => Some(FieldType::Boolean),
            "local-time" => Some(FieldType::LocalTime),
            "date" => Some(FieldType::Date),
            "any" => Some(FieldType::Any),
            _ => {
                let hint = did_you_mean(name, TYPES.into_iter());
                self.fault(&format!("the field {field:?} has no known type{hint}"));
                None
            }
        }
    }

    fn record_type(&mut self, field: &str, name: &str) -> Option<FieldType> {
        if self.entries.contains_key(name) && name != self.record {
            return Some(FieldType::Record(format!("{}.{name}", self.folder)));
        }
        let hint = did_you_mean(name, self.entries.keys().map(String::as_str));
        self.fault(&format!("the field {field:?} is of a record that this file does not describe{hint}"));
        None
    }
}

fn spellings(name: &str, spelling: Option<Spelling>) -> Vec<Arc<str>> {
    match spelling {
        None | Some(Spelling::Has(true)) => vec![name.into()],
        Some(Spelling::Has(false)) => vec![],
        Some(Spelling::One(one)) => vec![one.into()],
        Some(Spelling::Several(several)) => several.into_iter().map(Into::into).collect(),
    }
}
