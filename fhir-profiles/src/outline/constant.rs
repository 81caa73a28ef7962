//! What a slice fixes, as one pattern per fixed element.

use serde_json::{Map, Value};

use super::Spot;
use crate::package::differential::Element;

/// Something a slice fixes: written into a new value of the slice, and looked for where it tells slices apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// The pattern, relative to the value of the slice: `{"system":"http://..."}`.
    pub pattern: Value,
    /// Whether it tells this slice from the others.
    pub discriminates: bool,
}

/// The constants of a slice: what its discriminators ask for, and what else it fixes and requires.
pub(super) fn of(spot: Spot<'_>, sliced: &Element, slice: &Element, name: &str) -> Vec<Constant> {
    let mut found = Vec::new();
    for path in sliced.discriminators(name) {
        if let Some(value) = slice.fixed(&path) {
            found.push(Constant { pattern: nested(spot, &path, value.clone()), discriminates: true });
        }
    }
    let mut required = Vec::new();
    fixed(slice, &mut Vec::new(), &mut required);
    for (path, value) in required {
        let pattern = nested(spot, &path, value);
        if !found.iter().any(|constant| constant.pattern == pattern) {
            found.push(Constant { pattern, discriminates: false });
        }
    }
    found
}

/// The descendants that must be there and are fixed.
fn fixed<'e>(element: &'e Element, path: &mut Vec<&'e str>, found: &mut Vec<(Vec<&'e str>, Value)>) {
    for (name, child) in &element.children {
        if child.definition["min"].as_u64().unwrap_or(0) == 0 {
            continue;
        }
        path.push(name);
        match child.pattern() {
            Some(pattern) => found.push((path.clone(), pattern.clone())),
            None => fixed(child, path, found),
        }
        path.pop();
    }
}

/// The pattern of a value at a path: lists on the way become lists of one.
fn nested(spot: Spot<'_>, path: &[&str], value: Value) -> Value {
    let Some((name, rest)) = path.split_first() else { return value };
    let Some(child) = spot.child(name) else { return value };
    let mut inner = nested(child, rest, value);
    if child.many() && !inner.is_array() {
        inner = Value::Array(vec![inner]);
    }
    Value::Object(Map::from_iter([((*name).to_owned(), inner)]))
}
