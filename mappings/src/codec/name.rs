//! What a row says under `as`: the name of a codec, a codec with its parameter, or one per format.

use std::sync::Arc;

use toml::Value;

use super::{CodeMap, Codec};
use crate::ConceptMap;
use crate::issue::did_you_mean;
use crate::wire::Format;

/// A codec per format.
#[derive(Debug, Clone)]
pub(crate) struct ByFormat {
    json: Option<Codec>,
    xml: Option<Codec>,
}

impl ByFormat {
    pub(crate) fn both(codec: Codec) -> Self {
        Self { json: Some(codec.clone()), xml: Some(codec) }
    }

    pub(crate) fn of(&self, format: Format) -> Option<&Codec> {
        match format {
            Format::Json => self.json.as_ref(),
            Format::Xml => self.xml.as_ref(),
        }
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = &Codec> {
        self.json.iter().chain(&self.xml)
    }
}

/// What else a codec needs to be made.
pub(crate) struct Said<'s> {
    pub(crate) map: &'s dyn Fn(&str) -> Option<Arc<ConceptMap>>,
    pub(crate) maps: Vec<&'s str>,
    pub(crate) tail: Option<String>,
    pub(crate) any_case: bool,
}

const SIMPLE: [(&str, Codec); 16] = [
    ("text", Codec::Text),
    ("trimmed", Codec::Trimmed),
    ("integer", Codec::Integer),
    ("decimal", Codec::Decimal),
    ("cents", Codec::Cents),
    ("boolean", Codec::Boolean),
    ("local-time", Codec::LocalTime),
    ("date", Codec::Date),
    ("date-of-midnight", Codec::DateOfMidnight),
    ("minutes", Codec::Minutes),
    ("minutes-x10", Codec::MinutesTimesTen),
    ("colour-hex", Codec::ColourHex),
    ("colour-argb", Codec::ColourArgb),
    ("raw-json", Codec::RawJson),
    ("bsn", Codec::Bsn),
    ("agb", Codec::Agb),
];
const WITH_PARAMETER: [&str; 3] = ["code", "reference", "minutes-since"];

impl Said<'_> {
    /// The codec of an `as`, with the field `minutes-since` counts from.
    pub(crate) fn codec(&self, said: &Value) -> Result<(ByFormat, Option<String>), String> {
        let table = match said {
            Value::String(name) if name == "colour" => {
                return Ok((ByFormat { json: Some(Codec::ColourHex), xml: Some(Codec::ColourArgb) }, None));
            }
            Value::String(name) => return simple(name).map(|codec| (ByFormat::both(codec), None)),
            Value::Table(table) => table,
            _ => return Err("`as` is a name, or a table such as { code = \"…\" }".to_owned()),
        };
        if table.keys().all(|key| key == "json" || key == "xml") && !table.is_empty() {
            let of = |key: &str| table.get(key).map(|said| self.codec(said)).transpose();
            let (json, xml) = (of("json")?, of("xml")?);
            let since = json.iter().chain(&xml).find_map(|(_, since)| since.clone());
            let json = json.and_then(|(codec, _)| codec.json);
            return Ok((ByFormat { json, xml: xml.and_then(|(codec, _)| codec.xml) }, since));
        }
        let mut entries = table.iter();
        let (Some((name, Value::String(parameter))), None) = (entries.next(), entries.next()) else {
            return Err(
                "`as` has one codec with one text, such as { code = \"…\" }, or one per format".to_owned()
            );
        };
        match name.as_str() {
            "code" => self.code(parameter).map(|codec| (ByFormat::both(codec), None)),
            "reference" => Ok((ByFormat::both(Codec::Reference(parameter.clone())), None)),
            "minutes-since" => Ok((ByFormat::both(Codec::MinutesSince), Some(parameter.clone()))),
            name => Err(unknown(name)),
        }
    }

    fn code(&self, id: &str) -> Result<Codec, String> {
        let map = (self.map)(id).ok_or_else(|| {
            format!("there is no ConceptMap {id:?}; add it{}", did_you_mean(id, self.maps.iter().copied()))
        })?;
        Ok(Codec::Code(Arc::new(CodeMap::new(id, map, self.tail.clone(), self.any_case))))
    }
}

fn simple(name: &str) -> Result<Codec, String> {
    SIMPLE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, codec)| codec.clone())
        .ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> String {
    let known = SIMPLE.iter().map(|(known, _)| *known).chain(WITH_PARAMETER).chain(["colour"]);
    format!("there is no codec {name:?}{}", did_you_mean(name, known))
}

impl Codec {
    /// As a table spells it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Code(map) => format!("code {}", map.id),
            Self::Reference(role) => format!("reference {role}"),
            Self::MinutesSince => "minutes-since".to_owned(),
            other => {
                let same = |codec: &Self| std::mem::discriminant(codec) == std::mem::discriminant(other);
                SIMPLE
                    .iter()
                    .find(|(_, codec)| same(codec))
                    .map_or_else(String::new, |(name, _)| (*name).to_owned())
            }
        }
    }
}
