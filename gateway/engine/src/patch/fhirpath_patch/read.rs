//! From Parameters to operations.

use gateway_core::json::{Kind, Node};
use gateway_core::{IssueCode, Problem};

use super::super::unreadable;
use super::path::{OFFERED, Path};
use super::value::is_value;
use super::{Operation, expression};

/// The parts of an operation that were sent.
#[derive(Default)]
struct Parts<'d> {
    kind: Option<&'d str>,
    path: Option<&'d str>,
    name: Option<&'d str>,
    value: Option<Node<'d>>,
    index: Option<usize>,
    source: Option<usize>,
    destination: Option<usize>,
}

/// Reads one `operation`.
pub(super) fn operation(parameter: Node<'_>, n: usize) -> Result<(Path, Operation), Problem> {
    let fails = |code, text: &str| unreadable(code, text.to_owned(), expression(n));
    if parameter.text("name") != Some("operation") {
        return Err(fails(IssueCode::Structure, "a patch has parameters with the name operation only"));
    }
    let parts = parts(parameter, n)?;
    let path =
        parts.path.ok_or_else(|| fails(IssueCode::Required, "path must be there, as a valueString"))?;
    let path = Path::read(path).ok_or_else(|| fails(IssueCode::NotSupported, OFFERED))?;
    let operation = match (parts.kind, parts.name, parts.value, parts.index, parts.source, parts.destination)
    {
        (Some("add"), Some(name), Some(value), None, None, None) => {
            Operation::Add { name: name.to_owned(), value: value.index() }
        }
        (Some("insert"), None, Some(value), Some(index), None, None) => {
            Operation::Insert { value: value.index(), index }
        }
        (Some("delete"), None, None, None, None, None) => Operation::Delete,
        (Some("replace"), None, Some(value), None, None, None) => Operation::Replace { value: value.index() },
        (Some("move"), None, None, None, Some(source), Some(destination)) => {
            Operation::Move { source, destination }
        }
        (Some(kind), ..) => return Err(fails(IssueCode::Structure, takes(kind))),
        (None, ..) => return Err(fails(IssueCode::Required, "type must be there, as a valueCode")),
    };
    Ok((path, operation))
}

fn takes(kind: &str) -> &'static str {
    match kind {
        "add" => "add takes path, name and value",
        "insert" => "insert takes path, value and index",
        "delete" => "delete takes path and nothing else",
        "replace" => "replace takes path and value",
        "move" => "move takes path, source and destination",
        _ => "type must be add, insert, delete, replace or move",
    }
}

fn parts(parameter: Node<'_>, n: usize) -> Result<Parts<'_>, Problem> {
    let mut parts = Parts::default();
    let each =
        parameter.get("part").into_iter().filter(|list| list.kind() == Kind::Array).flat_map(Node::items);
    for part in each {
        let taken = match part.text("name") {
            Some("type") => once(&mut parts.kind, text(part)),
            Some("path") => once(&mut parts.path, text(part)),
            Some("name") => once(&mut parts.name, text(part)),
            Some("value") => once(&mut parts.value, is_value(part).then_some(part)),
            Some("index") => once(&mut parts.index, number(part)),
            Some("source") => once(&mut parts.source, number(part)),
            Some("destination") => once(&mut parts.destination, number(part)),
            _ => None,
        };
        taken.ok_or_else(|| {
            let text = "an operation has type, path, name, value, index, source and destination, each once and with a value of its type";
            unreadable(IssueCode::Structure, text.to_owned(), expression(n))
        })?;
    }
    Ok(parts)
}

fn once<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    let first = place.is_none();
    *place = value;
    (first && place.is_some()).then_some(())
}

fn text(part: Node<'_>) -> Option<&str> {
    part.text("valueString").or_else(|| part.text("valueCode"))
}

fn number(part: Node<'_>) -> Option<usize> {
    let names = ["valueInteger", "valueUnsignedInt", "valuePositiveInt"];
    names.into_iter().find_map(|name| part.get(name)).and_then(Node::number)?.parse().ok()
}
