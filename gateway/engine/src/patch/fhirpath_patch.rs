//! FHIRPath Patch (<https://hl7.org/fhir/R4/fhirpatch.html>): Parameters with an `operation` each for what is to be done.
//!
//! A path finds elements as R4 names them (`path.rs` says what it may hold); R4's table says what repeats, which type a choice
//! takes and what is a primitive. Operations are done in order; the resource stays as it was when one does not fit.

mod find;
mod list;
mod path;
mod read;
mod value;

use fhir_profiles::outline::Spot;
use gateway_core::json::{Kind, Node, Tree};
use gateway_core::{IssueCode, Problem, Resource, ResourceType};

use self::find::{Element, Seat, find, is_primitive, look_at_list};
use self::list::{Pair, change_list, set};
use self::path::Path;
use self::value::{Made, append, made};
use super::edit::{Editing, Trouble};
use super::pointer::Place;
use super::{MOST_OPERATIONS, finished, is_ours, unfit, unreadable};
use crate::Patch;

/// A FHIRPath Patch that was read.
#[derive(Debug)]
pub struct FhirPathPatch {
    parameters: Resource,
    operations: Vec<(Path, Operation)>,
}

/// Values are indexes into the Parameters.
#[derive(Debug)]
enum Operation {
    Add { name: String, value: u32 },
    Insert { value: u32, index: usize },
    Delete,
    Replace { value: u32 },
    Move { source: usize, destination: usize },
}

impl FhirPathPatch {
    /// Reads Parameters as a patch.
    ///
    /// # Errors
    /// `Malformed` for what is no Parameters with operations of R4, or has a path that is not offered.
    pub fn read(parameters: Resource) -> Result<Self, Problem> {
        let whole = |code, text: &str| unreadable(code, text.to_owned(), "Parameters".to_owned());
        if parameters.resource_type() != ResourceType::Parameters {
            return Err(whole(IssueCode::Invalid, "a FHIRPath Patch is a Parameters resource"));
        }
        let list = parameters.root().get("parameter");
        if list.is_some_and(|list| list.kind() != Kind::Array) {
            return Err(whole(IssueCode::Structure, "parameter is a list"));
        }
        if list.map_or(0, Node::len) > MOST_OPERATIONS {
            return Err(whole(
                IssueCode::TooCostly,
                &format!("a patch has at most {MOST_OPERATIONS} operations"),
            ));
        }
        let each = list.into_iter().flat_map(Node::items).enumerate();
        let operations =
            each.map(|(n, parameter)| read::operation(parameter, n)).collect::<Result<_, _>>()?;
        Ok(Self { parameters, operations })
    }

    fn value(&self, index: u32) -> Node<'_> {
        self.parameters.node(index).expect("operations keep indexes of their own Parameters")
    }

    fn step<'d>(&'d self, work: &mut Work<'d>, path: &Path, operation: &Operation) -> Result<(), Trouble> {
        match operation {
            Operation::Add { name, value } => work.add(path, name, self.value(*value)),
            Operation::Insert { value, index } => work.insert(path, *index, self.value(*value)),
            Operation::Delete => work.delete(path),
            Operation::Replace { value } => work.replace(path, self.value(*value)),
            Operation::Move { source, destination } => work.relocate(path, *source, *destination),
        }
    }
}

impl Patch for FhirPathPatch {
    fn apply(&self, current: &Resource) -> Result<Resource, Problem> {
        let mut work = Work { editing: Editing::of(current.root()), resource_type: current.resource_type() };
        for (n, (path, operation)) in self.operations.iter().enumerate() {
            self.step(&mut work, path, operation)
                .map_err(|trouble| unfit(trouble, operation.name(), expression(n)))?;
        }
        finished(current, work.editing)
    }
}

impl Operation {
    fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add",
            Self::Insert { .. } => "insert",
            Self::Delete => "delete",
            Self::Replace { .. } => "replace",
            Self::Move { .. } => "move",
        }
    }
}

/// Which operation, as FHIRPath counts.
fn expression(n: usize) -> String {
    format!("Parameters.parameter[{n}]")
}

/// A resource that is being patched.
struct Work<'d> {
    editing: Editing<'d>,
    resource_type: ResourceType,
}

impl<'d> Work<'d> {
    fn add(&mut self, path: &Path, name: &str, part: Node<'d>) -> Result<(), Trouble> {
        let element = self.one(path)?.ok_or(Trouble::Missing)?;
        let (shape, inner) = (element.shape(&self.editing)?, element.inner());
        if shape.element(name).iter().any(|member| is_ours(&below(&inner, member.name()))) {
            return Err(Trouble::Ours);
        }
        self.editing.count(&below(&inner, name), &Tree::Kept(part))?;
        look_at_list(&self.editing, &inner, name)?;
        if let Some(seat) = element.seat.filter(|_| is_primitive(element.spot)) {
            make_room_beside(self.editing.at(&seat.parent)?, &seat)?;
        }
        append(self.editing.at(&inner)?, shape, name, part)
    }

    fn insert(&mut self, path: &Path, index: usize, part: Node<'d>) -> Result<(), Trouble> {
        let (object, spot) = self.list(path)?;
        self.editing.count(&below(&object, spot.name()), &Tree::Kept(part))?;
        let Made { pair, .. } = made(spot.name(), &[spot], part)?;
        change_list(self.editing.at(&object)?, spot.name(), |pairs| {
            (index <= pairs.len()).then(|| pairs.insert(index, pair)).ok_or(Trouble::NoIndex)
        })
    }

    fn delete(&mut self, path: &Path) -> Result<(), Trouble> {
        match self.one(path)? {
            None => Ok(()),
            Some(element) => self.put(&changeable(element.seat)?, None),
        }
    }

    fn replace(&mut self, path: &Path, part: Node<'d>) -> Result<(), Trouble> {
        let seat = changeable(self.one(path)?.ok_or(Trouble::Missing)?.seat)?;
        self.editing.count(&seat.value(), &Tree::Kept(part))?;
        let made = made(&seat.element, &seat.shape.element(&seat.element), part)?;
        self.put(&seat, Some(made))
    }

    fn relocate(&mut self, path: &Path, source: usize, destination: usize) -> Result<(), Trouble> {
        let (object, spot) = self.list(path)?;
        change_list(self.editing.at(&object)?, spot.name(), |pairs| {
            if source.max(destination) >= pairs.len() {
                return Err(Trouble::NoIndex);
            }
            let pair = pairs.remove(source);
            pairs.insert(destination, pair);
            Ok(())
        })
    }

    /// Puts something, or nothing, in the place of an element that is there.
    fn put(&mut self, seat: &Seat, made: Option<Made<'d>>) -> Result<(), Trouble> {
        let object = self.editing.at(&seat.parent)?;
        match (seat.index, made) {
            (None, Some(made)) => set(object, seat.name, made.spot.name(), made.pair),
            (None, None) => set(object, seat.name, seat.name, Pair::NOTHING),
            (Some(index), made) => change_list(object, seat.name, |pairs| {
                drop(pairs.splice(index..=index, made.map(|made| made.pair)));
                Ok(())
            }),
        }
    }

    /// The one element a path finds, if any.
    fn one(&self, path: &Path) -> Result<Option<Element>, Trouble> {
        let mut found = find(&self.editing, self.resource_type, path)?;
        let one = found.pop();
        if found.is_empty() { Ok(one) } else { Err(Trouble::Ambiguous) }
    }

    /// The list a path names, which may have nothing yet: the object it is in, and what R4 says of it.
    fn list(&self, path: &Path) -> Result<(Place, Spot<'static>), Trouble> {
        let (before, name) = path.list().ok_or(Trouble::NotRepeated)?;
        let parent = self.one(&before)?.ok_or(Trouble::Missing)?;
        match &*parent.shape(&self.editing)?.element(name) {
            [spot] if spot.many() => {
                look_at_list(&self.editing, &parent.inner(), name)?;
                Ok((parent.inner(), *spot))
            }
            [] => Err(Trouble::NoElement),
            [..] => Err(Trouble::NotRepeated),
        }
    }
}

/// The seat of an element that is not the server's.
fn changeable(seat: Option<Seat>) -> Result<Seat, Trouble> {
    seat.filter(|seat| !is_ours(&seat.value())).ok_or(Trouble::Ours)
}

fn below(object: &[String], name: &str) -> Place {
    object.iter().cloned().chain([name.to_owned()]).collect()
}

/// Makes the object beside a primitive, for its first extension.
fn make_room_beside(object: &mut Tree<'_>, seat: &Seat) -> Result<(), Trouble> {
    let room = || Tree::Object(Vec::new());
    let Some(index) = seat.index else {
        let beside = find::beside(seat.name);
        if object.member(&beside).is_none() {
            object.members().ok_or(Trouble::Missing)?.push((beside.into(), room()));
        }
        return Ok(());
    };
    change_list(object, seat.name, |pairs| {
        let pair = pairs.get_mut(index).ok_or(Trouble::NoIndex)?;
        if list::is_null(&pair.beside) {
            pair.beside = room();
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests;
