//! A mapping table as it is written down: its rows in their order, for people and for other FHIR tools.
//!
//! Running a table is the compiled table's; whether it is right, compiling says. A sheet is read from the same text, so
//! what is documented is what was compiled.

use serde::Deserialize;

/// A mapping table as it is written down.
#[derive(Debug, Clone, Deserialize)]
pub struct Sheet {
    /// `tetra/afspraak`
    #[serde(skip)]
    pub name: String,
    /// The record: `tetra.Afspraak`.
    pub record: String,
    /// The resource type: `Appointment`.
    pub resource: String,
    /// The id of the profile.
    pub profile: Option<String>,
    /// What it is, for people.
    pub about: Option<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row; the README of this crate says what each key means.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub wire: Option<String>,
    pub fhir: Option<String>,
    #[serde(rename = "as")]
    pub codec: Option<toml::Value>,
    pub fixed: Option<toml::Value>,
    pub lost: Option<String>,
    pub way: Option<Way>,
    pub reason: Option<String>,
    pub only: Option<String>,
    #[serde(default)]
    pub unset: Vec<String>,
    pub empty: Option<toml::Value>,
    pub unknown: Option<toml::Value>,
    pub raw: Option<String>,
    pub flag: Option<String>,
}

/// The only way a row goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the record to the resource.
    ToFhir,
    /// From the resource to the record.
    ToWire,
}

/// What a row is: `wire` names the field, `fhir` the element, `why` the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind<'r> {
    /// A field and an element.
    Pair { wire: &'r str, fhir: &'r str },
    /// A constant.
    Fixed { fhir: &'r str },
    /// A field that is not carried over, and why.
    LostField { wire: &'r str, why: &'r str },
    /// An element that is not carried over, and why.
    LostElement { fhir: &'r str, why: &'r str },
    /// None of these; a compiled table has no such row.
    Other,
}

impl Sheet {
    /// Reads the text of the table `name`.
    ///
    /// # Errors
    /// When it is no TOML or not a table's; compiling says it better.
    pub fn read(name: &str, text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text).map(|sheet: Self| Self { name: name.to_owned(), ..sheet })
    }

    /// The name as an id FHIR accepts: `tetra-afspraak`.
    #[must_use]
    pub fn id(&self) -> String {
        self.name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-")
    }

    /// The name as one word: `TetraAfspraak`.
    #[must_use]
    pub fn word(&self) -> String {
        let capital = |part: &str| {
            let mut letters = part.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        };
        self.name.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(capital).collect()
    }
}

impl Row {
    /// What the row is.
    #[must_use]
    pub fn kind(&self) -> RowKind<'_> {
        match (self.wire.as_deref(), self.fhir.as_deref(), self.lost.as_deref()) {
            (Some(wire), Some(fhir), None) => RowKind::Pair { wire, fhir },
            (None, Some(fhir), None) => RowKind::Fixed { fhir },
            (Some(wire), None, Some(why)) => RowKind::LostField { wire, why },
            (None, Some(fhir), Some(why)) => RowKind::LostElement { fhir, why },
            _ => RowKind::Other,
        }
    }

    /// The codec in words: `code tetra-afspraakstatus`, `minutes-x10 in JSON, minutes in XML`.
    #[must_use]
    pub fn codec(&self) -> String {
        self.codec.as_ref().map(codec_words).unwrap_or_default()
    }

    /// The ConceptMap the row translates with.
    #[must_use]
    pub fn concept_map(&self) -> Option<&str> {
        self.codec.as_ref()?.get("code")?.as_str()
    }

    /// A constant as text.
    #[must_use]
    pub fn fixed(&self) -> Option<String> {
        self.fixed.as_ref().map(plain)
    }
}

fn codec_words(codec: &toml::Value) -> String {
    let Some(table) = codec.as_table() else { return plain(codec) };
    let by_format = |(format, codec): (&String, &toml::Value)| {
        format!("{} in {}", codec_words(codec), format.to_ascii_uppercase())
    };
    if table.keys().all(|key| matches!(key.as_str(), "json" | "xml")) {
        return table.iter().map(by_format).collect::<Vec<_>>().join(", ");
    }
    table.iter().map(|(name, of)| format!("{name} {}", plain(of))).collect::<Vec<_>>().join(", ")
}

/// A value without the quotes of TOML.
pub(crate) fn plain(value: &toml::Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => serde_json::to_string(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_read_as_words() {
        let words = |codec: &str| {
            let text = format!("record='a.B'\nresource='C'\nrows=[{{ wire='w', fhir='f', as={codec} }}]");
            Sheet::read("a/b-c", &text).unwrap().rows[0].codec()
        };
        assert_eq!(words("'text'"), "text");
        assert_eq!(words("{ code = 'm' }"), "code m");
        assert_eq!(words("{ json = 'minutes-x10', xml = 'minutes' }"), "minutes-x10 in JSON, minutes in XML");
        assert_eq!(words("{ json = { code = 'm' }, xml = 'text' }"), "code m in JSON, text in XML");
    }

    #[test]
    fn a_name_is_an_id_and_a_word() {
        let sheet = Sheet::read("tetra/free-slot", "record='a.B'\nresource='C'\nrows=[]").unwrap();
        assert_eq!((sheet.id().as_str(), sheet.word().as_str()), ("tetra-free-slot", "TetraFreeSlot"));
    }
}
