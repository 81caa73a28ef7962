//! A row as it is written in a table.

use serde::Deserialize;
use toml::Value;

use crate::wire::Format;

/// A row of a mapping table, as it is written (`mappings/README.md` says what each key means).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Row {
    /// Where it stands in the file, from 1.
    #[serde(skip)]
    pub number: usize,
    /// The field: `BlokType.Id`, `Telefoonnummers[]`.
    pub wire: Option<String>,
    /// The element: `identifier:afspraak.value`.
    pub fhir: Option<String>,
    #[serde(rename = "as")]
    pub(crate) codec: Option<Value>,
    /// The constant that is written.
    pub fixed: Option<Scalar>,
    /// Why it is not carried over.
    pub lost: Option<String>,
    /// Why the row goes one way.
    pub reason: Option<String>,
    /// The way it goes; none: both.
    pub way: Option<Way>,
    #[serde(rename = "only")]
    pub(crate) only: Option<OnlyFormat>,
    /// Texts that mean no value.
    #[serde(default)]
    pub unset: Vec<String>,
    /// What no value does to the element.
    #[serde(default)]
    pub empty: Empty,
    /// What a field that is not there at all does; none: as `empty`.
    pub absent: Option<Absent>,
    #[serde(default)]
    pub(crate) case: Case,
    /// Only what stands behind the last of these counts.
    pub tail: Option<String>,
    /// What happens to a code without an entry.
    #[serde(default)]
    pub unknown: Unknown,
    /// The element that keeps a code without an entry.
    pub raw: Option<String>,
    /// The element that says why a local time is not one instant.
    pub flag: Option<String>,
    /// The field this one comes after.
    pub after: Option<String>,
    pub(crate) second_hour: Option<Allow>,
    /// Whether the constant also finds the value of its list.
    #[serde(default, rename = "match")]
    pub matches: bool,
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A text; may hold `{name}`.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Number(i64),
}

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the wire to FHIR only.
    ToFhir,
    /// From FHIR to the wire only.
    ToWire,
}

/// What no value does to the element that is there.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Empty {
    /// It goes.
    #[default]
    Clear,
    /// It stays.
    Keep,
    /// It becomes this.
    Set(Scalar),
}

/// What a field that is not there does to the element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Absent {
    /// It stays.
    Keep,
}

/// What happens to a code without an entry.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// The record is refused.
    #[default]
    Refuse,
    /// What is there stays, with a warning; where nothing is, it counts as no value.
    Keep,
    /// The element becomes this, with a warning; `raw` keeps the code.
    Set(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Case {
    #[default]
    Same,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Allow {
    Allow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnlyFormat {
    Json,
    Xml,
}

impl Row {
    /// The format it counts in; none: both.
    #[must_use]
    pub fn only(&self) -> Option<Format> {
        self.only.map(|only| match only {
            OnlyFormat::Json => Format::Json,
            OnlyFormat::Xml => Format::Xml,
        })
    }

    /// What it says under `as`, as one writes it.
    #[must_use]
    pub fn codec_text(&self) -> Option<String> {
        fn text(said: &Value) -> String {
            match said {
                Value::String(name) => name.clone(),
                Value::Table(table) => {
                    let parts: Vec<_> =
                        table.iter().map(|(name, of)| format!("{name} {}", text(of))).collect();
                    parts.join(", ")
                }
                _ => String::new(),
            }
        }
        self.codec.as_ref().map(text)
    }

    pub(crate) fn goes(&self, way: Way) -> bool {
        self.lost.is_none() && self.way.is_none_or(|only| only == way)
    }
}
