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

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        read("klein", "klein/records.toml", text, &mut faults);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_in_a_description_is_told() {
        let text = r#"
            [A]
            fields = [
              { name = "X", type = "txt" }, { name = "Y", type = "record:C" }, { name = "Z", type = "text", nul = true },
              { name = "V", type = "list:b" }, { name = "W", type = "text", json = false, xml = false },
              { name = "U", type = "text" }, { name = "U", type = "text" },
            ]
            [B]
            field = []
        "#;
        let told = faults(text);
        for wanted in [
            "record A: the field \"X\" has no known type; did you mean \"text\"?",
            "record A: the field \"Y\" is of a record that this file does not describe",
            "record A: field 3: unknown field `nul`",
            "record A: the field \"V\" is of a record that this file does not describe",
            "record A: the field \"W\" is in no format; take it out",
            "record A: the field \"U\" stands there twice; take one out",
            "record B: unknown field `field`",
        ] {
            assert!(told.iter().any(|text| text.contains(wanted)), "{wanted}\n{told:#?}");
        }
        assert_eq!(told.len(), 7);
        assert!(faults("[A")[0].contains("the file is no TOML"));
    }

    #[test]
    fn spellings_and_types_are_read() {
        let text = r#"[A]
            xml = "Een"
            fields = [{ name = "X", type = "list:B", json = ["x", "X"], xml = "@X" }, { name = "Y", type = "date", xml = false, none = "0001-01-01" }]
            [B]
            fields = []"#;
        let records = read("klein", "f", text, &mut Vec::new());
        let a = records.iter().find(|record| record.name() == "klein.A").unwrap();
        assert_eq!((a.element(), records[1].element()), ("Een", "B"));
        let (x, y) = (&a.fields()[0], &a.fields()[1]);
        assert_eq!(x.field_type().name(), "list:B");
        assert_eq!(
            x.spellings(crate::wire::Format::Json).iter().map(|n| &**n).collect::<Vec<_>>(),
            ["x", "X"]
        );
        assert_eq!(y.spellings(crate::wire::Format::Xml).len(), 0);
        assert_eq!((y.none(), y.nullable(), y.field_type()), (Some("0001-01-01"), false, &FieldType::Date));
    }
}
