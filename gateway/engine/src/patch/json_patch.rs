//! JSON Patch (RFC 6902) on the JSON text of a resource.
//!
//! Operations are done in order, on the text as it is kept. An array or object that is empty after the last one is taken out:
//! FHIR has none. The resource stays as it was when one operation does not fit.

use gateway_core::json::{Document, Node, Tree, View, equal};
use gateway_core::{IssueCode, Problem, Resource};

use super::edit::{Editing, Trouble};
use super::pointer::{Place, place};
use super::{MOST_OPERATIONS, finished, is_ours, unfit, unreadable};
use crate::Patch;

/// A JSON Patch that was read.
#[derive(Debug)]
pub struct JsonPatch {
    document: Document,
    operations: Vec<Operation>,
}

/// Values are indexes into the document.
#[derive(Debug)]
enum Operation {
    Add { path: Place, value: u32 },
    Remove { path: Place },
    Replace { path: Place, value: u32 },
    Move { from: Place, path: Place },
    Copy { from: Place, path: Place },
    Test { path: Place, value: u32 },
}

impl JsonPatch {
    /// Reads the body of a patch.
    ///
    /// # Errors
    /// `Malformed` for what is no array of operations of RFC 6902.
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let document = Document::parse(bytes)
            .map_err(|e| unreadable(IssueCode::Structure, e.to_string(), "$this".to_owned()))?;
        let root = document.root();
        if root.kind() != gateway_core::json::Kind::Array {
            let text = "a JSON Patch is an array of operations".to_owned();
            return Err(unreadable(IssueCode::Structure, text, "$this".to_owned()));
        }
        if root.len() > MOST_OPERATIONS {
            let text = format!("a patch has at most {MOST_OPERATIONS} operations");
            return Err(unreadable(IssueCode::TooCostly, text, "$this".to_owned()));
        }
        let operations =
            root.items().enumerate().map(|(n, node)| operation(node, n)).collect::<Result<_, _>>()?;
        Ok(Self { document, operations })
    }

    fn value(&self, index: u32) -> Node<'_> {
        self.document.node(index).expect("operations keep indexes of their own document")
    }

    fn edited<'d>(&'d self, root: Node<'d>) -> Result<Editing<'d>, Problem> {
        let mut editing = Editing::of(root);
        for (n, operation) in self.operations.iter().enumerate() {
            self.step(&mut editing, operation)
                .map_err(|trouble| unfit(trouble, operation.name(), expression(n)))?;
        }
        Ok(editing)
    }

    fn step<'d>(&'d self, editing: &mut Editing<'d>, operation: &Operation) -> Result<(), Trouble> {
        let kept = |index: &u32| Tree::Kept(self.value(*index));
        if operation.changed().into_iter().any(|place| is_ours(place)) {
            return Err(Trouble::Ours);
        }
        match operation {
            Operation::Add { path, value } => editing.add(path, kept(value)),
            Operation::Remove { path } => editing.remove(path).map(drop),
            Operation::Replace { path, value } => editing.replace(path, kept(value)),
            Operation::Move { from, path } => editing.relocate(from, path),
            Operation::Copy { from, path } => {
                let value = editing.copied(from)?;
                editing.add(path, value)
            }
            Operation::Test { path, value } => {
                let same = equal(editing.read(path)?, View::Node(self.value(*value)));
                if same { Ok(()) } else { Err(Trouble::Differs) }
            }
        }
    }
}

impl Patch for JsonPatch {
    fn apply(&self, current: &Resource) -> Result<Resource, Problem> {
        finished(current, self.edited(current.root())?)
    }
}

impl Operation {
    fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add",
            Self::Remove { .. } => "remove",
            Self::Replace { .. } => "replace",
            Self::Move { .. } => "move",
            Self::Copy { .. } => "copy",
            Self::Test { .. } => "test",
        }
    }

    /// The places it changes.
    fn changed(&self) -> Vec<&Place> {
        match self {
            Self::Add { path, .. }
            | Self::Remove { path }
            | Self::Replace { path, .. }
            | Self::Copy { path, .. } => vec![path],
            Self::Move { from, path } => vec![from, path],
            Self::Test { .. } => vec![],
        }
    }
}

fn operation(node: Node<'_>, n: usize) -> Result<Operation, Problem> {
    let fails = |code, text: &str| unreadable(code, text.to_owned(), expression(n));
    let pointer = |name: &str| {
        let text = node
            .text(name)
            .ok_or_else(|| fails(IssueCode::Required, &format!("{name} must be there, as a string")))?;
        let says = || format!("{name} must be a JSON Pointer: empty, or each step behind a /");
        place(text).ok_or_else(|| fails(IssueCode::Value, &says()))
    };
    let value = || {
        let value = node.get("value").ok_or_else(|| fails(IssueCode::Required, "value must be there"));
        value.map(Node::index)
    };
    let path = || pointer("path");
    match node.text("op") {
        Some("add") => Ok(Operation::Add { path: path()?, value: value()? }),
        Some("remove") => Ok(Operation::Remove { path: path()? }),
        Some("replace") => Ok(Operation::Replace { path: path()?, value: value()? }),
        Some("move") => Ok(Operation::Move { from: pointer("from")?, path: path()? }),
        Some("copy") => Ok(Operation::Copy { from: pointer("from")?, path: path()? }),
        Some("test") => Ok(Operation::Test { path: path()?, value: value()? }),
        Some(_) => Err(fails(IssueCode::Value, "op must be add, remove, replace, move, copy or test")),
        None => Err(fails(IssueCode::Required, "an operation is an object with op and path")),
    }
}

/// Which operation, counted from 0.
fn expression(n: usize) -> String {
    format!("$this[{n}]")
}

#[cfg(test)]
mod tests;
