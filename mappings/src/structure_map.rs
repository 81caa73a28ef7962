//! A mapping table as a FHIR StructureMap (R4), for tools that know no other language: one rule per row.
//!
//! Fields below a field are nested rules, elements below an element a chain of targets; a value of a list that several
//! rows write is shared by its `listRuleId`. R4 has no transform for most of our codecs, so each target names its codec
//! in an extension and has a `transform` only where R4's says the same. Rows that are lost are rules without a target
//! whose documentation gives the reason. The text is the same each time it is made.

use crate::report::format_name;
use crate::sheet::{RowKind, Sheet, codec, concept_map, kind, plain_codec, scalar};
use crate::table::{Row, Table, Way};
use crate::wire::{Record, Value};

const BASE: &str = "https://zorgtolk.example/fhir";

/// The variable that holds the value of the field.
const VALUE: &str = "value";

/// The text of `table` as a StructureMap.
#[must_use]
pub fn structure_map(table: &Table) -> String {
    made(&Sheet::of(table))
}

fn made(sheet: &Sheet<'_>) -> String {
    let id = sheet.id();
    let mut map = record([
        ("resourceType", text("StructureMap")),
        ("id", text(&id)),
        ("url", text(&format!("{BASE}/StructureMap/{id}"))),
        ("version", text(env!("CARGO_PKG_VERSION"))),
        ("name", text(&sheet.word())),
        ("title", text(&format!("{} to {} and back", sheet.record, sheet.resource))),
        ("status", text("active")),
    ]);
    if !sheet.about.is_empty() {
        map.push("description", text(sheet.about));
    }
    map.push("structure", Value::List(structures(sheet)));
    map.push("group", Value::List(vec![group(sheet, &id)]));
    map.to_json()
}

fn structures(sheet: &Sheet<'_>) -> Vec<Value> {
    let (_, record_name) = sheet.record.rsplit_once('.').unwrap_or(("", sheet.record));
    let r4 = || format!("http://hl7.org/fhir/StructureDefinition/{}", sheet.resource);
    let target = sheet.profile.map_or_else(r4, str::to_owned);
    let structure = |url: &str, mode: &str, alias: &str| {
        Value::Record(record([("url", text(url)), ("mode", text(mode)), ("alias", text(alias))]))
    };
    vec![
        structure(&format!("{BASE}/record/{}", sheet.record), "source", record_name),
        structure(&target, "target", sheet.resource),
    ]
}

fn group(sheet: &Sheet<'_>, id: &str) -> Value {
    let (_, record_name) = sheet.record.rsplit_once('.').unwrap_or(("", sheet.record));
    let input = |name: &str, of: &str, mode: &str| {
        Value::Record(record([("name", text(name)), ("type", text(of)), ("mode", text(mode))]))
    };
    let rules = sheet.rows.iter().enumerate().map(|(n, row)| rule(row, n + 1)).collect();
    Value::Record(record([
        ("name", text(id)),
        ("typeMode", text("none")),
        (
            "input",
            Value::List(vec![
                input("wire", record_name, "source"),
                input("resource", sheet.resource, "target"),
            ]),
        ),
        ("rule", Value::List(rules)),
    ]))
}

/// The rule of the `n`th row.
fn rule(row: &Row, n: usize) -> Value {
    let (wire, fhir) = match kind(row) {
        RowKind::Pair { wire, fhir } => (Some(wire), Some(fhir).filter(|_| row.way != Some(Way::ToWire))),
        RowKind::Fixed { fhir } => (None, Some(fhir)),
        RowKind::LostField { wire, .. } => (Some(wire), None),
        RowKind::LostElement { .. } | RowKind::Other => (None, None),
    };
    let steps: Vec<&str> = wire.map(|wire| wire.split('.').collect()).unwrap_or_default();
    let targets = fhir.map(|fhir| targets(row, fhir)).unwrap_or_default();
    nested(&steps, "wire", &format!("row-{n}"), &targets, &documentation(row))
}

/// A rule that walks the first of `steps` and leaves the others to a rule within it.
fn nested(steps: &[&str], context: &str, name: &str, targets: &[Value], documentation: &str) -> Value {
    let (step, rest) = steps.split_first().map_or((None, [].as_slice()), |(step, rest)| (Some(*step), rest));
    let last = rest.is_empty();
    let variable = if last { VALUE.to_owned() } else { format!("{context}.{}", step.unwrap_or_default()) };
    let mut source = record([("context", text(context))]);
    if let Some(step) = step {
        source.push("element", text(step.trim_end_matches("[]")));
        source.push("variable", text(&variable));
    }
    let mut rule = record([("name", text(name)), ("source", Value::List(vec![Value::Record(source)]))]);
    if !last {
        let inner = nested(rest, &variable, &format!("{name}.{}", rest.len()), targets, documentation);
        rule.push("rule", Value::List(vec![inner]));
        return Value::Record(rule);
    }
    if !targets.is_empty() {
        rule.push("target", Value::List(targets.to_vec()));
    }
    if !documentation.is_empty() {
        rule.push("documentation", text(documentation));
    }
    Value::Record(rule)
}

/// The chain of targets that leads to `fhir`; the last one gets the value.
fn targets(row: &Row, fhir: &str) -> Vec<Value> {
    let steps: Vec<&str> = fhir.split('.').collect();
    let mut context = "resource".to_owned();
    let mut targets = Vec::with_capacity(steps.len());
    for (n, step) in steps.iter().enumerate() {
        let element = step.split([':', '[']).next().unwrap_or(step);
        let last = n + 1 == steps.len();
        let mut target = record([]);
        if last && row.codec.is_some() {
            target.push("extension", Value::List(vec![codec_extension(&codec(row))]));
        }
        target.push("context", text(&context));
        target.push("contextType", text("variable"));
        target.push("element", text(element));
        if !last {
            context = variable(&steps, n);
            target.push("variable", text(&context));
        }
        if step.contains([':', '[']) {
            target.push("listMode", Value::List(vec![text("share")]));
            target.push("listRuleId", text(&variable(&steps, n)));
        }
        if last {
            transform(row, &mut target);
        }
        targets.push(Value::Record(target));
    }
    targets
}

/// The name of what the first steps lead to, as an id: `identifier-afspraak`.
fn variable(steps: &[&str], upto: usize) -> String {
    let path = steps.get(..=upto).unwrap_or(steps).join(".");
    let name = path.replace("[]", "").replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
    name.trim_end_matches('-').to_owned()
}

fn codec_extension(codec: &str) -> Value {
    let url = format!("{BASE}/StructureDefinition/mapping-codec");
    Value::Record(record([("url", text(&url)), ("valueString", text(codec))]))
}

/// R4's transform, where it has one that says the same as the codec.
fn transform(row: &Row, target: &mut Record) {
    let value = || ("valueId", text(VALUE));
    let (name, parameters) = match (row.fixed.as_ref().map(scalar), plain_codec(row)) {
        (Some(fixed), _) => ("copy", vec![("valueString", text(&fixed))]),
        (None, Some("text")) => ("copy", vec![value()]),
        (None, Some("integer")) => ("cast", vec![value(), ("valueString", text("integer"))]),
        (None, Some("decimal")) => ("cast", vec![value(), ("valueString", text("decimal"))]),
        (None, Some("boolean")) => ("cast", vec![value(), ("valueString", text("boolean"))]),
        (None, _) => match concept_map(row) {
            Some(map) => (
                "translate",
                vec![
                    value(),
                    ("valueString", text(&format!("{BASE}/ConceptMap/{map}"))),
                    ("valueString", text("code")),
                ],
            ),
            None => return,
        },
    };
    let parameters = parameters.into_iter().map(|parameter| Value::Record(record([parameter]))).collect();
    target.push("transform", text(name));
    target.push("parameter", Value::List(parameters));
}

fn documentation(row: &Row) -> String {
    let only = row.only().map(|format| format!("{} only.", format_name(format)));
    let sentence = match (kind(row), row.way) {
        (RowKind::LostField { why, .. }, _) => Some(format!("Not carried over: {why}.")),
        (RowKind::LostElement { fhir, why }, _) => Some(format!("{fhir} is not carried over: {why}.")),
        (RowKind::Pair { fhir, .. }, Some(Way::ToWire)) => Some(format!("Only from {fhir}.")),
        (RowKind::Pair { fhir, .. }, _) => Some(format!("{fhir}.")),
        (RowKind::Fixed { fhir }, _) => Some(format!("{fhir} is always this.")),
        (RowKind::Other, _) => None,
    };
    let way = row.way.map(|way| match way {
        Way::ToFhir => "To FHIR only",
        Way::ToWire => "To the record only",
    });
    let reason = way.map(|way| format!("{way}: {}.", row.reason.as_deref().unwrap_or("no reason is given")));
    [sentence, only, reason].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn record<const N: usize>(fields: [(&'static str, Value); N]) -> Record {
    let mut record = Record::new();
    for (name, value) in fields {
        record.push(name, value);
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_core::Resource;

    const ROWS: &str = r#"rows = [
  { wire = "Id", fhir = "identifier:ding.value", as = "integer" },
  { wire = "Blok.Kleur", fhir = "serviceType[0].extension:kleur.valueString", as = "colour", only = "json" },
  { wire = "Status", fhir = "status", as = { code = "tetra-afspraakstatus" }, way = "to-fhir", reason = "told otherwise" },
  { wire = "Nummers[]", fhir = "telecom:telefoon[].value", as = "text", way = "to-wire", reason = "r" },
  { fhir = "identifier:ding.system", fixed = "urn:x", match = true },
  { wire = "Geheim", lost = "a secret" },
  { fhir = "priority", lost = "they have none" },
]"#;

    fn map() -> String {
        let rows = crate::sheet::rows(ROWS);
        let (name, record, resource) = ("tetra/ding", "tetra.Ding", "Appointment");
        let profile = Some("https://zorgtolk.example/fhir/StructureDefinition/zt-tetra-appointment");
        made(&Sheet { name, record, resource, profile, about: "A \"thing\".", rows: &rows })
    }

    #[test]
    fn a_table_is_a_structure_map_that_our_checker_accepts() {
        let made = map();
        let resource = Resource::from_text(made.as_str()).unwrap();
        let profiles = fhir_profiles::Profiles::embedded();
        let found = profiles.issues(&resource, None, fhir_profiles::Rules::default());
        assert_eq!(found.issues, [], "{made}");
        assert_eq!(resource.id().unwrap().as_str(), "tetra-ding");
    }

    #[test]
    fn every_row_is_a_rule_and_says_what_it_loses() {
        let made = map();
        let resource = Resource::from_text(made).unwrap();
        let rules = resource.root().find(&["group", "rule"]);
        assert_eq!(rules.len(), 7);
        let documented = |n: usize| rules[n].text("documentation").unwrap();
        assert_eq!(documented(2), "status. To FHIR only: told otherwise.");
        assert_eq!(documented(5), "Not carried over: a secret.");
        assert_eq!(documented(6), "priority is not carried over: they have none.");
        assert!(rules[3].get("target").is_none() && rules[5].get("target").is_none());
        assert_eq!(rules[2].find(&["target", "transform"])[0].as_str(), Some("translate"));
        assert_eq!(rules[1].find(&["rule", "source", "context"])[0].as_str(), Some("wire.Blok"));
        let share = rules[0].find(&["target", "listRuleId"]);
        assert_eq!(share[0].as_str(), Some("identifier-ding"));
        assert_eq!(rules[4].find(&["target", "listRuleId"])[0].as_str(), share[0].as_str());
    }
}
