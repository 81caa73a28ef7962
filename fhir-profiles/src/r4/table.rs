//! The shape of every type and backbone element, laid out for one quick walk over a resource.

use std::collections::HashMap;

use gateway_core::ResourceType;

use super::names::Names;
use super::primitive::Primitive;
use crate::check::Constraint;

/// All shapes, found by type name or path.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) shapes: Vec<Shape>,
    pub(crate) by_path: HashMap<&'static str, ShapeId>,
    /// The names of all resource types of R4, ours or not.
    pub(crate) resource_types: &'static CodeSet,
}

/// Where a shape stands in [`Table::shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShapeId(pub(crate) u16);

/// A type or backbone element: what an object of it may hold.
#[derive(Debug)]
pub(crate) struct Shape {
    /// `Patient`, `Patient.contact`, `Period`.
    pub(crate) path: &'static str,
    pub(crate) special: Special,
    /// The elements of the definition; at most 64.
    pub(crate) slots: Vec<Slot>,
    /// A bit for each slot that must be there.
    pub(crate) mandatory: u64,
    /// A bit for each slot that belongs to the summary.
    pub(crate) summary: u64,
    /// A bit for each slot that may change what the others mean.
    pub(crate) modifier: u64,
    /// The JSON members: one per slot, and one per type of a choice.
    pub(crate) properties: Vec<Property>,
    pub(crate) names: Names,
    /// The constraints on each object of this type.
    pub(crate) constraints: Vec<Constraint>,
}

/// Types the walk has rules of its own for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    None,
    /// A resource without narrative and contained resources.
    Resource,
    DomainResource,
    Extension,
    Reference,
    Identifier,
    HumanName,
}

/// How often an element may occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Max {
    One,
    Many,
}

/// An element of a definition.
#[derive(Debug)]
pub(crate) struct Slot {
    /// As FHIRPath names it: `deceased`.
    pub(crate) name: &'static str,
    pub(crate) max: Max,
    pub(crate) choice: bool,
    /// The required value set, when it can be listed.
    pub(crate) codes: Option<&'static CodeSet>,
    /// The constraints on each value.
    pub(crate) constraints: Vec<Constraint>,
}

/// A JSON member.
#[derive(Debug)]
pub(crate) struct Property {
    /// As JSON names it: `deceasedBoolean`.
    pub(crate) name: &'static str,
    pub(crate) slot: u8,
    pub(crate) kind: Kind,
    /// The types a reference may point to; empty: any.
    pub(crate) targets: Vec<&'static str>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Primitive(Primitive),
    Complex(ShapeId),
    /// Any resource.
    Resource,
}

impl Shape {
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.names.find(name, |at| self.properties[at].name).map(|at| &self.properties[at])
    }

    pub(crate) fn slot_of(&self, property: &Property) -> &Slot {
        &self.slots[usize::from(property.slot)]
    }

    pub(crate) fn is_resource(&self) -> bool {
        matches!(self.special, Special::Resource | Special::DomainResource)
    }
}

/// The codes of a value set, sorted, each with its system.
#[derive(Debug, Default)]
pub(crate) struct CodeSet {
    /// Empty for the currencies, of which only the shape is known.
    pub(crate) codes: Vec<(&'static str, &'static str)>,
}

impl CodeSet {
    pub(crate) fn contains(&self, code: &str) -> bool {
        if self.codes.is_empty() {
            return code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
        }
        self.system(code).is_some()
    }

    /// The system of a code.
    pub(crate) fn system(&self, code: &str) -> Option<&'static str> {
        self.codes.binary_search_by_key(&code, |(code, _)| code).ok().map(|at| self.codes[at].1)
    }
}

impl Table {
    pub(crate) fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[usize::from(id.0)]
    }

    pub(crate) fn find(&self, path: &str) -> Option<&Shape> {
        self.by_path.get(path).map(|id| self.shape(*id))
    }

    pub(crate) fn resource(&self, resource_type: ResourceType) -> &Shape {
        self.find(resource_type.as_str()).expect("the table has every resource type; a test reads them all")
    }

    /// Whether R4 has a resource type of this name, ours or not.
    pub(crate) fn is_resource_type(&self, name: &str) -> bool {
        self.resource_types.contains(name)
    }
}
