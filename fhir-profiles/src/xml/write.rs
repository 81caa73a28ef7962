//! JSON to XML: the members of each object in the order R4 defines, which JSON does not have.

use gateway_core::json::{Kind as Json, Node};
use gateway_core::{Issue, IssueCode};

use super::findings::Findings;
use super::text::push_attribute;
use super::{FHIR, is_attribute, narrative};
use crate::check::printable;
use crate::r4::{Kind, Max, Primitive, Property, Shape, Special, r4};

/// How much longer XML is than JSON, roughly.
const LONGER: usize = 4;

/// A member of an object and what stands beside it under `_` and its name.
#[derive(Clone, Copy)]
struct Member<'d> {
    property: &'static Property,
    value: Option<Node<'d>>,
    extra: Option<Node<'d>>,
}

/// One resource being written.
struct Writing<'d> {
    out: String,
    findings: Findings,
    /// The members of all objects that are open, the innermost last.
    members: Vec<Member<'d>>,
}

/// The XML text of a resource.
///
/// # Errors
/// What cannot be said in XML: elements R4 does not define, resources of types that are not ours, narratives that are not
/// well formed, characters XML does not have. A resource that passed the check has none of the first.
pub fn to_xml(resource: Node<'_>) -> Result<String, Vec<Issue>> {
    let length = resource.raw().len();
    let out = String::with_capacity(length + length / LONGER + 128);
    let mut writing = Writing { out, findings: Findings::default(), members: Vec::with_capacity(64) };
    writing.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    writing.resource(resource, true);
    writing.findings.answer(writing.out)
}

impl<'d> Writing<'d> {
    fn resource(&mut self, node: Node<'d>, outermost: bool) {
        let Some(shape) = self.resource_shape(node) else { return };
        if outermost {
            self.findings.enter(shape.path, None);
        }
        self.out.push('<');
        self.out.push_str(shape.path);
        if outermost {
            self.attribute("xmlns", FHIR);
        }
        self.out.push('>');
        self.members(shape, node);
        self.close(shape.path);
        if outermost {
            self.findings.leave();
        }
    }

    fn resource_shape(&mut self, node: Node<'d>) -> Option<&'static Shape> {
        let name = node.text("resourceType").unwrap_or_default();
        let shape = r4().find(name).filter(|shape| shape.is_resource());
        if shape.is_none() {
            if r4().is_resource_type(name) {
                let rest = "is a resource of a type that is not written as XML here; ask for JSON";
                self.findings.add(IssueCode::NotSupported, rest);
            } else {
                self.wrong("must be a resource of R4");
            }
        }
        shape
    }

    /// The elements of an object in their order.
    fn members(&mut self, shape: &'static Shape, object: Node<'d>) {
        let base = self.members.len();
        for (key, value) in object.entries() {
            if key != "resourceType" || !shape.is_resource() {
                self.gather(base, shape, key, value);
            }
        }
        if let Some(mine) = self.members.get_mut(base..) {
            mine.sort_unstable_by_key(|member| member.property.slot);
        }
        let mut before = None;
        for at in base..self.members.len() {
            let member = self.members[at];
            if before == Some(member.property.slot) {
                self.wrong_member(shape, member.property, "has two values where one may stand");
            }
            before = Some(member.property.slot);
            self.member(shape, member);
        }
        self.members.truncate(base);
    }

    fn gather(&mut self, base: usize, shape: &'static Shape, key: &'d str, value: Node<'d>) {
        let beside = key.strip_prefix('_');
        let name = beside.unwrap_or(key);
        let Some(property) = shape.property(name) else {
            if printable(key) {
                self.findings.unknown(key, shape.path);
            } else {
                self.wrong("has an element that R4 does not define");
            }
            return;
        };
        let primitive = matches!(property.kind, Kind::Primitive(of) if of != Primitive::Xhtml);
        if beside.is_some() && (!primitive || is_attribute(shape, property)) {
            let rest = "has an id or extension of its own, which XML cannot say";
            return self.wrong_member(shape, property, rest);
        }
        if is_attribute(shape, property) {
            return;
        }
        let mine = self.members.get(base..).unwrap_or_default();
        let known = mine.iter().position(|member| member.property.name == property.name);
        let at = known.map_or(self.members.len(), |at| base + at);
        if known.is_none() {
            self.members.push(Member { property, value: None, extra: None });
        }
        let member = &mut self.members[at];
        if beside.is_some() { member.extra = Some(value) } else { member.value = Some(value) }
    }

    fn member(&mut self, shape: &'static Shape, member: Member<'d>) {
        let Member { property, value, extra } = member;
        let slot = shape.slot_of(property);
        if slot.max == Max::One {
            self.findings.enter(slot.name, None);
            self.element(property, value, extra);
            return self.findings.leave();
        }
        let is_list = |node: Option<Node<'d>>| node.is_none_or(|node| node.kind() == Json::Array);
        if !is_list(value) || !is_list(extra) {
            return self.wrong_member(shape, property, "must be a list");
        }
        let mut values = value.into_iter().flat_map(Node::items);
        let mut extras = extra.into_iter().flat_map(Node::items);
        let there = |node: &Node<'d>| node.kind() != Json::Null;
        for index in 0.. {
            let (value, extra) = (values.next(), extras.next());
            if value.is_none() && extra.is_none() {
                break;
            }
            self.findings.enter(slot.name, Some(index));
            self.element(property, value.filter(there), extra.filter(there));
            self.findings.leave();
        }
    }

    fn element(&mut self, property: &'static Property, value: Option<Node<'d>>, extra: Option<Node<'d>>) {
        match (property.kind, value) {
            (Kind::Primitive(Primitive::Xhtml), Some(value)) => self.narrative(value),
            (Kind::Primitive(primitive), _) => self.primitive(property.name, primitive, value, extra),
            (Kind::Complex(id), Some(value)) if !r4().shape(id).is_resource() => {
                self.complex(property.name, r4().shape(id), value);
            }
            (Kind::Complex(_) | Kind::Resource, Some(value)) => {
                self.open(property.name);
                self.out.push('>');
                self.resource(value, false);
                self.close(property.name);
            }
            (Kind::Complex(_) | Kind::Resource, None) => self.wrong("must not be null"),
        }
    }

    fn complex(&mut self, name: &'static str, shape: &'static Shape, value: Node<'d>) {
        if value.kind() != Json::Object {
            return self.wrong("must be an object");
        }
        self.open(name);
        self.text_attribute(value, "id");
        if shape.special == Special::Extension {
            self.text_attribute(value, "url");
        }
        self.out.push('>');
        self.members(shape, value);
        self.close(name);
    }

    fn primitive(
        &mut self,
        name: &'static str,
        primitive: Primitive,
        value: Option<Node<'d>>,
        extra: Option<Node<'d>>,
    ) {
        self.open(name);
        if let Some(extra) = extra {
            self.text_attribute(extra, "id");
        }
        match value.map(|value| text_of(primitive, value)) {
            Some(Some("")) => self.wrong("must not be empty"),
            Some(Some(text)) => self.attribute("value", text),
            Some(None) => self.wrong("must be a value of its type"),
            None => {}
        }
        let extended = extra.filter(|extra| extra.entries().any(|(key, _)| key != "id"));
        if value.is_none() && extended.is_none() {
            self.wrong("must have a value or an extension");
        }
        let Some(extended) = extended else { return self.out.push_str("/>") };
        self.out.push('>');
        self.members(r4().find("Element").expect("Element is a type of R4"), extended);
        self.close(name);
    }

    fn narrative(&mut self, value: Node<'d>) {
        match value.as_str().ok_or("must be a string").and_then(narrative::checked) {
            Ok(div) => self.out.push_str(&div),
            Err(rest) => self.wrong(rest),
        }
    }

    fn open(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn text_attribute(&mut self, object: Node<'d>, name: &'static str) {
        match object.get(name).map(Node::as_str) {
            Some(Some(text)) if !text.is_empty() => self.attribute(name, text),
            Some(_) => self.wrong("must have texts that are not empty as id and url"),
            None => {}
        }
    }

    fn attribute(&mut self, name: &str, text: &str) {
        if let Err(flaw) = push_attribute(&mut self.out, name, text) {
            self.wrong(flaw.says());
        }
    }

    fn wrong(&mut self, rest: &str) {
        self.findings.add(IssueCode::Structure, rest);
    }

    fn wrong_member(&mut self, shape: &'static Shape, property: &Property, rest: &str) {
        self.findings.enter(shape.slot_of(property).name, None);
        self.wrong(rest);
        self.findings.leave();
    }
}

/// The text a primitive value has in XML; `None` when it is no JSON value of its type.
fn text_of(primitive: Primitive, value: Node<'_>) -> Option<&str> {
    match primitive {
        Primitive::Boolean => value.as_bool().map(|yes| if yes { "true" } else { "false" }),
        Primitive::Integer | Primitive::UnsignedInt | Primitive::PositiveInt | Primitive::Decimal => {
            value.number()
        }
        _ => value.as_str(),
    }
}
