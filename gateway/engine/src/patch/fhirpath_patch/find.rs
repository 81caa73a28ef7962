//! Which elements of a resource a path finds.
//!
//! An element is where it stands in the JSON together with what R4 says of it. A primitive is one element with its extensions,
//! which JSON keeps beside it: `birthDate` and `_birthDate`.

use fhir_profiles::outline::{ElementType, Spot};
use gateway_core::ResourceType;
use gateway_core::json::{Kind, View, equal_numbers};

use super::super::edit::{Editing, Trouble};
use super::super::pointer::Place;
use super::path::{Literal, Path, Step, Test};

/// An element that was found.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) spot: Spot<'static>,
    /// `None` for the resource itself.
    pub(super) seat: Option<Seat>,
}

/// Where an element stands.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    /// The object it is a member of.
    pub(super) parent: Place,
    /// What R4 says of that object.
    pub(super) shape: Spot<'static>,
    /// Its name in FHIRPath.
    pub(super) element: String,
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// Which one, in a list.
    pub(super) index: Option<usize>,
}

impl Seat {
    /// Where its value stands.
    pub(super) fn value(&self) -> Place {
        self.place(self.name.to_owned())
    }

    /// Where the extensions of a primitive stand.
    pub(super) fn beside(&self) -> Place {
        self.place(beside(self.name))
    }

    fn place(&self, name: String) -> Place {
        let index = self.index.map(|index| index.to_string());
        self.parent.iter().cloned().chain([name]).chain(index).collect()
    }
}

/// The name under which JSON keeps the id and extensions of a primitive.
pub(super) fn beside(name: &str) -> String {
    format!("_{name}")
}

/// Whether a value has no members of its own in JSON.
pub(super) fn is_primitive(spot: Spot<'_>) -> bool {
    !matches!(spot.element_type(), ElementType::Complex(_) | ElementType::Resource)
}

impl Element {
    /// The object that has its members.
    pub(super) fn inner(&self) -> Place {
        match &self.seat {
            None => Place::new(),
            Some(seat) if is_primitive(self.spot) => seat.beside(),
            Some(seat) => seat.value(),
        }
    }

    /// What R4 says of its members; of a contained resource by the type it has.
    pub(super) fn shape(&self, editing: &Editing<'_>) -> Result<Spot<'static>, Trouble> {
        if self.spot.element_type() != ElementType::Resource {
            return Ok(self.spot);
        }
        let named = editing.read(&self.inner())?.get("resourceType").and_then(View::as_str);
        named.and_then(|name| name.parse::<ResourceType>().ok()).map(Spot::r4).ok_or(Trouble::NoElement)
    }

    fn children(&self, editing: &Editing<'_>, name: &str, found: &mut Vec<Self>) -> Result<(), Trouble> {
        let shape = self.shape(editing)?;
        let members = shape.element(name);
        if members.is_empty() {
            return Err(Trouble::NoElement);
        }
        let parent = self.inner();
        // the extensions of a primitive that has none
        let Ok(object) = editing.read(&parent) else { return Ok(()) };
        for spot in members {
            let (value, beside) = (object.get(spot.name()), object.get(&beside(spot.name())));
            let seat = |index| {
                let (parent, element) = (parent.clone(), name.to_owned());
                Self { spot, seat: Some(Seat { parent, shape, element, name: spot.name(), index }) }
            };
            if spot.many() {
                let lists = [value, beside].into_iter().flatten();
                let length = lists.map(|list| list.items().len()).max().unwrap_or(0);
                // an item of a list that is kept as text is reached by way of those before it
                editing.look(length + length.saturating_mul(length) / 8)?;
                found.extend((0..length).map(|index| seat(Some(index))));
            } else if value.is_some() || beside.is_some() {
                editing.look(1)?;
                found.push(seat(None));
            }
        }
        Ok(())
    }

    fn meets(&self, editing: &Editing<'_>, test: &Test) -> Result<bool, Trouble> {
        let mut found = vec![self.clone()];
        for name in &test.path {
            found = children_of(editing, &found, name)?;
        }
        let [Element { seat: Some(seat), .. }] = &*found else { return Ok(false) };
        let Ok(value) = editing.read(&seat.value()) else { return Ok(false) };
        Ok(match (&test.literal, value.kind()) {
            (Literal::Text(wanted), Kind::String) => value.as_str() == Some(wanted),
            (Literal::Number(wanted), Kind::Number) => {
                value.node().is_some_and(|node| equal_numbers(node.raw(), wanted))
            }
            (Literal::Bool(wanted), Kind::Bool(is)) => *wanted == is,
            (Literal::Text(_) | Literal::Number(_) | Literal::Bool(_), _) => false,
        })
    }

    /// Whether a choice, or a contained resource, is of this type.
    fn is_of(&self, editing: &Editing<'_>, wanted: &str) -> bool {
        if self.spot.element_type() == ElementType::Resource {
            let value = editing.read(&self.inner()).ok().and_then(|value| value.get("resourceType"));
            return value.and_then(View::as_str) == Some(wanted);
        }
        let suffix = self.seat.as_ref().and_then(|seat| seat.name.strip_prefix(&*seat.element));
        suffix.is_some_and(|suffix| is_suffix(suffix, wanted))
    }
}

/// Whether a choice names this type so: `DateTime` is `dateTime`.
fn is_suffix(suffix: &str, of: &str) -> bool {
    let (mut suffix, mut of) = (suffix.chars(), of.chars());
    suffix.next().zip(of.next()).is_some_and(|(a, b)| a == b.to_ascii_uppercase())
        && suffix.as_str() == of.as_str()
}

/// Counts the values of a list that is going to be changed.
pub(super) fn look_at_list(editing: &Editing<'_>, object: &[String], name: &str) -> Result<(), Trouble> {
    let list = editing.read(object).ok().and_then(|object| object.get(name));
    editing.look(list.map_or(0, |list| list.items().len()))
}

/// What a path finds, in the order of the text.
pub(super) fn find(
    editing: &Editing<'_>,
    resource_type: ResourceType,
    path: &Path,
) -> Result<Vec<Element>, Trouble> {
    let own = |name: &str| name == resource_type.as_str() || matches!(name, "Resource" | "DomainResource");
    if !path.root.as_deref().is_none_or(own) {
        return Err(Trouble::OtherResource);
    }
    let mut found = vec![Element { spot: Spot::r4(resource_type), seat: None }];
    for step in &path.steps {
        found = match step {
            Step::Element(name) => children_of(editing, &found, name)?,
            Step::Index(index) => found.into_iter().skip(*index).take(1).collect(),
            Step::Last => found.pop().into_iter().collect(),
            Step::Where(tests) => matching(editing, found, tests)?,
            Step::OfType(wanted) => {
                found.into_iter().filter(|element| element.is_of(editing, wanted)).collect()
            }
        };
    }
    Ok(found)
}

fn children_of(editing: &Editing<'_>, of: &[Element], name: &str) -> Result<Vec<Element>, Trouble> {
    let mut children = Vec::new();
    for element in of {
        element.children(editing, name, &mut children)?;
    }
    Ok(children)
}

fn matching(editing: &Editing<'_>, found: Vec<Element>, tests: &[Test]) -> Result<Vec<Element>, Trouble> {
    let mut matching = Vec::new();
    'elements: for element in found {
        for test in tests {
            if !element.meets(editing, test)? {
                continue 'elements;
            }
        }
        matching.push(element);
    }
    Ok(matching)
}
