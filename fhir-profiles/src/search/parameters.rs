//! The parameters on offer: those of `r4/search.tsv` whose values the index can hold.

use std::sync::LazyLock;

use gateway_core::ResourceType;

use super::expression::{self, Route};
use super::{ParameterKind, SearchParameter};
use crate::r4::{Kind, Primitive, r4};

const SEARCH: &str = include_str!("../../r4/search.tsv");

/// What a type can be searched by.
#[derive(Debug)]
pub(crate) struct Searchable {
    pub(crate) parameters: Vec<SearchParameter>,
    /// The routes of each, at the same positions.
    pub(crate) routes: Vec<Vec<Route>>,
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

/// One row of `search.tsv`.
struct Row {
    base: &'static str,
    code: &'static str,
    kind: &'static str,
    expression: &'static str,
    targets: &'static str,
    url: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    SEARCH.lines().map(|line| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        Row { base: cell(), code: cell(), kind: cell(), expression: cell(), targets: cell(), url: cell() }
    })
}

fn compile(resource_type: ResourceType) -> Searchable {
    let mut all = Searchable { parameters: vec![], routes: vec![] };
    let ours = rows().filter(|row| row.base == "Resource" || row.base == resource_type.as_str());
    for row in ours.filter(|row| !matches!(row.code, "_id" | "_lastUpdated")) {
        let Ok((kind, routes)) = row.compile(resource_type) else { continue };
        let targets: Vec<&'static str> = row.targets.split(' ').filter(|t| !t.is_empty()).collect();
        all.parameters.push(SearchParameter {
            code: row.code,
            kind,
            url: row.url,
            expression: row.expression,
            // The list is made once and lives as long as the program.
            targets: targets.leak(),
        });
        all.routes.push(routes);
    }
    all
}

impl Row {
    /// The routes of the parameter, or why it is not offered.
    fn compile(&self, resource_type: ResourceType) -> Result<(ParameterKind, Vec<Route>), &'static str> {
        let kind = match self.kind {
            "token" => ParameterKind::Token,
            "string" => ParameterKind::String,
            "date" => ParameterKind::Date,
            "reference" => ParameterKind::Reference,
            "uri" => ParameterKind::Uri,
            "number" | "quantity" => return Err("numbers are not indexed yet"),
            "composite" => return Err("composites are not offered yet"),
            _ => return Err("special parameters are not offered yet"),
        };
        if self.expression.is_empty() {
            return Err("it has no expression");
        }
        let routes = expression::compile(resource_type, self.expression)
            .ok_or("its FHIRPath is outside the subset")?;
        let fits = routes.into_iter().filter(|route| fits(kind, route.kind)).collect::<Vec<_>>();
        if fits.is_empty() { Err("no value at its path fits its kind") } else { Ok((kind, fits)) }
    }
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
        ParameterKind::Number
        | ParameterKind::Quantity
        | ParameterKind::Composite
        | ParameterKind::Special => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_offered_or_has_a_reason_not_to_be() {
        let mut left_out: Vec<String> = Vec::new();
        for row in rows() {
            let types = ResourceType::ALL.iter().filter(|t| row.base == "Resource" || row.base == t.as_str());
            if let Some(Err(reason)) = types.map(|t| row.compile(*t)).next() {
                left_out.push(format!("{}.{} ({}): {reason}", row.base, row.code, row.kind));
            }
        }
        left_out.retain(|line| !line.contains("(composite)") && !line.contains("(quantity)"));
        assert_eq!(left_out, LEFT_OUT);
    }

    const LEFT_OUT: &[&str] = &[
        "Bundle.composition (reference): its FHIRPath is outside the subset",
        "Bundle.message (reference): its FHIRPath is outside the subset",
        "ChargeItem.factor-override (number): numbers are not indexed yet",
        "Location.near (special): special parameters are not offered yet",
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
        assert!(!has(ResourceType::Appointment, "_id") && !has(ResourceType::Location, "near"));
    }
}
