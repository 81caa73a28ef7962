//! The walk: every member of every object is looked up in its shape and judged by it.

use gateway_core::IssueCode::{
    CodeInvalid, Invalid, Invariant, NotSupported, Required, Structure, TooLong, Value,
};
use gateway_core::json::{Kind as Json, Node};

use super::place::{printable, type_of};
use super::{Level, Place, Sink, contained, dutch, extension, reference};
use crate::r4::{CodeSet, Flaw, Kind, Max, Primitive, Property, Shape, Slot, Special, r4};
use crate::{Rules, Unknown};

/// Codes that are listed in an issue's text; longer lists are left to the documentation.
const LISTED: usize = 20;

/// One check under way.
pub(crate) struct Walk {
    pub(crate) rules: Rules,
    pub(crate) sink: Sink,
}

impl Walk {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, sink: Sink::default() }
    }

    /// A resource of one of our types.
    pub(crate) fn resource(&mut self, shape: &Shape, place: &Place<'_>) {
        self.object(shape, place);
        if shape.special == Special::DomainResource {
            contained::check(place, &mut self.sink);
        }
    }

    /// An object of a known shape.
    pub(crate) fn object(&mut self, shape: &Shape, place: &Place<'_>) {
        if place.node.kind() != Json::Object {
            return self.malformed(place, "must be an object");
        }
        if place.node.entries().all(|(key, _)| key == "id") && !shape.is_resource() {
            return self.malformed(place, "must not be an object without content");
        }
        let seen = self.members(shape, place);
        let mut missing = shape.mandatory & !seen;
        while missing != 0 {
            let slot = &shape.slots[missing.trailing_zeros() as usize];
            missing &= missing - 1;
            self.missing(shape, slot, place);
        }
        match shape.special {
            Special::Extension => extension::check(place, &mut self.sink),
            Special::Identifier => dutch::identifier(place, self.rules, &mut self.sink),
            Special::HumanName => dutch::name(place, &mut self.sink),
            // A reference is looked at where it stands, because that says where it may point.
            Special::Reference | Special::None | Special::Resource | Special::DomainResource => {}
        }
        for constraint in &shape.constraints {
            constraint.check(place, &mut self.sink);
        }
    }

    fn missing(&mut self, shape: &Shape, slot: &Slot, place: &Place<'_>) {
        let level = if shape.special == Special::Extension { Level::Malformed } else { Level::Refused };
        self.sink.add(level, Required, &place.child(slot.name, place.node), "is required");
    }

    /// Looks at every member; the bits of the slots that have one.
    fn members(&mut self, shape: &Shape, place: &Place<'_>) -> u64 {
        let mut seen = 0;
        for (key, value) in place.node.entries() {
            if key == "resourceType" && shape.is_resource() {
                continue;
            }
            let extra_of = key.strip_prefix('_');
            let Some(property) = shape.property(extra_of.unwrap_or(key)) else {
                self.unknown(shape, place, key, value);
                continue;
            };
            let slot = shape.slot_of(property);
            let bit = 1_u64 << property.slot;
            if slot.choice && seen & bit != 0 && is_second_choice(shape, place.node, property) {
                self.malformed(&place.child(slot.name, value), "has two values where one may stand");
            }
            seen |= bit;
            if extra_of.is_some() {
                self.extra(slot, property, &place.child(slot.name, value));
            } else {
                self.values(slot, property, &place.child(slot.name, value));
            }
        }
        seen
    }

    fn unknown(&mut self, shape: &Shape, place: &Place<'_>, key: &str, value: Node<'_>) {
        if self.rules.unknown == Unknown::Ignore {
            return;
        }
        if printable(key) {
            let text = || format!("{key} is not an element of {}", shape.path);
            self.sink.sentence(Level::Malformed, Structure, &place.child(key, value), text);
        } else {
            self.malformed(place, "has an element that R4 does not define");
        }
    }

    /// The value or values of a member.
    fn values(&mut self, slot: &Slot, property: &Property, place: &Place<'_>) {
        match (slot.max, place.node.kind()) {
            (Max::Many, Json::Array) if place.node.is_empty() => {
                self.malformed(place, "must not be an empty list");
            }
            (Max::Many, Json::Array) => {
                for (index, node) in place.node.items().enumerate() {
                    let item = Place { node, index: Some(index), ..*place };
                    if node.kind() != Json::Null || !has_extra(place, property, index) {
                        self.value(slot, property, &item);
                    }
                }
            }
            (_, Json::Null) => self.malformed(place, "must not be null"),
            (Max::Many, _) => self.malformed(place, "must be a list"),
            (Max::One, Json::Array) => self.malformed(place, "must be one value, not a list"),
            (Max::One, _) => self.value(slot, property, place),
        }
    }

    fn value(&mut self, slot: &Slot, property: &Property, place: &Place<'_>) {
        if place.node.kind() == Json::Null {
            return self.malformed(place, "must not be null");
        }
        match property.kind {
            Kind::Primitive(primitive) => {
                if !self.primitive(primitive, place) {
                    return;
                }
                if let Some(set) = slot.codes.filter(|_| primitive == Primitive::Code) {
                    self.code(set, place);
                }
                extension::refuse_modifier(slot, place, &mut self.sink);
            }
            Kind::Complex(id) => {
                let shape = r4().shape(id);
                self.object(shape, place);
                match shape.special {
                    Special::Reference => reference::check(place, &property.targets, &mut self.sink),
                    Special::Extension => extension::refuse_modifier(slot, place, &mut self.sink),
                    _ => {}
                }
                if place.node.kind() != Json::Object {
                    return;
                }
            }
            Kind::Resource => return self.nested(&Place { resource: true, ..*place }),
        }
        for constraint in &slot.constraints {
            constraint.check(place, &mut self.sink);
        }
    }

    fn primitive(&mut self, primitive: Primitive, place: &Place<'_>) -> bool {
        match primitive.check(place.node) {
            Ok(()) => true,
            Err(flaw) => {
                report(flaw, place, &mut self.sink);
                false
            }
        }
    }

    fn code(&mut self, set: &CodeSet, place: &Place<'_>) {
        if set.contains(place.node.as_str().unwrap_or_default()) {
            return;
        }
        let codes: Vec<_> = set.codes.iter().map(|(code, _)| *code).collect();
        let rest = match codes.len() {
            0 => "must be a currency: three capitals".to_owned(),
            1..=LISTED => format!("must be one of {}", codes.join(", ")),
            _ => "must be a code of the value set it is bound to".to_owned(),
        };
        self.sink.add(Level::Refused, CodeInvalid, place, &rest);
    }

    /// `_birthDate`: the id and extensions of a primitive value, or of the values of a list.
    fn extra(&mut self, slot: &Slot, property: &Property, place: &Place<'_>) {
        if !matches!(property.kind, Kind::Primitive(_)) {
            return self.malformed(place, "is no primitive element, so its name cannot begin with _");
        }
        let element = r4().find("Element").expect("Element is a type of R4");
        let beside = place.parent.and_then(|parent| parent.node.get(property.name));
        match (slot.max, place.node.kind()) {
            (Max::One, Json::Array) => self.malformed(place, "must be one value, not a list"),
            (Max::One, _) => self.beside(element, place, beside.is_some()),
            (Max::Many, Json::Array) => {
                if beside.is_some_and(|beside| beside.len() != place.node.len()) {
                    self.malformed(place, "and its extensions must be lists of the same length");
                }
                for (index, node) in place.node.items().enumerate() {
                    let item = Place { node, index: Some(index), ..*place };
                    let value = beside.and_then(|beside| beside.items().nth(index));
                    match (node.kind(), value.map(Node::kind)) {
                        (Json::Null, None) => self.malformed(&item, "has neither value nor extension"),
                        (Json::Null, Some(_)) => {}
                        (_, beside) => {
                            let value = beside.is_some_and(|kind| kind != Json::Null);
                            self.beside(element, &item, value);
                        }
                    }
                }
            }
            (Max::Many, _) => self.malformed(place, "must be a list"),
        }
    }

    /// What stands beside one value: an id is enough when the value is there.
    fn beside(&mut self, element: &Shape, place: &Place<'_>, value: bool) {
        let named = !place.node.is_empty() && place.node.entries().all(|(key, _)| key == "id");
        if value && named && place.node.kind() == Json::Object {
            self.members(element, place);
        } else {
            self.object(element, place);
        }
    }

    /// A resource inside a resource.
    fn nested(&mut self, place: &Place<'_>) {
        if place.node.kind() != Json::Object {
            return self.malformed(place, "must be a resource");
        }
        let Some(name) = type_of(place.node) else {
            return self.sink.add(Level::Malformed, Invalid, place, "must have a resourceType of R4");
        };
        if let Some(shape) = r4().find(name) {
            self.resource(shape, place);
        } else {
            self.plain(place);
            let text = || format!("{} is a {name}, which is kept but not checked", place.said());
            self.sink.sentence(Level::Told, NotSupported, place, text);
        }
    }

    /// A resource of a type that is not ours: only what holds for every JSON object in FHIR.
    fn plain(&mut self, place: &Place<'_>) {
        let empty = match place.node.kind() {
            Json::Null => {
                place.parent.is_none_or(|parent| parent.node.kind() != Json::Array) && place.index.is_none()
            }
            Json::String => place.node.as_str().is_some_and(|text| text.trim().is_empty()),
            Json::Array | Json::Object => place.node.is_empty(),
            Json::Bool(_) | Json::Number => false,
        };
        if empty {
            return self.malformed(place, "must not be empty");
        }
        for (key, value) in place.node.entries() {
            let name = if printable(key) { key } else { "element" };
            for (index, node) in value.each().enumerate() {
                let index = (value.kind() == Json::Array).then_some(index);
                self.plain(&Place { index, ..place.child(name, node) });
            }
            if value.kind() == Json::Array && value.is_empty() {
                self.malformed(&place.child(name, value), "must not be empty");
            }
        }
    }

    fn malformed(&mut self, place: &Place<'_>, rest: &str) {
        self.sink.add(Level::Malformed, Structure, place, rest);
    }
}

impl super::Constraint {
    fn check(&self, place: &Place<'_>, sink: &mut Sink) {
        if !(self.holds)(place) {
            sink.sentence(Level::Refused, Invariant, place, || format!("{}: {}", self.key, self.human));
        }
    }
}

/// Says what is wrong with a primitive value.
pub(crate) fn report(flaw: Flaw, place: &Place<'_>, sink: &mut Sink) {
    match flaw {
        Flaw::Structure(rest) => sink.add(Level::Malformed, Structure, place, rest),
        Flaw::Format(rest) => sink.add(Level::Malformed, Value, place, rest),
        Flaw::TooLong => sink.add(Level::Malformed, TooLong, place, "has more than 1048576 characters"),
    }
}

/// Whether another type of the same choice stands in the object.
fn is_second_choice(shape: &Shape, object: Node<'_>, property: &Property) -> bool {
    object.entries().any(|(key, _)| {
        let other = shape.property(key.strip_prefix('_').unwrap_or(key));
        other.is_some_and(|other| other.slot == property.slot && other.name != property.name)
    })
}

/// Whether an extension stands at this position beside a list of values.
fn has_extra(list: &Place<'_>, property: &Property, index: usize) -> bool {
    let extras = list.parent.and_then(|object| {
        object
            .node
            .entries()
            .find_map(|(key, value)| (key.strip_prefix('_') == Some(property.name)).then_some(value))
    });
    extras.and_then(|extras| extras.items().nth(index)).is_some_and(|extra| extra.kind() == Json::Object)
}
