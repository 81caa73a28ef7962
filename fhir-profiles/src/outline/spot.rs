//! A place in a profile.

use std::sync::LazyLock;

use gateway_core::ResourceType;

use super::{Constant, Outlines, constant};
use crate::package::differential::Element;
use crate::r4::{CodeSet, Kind, Max, Primitive, Shape, r4};

/// A place in a profile: an element of the resource, with what R4 and the profile say of it.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'o> {
    outlines: &'o Outlines,
    name: &'o str,
    kind: Kind,
    many: bool,
    mandatory: bool,
    /// The codes of a required binding.
    codes: Option<&'static CodeSet>,
    element: Option<&'o Element>,
    /// For a slice, the element that is sliced.
    sliced: Option<&'o Element>,
}

/// The type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are R4's own")]
pub enum ElementType {
    Boolean,
    Integer,
    UnsignedInt,
    PositiveInt,
    Decimal,
    /// `string` and `markdown`.
    String,
    Code,
    Id,
    /// `uri`, `url` and `canonical`.
    Uri,
    Oid,
    Uuid,
    Date,
    DateTime,
    Instant,
    Time,
    Base64,
    Xhtml,
    /// An object; the name is R4's: `Period`, `Appointment.participant`.
    Complex(&'static str),
    Resource,
}

impl Spot<'static> {
    /// A resource type with what R4 says of it, without a profile.
    #[must_use]
    pub fn r4(resource_type: ResourceType) -> Self {
        static NO_PROFILES: LazyLock<Outlines> = LazyLock::new(Outlines::default);
        NO_PROFILES.root(resource_type, None)
    }
}

impl<'o> Spot<'o> {
    pub(super) fn root(outlines: &'o Outlines, shape: &'static Shape, element: Option<&'o Element>) -> Self {
        let kind = r4().by_path.get(shape.path).copied().map_or(Kind::Resource, Kind::Complex);
        Self {
            outlines,
            name: shape.path,
            kind,
            many: false,
            mandatory: true,
            codes: None,
            element,
            sliced: None,
        }
    }

    /// The name under which JSON has it: `start`, `valueBoolean`. The type's name at the root.
    #[must_use]
    pub fn name(self) -> &'o str {
        self.name
    }

    /// The type.
    #[must_use]
    pub fn element_type(self) -> ElementType {
        match self.kind {
            Kind::Primitive(primitive) => primitive_type(primitive),
            Kind::Complex(id) => ElementType::Complex(r4().shape(id).path),
            Kind::Resource => ElementType::Resource,
        }
    }

    /// Whether it is a list. A slice is one or more values of its list.
    #[must_use]
    pub fn many(self) -> bool {
        self.many
    }

    /// Whether R4 or the profile asks for it.
    #[must_use]
    pub fn mandatory(self) -> bool {
        self.mandatory || self.element.is_some_and(|e| e.definition["min"].as_u64().unwrap_or(0) > 0)
    }

    /// Whether the profile says that it does not occur.
    #[must_use]
    pub fn forbidden(self) -> bool {
        self.element.is_some_and(|element| element.text("max") == Some("0"))
    }

    /// Whether the profile fixes its value.
    #[must_use]
    pub fn is_fixed(self) -> bool {
        self.element.is_some_and(|element| element.pattern().is_some())
    }

    /// What it is for, in the profile's words.
    #[must_use]
    pub fn short(self) -> Option<&'o str> {
        self.element.and_then(|element| element.text("short"))
    }

    /// The member of this name; on a primitive only `extension`, which JSON keeps beside it.
    #[must_use]
    pub fn child(self, name: &str) -> Option<Spot<'o>> {
        let child = self.definition().and_then(|element| element.child(name));
        let shape = match self.kind {
            Kind::Complex(id) => r4().shape(id),
            Kind::Primitive(_) if name == "extension" => r4().find("Element")?,
            Kind::Primitive(_) | Kind::Resource => return None,
        };
        let property = shape.property(name)?;
        if self.lacks_value(property.name) {
            return None;
        }
        let at = usize::from(property.slot);
        let slot = &shape.slots[at];
        let mandatory = shape.mandatory >> at & 1 == 1;
        let many = slot.max == Max::Many;
        Some(Self {
            name: property.name,
            kind: property.kind,
            many,
            mandatory,
            codes: slot.codes,
            element: child,
            sliced: None,
            ..self
        })
    }

    /// What FHIRPath finds under `name`: the one member of that name, or for a choice (`deceased`) a member for each of its
    /// types. None when there is no such element.
    #[must_use]
    pub fn element(self, name: &str) -> Vec<Spot<'o>> {
        let Kind::Complex(id) = self.kind else { return self.child(name).into_iter().collect() };
        let shape = r4().shape(id);
        let members = shape.properties.iter().filter(|property| shape.slot_of(property).name == name);
        members.filter_map(|property| self.child(property.name)).collect()
    }

    /// The slice of this name.
    #[must_use]
    pub fn slice(self, name: &str) -> Option<Spot<'o>> {
        let element = self.element?;
        let slice = element.slice(name)?;
        Some(Self { element: Some(slice), sliced: Some(element), mandatory: false, ..self })
    }

    /// Whether R4 lets this code stand here; anything may where no value set is required.
    #[must_use]
    pub fn takes_code(self, code: &str) -> bool {
        self.codes.is_none_or(|codes| codes.contains(code))
    }

    /// The elements R4 asks for that are none of those `present` says.
    pub fn missing(self, present: impl Fn(&str) -> bool) -> impl Iterator<Item = &'static str> {
        let shape = match self.kind {
            Kind::Complex(id) => Some(r4().shape(id)),
            Kind::Primitive(_) | Kind::Resource => None,
        };
        shape.into_iter().flat_map(move |shape| {
            let there = shape.properties.iter().filter(|property| present(property.name));
            let there = there.fold(0_u64, |bits, property| bits | 1 << property.slot);
            let slots = shape.slots.iter().enumerate();
            let missing = slots.filter(move |(at, _)| shape.mandatory >> at & 1 == 1 && there >> at & 1 == 0);
            missing.map(|(_, slot)| slot.name)
        })
    }

    /// The names a path may go on with.
    pub fn children(self) -> impl Iterator<Item = &'static str> {
        let shape = match self.kind {
            Kind::Complex(id) => Some(r4().shape(id)),
            Kind::Primitive(_) | Kind::Resource => None,
        };
        let names = shape.into_iter().flat_map(|shape| shape.properties.iter().map(|p| p.name));
        names.filter(move |name| !self.lacks_value(name)).chain(shape.is_none().then_some("extension"))
    }

    /// The names of the slices of this list.
    pub fn slices(self) -> impl Iterator<Item = &'o str> {
        self.element.into_iter().flat_map(|element| element.slices.iter().map(|(name, _)| name.as_str()))
    }

    /// What this slice fixes; empty for anything but a slice.
    #[must_use]
    pub fn constants(self) -> Vec<Constant> {
        match (self.sliced, self.element) {
            (Some(sliced), Some(slice)) => constant::of(self, sliced, slice, self.name),
            _ => vec![],
        }
    }

    /// The paths that tell the slices of this list apart: `system`, `actor.identifier.system`.
    #[must_use]
    pub fn discriminators(self) -> Vec<String> {
        let sliced = self.sliced.or(self.element);
        sliced
            .map(|e| e.discriminators(self.name))
            .unwrap_or_default()
            .iter()
            .map(|path| path.join("."))
            .collect()
    }

    /// How many values of this slice or list the profile allows; `None`: no limit of its own.
    #[must_use]
    pub fn most(self) -> Option<usize> {
        self.element?.text("max")?.parse().ok()
    }

    /// What is said of the children: by the element itself or, for an extension, by its definition.
    fn definition(self) -> Option<&'o Element> {
        self.extension().filter(|_| self.element.is_none_or(|e| e.children.is_empty())).or(self.element)
    }

    /// The definition of the extension whose slice this is.
    fn extension(self) -> Option<&'o Element> {
        let url = self.sliced.and(self.element)?.fixed(&["url"])?.as_str()?;
        self.outlines.extension(url)
    }

    /// Whether `name` is a value that the definition of this extension does not have.
    fn lacks_value(self, name: &str) -> bool {
        let Some(value) =
            self.extension().and_then(|e| e.child("valueAny")).filter(|_| name.starts_with("value"))
        else {
            return false;
        };
        let types = value.definition["type"].as_array();
        value.definition["max"] == "0"
            || types.is_some_and(|types| {
                types.iter().filter_map(|of| of["code"].as_str()).all(|code| {
                    !name.strip_prefix("value").is_some_and(|suffix| suffix.eq_ignore_ascii_case(code))
                })
            })
    }
}

fn primitive_type(primitive: Primitive) -> ElementType {
    match primitive {
        Primitive::Boolean => ElementType::Boolean,
        Primitive::Integer => ElementType::Integer,
        Primitive::UnsignedInt => ElementType::UnsignedInt,
        Primitive::PositiveInt => ElementType::PositiveInt,
        Primitive::Decimal => ElementType::Decimal,
        Primitive::String => ElementType::String,
        Primitive::Code => ElementType::Code,
        Primitive::Id => ElementType::Id,
        Primitive::Uri => ElementType::Uri,
        Primitive::Oid => ElementType::Oid,
        Primitive::Uuid => ElementType::Uuid,
        Primitive::Date => ElementType::Date,
        Primitive::DateTime => ElementType::DateTime,
        Primitive::Instant => ElementType::Instant,
        Primitive::Time => ElementType::Time,
        Primitive::Base64 => ElementType::Base64,
        Primitive::Xhtml => ElementType::Xhtml,
    }
}
