//! The index rows of a resource: every value of every parameter, in the form it is compared in.

use gateway_core::json::Node;
use gateway_core::{Key, Resource};

use super::composite;
use super::decimal::Decimal;
use super::expression::Route;
use super::fold::{contact, cut, endings, exact, filed, fold, postcode};
use super::near::{LATITUDE, LONGITUDE};
use super::quantity::unit;
use super::reference::{reference_text, relative};
use super::token::{bsn_digits, typed};
use super::{ParameterKind, searchable};
use crate::moment::Moment;
use crate::r4::{Kind, Primitive, r4};
use crate::{IndexEntry, IndexValue, systems};

/// The rows of `resource`, sorted, each once; references that begin with `base` are ours.
pub(crate) fn rows(resource: &Resource, base: &str) -> Vec<IndexEntry> {
    let searchable = searchable(resource.resource_type());
    let mut filling = Filling { base, parameter: "", of_type: "", rows: Vec::with_capacity(32) };
    let routes = searchable.routes.iter().zip(&searchable.of_types);
    for (parameter, (routes, of_type)) in searchable.parameters.iter().zip(routes) {
        filling.parameter = parameter.code;
        filling.of_type = of_type;
        for route in routes {
            if route.deceased {
                filling.code(None, is_deceased(resource.root()));
                continue;
            }
            route.each(resource.root(), &mut |node| filling.value(parameter.kind, route, node));
        }
    }
    filling.rows.sort_unstable();
    filling.rows.dedup();
    filling.rows
}

fn is_deceased(patient: Node<'_>) -> &'static str {
    let dead = patient.get("deceasedBoolean").and_then(Node::as_bool).unwrap_or(false);
    if dead || patient.get("deceasedDateTime").is_some() { "true" } else { "false" }
}

/// The values of one part of a composite at `node`, as rows of its parameter.
pub(super) fn part(
    (base, parameter): (&str, &'static str),
    kind: ParameterKind,
    routes: &[Route],
    node: Node<'_>,
) -> Vec<IndexValue> {
    let mut filling = Filling { base, parameter, of_type: "", rows: Vec::new() };
    for route in routes {
        route.each(node, &mut |node| filling.value(kind, route, node));
    }
    filling.rows.into_iter().map(|row| row.value).collect()
}

struct Filling<'b> {
    base: &'b str,
    parameter: &'static str,
    /// Where identifiers stand by their type.
    of_type: &'static str,
    rows: Vec<IndexEntry>,
}

impl Filling<'_> {
    fn push(&mut self, value: IndexValue) {
        self.rows.push(IndexEntry { parameter: self.parameter, value });
    }

    fn value(&mut self, kind: ParameterKind, route: &Route, node: Node<'_>) {
        let complex = match route.kind {
            Kind::Complex(id) => r4().shape(id).path,
            Kind::Primitive(_) | Kind::Resource => "",
        };
        match (kind, complex) {
            (_, "Identifier") => self.identifier(node),
            (_, "Coding") => self.coding(node),
            (ParameterKind::Composite, _) => {
                composite::values((self.base, self.parameter), &route.parts, node, |value| self.push(value));
            }
            (ParameterKind::Special, _) => self.position(node),
            (_, "CodeableConcept") => self.concept(node),
            (_, "ContactPoint") => self.contact(node),
            (_, "HumanName") => self.name(node),
            (_, "Address") => self.address(node),
            (_, "Period") => self.period(node),
            (_, "Timing") => self.timing(node),
            (_, "Money") => self.quantity(node, Some("urn:iso:std:iso:4217"), "currency"),
            (ParameterKind::Quantity, _) => self.quantity(node, node.text("system"), "code"),
            (_, "Reference") => self.reference(node),
            (ParameterKind::Token, _) => self.plain_token(route, node),
            (ParameterKind::String, _) => self.text(node),
            (ParameterKind::Date, _) => self.moment(node),
            (ParameterKind::Reference, _) => self.canonical(node),
            (ParameterKind::Uri, _) if self.parameter == "_profile" => self.canonical(node),
            (ParameterKind::Uri, _) => {
                node.as_str().into_iter().for_each(|uri| self.push(IndexValue::Uri(cut(uri))));
            }
            (ParameterKind::Number, _) => self.number(Some(node), None),
        }
    }

    fn code(&mut self, system: Option<&str>, code: &str) {
        self.push(IndexValue::Token { system: system.map(cut), code: cut(code), secret: false });
    }

    fn plain_token(&mut self, route: &Route, node: Node<'_>) {
        if let Some(value) = node.as_bool() {
            return self.code(None, if value { "true" } else { "false" });
        }
        let Some(text) = node.as_str() else { return };
        if matches!(route.kind, Kind::Primitive(Primitive::String)) {
            return self.code(None, &text.to_lowercase());
        }
        let system = route.codes.and_then(|set| set.system(text));
        self.code(system, text);
    }

    fn concept(&mut self, node: Node<'_>) {
        node.get("coding").into_iter().flat_map(Node::each).for_each(|coding| self.coding(coding));
        self.display(node.get("text"));
    }

    /// What `:text` looks at.
    fn display(&mut self, text: Option<Node<'_>>) {
        if let Some(text) = text.and_then(Node::as_str) {
            self.push(IndexValue::String(cut(&fold(text))));
        }
    }

    fn coding(&mut self, node: Node<'_>) {
        self.display(node.get("display"));
        if let Some(code) = node.text("code") {
            self.code(node.text("system").map(systems::canonical), code);
        }
    }

    fn identifier(&mut self, node: Node<'_>) {
        let Some(value) = node.text("value") else { return };
        let system = node.text("system").map(systems::canonical);
        let secret = system.is_some_and(systems::is_bsn);
        let code = if secret { bsn_digits(value) } else { None }.unwrap_or_else(|| cut(value));
        if let Some(kind) = node.get("type") {
            self.of_type(kind, &code, secret);
        }
        self.push(IndexValue::Token { system: system.map(cut), code, secret });
    }

    /// An identifier once more by its type, where it has one.
    fn of_type(&mut self, kind: Node<'_>, code: &str, secret: bool) {
        self.display(kind.get("text"));
        for coding in kind.get("coding").into_iter().flat_map(Node::each) {
            self.display(coding.get("display"));
            let (Some(system), Some(name)) = (coding.text("system"), coding.text("code")) else { continue };
            let system = Some(cut(&typed(system, name)));
            let value = IndexValue::Token { system, code: code.to_owned(), secret };
            self.rows.push(IndexEntry { parameter: self.of_type, value });
        }
    }

    fn contact(&mut self, node: Node<'_>) {
        if let Some(value) = node.text("value") {
            self.code(None, &contact(value));
        }
    }

    fn text(&mut self, node: Node<'_>) {
        match self.parameter {
            "family" => self.name_part(node),
            "surname" => {
                if let Some(text) = node.as_str() {
                    self.push(IndexValue::String(cut(filed(&fold(text)))));
                }
            }
            "address-postalcode" => self.postal_code(node),
            _ => self.string(node),
        }
    }

    /// A Dutch postal code without its blank.
    fn postal_code(&mut self, node: Node<'_>) {
        let Some(text) = node.as_str() else { return };
        let folded = fold(text);
        self.push(IndexValue::String(postcode(&folded).unwrap_or_else(|| cut(&folded))));
        self.code(None, &exact(text));
    }

    fn string(&mut self, node: Node<'_>) {
        if let Some(text) = node.as_str() {
            self.push(IndexValue::String(cut(&fold(text))));
            self.code(None, &exact(text));
        }
    }

    /// A name is found by each of its parts, a surname also without its prefix and by its own or partner's half.
    fn name(&mut self, node: Node<'_>) {
        let parts = ["family", "given", "prefix", "suffix", "text"].into_iter();
        let mut texts: Vec<Node<'_>> = parts.flat_map(|part| node.find(&[part])).collect();
        let halves = node.find(&["_family", "extension"]).into_iter();
        texts.extend(halves.filter(|e| is_surname_half(*e)).filter_map(|e| e.get("valueString")));
        for text in texts {
            self.name_part(text);
        }
    }

    fn name_part(&mut self, node: Node<'_>) {
        let Some(text) = node.as_str() else { return };
        for ending in endings(&fold(text)) {
            self.push(IndexValue::String(cut(ending)));
        }
        self.code(None, &exact(text));
    }

    fn address(&mut self, node: Node<'_>) {
        let parts = ["text", "line", "city", "district", "state", "country"].into_iter();
        parts.flat_map(|part| node.find(&[part])).for_each(|part| self.string(part));
        node.get("postalCode").into_iter().for_each(|code| self.postal_code(code));
    }

    fn number(&mut self, node: Option<Node<'_>>, unit: Option<String>) {
        if let Some(number) = node.and_then(Node::number).and_then(Decimal::parse) {
            self.push(IndexValue::Number { value: number.ordered(), unit });
        }
    }

    /// A quantity by its unit with and without system; "less than 5" is no value to compare with.
    fn quantity(&mut self, node: Node<'_>, system: Option<&str>, code: &str) {
        let value = node.get("value").filter(|_| node.get("comparator").is_none());
        let (code, name) = (node.text(code), node.text("unit"));
        if code.is_none() && name.is_none() {
            return self.number(value, None);
        }
        if let (Some(system), Some(code)) = (system, code) {
            self.number(value, Some(unit(system, code)));
        }
        for name in [code, name].into_iter().flatten() {
            self.number(value, Some(unit("", name)));
        }
    }

    fn position(&mut self, node: Node<'_>) {
        for name in [LATITUDE, LONGITUDE] {
            self.number(node.get(name), Some(name.to_owned()));
        }
    }

    fn moment(&mut self, node: Node<'_>) {
        if let Some((start, end)) = node.as_str().and_then(Moment::parse).map(Moment::period) {
            self.push(IndexValue::Date { start, end });
        }
    }

    fn period(&mut self, node: Node<'_>) {
        let bound = |name| node.text(name).and_then(Moment::parse).map(Moment::period);
        let (start, end) = (bound("start"), bound("end"));
        if start.is_some() || end.is_some() {
            let (start, end) = (start.map_or(i64::MIN, |p| p.0), end.map_or(i64::MAX, |p| p.1));
            self.push(IndexValue::Date { start, end });
        }
    }

    fn timing(&mut self, node: Node<'_>) {
        node.find(&["event"]).into_iter().for_each(|event| self.moment(event));
        node.find(&["repeat", "boundsPeriod"]).into_iter().for_each(|bounds| self.period(bounds));
    }

    /// The target, and under the same parameter the identifier as a token, for `:identifier`.
    fn reference(&mut self, node: Node<'_>) {
        if let Some(text) = node.text("reference") {
            let text = reference_text(relative(self.base, text));
            match Key::from_reference(text) {
                Some(key) => self.push(IndexValue::Reference(key)),
                None => self.push(IndexValue::Uri(cut(text))),
            }
        }
        node.get("identifier").into_iter().for_each(|identifier| self.identifier(identifier));
    }

    /// A canonical is found with and without its version.
    fn canonical(&mut self, node: Node<'_>) {
        let Some(text) = node.as_str() else { return };
        self.push(IndexValue::Uri(cut(text)));
        if let Some((url, _)) = text.split_once('|') {
            self.push(IndexValue::Uri(cut(url)));
        }
    }
}

fn is_surname_half(extension: Node<'_>) -> bool {
    matches!(
        extension.text("url"),
        Some(
            "http://hl7.org/fhir/StructureDefinition/humanname-own-name"
                | "http://hl7.org/fhir/StructureDefinition/humanname-partner-name"
        )
    )
}
