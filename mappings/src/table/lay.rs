//! wire → FHIR: from the fields of a record to the values that are written.

use gateway_core::json::push_quoted;
use gateway_core::{Issue, IssueCode, LocalTimeError, Moment, Resource};

use super::Laid;
use super::program::{Blank, FieldPlan, Holds, Inner, Program, Step};
use super::row::{Unknown, Way};
use super::run::Issues;
use super::write::{Slot, Writer};
use crate::codec::{Beside, Codec, Fault, Inbound, Leaf};
use crate::wire::{Format, Kind, Node};
use crate::{Context, MapIssue};

/// Lays a record on a resource.
pub(super) fn lay(
    program: &Program,
    wire: Node<'_>,
    format: Format,
    place: &str,
    current: Option<&Resource>,
    cx: &Context<'_>,
) -> Result<Laid, Vec<MapIssue>> {
    if current.is_some_and(|resource| resource.resource_type() != program.resource_type) {
        let text = format!("the record is laid on a {}", program.resource_type);
        return Err(vec![MapIssue::new(Issue::error(IssueCode::Invalid, text))]);
    }
    if !is_record(wire, format) {
        let issue = Issue::error(IssueCode::Structure, "the record is no object");
        return Err(vec![MapIssue { wire: Some(place.to_owned()), ..MapIssue::new(issue) }]);
    }
    let texts = program.templates.fill(cx.values).map_err(|name| Issues::no_value(&name))?;
    let mut inputs = vec![Input::Elsewhere; program.inputs];
    read(&program.fields, Some(wire), format, &mut inputs);
    let mut run = Run {
        format,
        cx,
        inputs,
        moments: Vec::new(),
        slots: std::iter::repeat_with(|| Slot::Keep).take(program.slots).collect(),
        issues: Issues::new(place),
    };
    program.steps.iter().for_each(|step| run.step(step));
    if !run.issues.errors.is_empty() {
        return Err(run.issues.errors);
    }
    let text = match current {
        Some(current) => {
            Writer::new(&run.slots, &texts, current.text().len()).onto(&program.plan, current.root())
        }
        None => Writer::new(&run.slots, &texts, 512).new_resource(&program.plan, program.resource_type),
    };
    match Resource::from_text(text) {
        Ok(resource) => Ok(Laid { resource, warnings: run.issues.warnings }),
        Err(issue) => Err(vec![MapIssue::new(issue)]),
    }
}

/// Whether there can be fields. An empty element may have attributes, or be a record without values.
fn is_record(wire: Node<'_>, format: Format) -> bool {
    match wire.kind() {
        Kind::Object => true,
        Kind::Text => format == Format::Xml && wire.as_str().is_none_or(|text| text.trim().is_empty()),
        Kind::Array | Kind::Number | Kind::Bool | Kind::Null => false,
    }
}

/// What was found of a field.
#[derive(Debug, Clone, Copy)]
enum Input<'d> {
    /// The format does not have it.
    Elsewhere,
    /// It is not there.
    Absent,
    There(Node<'d>),
    /// The record a list of its items stands in, for lists without an element around them.
    Spread(Node<'d>, &'d str),
}

fn read<'d>(fields: &'d [FieldPlan], record: Option<Node<'d>>, format: Format, inputs: &mut [Input<'d>]) {
    for field in fields {
        let spellings = field.spellings(format);
        let Some(first) = spellings.first() else { continue };
        let found = || spellings.iter().find_map(|name| record?.member(name));
        match &field.holds {
            Holds::Record(inner) => read(inner, found(), format, inputs),
            Holds::Value(input) => inputs[*input] = found().map_or(Input::Absent, Input::There),
            Holds::List(input) => inputs[*input] = list(first, record, format, found),
        }
    }
}

/// A list: an array in JSON; in XML a wrapper (`Nummers/string`), or the element itself as often as it is there.
fn list<'d>(
    name: &'d str,
    record: Option<Node<'d>>,
    format: Format,
    found: impl Fn() -> Option<Node<'d>>,
) -> Input<'d> {
    let Some(record) = record else { return Input::Absent };
    match (format, name.split_once('/')) {
        (Format::Xml, Some((wrapper, _))) => record.member(wrapper).map_or(Input::Absent, Input::There),
        (Format::Xml, None) if record.member(name).is_some() => Input::Spread(record, name),
        (Format::Xml, None) => Input::Absent,
        (Format::Json, _) => found().map_or(Input::Absent, Input::There),
    }
}

/// The moment of a field as it was read: after the moment of another field, or on its own.
#[derive(Debug, Clone, Copy)]
struct Known {
    input: usize,
    after: Option<usize>,
    moment: Option<Moment>,
}

struct Run<'r, 'd> {
    format: Format,
    cx: &'r Context<'r>,
    inputs: Vec<Input<'d>>,
    /// The moments that were read; several rows may ask for one.
    moments: Vec<Known>,
    slots: Vec<Slot<'d>>,
    issues: Issues<'r>,
}

/// What came of one value.
struct Value<'d> {
    slot: Slot<'d>,
    raw: Slot<'d>,
    flag: Slot<'d>,
}

impl<'d> Value<'d> {
    fn of(slot: Slot<'d>) -> Self {
        Self { slot, raw: Slot::Clear, flag: Slot::Clear }
    }

    fn kept() -> Self {
        Self { slot: Slot::Keep, raw: Slot::Keep, flag: Slot::Keep }
    }
}

impl<'d> Run<'_, 'd> {
    fn step(&mut self, step: &Step) {
        let Some(codec) = step.codec(self.format, Way::ToFhir) else { return };
        let input = self.inputs[step.input];
        if matches!(input, Input::Elsewhere) {
            return;
        }
        if let Some(inner) = &step.inner {
            self.slots[step.slot] = self.each(step, inner, codec, input);
            return;
        }
        let node = if let Input::There(node) = input { Some(node) } else { None };
        let value = self.value(step, codec, node, None);
        self.slots[step.slot] = value.slot;
        if let Some(raw) = step.raw {
            self.slots[raw] = value.raw;
        }
        if let Some(flag) = step.flag {
            self.slots[flag] = value.flag;
        }
    }

    fn each(&mut self, step: &Step, inner: &Inner, codec: &Codec, input: Input<'d>) -> Slot<'d> {
        let items: Vec<Node<'d>> = match input {
            Input::There(list) if list.kind() != Kind::Null => list.items().collect(),
            Input::Spread(record, name) => record.members().filter(|node| node.name() == name).collect(),
            _ => vec![],
        };
        if items.is_empty() {
            let keeps =
                matches!(step.empty, Blank::Keep) || (step.absent_keeps && matches!(input, Input::Absent));
            return if keeps { Slot::Keep } else { Slot::Each(vec![]) };
        }
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let node = match inner {
                Inner::Item => Some(item),
                Inner::Member { json, xml } => {
                    let spellings = if self.format == Format::Json { json } else { xml };
                    spellings.iter().find_map(|name| item.member(name))
                }
            };
            let value = self.value(step, codec, node, Some(index));
            values.push(if let Slot::Set(leaf) = value.slot { Some(leaf) } else { None });
        }
        Slot::Each(values)
    }

    fn value(
        &mut self,
        step: &Step,
        codec: &Codec,
        node: Option<Node<'d>>,
        index: Option<usize>,
    ) -> Value<'d> {
        let Some(node) = node else {
            return absent(step);
        };
        let whole = matches!(codec, Codec::RawJson);
        if matches!(node.kind(), Kind::Object | Kind::Array) && !whole {
            let fault =
                Fault { code: IssueCode::Structure, text: "one value is expected here, not several".into() };
            self.issues.error(step, index, fault);
            return Value::kept();
        }
        let text = node.as_str().unwrap_or_default();
        let blank = text.trim().is_empty() && !(whole && matches!(node.kind(), Kind::Object | Kind::Array));
        if blank || is_unset(step, text) {
            return empty(step);
        }
        match self.coded(step, codec, node, text) {
            Ok((None, _)) => empty(step),
            Ok((Some(leaf), uncertain)) => {
                let mut value = Value::of(Slot::Set(leaf));
                if let Some(uncertain) = uncertain {
                    value.flag = Slot::Set(Leaf::Text(uncertain.as_str().into()));
                    self.issues.warning(step, index, IssueCode::Value, UNCERTAIN);
                }
                value
            }
            Err(fault) if fault.code == IssueCode::CodeInvalid => self.unknown(step, text, fault, index),
            Err(fault) => {
                self.issues.error(step, index, fault);
                Value::kept()
            }
        }
    }

    fn coded(
        &mut self,
        step: &Step,
        codec: &Codec,
        node: Node<'d>,
        text: &'d str,
    ) -> Result<Inbound<'d>, Fault> {
        let after = step.after.map(|(input, _)| (input, self.moment(input)));
        let start = after.and_then(|(_, start)| start);
        // An item of a list has no moment of its own to remember.
        if matches!(codec, Codec::LocalTime | Codec::MinutesSince) && step.inner.is_none() {
            return codec.of_moment(self.read(step.input, after, text), start);
        }
        let beside = Beside {
            element: step.element,
            field: &step.field,
            cx: self.cx,
            after: start,
            second_hour: step.second_hour,
        };
        codec.to_fhir(node, text, beside)
    }

    fn unknown(&mut self, step: &Step, text: &'d str, fault: Fault, index: Option<usize>) -> Value<'d> {
        match &step.unknown {
            Unknown::Refuse => {
                self.issues.error(step, index, fault);
                return Value::kept();
            }
            Unknown::Keep => self.issues.warning(step, index, IssueCode::CodeInvalid, UNKNOWN_KEPT),
            Unknown::Set(_) => self.issues.warning(step, index, IssueCode::CodeInvalid, UNKNOWN_SET),
        }
        let raw = Slot::Set(Leaf::Text(text.into()));
        match &step.unknown {
            Unknown::Set(code) => Value { raw, ..Value::of(Slot::Set(Leaf::Text(code.clone().into()))) },
            Unknown::Keep | Unknown::Refuse => {
                let otherwise = if let Slot::Set(leaf) = empty(step).slot { Some(leaf) } else { None };
                Value { raw, ..Value::of(Slot::KeepOr(otherwise)) }
            }
        }
    }

    /// The moment of a field on its own. What is wrong with it its own row tells.
    fn moment(&mut self, input: usize) -> Option<Moment> {
        let Input::There(node) = self.inputs[input] else { return None };
        self.read(input, None, node.as_str()?).ok().flatten()
    }

    fn read(
        &mut self,
        input: usize,
        after: Option<(usize, Option<Moment>)>,
        text: &str,
    ) -> Result<Option<Moment>, LocalTimeError> {
        let (after, start) = after.unzip();
        if let Some(known) = self.moments.iter().find(|known| known.input == input && known.after == after) {
            return Ok(known.moment);
        }
        let moment = self.cx.zone.read(text, start.flatten())?;
        self.moments.push(Known { input, after, moment });
        Ok(moment)
    }
}

const UNCERTAIN: &str = "the local time is not one instant: the clocks change in this hour";
const UNKNOWN_KEPT: &str = "the code has no entry in the map; what is known stays";
const UNKNOWN_SET: &str = "the code has no entry in the map; it is kept as it came";

fn is_unset(step: &Step, text: &str) -> bool {
    let same = |unset: &String| unset == text || (step.any_case && unset.eq_ignore_ascii_case(text));
    step.unset.iter().any(same)
}

/// What no value does.
/// A field that is not there at all. Where the element is kept and there is none, a value for nothing is better than
/// none: a new resource may need it.
fn absent<'d>(step: &Step) -> Value<'d> {
    match &step.empty {
        Blank::Set(leaf) if step.absent_keeps => {
            Value { slot: Slot::KeepOr(Some(leaf.clone())), ..Value::kept() }
        }
        _ if step.absent_keeps => Value::kept(),
        _ => empty(step),
    }
}

fn empty<'d>(step: &Step) -> Value<'d> {
    match &step.empty {
        Blank::Clear => Value::of(Slot::Clear),
        Blank::Keep => Value::kept(),
        Blank::Set(leaf) => Value::of(Slot::Set(leaf.clone())),
    }
}

impl Leaf<'_> {
    /// Whether a value is this one already.
    pub(super) fn is(&self, node: gateway_core::json::Node<'_>) -> bool {
        match self {
            Self::Text(text) => node.as_str() == Some(text),
            Self::Number(number) => node.number() == Some(number),
            Self::Bool(value) => node.as_bool() == Some(*value),
        }
    }

    /// Writes it as JSON.
    pub(super) fn push(&self, out: &mut String) {
        match self {
            Self::Text(text) => push_quoted(out, text),
            Self::Number(number) => out.push_str(number),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        }
    }
}
