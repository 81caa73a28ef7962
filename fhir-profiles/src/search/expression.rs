//! The FHIRPath the registry writes search parameters in, compiled against the table of elements.
//!
//! Understood: paths, `|`, `as X`, `.where(a='b')`, `.where(resolve() is X)` and the one expression of
//! `Patient.deceased`. A choice becomes one route per type, so that the index knows what it reads.

use gateway_core::ResourceType;
use gateway_core::json::Node;

use super::ParameterKind;
use crate::check::named_type;
use crate::r4::{CodeSet, Kind, Shape, r4};

const DECEASED: &str = "Patient.deceased.exists() and Patient.deceased != false";

/// One way through a resource to values of one type.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    steps: Vec<Step>,
    pub(crate) kind: Kind,
    /// The required value set of the values.
    pub(crate) codes: Option<&'static CodeSet>,
    /// Whether the value is "is the patient dead", which no element holds.
    pub(crate) deceased: bool,
    /// What a composite is made of.
    pub(crate) parts: Vec<Part>,
}

/// One part of a composite, with routes from where the composite stands.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) kind: ParameterKind,
    pub(crate) targets: &'static [&'static str],
    pub(crate) routes: Vec<Route>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Member(&'static str),
    /// Keep what has this text in this member.
    Where(&'static str, &'static str),
    /// Keep references to this type.
    PointsTo(&'static str),
}

/// The routes of an expression; `None` when it is not understood.
pub(crate) fn compile(resource_type: ResourceType, expression: &'static str) -> Option<Vec<Route>> {
    if expression == DECEASED {
        let kind = Kind::Primitive(crate::r4::Primitive::Boolean);
        return Some(vec![Route { steps: vec![], kind, codes: None, deceased: true, parts: vec![] }]);
    }
    let mut routes = Vec::new();
    for alternative in expression.split(" | ") {
        routes.extend(alternative_routes(resource_type, alternative.trim())?);
    }
    (!routes.is_empty()).then_some(routes)
}

fn alternative_routes(resource_type: ResourceType, text: &'static str) -> Option<Vec<Route>> {
    let text = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(text);
    let (path, as_type) = match text.split_once(" as ") {
        Some((path, name)) => (path, Some(name)),
        None => (text, None),
    };
    let mut steps = steps_of(path)?.into_iter();
    if !matches!(steps.next(), Some(Parsed::Name(root)) if root == "Resource" || root == resource_type.as_str())
    {
        return None;
    }
    let id = *r4().by_path.get(resource_type.as_str())?;
    let start = Route { steps: vec![], kind: Kind::Complex(id), codes: None, deceased: false, parts: vec![] };
    let steps: Vec<_> = steps.collect();
    let mut routes = vec![start];
    for (n, step) in steps.iter().enumerate() {
        let as_type = as_type.filter(|_| n + 1 == steps.len());
        routes = routes.iter().flat_map(|route| route.follow(*step, as_type)).collect();
    }
    (!routes.is_empty()).then_some(routes)
}

#[derive(Debug, Clone, Copy)]
enum Parsed {
    Name(&'static str),
    Filter(Step),
}

fn steps_of(path: &'static str) -> Option<Vec<Parsed>> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        if let Some(after) = rest.strip_prefix("where(") {
            let (filter, after) = after.split_once(')').map(|(filter, after)| match filter {
                "resolve(" => after.split_once(')').unwrap_or((after, "")),
                _ => (filter, after),
            })?;
            steps.push(Parsed::Filter(filter_of(filter)?));
            rest = after;
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(end)?;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return None;
            }
            steps.push(Parsed::Name(name));
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => return rest.is_empty().then_some(steps),
        }
    }
}

/// `system='phone'`, or ` is Patient` of `resolve() is Patient`.
fn filter_of(text: &'static str) -> Option<Step> {
    if let Some(name) = text.strip_prefix(" is ") {
        return Some(Step::PointsTo(name));
    }
    let (member, value) = text.split_once('=')?;
    let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(Step::Where(member, value))
}

impl Route {
    fn follow(&self, step: Parsed, as_type: Option<&str>) -> Vec<Self> {
        match step {
            Parsed::Filter(filter) => vec![self.with(filter)],
            Parsed::Name(name) => self.members(name, as_type),
        }
    }

    fn members(&self, name: &'static str, as_type: Option<&str>) -> Vec<Self> {
        let Kind::Complex(id) = self.kind else { return self.extensions(name).into_iter().collect() };
        let shape: &'static Shape = r4().shape(id);
        let named = shape.properties.iter().filter(|p| shape.slot_of(p).name == name);
        let wanted = named.filter(|p| as_type.is_none_or(|t| is_choice_of(p.name, name, t)));
        wanted
            .map(|property| Self {
                kind: property.kind,
                codes: shape.slot_of(property).codes,
                ..self.with(Step::Member(property.name))
            })
            .collect()
    }

    /// The extensions of a primitive value stand beside it.
    fn extensions(&self, name: &str) -> Option<Self> {
        let (Some(Step::Member(member)), "extension") = (self.steps.last(), name) else { return None };
        let mut route = self.clone();
        route.steps.pop();
        // Made once per definition, it lives as long as the program.
        route.steps.extend([Step::Member(format!("_{member}").leak()), Step::Member("extension")]);
        route.kind = Kind::Complex(*r4().by_path.get("Extension")?);
        Some(route)
    }

    /// The rest of this route behind another one; `None` when it goes another way.
    pub(crate) fn after(mut self, whole: &Self) -> Option<Self> {
        self.steps = self.steps.strip_prefix(whole.steps.as_slice())?.to_vec();
        Some(self)
    }

    fn with(&self, step: Step) -> Self {
        let mut route = self.clone();
        route.steps.push(step);
        route
    }

    /// Calls `found` with every value at the end of the route.
    pub(crate) fn each<'d>(&self, resource: Node<'d>, found: &mut impl FnMut(Node<'d>)) {
        follow(&self.steps, resource, resource, found);
    }
}

/// Whether `valueQuantity` is the `Quantity` of `value`.
fn is_choice_of(json: &str, stem: &str, type_name: &str) -> bool {
    json.strip_prefix(stem).is_some_and(|rest| rest.eq_ignore_ascii_case(type_name))
}

fn follow<'d>(steps: &[Step], resource: Node<'d>, node: Node<'d>, found: &mut impl FnMut(Node<'d>)) {
    let Some((step, rest)) = steps.split_first() else { return found(node) };
    match *step {
        Step::Member(name) => {
            for value in node.get(name).into_iter().flat_map(Node::each) {
                follow(rest, resource, value, found);
            }
        }
        Step::Where(member, value) if node.text(member) == Some(value) => follow(rest, resource, node, found),
        Step::PointsTo(name) if points_to(resource, node, name) => follow(rest, resource, node, found),
        Step::Where(..) | Step::PointsTo(_) => {}
    }
}

fn points_to(resource: Node<'_>, reference: Node<'_>, name: &str) -> bool {
    let text = reference.text("reference").unwrap_or_default();
    if let Some(id) = text.strip_prefix('#') {
        let contained = resource.get("contained").into_iter().flat_map(Node::items);
        return contained.filter(|r| r.text("id") == Some(id)).any(|r| r.text("resourceType") == Some(name));
    }
    named_type(text).or_else(|| reference.text("type")) == Some(name)
}

#[cfg(test)]
mod tests {
    use gateway_core::Resource;

    use super::*;

    fn found(expression: &'static str, json: &str) -> Vec<String> {
        let resource = Resource::parse(json.as_bytes()).unwrap();
        let mut all = Vec::new();
        for route in compile(resource.resource_type(), expression).unwrap() {
            route.each(resource.root(), &mut |node| all.push(node.raw().to_owned()));
        }
        all
    }

    #[test]
    fn the_subset_of_the_registry_is_understood() {
        let patient = r#"{"resourceType":"Patient","telecom":[{"system":"phone","value":"1"},{"system":"email","value":"2"}],
            "deceasedDateTime":"2026","name":[{"given":["a","b"]},{"given":["c"]}]}"#;
        assert_eq!(
            found("Patient.telecom.where(system='email')", patient),
            [r#"{"system":"email","value":"2"}"#]
        );
        assert_eq!(found("(Patient.deceased as dateTime)", patient), ["\"2026\""]);
        assert_eq!(
            found("Patient.name.given | Patient.deceased", patient),
            ["\"a\"", "\"b\"", "\"c\"", "\"2026\""]
        );
        let appointment = r##"{"resourceType":"Appointment","contained":[{"resourceType":"Patient","id":"p"}],"participant":[
            {"actor":{"reference":"Patient/1"}},{"actor":{"reference":"Location/2"}},{"actor":{"reference":"#p"}},
            {"actor":{"type":"Patient"}}]}"##;
        assert_eq!(
            found("Appointment.participant.actor.where(resolve() is Patient)", appointment),
            [r#"{"reference":"Patient/1"}"#, r##"{"reference":"#p"}"##, r#"{"type":"Patient"}"#]
        );
    }

    #[test]
    fn anything_else_is_not_guessed_at() {
        for expression in
            ["Bundle.entry[0].resource", "", "Bundle.nothing", "Bundle.entry.first()", "Patient.name"]
        {
            assert!(compile(ResourceType::Bundle, expression).is_none(), "{expression}");
        }
    }
}
