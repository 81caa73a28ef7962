//! A compiled table: the steps that run, without a name to look up on the way.

use std::sync::Arc;

use fhir_profiles::outline::ElementType;
use gateway_core::{ResourceType, SecondHour};

use super::fixed::Templates;
use super::plan::ObjectPlan;
use super::row::{Empty, Unknown, Way};
use crate::codec::{ByFormat, Codec, Leaf};
use crate::record::FieldType;
use crate::wire::{Format, Node};

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

impl Program {
    /// Whether the format has the field.
    pub(crate) fn has(&self, input: usize, format: Format) -> bool {
        path_to(&self.fields, input, format).is_some()
    }

    /// What stands in a field, the items of a list each, and what is written where nothing does.
    pub(crate) fn nodes<'d>(
        &self,
        input: usize,
        record: Node<'d>,
        format: Format,
    ) -> (Vec<Node<'d>>, Option<&str>) {
        let Some(path) = path_to(&self.fields, input, format) else { return (vec![], None) };
        let Some((field, way)) = path.split_last() else { return (vec![], None) };
        let name = |field: &FieldPlan| field.spellings(format).first().map_or("", |name| &**name).to_owned();
        let record = way.iter().try_fold(record, |at, field| at.member(&name(field)));
        let name = name(field);
        let nodes = match (record, &field.holds, format, name.split_once('/')) {
            (None, ..) => vec![],
            (Some(record), Holds::List(_), Format::Xml, None) => {
                record.members().filter(|node| node.name() == name).collect()
            }
            (Some(record), Holds::List(_), _, wrapper) => {
                let list = record.member(wrapper.map_or(&name, |(wrapper, _)| wrapper));
                list.into_iter().flat_map(Node::items).collect()
            }
            (Some(record), ..) => record.member(&name).into_iter().collect(),
        };
        (nodes, field.none.as_deref())
    }
}

/// The fields from the record down to the one of this number.
fn path_to(fields: &[FieldPlan], input: usize, format: Format) -> Option<Vec<&FieldPlan>> {
    fields.iter().filter(|field| !field.spellings(format).is_empty()).find_map(|field| match &field.holds {
        Holds::Value(own) | Holds::List(own) => (*own == input).then(|| vec![field]),
        Holds::Record(inner) => {
            let mut path = path_to(inner, input, format)?;
            path.insert(0, field);
            Some(path)
        }
    })
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
