//! The index rows of a resource: every value of every parameter, in the form it is compared in.

use gateway_core::json::Node;
use gateway_core::{Key, Resource};

use super::expression::Route;
use super::fold::{contact, cut, endings, exact, fold};
use super::value::{bsn_digits, reference_text};
use super::{ParameterKind, searchable};
use crate::moment::Moment;
use crate::r4::{Kind, Primitive, r4};
use crate::{IndexEntry, IndexValue, systems};

/// The rows of `resource`, sorted, each once.
pub(crate) fn rows(resource: &Resource) -> Vec<IndexEntry> {
    let searchable = searchable(resource.resource_type());
    let mut filling = Filling { parameter: "", rows: Vec::with_capacity(32) };
    for (parameter, routes) in searchable.parameters.iter().zip(&searchable.routes) {
        filling.parameter = parameter.code;
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

struct Filling {
    parameter: &'static str,
    rows: Vec<IndexEntry>,
}

impl Filling {
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
            (_, "CodeableConcept") => {
                node.find(&["coding"]).into_iter().for_each(|coding| self.coding(coding));
            }
            (_, "ContactPoint") => self.contact(node),
            (_, "HumanName") => self.name(node),
            (_, "Address") => self.address(node),
            (_, "Period") => self.period(node),
            (_, "Timing") => self.timing(node),
            (_, "Reference") => self.reference(node),
            (ParameterKind::Token, _) => self.plain_token(route, node),
            (ParameterKind::String, _) if self.parameter == "family" => self.name_part(node),
            (ParameterKind::String, _) => self.string(node),
            (ParameterKind::Date, _) => self.moment(node),
            (ParameterKind::Reference, _) => self.canonical(node),
            (ParameterKind::Uri, _) => {
                node.as_str().into_iter().for_each(|uri| self.push(IndexValue::Uri(cut(uri))));
            }
            (_, _) => {}
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

    fn coding(&mut self, node: Node<'_>) {
        if let Some(code) = node.text("code") {
            self.code(node.text("system").map(systems::canonical), code);
        }
    }

    fn identifier(&mut self, node: Node<'_>) {
        let Some(value) = node.text("value") else { return };
        match node.text("system").map(systems::canonical) {
            Some(system) if systems::is_bsn(system) => {
                let code = bsn_digits(value).unwrap_or_else(|| cut(value));
                self.push(IndexValue::Token { system: Some(system.to_owned()), code, secret: true });
            }
            system => self.code(system, value),
        }
    }

    fn contact(&mut self, node: Node<'_>) {
        if let Some(value) = node.text("value") {
            self.code(None, &contact(value));
        }
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
        let parts = ["text", "line", "city", "district", "state", "postalCode", "country"].into_iter();
        parts.flat_map(|part| node.find(&[part])).for_each(|part| self.string(part));
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
            let text = reference_text(text);
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
