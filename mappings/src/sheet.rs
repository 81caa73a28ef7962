//! A mapping table as it is written down, for people and for other FHIR tools: what its rows say, in words.

use toml::Value;

use crate::table::{Row, Scalar, Table};

/// A table as it is written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sheet<'t> {
    /// `tetra/afspraak`
    pub(crate) name: &'t str,
    /// `tetra.Afspraak`
    pub(crate) record: &'t str,
    /// `Appointment`
    pub(crate) resource: &'t str,
    /// The canonical of the profile.
    pub(crate) profile: Option<&'t str>,
    /// What it is, for people.
    pub(crate) about: &'t str,
    pub(crate) rows: &'t [Row],
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind<'r> {
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

impl<'t> Sheet<'t> {
    pub(crate) fn of(table: &'t Table) -> Self {
        Self {
            name: table.name(),
            record: table.record().name(),
            resource: table.resource_type().as_str(),
            profile: table.profile(),
            about: table.about(),
            rows: table.rows(),
        }
    }

    /// The name as an id FHIR accepts: `tetra-afspraak`.
    pub(crate) fn id(&self) -> String {
        self.name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-")
    }

    /// The name as one word: `TetraAfspraak`.
    pub(crate) fn word(&self) -> String {
        let capital = |part: &str| {
            let mut letters = part.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        };
        self.name.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(capital).collect()
    }
}

/// What the row is.
pub(crate) fn kind(row: &Row) -> RowKind<'_> {
    match (row.wire.as_deref(), row.fhir.as_deref(), row.lost.as_deref()) {
        (Some(wire), Some(fhir), None) => RowKind::Pair { wire, fhir },
        (None, Some(fhir), None) => RowKind::Fixed { fhir },
        (Some(wire), None, Some(why)) => RowKind::LostField { wire, why },
        (None, Some(fhir), Some(why)) => RowKind::LostElement { fhir, why },
        _ => RowKind::Other,
    }
}

/// The codec in words: `code tetra-afspraakstatus`, `minutes-x10 in JSON, minutes in XML`.
pub(crate) fn codec(row: &Row) -> String {
    row.codec.as_ref().map(words).unwrap_or_default()
}

/// The codec when it is a bare name.
pub(crate) fn plain_codec(row: &Row) -> Option<&str> {
    row.codec.as_ref()?.as_str()
}

/// The ConceptMap the row translates with.
pub(crate) fn concept_map(row: &Row) -> Option<&str> {
    row.codec.as_ref()?.get("code")?.as_str()
}

/// A constant as text.
pub(crate) fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) => text.clone(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Number(value) => value.to_string(),
    }
}

fn words(codec: &Value) -> String {
    let Some(table) = codec.as_table() else { return codec.as_str().unwrap_or_default().to_owned() };
    let by_format =
        |(format, codec): (&String, &Value)| format!("{} in {}", words(codec), format.to_ascii_uppercase());
    if table.keys().all(|key| matches!(key.as_str(), "json" | "xml")) {
        return table.iter().map(by_format).collect::<Vec<_>>().join(", ");
    }
    table.iter().map(|(name, of)| format!("{name} {}", words(of))).collect::<Vec<_>>().join(", ")
}

/// Rows to try things on.
#[cfg(test)]
pub(crate) fn rows(text: &str) -> Vec<Row> {
    #[derive(serde::Deserialize)]
    struct Written {
        rows: Vec<Row>,
    }
    toml::from_str::<Written>(text).expect("rows of a test").rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_read_as_words() {
        let words =
            |written: &str| codec(&rows(&format!("rows=[{{ wire='w', fhir='f', as={written} }}]"))[0]);
        assert_eq!(words("'text'"), "text");
        assert_eq!(words("{ code = 'm' }"), "code m");
        assert_eq!(words("{ json = 'minutes-x10', xml = 'minutes' }"), "minutes-x10 in JSON, minutes in XML");
        assert_eq!(words("{ json = { code = 'm' }, xml = 'text' }"), "code m in JSON, text in XML");
    }

    #[test]
    fn a_name_is_an_id_and_a_word() {
        let (name, about) = ("tetra/free-slot", "");
        let sheet = Sheet { name, record: "a.B", resource: "C", profile: None, about, rows: &[] };
        assert_eq!((sheet.id().as_str(), sheet.word().as_str()), ("tetra-free-slot", "TetraFreeSlot"));
    }
}
