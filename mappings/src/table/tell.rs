//! FHIR → wire: from the values along the tree to a record.

use std::sync::Arc;

use gateway_core::json::{Kind, Node};
use gateway_core::{Issue, IssueCode, Resource};

use super::Told;
use super::fixed::Texts;
use super::plan::{ItemPlan, ObjectPlan, Plan};
use super::program::{Blank, FieldPlan, Holds, Inner, Program, Step};
use super::row::{Unknown, Way};
use super::run::Issues;
use crate::codec::{Beside, Codec};
use crate::record::FieldType;
use crate::wire::{Format, Record, Value};
use crate::{Context, MapIssue};

/// Tells a resource as a record.
pub(super) fn tell(
    program: &Program,
    resource: &Resource,
    format: Format,
    cx: &Context<'_>,
) -> Result<Told, Vec<MapIssue>> {
    if resource.resource_type() != program.resource_type {
        let text = format!("the table tells a {}", program.resource_type);
        return Err(vec![MapIssue::new(Issue::error(IssueCode::Invalid, text))]);
    }
    let texts = program.templates.fill(cx.values).map_err(|name| Issues::no_value(&name))?;
    let mut found = vec![Found::None; program.slots];
    Reader { texts: &texts, found: &mut found, index: None }.object(&program.plan, resource.root());
    let mut run = Run { format, cx, found, told: vec![Vec::new(); program.inputs], issues: Issues::new("") };
    program.steps.iter().for_each(|step| run.step(step));
    if !run.issues.errors.is_empty() {
        return Err(run.issues.errors);
    }
    let mut warnings = run.issues.warnings;
    warnings.extend(not_told(program, resource));
    Ok(Told { record: record(&program.fields, format, &mut run.told).0, warnings })
}

/// What is there and has no place in the record.
fn not_told<'p>(program: &'p Program, resource: &Resource) -> impl Iterator<Item = MapIssue> + use<'p> {
    let root = resource.root();
    let there: Vec<_> = program.lost.iter().filter(|probe| is_there(root, &probe.path)).collect();
    there.into_iter().map(|probe| {
        let text = format!("not told: {}", probe.why);
        let issue = Issue::warning(IssueCode::NotSupported, text).at(probe.expression.clone());
        MapIssue::new(issue)
    })
}

fn is_there(node: Node<'_>, path: &[String]) -> bool {
    let Some((key, rest)) = path.split_first() else { return true };
    node.get(key).is_some_and(|inner| inner.each().any(|item| is_there(item, rest)))
}

/// The values of an element: one, or one per item.
#[derive(Debug, Clone)]
enum Found<'d> {
    None,
    One(Node<'d>),
    Each(Vec<Option<Node<'d>>>),
}

struct Reader<'r, 'd> {
    texts: &'r Texts,
    found: &'r mut [Found<'d>],
    index: Option<usize>,
}

impl<'d> Reader<'_, 'd> {
    fn object(&mut self, plan: &ObjectPlan, object: Node<'d>) {
        for (key, node) in object.entries() {
            if let Some((_, member)) = plan.find(key) {
                self.value(&member.plan, node);
            }
        }
    }

    fn value(&mut self, plan: &Plan, node: Node<'d>) {
        match plan {
            Plan::Fixed(_) => {}
            Plan::Object(object) => self.object(object, node),
            Plan::List(items) => self.list(items, node),
            Plan::Slot(slot) => match self.index {
                None => self.found[*slot] = Found::One(node),
                Some(index) => self.each(*slot, index, node),
            },
        }
    }

    fn each(&mut self, slot: usize, index: usize, node: Node<'d>) {
        let found = &mut self.found[slot];
        if !matches!(found, Found::Each(_)) {
            *found = Found::Each(vec![]);
        }
        if let Found::Each(values) = found {
            values.resize(index, None);
            values.push(Some(node));
        }
    }

    fn list(&mut self, items: &[ItemPlan], list: Node<'d>) {
        let mut used = vec![0; items.len()];
        for (place, node) in list.items().enumerate().filter(|(_, node)| node.kind() != Kind::Null) {
            let whose = items
                .iter()
                .enumerate()
                .position(|(at, item)| (item.each || used[at] == 0) && item.finds(place, node, self.texts));
            let Some(at) = whose else { continue };
            let outer = self.index;
            if items[at].each {
                self.index = Some(used[at]);
            }
            used[at] += 1;
            self.value(&items[at].plan, node);
            self.index = outer;
        }
    }
}

/// What a row told of a field.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// For the items of a list: the member it lies in.
    pub(crate) name: Option<Arc<str>>,
    /// One, or one per item.
    pub(crate) values: Vec<Option<Value>>,
}

struct Run<'r, 'd> {
    format: Format,
    cx: &'r Context<'r>,
    found: Vec<Found<'d>>,
    /// Per field, what its rows told.
    told: Vec<Vec<Row>>,
    issues: Issues<'r>,
}

impl<'d> Run<'_, 'd> {
    fn step(&mut self, step: &Step) {
        let Some(codec) = step.codec(self.format, Way::ToWire) else { return };
        let values = match self.found[step.slot].clone() {
            Found::One(node) => vec![self.value(step, codec, Some(node), None)],
            Found::None => vec![self.value(step, codec, None, None)],
            Found::Each(nodes) => nodes
                .into_iter()
                .enumerate()
                .map(|(index, node)| self.value(step, codec, node, Some(index)))
                .collect(),
        };
        let name = match &step.inner {
            Some(_) if matches!(self.found[step.slot], Found::None) => return,
            None | Some(Inner::Item) => None,
            Some(Inner::Member { json, xml }) => {
                let names = if self.format == Format::Json { json } else { xml };
                let Some(name) = names.first() else { return };
                Some(Arc::clone(name))
            }
        };
        self.told[step.input].push(Row { name, values });
    }

    fn value(
        &mut self,
        step: &Step,
        codec: &Codec,
        node: Option<Node<'d>>,
        index: Option<usize>,
    ) -> Option<Value> {
        if let Some(Found::One(raw)) = step.raw.map(|raw| &self.found[raw]) {
            return raw.as_str().map(|text| Value::Text(text.to_owned()));
        }
        let node = node?;
        let after = step.after.and_then(|(_, slot)| match self.found[slot?] {
            Found::One(start) => self.cx.zone.instant(start.as_str()?).ok(),
            _ => None,
        });
        let beside = Beside {
            element: step.element,
            field: &step.field,
            cx: self.cx,
            after,
            second_hour: step.second_hour,
        };
        match codec.to_wire(node, beside) {
            Ok(value) => value,
            Err(fault) if fault.code == IssueCode::CodeInvalid && stands_for_none(step, node) => None,
            Err(fault) => {
                self.issues.error(step, index, fault);
                None
            }
        }
    }
}

/// Whether the table itself writes this code where the record has no value or an unknown one.
fn stands_for_none(step: &Step, node: Node<'_>) -> bool {
    let empty = matches!(&step.empty, Blank::Set(leaf) if leaf.is(node));
    let unknown = matches!(&step.unknown, Unknown::Set(code) if node.as_str() == Some(code));
    empty || unknown
}

/// The record, and whether anything in it is more than the absence of a value.
pub(crate) fn record(fields: &[FieldPlan], format: Format, told: &mut [Vec<Row>]) -> (Record, bool) {
    let mut record = Record::new();
    let mut filled = false;
    for field in fields {
        let Some(name) = field.spellings(format).first() else { continue };
        let (value, is_there) = match &field.holds {
            Holds::Record(inner) => {
                let (inner, filled) = self::record(inner, format, told);
                if filled {
                    (Some(Value::Record(inner)), true)
                } else {
                    (field.nullable.then_some(Value::Null), false)
                }
            }
            Holds::Value(input) => {
                let rows = std::mem::take(&mut told[*input]);
                if rows.is_empty() {
                    continue;
                }
                let value = rows.into_iter().flat_map(|row| row.values).flatten().next();
                let is_there = value.is_some();
                (value.or_else(|| no_value(field)), is_there)
            }
            Holds::List(input) => {
                let list = list(std::mem::take(&mut told[*input]));
                let is_there = list.is_some();
                (list.or_else(|| no_value(field)), is_there)
            }
        };
        filled |= is_there;
        if let Some(value) = value {
            match name.split_once('/') {
                Some((wrapper, item)) => {
                    let mut inner = Record::new();
                    inner.push(item, value);
                    record.push(wrapper, Value::Record(inner));
                }
                None => record.push(Arc::clone(name), value),
            }
        }
    }
    (record, filled)
}

fn list(rows: Vec<Row>) -> Option<Value> {
    let length = rows.iter().map(|row| row.values.len()).max()?;
    let mut items: Vec<Value> = Vec::with_capacity(length);
    items.resize_with(length, || Value::Null);
    for Row { name, values } in rows {
        for (item, value) in items.iter_mut().zip(values) {
            match (&name, value, item) {
                (_, None, _) => {}
                (None, Some(value), item) => *item = value,
                (Some(name), Some(value), Value::Record(record)) => record.push(Arc::clone(name), value),
                (Some(name), Some(value), item) => {
                    let mut record = Record::new();
                    record.push(Arc::clone(name), value);
                    *item = Value::Record(record);
                }
            }
        }
    }
    Some(Value::List(items))
}

fn no_value(field: &FieldPlan) -> Option<Value> {
    match (&field.none, &field.field_type) {
        (Some(none), FieldType::Integer | FieldType::Decimal) => Some(Value::Number(none.clone())),
        (Some(none), FieldType::Boolean) => Some(Value::Bool(none == "true")),
        (Some(none), _) => Some(Value::Text(none.clone())),
        (None, _) => field.nullable.then_some(Value::Null),
    }
}
