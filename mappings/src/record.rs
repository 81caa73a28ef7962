//! Record descriptions: what a counterpart's record holds, described once for both formats (`mappings/*/records.toml`).

mod read;

use std::sync::Arc;

use crate::wire::Format;

pub(crate) use read::read;

/// A record of a counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDescription {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) element: Option<String>,
    pub(crate) fields: Vec<Field>,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) holds: FieldType,
    pub(crate) nullable: bool,
    pub(crate) none: Option<String>,
    /// Empty: not in JSON.
    pub(crate) json: Vec<Arc<str>>,
    /// Empty: not in XML. The names behind a `/` are the items of a list in a wrapper.
    pub(crate) xml: Vec<Arc<str>>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// A text.
    Text,
    /// A whole number of any length.
    Integer,
    /// A decimal number.
    Decimal,
    /// True or false.
    Boolean,
    /// A local date and time.
    LocalTime,
    /// A date.
    Date,
    /// A scalar or a subtree.
    Any,
    /// A record of this name (`tetra.BlokType`).
    Record(String),
    /// Several of one type.
    List(Box<FieldType>),
}

impl RecordDescription {
    /// `tetra.Afspraak`
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, for people.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The name of the element when it is written as XML; without one of its own the record's name.
    #[must_use]
    pub fn element(&self) -> &str {
        let own = self.name.rsplit('.').next().unwrap_or(&self.name);
        self.element.as_deref().unwrap_or(own)
    }

    /// The fields, in the order they are written.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }
}

impl Field {
    /// The name in tables.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, for people.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// What it holds.
    #[must_use]
    pub fn field_type(&self) -> &FieldType {
        &self.holds
    }

    /// Whether null is written where there is no value.
    #[must_use]
    pub fn nullable(&self) -> bool {
        self.nullable
    }

    /// What is written where there is no value, when that is not null or nothing.
    #[must_use]
    pub fn none(&self) -> Option<&str> {
        self.none.as_deref()
    }

    /// The accepted spellings; the first is written. Empty: the format does not have the field.
    #[must_use]
    pub fn spellings(&self, format: Format) -> &[Arc<str>] {
        match format {
            Format::Json => &self.json,
            Format::Xml => &self.xml,
        }
    }
}

impl FieldType {
    /// As `records.toml` spells it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Decimal => "decimal".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::LocalTime => "local-time".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Any => "any".to_owned(),
            Self::Record(name) => format!("record:{}", name.rsplit('.').next().unwrap_or(name)),
            Self::List(of) => match &**of {
                Self::Record(name) => format!("list:{}", name.rsplit('.').next().unwrap_or(name)),
                scalar => format!("list:{}", scalar.name()),
            },
        }
    }
}
