//! The value in an operation: a `value[x]`, a whole `resource`, or `part`s for what has no type of its own in R4, such as
//! `Patient.contact` and an Extension.

use fhir_profiles::outline::{ElementType, Spot};
use gateway_core::ResourceType;
use gateway_core::json::{Node, Tree};

use super::super::edit::Trouble;
use super::find::{beside, is_primitive};
use super::list::{Pair, change_list, is_null, set};

/// What a part of Parameters carries.
#[derive(Debug, Clone, Copy)]
enum Carried<'d> {
    /// Its type (`HumanName`), the value, and what stands beside a primitive.
    Typed {
        name: &'d str,
        spot: Spot<'static>,
        value: Option<Node<'d>>,
        beside: Option<Node<'d>>,
    },
    Resource(Node<'d>),
    Parts(Node<'d>),
}

/// A value for an element: under which of the members of a choice, and what.
pub(super) struct Made<'d> {
    pub(super) spot: Spot<'static>,
    pub(super) pair: Pair<'d>,
}

/// Whether a part carries one value, and its parts too.
pub(super) fn is_value(part: Node<'_>) -> bool {
    match carried(part) {
        None => false,
        Some(Carried::Typed { .. } | Carried::Resource(_)) => true,
        Some(Carried::Parts(parts)) => {
            !parts.is_empty() && parts.items().all(|part| part.text("name").is_some() && is_value(part))
        }
    }
}

/// The one value of a part.
fn carried(part: Node<'_>) -> Option<Carried<'_>> {
    let known = |(key, _): &(&str, Node<'_>)| !matches!(*key, "name" | "id" | "extension");
    let mut found = None;
    for (key, value) in part.entries().filter(known) {
        let next = match key {
            "part" => Carried::Parts(value),
            "resource" => Carried::Resource(value),
            key => typed(part, key.trim_start_matches('_'))?,
        };
        found = match (found, next) {
            (None, next) => Some(next),
            // a primitive and what stands beside it
            (Some(Carried::Typed { name, .. }), Carried::Typed { name: other, .. }) if name == other => {
                Some(next)
            }
            (Some(_), _) => return None,
        };
    }
    found
}

fn typed<'d>(part: Node<'d>, key: &'d str) -> Option<Carried<'d>> {
    let spot = Spot::r4(ResourceType::Parameters).child("parameter")?.child(key)?;
    let name = key.strip_prefix("value")?;
    Some(Carried::Typed { name, spot, value: part.get(key), beside: part.get(&beside(key)) })
}

/// The value of `part` for the element that has `members`.
pub(super) fn made<'d>(name: &str, members: &[Spot<'static>], part: Node<'d>) -> Result<Made<'d>, Trouble> {
    match (carried(part).ok_or(Trouble::OtherType)?, members) {
        (_, []) => Err(Trouble::NoElement),
        (Carried::Typed { name: of, spot: sent, value, beside }, members) => {
            let choice = format!("{name}{of}");
            let fits = |spot: &&Spot<'static>| {
                spot.name() == choice || spot.name() == name && same_kind(**spot, sent)
            };
            let spot = *members.iter().find(fits).ok_or(Trouble::OtherType)?;
            Ok(Made { spot, pair: Pair { value: kept(value), beside: kept(beside) } })
        }
        (Carried::Resource(resource), [spot]) if spot.element_type() == ElementType::Resource => {
            Ok(Made { spot: *spot, pair: Pair { value: Tree::Kept(resource), beside: Tree::Null } })
        }
        (Carried::Parts(parts), [spot]) if matches!(spot.element_type(), ElementType::Complex(_)) => {
            Ok(Made { spot: *spot, pair: Pair { value: object(*spot, parts)?, beside: Tree::Null } })
        }
        (Carried::Resource(_) | Carried::Parts(_), _) => Err(Trouble::OtherType),
    }
}

fn kept(node: Option<Node<'_>>) -> Tree<'_> {
    node.map_or(Tree::Null, Tree::Kept)
}

/// Whether a value of this type can stand there. Of primitives the check of the result knows the format.
fn same_kind(wanted: Spot<'_>, sent: Spot<'_>) -> bool {
    match (is_primitive(wanted), is_primitive(sent)) {
        (true, true) => true,
        (false, false) => wanted.element_type() == sent.element_type(),
        (true, false) | (false, true) => false,
    }
}

/// An object of the members that the parts name.
fn object<'d>(spot: Spot<'static>, parts: Node<'d>) -> Result<Tree<'d>, Trouble> {
    let mut object = Tree::Object(Vec::new());
    for part in parts.items() {
        append(&mut object, spot, part.text("name").unwrap_or_default(), part)?;
    }
    Ok(object)
}

/// Adds the value of `part` to `object` as the element `name`: behind what a list has, or where there is none yet.
pub(super) fn append<'d>(
    object: &mut Tree<'d>,
    shape: Spot<'static>,
    name: &str,
    part: Node<'d>,
) -> Result<(), Trouble> {
    let members = shape.element(name);
    let Made { spot, pair } = made(name, &members, part)?;
    if spot.many() {
        return change_list(object, spot.name(), |pairs| {
            pairs.push(pair);
            Ok(())
        });
    }
    let there = |member: &Spot<'_>| {
        let view = object.view();
        view.get(member.name()).is_some() || view.get(&beside(member.name())).is_some()
    };
    if members.iter().any(there) {
        return Err(Trouble::ThereAlready);
    }
    if is_null(&pair.value) && is_null(&pair.beside) {
        return Err(Trouble::OtherType);
    }
    set(object, spot.name(), spot.name(), pair)
}
