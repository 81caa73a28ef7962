//! A compiled table: the steps that run, without a name to look up on the way.

use std::sync::Arc;

use fhir_profiles::outline::ElementType;
use gateway_core::{ResourceType, SecondHour};

use super::fixed::Templates;
use super::plan::ObjectPlan;
use super::row::{Empty, Unknown, Way};
use crate::codec::{ByFormat, Codec, Leaf};
use crate::record::FieldType;
use crate::wire::Format;

/// A compiled table.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) resource_type: ResourceType,
    pub(crate) fields: Vec<FieldPlan>,
    /// How many fields are read.
    pub(crate) inputs: usize,
    pub(crate) steps: Vec<Step>,
    pub(crate) plan: ObjectPlan,
    /// How many values go into the resource.
    pub(crate) slots: usize,
    pub(crate) templates: Templates,
    pub(crate) lost: Vec<Probe>,
}

/// A field of the record, with the fields in it.
#[derive(Debug)]
pub(crate) struct FieldPlan {
    pub(crate) json: Vec<Arc<str>>,
    pub(crate) xml: Vec<Arc<str>>,
    pub(crate) holds: Holds,
    pub(crate) nullable: bool,
    pub(crate) none: Option<String>,
    pub(crate) field_type: FieldType,
}

/// What a field holds.
#[derive(Debug)]
pub(crate) enum Holds {
    /// A value; its number.
    Value(usize),
    /// A record.
    Record(Vec<FieldPlan>),
    /// Several values or records; its number.
    List(usize),
}

/// A row that carries a value.
#[derive(Debug)]
pub(crate) struct Step {
    /// The field.
    pub(crate) input: usize,
    /// For a list: where the value lies in an item.
    pub(crate) inner: Option<Inner>,
    /// The element.
    pub(crate) slot: usize,
    pub(crate) codec: ByFormat,
    pub(crate) field: FieldType,
    pub(crate) element: ElementType,
    /// The FHIRPath of the element.
    pub(crate) fhir: String,
    /// The path of the field.
    pub(crate) wire: String,
    pub(crate) way: Option<Way>,
    pub(crate) only: Option<Format>,
    pub(crate) unset: Vec<String>,
    pub(crate) any_case: bool,
    pub(crate) empty: Blank,
    pub(crate) absent_keeps: bool,
    pub(crate) unknown: Unknown,
    pub(crate) raw: Option<usize>,
    pub(crate) flag: Option<usize>,
    /// The field this one comes after, and the element it went into.
    pub(crate) after: Option<(usize, Option<usize>)>,
    pub(crate) second_hour: SecondHour,
}

/// What no value does.
#[derive(Debug)]
pub(crate) enum Blank {
    Clear,
    Keep,
    Set(Leaf<'static>),
}

/// Where a value lies in an item of a list.
#[derive(Debug, Clone)]
pub(crate) enum Inner {
    /// It is the item.
    Item,
    /// A member of the item, by format.
    Member { json: Vec<Arc<str>>, xml: Vec<Arc<str>> },
}

/// An element that is not told, and why.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) path: Vec<String>,
    pub(crate) expression: String,
    pub(crate) why: String,
}

impl FieldPlan {
    pub(crate) fn spellings(&self, format: Format) -> &[Arc<str>] {
        match format {
            Format::Json => &self.json,
            Format::Xml => &self.xml,
        }
    }
}

impl Step {
    /// The codec, when the row counts in this format and way.
    pub(crate) fn codec(&self, format: Format, way: Way) -> Option<&Codec> {
        let counts = self.only.is_none_or(|only| only == format) && self.way.is_none_or(|only| only == way);
        counts.then(|| self.codec.of(format)).flatten()
    }
}

impl Empty {
    /// Whether an element that is there stays.
    #[must_use]
    pub fn keeps(&self) -> bool {
        *self == Self::Keep
    }
}
