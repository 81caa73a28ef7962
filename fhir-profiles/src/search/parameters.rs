//! The parameters on offer: the definitions whose values the index can hold, compiled once per type.

use std::sync::LazyLock;

use gateway_core::ResourceType;

use super::definitions::{Definition, definitions};
use super::expression::{self, Part, Route};
use super::{ParameterKind, SearchParameter};
use crate::r4::{Kind, Primitive, r4};

/// What a type can be searched by.
#[derive(Debug)]
pub(crate) struct Searchable {
    pub(crate) parameters: Vec<SearchParameter>,
    /// The routes of each, at the same positions.
    pub(crate) routes: Vec<Vec<Route>>,
    /// The parameter each one's identifiers stand under by their type, for `:of-type`, at the same positions.
    pub(crate) of_types: Vec<&'static str>,
}

/// What `resource_type` can be searched by.
pub(crate) fn searchable(resource_type: ResourceType) -> &'static Searchable {
    static ALL: LazyLock<Vec<Searchable>> =
        LazyLock::new(|| ResourceType::ALL.iter().map(|t| compile(*t)).collect());
    &ALL[resource_type as usize]
}

impl Searchable {
    pub(crate) fn find(&self, code: &str) -> Option<(&SearchParameter, &[Route])> {
        let at = self.parameters.iter().position(|parameter| parameter.code == code)?;
        Some((&self.parameters[at], &self.routes[at]))
    }
}

fn compile(resource_type: ResourceType) -> Searchable {
    let mut all = Searchable { parameters: vec![], routes: vec![], of_types: vec![] };
    let ours = definitions().iter().filter(|d| d.is_of(resource_type));
    for definition in ours.filter(|d| !matches!(d.code, "_id" | "_lastUpdated")) {
        let Ok((kind, routes)) = definition.compile(resource_type) else { continue };
        let targets: Vec<&'static str> = definition.targets.split_whitespace().collect();
        all.parameters.push(SearchParameter {
            code: definition.code,
            kind,
            url: definition.url,
            expression: definition.expression,
            // The list is made once and lives as long as the program.
            targets: targets.leak(),
        });
        all.routes.push(routes);
        all.of_types.push(format!("{}:of-type", definition.code).leak());
    }
    all
}

impl Definition {
    fn is_of(&self, resource_type: ResourceType) -> bool {
        self.base == "Resource" || self.base == resource_type.as_str()
    }

    /// The routes of the parameter, or why it is not offered.
    fn compile(&self, resource_type: ResourceType) -> Result<(ParameterKind, Vec<Route>), &'static str> {
        let kind = match self.kind {
            "token" => ParameterKind::Token,
            "string" => ParameterKind::String,
            "date" => ParameterKind::Date,
            "reference" => ParameterKind::Reference,
            "uri" => ParameterKind::Uri,
            "number" => ParameterKind::Number,
            "quantity" => ParameterKind::Quantity,
            "composite" => ParameterKind::Composite,
            _ => ParameterKind::Special,
        };
        if self.expression.is_empty() {
            return Err("it has no expression");
        }
        let routes = expression::compile(resource_type, self.expression)
            .ok_or("its FHIRPath is outside the subset")?;
        let mut fits = routes.into_iter().filter(|route| fits(kind, route.kind)).collect::<Vec<_>>();
        for whole in &mut fits {
            for code in self.components.split_whitespace() {
                let part = component(resource_type, code, whole)?;
                whole.parts.push(part);
            }
        }
        if fits.is_empty() { Err("no value at its path fits its kind") } else { Ok((kind, fits)) }
    }
}

/// A component of a composite: the parameter it is made of, from where the composite stands.
fn component(resource_type: ResourceType, code: &str, whole: &Route) -> Result<Part, &'static str> {
    let found = definitions().iter().find(|d| d.is_of(resource_type) && d.code == code);
    let definition = found.ok_or("a component of it is no parameter")?;
    let (kind, routes) = definition.compile(resource_type)?;
    let routes = routes.into_iter().map(|route| route.after(whole)).collect::<Option<_>>();
    let targets: Vec<&'static str> = definition.targets.split_whitespace().collect();
    Ok(Part { kind, targets: targets.leak(), routes: routes.ok_or("a component of it stands elsewhere")? })
}

/// Whether the index knows how to hold such values under such a parameter.
fn fits(kind: ParameterKind, value: Kind) -> bool {
    let primitive = |any: &[Primitive]| matches!(value, Kind::Primitive(p) if any.contains(&p));
    let complex = |any: &[&str]| matches!(value, Kind::Complex(id) if any.contains(&r4().shape(id).path));
    match kind {
        ParameterKind::Token => {
            primitive(&[
                Primitive::Boolean,
                Primitive::Code,
                Primitive::Id,
                Primitive::String,
                Primitive::Uri,
            ]) || complex(&["Identifier", "Coding", "CodeableConcept", "ContactPoint"])
        }
        ParameterKind::String => primitive(&[Primitive::String]) || complex(&["HumanName", "Address"]),
        ParameterKind::Date => {
            primitive(&[Primitive::Date, Primitive::DateTime, Primitive::Instant])
                || complex(&["Period", "Timing"])
        }
        ParameterKind::Reference => primitive(&[Primitive::Uri]) || complex(&["Reference"]),
        ParameterKind::Uri => primitive(&[Primitive::Uri, Primitive::Oid, Primitive::Uuid]),
        ParameterKind::Number => primitive(&[
            Primitive::Decimal,
            Primitive::Integer,
            Primitive::UnsignedInt,
            Primitive::PositiveInt,
        ]),
        // A Range is no single value, and comparing its ends one by one would find too much.
        ParameterKind::Quantity => complex(&["Quantity", "Money", "Age", "Count", "Distance", "Duration"]),
        ParameterKind::Composite => matches!(value, Kind::Complex(_)),
        ParameterKind::Special => complex(&["Location.position"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_offered_or_has_a_reason_not_to_be() {
        let mut left_out: Vec<String> = Vec::new();
        for d in definitions() {
            let types = ResourceType::ALL.iter().filter(|t| d.is_of(**t));
            if let Some(Err(reason)) = types.map(|t| d.compile(*t)).next() {
                left_out.push(format!("{}.{} ({}): {reason}", d.base, d.code, d.kind));
            }
        }
        assert_eq!(left_out, LEFT_OUT);
    }

    /// The first entry of a Bundle is no reference; texts are not indexed as a whole; there are no named queries.
    const LEFT_OUT: &[&str] = &[
        "Bundle.composition (reference): its FHIRPath is outside the subset",
        "Bundle.message (reference): its FHIRPath is outside the subset",
        "Resource._content (string): it has no expression",
        "Resource._query (token): it has no expression",
    ];

    #[test]
    fn the_parameters_everyone_needs_are_there() {
        let has = |t, code| searchable(t).find(code).is_some();
        for (t, codes) in [
            (
                ResourceType::Appointment,
                "identifier status date patient actor practitioner location slot _tag",
            ),
            (
                ResourceType::Patient,
                "identifier name family birthdate email phone telecom deceased general-practitioner",
            ),
            (ResourceType::Communication, "identifier status sent patient recipient category"),
            (ResourceType::Task, "identifier status focus modified patient code"),
            (ResourceType::Subscription, "status criteria url"),
        ] {
            for code in codes.split(' ') {
                assert!(has(t, code), "{t}.{code}");
            }
        }
        assert!(!has(ResourceType::Appointment, "_id") && has(ResourceType::Location, "near"));
    }
}
