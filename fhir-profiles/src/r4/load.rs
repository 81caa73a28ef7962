//! Reading the tables. They are compiled into the program, so a mistake in them is a bug and a test finds it.

use std::collections::HashMap;

use super::names::Names;
use super::primitive::Primitive;
use super::table::{CodeSet, Kind, Max, Property, Shape, ShapeId, Slot, Special, Table};
use crate::check::{self, Constraint};

const ELEMENTS: &str = include_str!("../../r4/elements.tsv");
const CODES: &str = include_str!("../../r4/codes.tsv");
const CONSTRAINTS: &str = include_str!("../../r4/constraints.tsv");

/// One row of `elements.tsv`.
#[derive(Clone, Copy)]
struct Row {
    path: &'static str,
    min: &'static str,
    max: &'static str,
    types: &'static str,
    binding: &'static str,
    /// `m`: a modifier, `s`: part of the summary.
    flags: &'static str,
    content: &'static str,
}

impl Row {
    fn read(line: &'static str) -> Self {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        let (path, min, max, types, binding) = (cell(), cell(), cell(), cell(), cell());
        Self { path, min, max, types, binding, flags: cell(), content: cell() }
    }

    fn parent(&self) -> Option<(&'static str, &'static str)> {
        self.path.rsplit_once('.')
    }

    /// Whether other rows stand under this one.
    fn has_shape(&self) -> bool {
        self.parent().is_none() || matches!(self.types, "BackboneElement" | "Element")
    }
}

pub(crate) fn load() -> Table {
    let rows: Vec<Row> = ELEMENTS.lines().map(Row::read).collect();
    let codes = codes();
    let constraints = constraints();
    let of = |path| constraints.get(path).cloned().unwrap_or_default();
    let resource_types = codes["resource-types"];
    let mut table = Table { shapes: Vec::new(), by_path: HashMap::new(), resource_types };
    for row in rows.iter().filter(|row| row.has_shape()) {
        let id = u16::try_from(table.shapes.len()).expect("there are some hundred shapes");
        table.by_path.insert(row.path, ShapeId(id));
        table.shapes.push(empty_shape(row, if row.parent().is_none() { of(row.path) } else { vec![] }));
    }
    for row in &rows {
        let Some((parent, name)) = row.parent() else { continue };
        let own = table.by_path.get(row.path).or_else(|| table.by_path.get(row.content)).copied();
        let id = table.by_path[parent];
        let kinds = kinds(&table, row, own);
        let element =
            Element { name, constraints: of(row.path), kinds, codes: codes.get(row.binding).copied() };
        table.shapes[usize::from(id.0)].add(row, element);
    }
    for shape in &mut table.shapes {
        shape.names = Names::new(shape.properties.iter().map(|p| p.name));
    }
    table
}

fn empty_shape(row: &Row, constraints: Vec<Constraint>) -> Shape {
    let special = match (row.path, row.types) {
        ("Extension", _) => Special::Extension,
        ("Reference", _) => Special::Reference,
        ("Identifier", _) => Special::Identifier,
        ("HumanName", _) => Special::HumanName,
        (_, "DomainResource") => Special::DomainResource,
        (_, "Resource") => Special::Resource,
        _ => Special::None,
    };
    Shape {
        path: row.path,
        special,
        slots: vec![],
        mandatory: 0,
        summary: 0,
        modifier: 0,
        properties: vec![],
        names: Names::new([].into_iter()),
        constraints,
    }
}

/// Type name, what it is, and where it may point, for each type of an element.
type Kinds = Vec<(&'static str, Kind, Vec<&'static str>)>;

fn kinds(table: &Table, row: &Row, own: Option<ShapeId>) -> Kinds {
    if let Some(own) = own {
        return vec![("", Kind::Complex(own), vec![])];
    }
    let resource = table.by_path.get(row.parent().unwrap_or_default().0).map(|id| table.shape(*id));
    let is_id = row.parent().is_some_and(|(_, name)| name == "id");
    let is_resource_id = is_id && resource.is_some_and(Shape::is_resource);
    let each = row.types.split(' ').map(|of| {
        let (name, targets) = of.split_once(':').unwrap_or((of, ""));
        let targets = targets.split(',').filter(|t| !t.is_empty()).collect();
        let kind = match (name, Primitive::from_name(name)) {
            ("Resource", _) => Kind::Resource,
            _ if is_resource_id => Kind::Primitive(Primitive::Id),
            (_, Some(primitive)) => Kind::Primitive(primitive),
            (_, None) => Kind::Complex(table.by_path[name]),
        };
        (name, kind, targets)
    });
    each.collect()
}

/// What is known of an element beside its row.
struct Element {
    name: &'static str,
    constraints: Vec<Constraint>,
    kinds: Kinds,
    codes: Option<&'static CodeSet>,
}

impl Shape {
    fn add(&mut self, row: &Row, element: Element) {
        let Element { name, constraints, kinds, codes } = element;
        let stem = name.strip_suffix("[x]");
        let at = u8::try_from(self.slots.len()).expect("a shape has at most 64 elements");
        assert!(at < 64, "{} has more elements than the bits of `mandatory`", self.path);
        self.mandatory |= u64::from(row.min != "0") << at;
        self.summary |= u64::from(row.flags.contains('s')) << at;
        self.modifier |= u64::from(row.flags.contains('m')) << at;
        self.slots.push(Slot {
            name: stem.unwrap_or(name),
            max: if row.max == "*" { Max::Many } else { Max::One },
            choice: stem.is_some(),
            codes,
            constraints,
        });
        for (type_name, kind, targets) in kinds {
            let name = stem.map_or(name, |stem| choice_name(stem, type_name));
            self.properties.push(Property { name, slot: at, kind, targets });
        }
    }
}

/// `deceased` and `boolean` make `deceasedBoolean`. The tables live as long as the program, so may the name.
fn choice_name(stem: &str, type_name: &str) -> &'static str {
    let mut letters = type_name.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    let name: String = stem.chars().chain(first).chain(letters).collect();
    Box::leak(name.into_boxed_str())
}

/// The value sets by their name. They live as long as the program.
fn codes() -> HashMap<&'static str, &'static CodeSet> {
    let mut sets: HashMap<&str, CodeSet> = HashMap::from([("currencies", CodeSet::default())]);
    for line in CODES.lines() {
        let mut cells = line.split('\t');
        let (Some(set), Some(system), Some(code)) = (cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        sets.entry(set).or_default().codes.push((code, system));
    }
    let leaked = sets.into_iter().map(|(name, mut set)| {
        set.codes.sort_unstable();
        set.codes.dedup_by_key(|(code, _)| *code);
        (name, &*Box::leak(Box::new(set)))
    });
    leaked.collect()
}

/// The constraints that are checked, by the path of their element; ours come after FHIR's.
fn constraints() -> HashMap<&'static str, Vec<Constraint>> {
    let mut found: HashMap<&str, Vec<Constraint>> = HashMap::new();
    for line in CONSTRAINTS.lines() {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        let (path, key, severity, human) = (cell(), cell(), cell(), cell());
        if let Some(holds) = check::rule(path, key).filter(|_| severity == "error") {
            found.entry(path).or_default().push(Constraint { key, human, holds });
        }
    }
    for (path, constraint) in check::own_rules() {
        found.entry(path).or_default().push(*constraint);
    }
    found
}

#[cfg(test)]
mod tests {
    use gateway_core::ResourceType;

    use super::*;

    #[test]
    fn the_table_has_every_type() {
        let table = load();
        for resource_type in ResourceType::ALL {
            assert!(table.resource(*resource_type).is_resource(), "{resource_type}");
        }
        let patient = table.resource(ResourceType::Patient);
        let deceased = patient.property("deceasedBoolean").unwrap();
        assert_eq!(patient.slot_of(deceased).name, "deceased");
        assert_eq!(patient.slot_of(deceased).max, Max::One);
        assert!(patient.property("deceased").is_none());
        let appointment = table.resource(ResourceType::Appointment);
        let mandatory: Vec<_> = (0..64)
            .filter(|n| appointment.mandatory >> n & 1 == 1)
            .map(|n| appointment.slots[n].name)
            .collect();
        assert_eq!(mandatory, ["status", "participant"]);
    }

    #[test]
    fn every_constraint_is_checked_or_has_a_reason_not_to_be() {
        for line in CONSTRAINTS.lines() {
            let cells: Vec<_> = line.split('\t').collect();
            let known = check::rule(cells[0], cells[1]).is_some();
            let left_out = check::not_checked(cells[1]).is_some();
            assert!(cells[2] != "error" || known != left_out, "{} of {}", cells[1], cells[0]);
        }
    }
}
