//! Independent judges: `jsonschema` on structure, a naive model on searching, and noise on both.
//!
//! The walk replaces `jsonschema` at run time because numbers, duplicate keys, choices and paths need the text; here
//! a schema generated from the same table has the last word on the shape of generated resources.

use std::collections::BTreeMap;

use fhir_profiles::search::{Prefix, Query};
use fhir_profiles::{Rules, Unknown};
use gateway_core::{Key, Resource, ResourceType};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::support::PROFILES;

const ELEMENTS: &str = include_str!("../../r4/elements.tsv");

/// The rows of the table by their path.
pub(crate) type Rows = BTreeMap<&'static str, Row>;

/// One row of the table.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) mandatory: bool,
    pub(crate) many: bool,
    pub(crate) types: Vec<&'static str>,
    pub(crate) binding: &'static str,
    pub(crate) content: &'static str,
}

pub(crate) fn rows() -> Rows {
    let row = |line: &'static str| {
        let cells: Vec<_> = line.split('\t').collect();
        let types = cells[3].split(' ').map(|t| t.split_once(':').map_or(t, |(name, _)| name)).collect();
        let (mandatory, many) = (cells[1] != "0", cells[2] == "*");
        (cells[0], Row { mandatory, many, types, binding: cells[4], content: cells[6] })
    };
    ELEMENTS.lines().map(row).collect()
}

/// The JSON type of a primitive.
fn primitive(name: &str) -> Option<Value> {
    Some(match name {
        "boolean" => json!({"type": "boolean"}),
        "integer" | "unsignedInt" | "positiveInt" | "decimal" => json!({"type": "number"}),
        _ if name.starts_with(|c: char| c.is_ascii_lowercase()) => json!({"type": "string", "minLength": 1}),
        _ => return None,
    })
}

fn value_schema(rows: &Rows, path: &str, type_name: &str) -> Value {
    let content = rows[path].content;
    let definition = match type_name {
        "Resource" => return json!({"type": "object", "required": ["resourceType"]}),
        "BackboneElement" | "Element" => path,
        _ if !content.is_empty() => content,
        name => match primitive(name) {
            Some(schema) => return schema,
            None => name,
        },
    };
    json!({"$ref": format!("#/definitions/{definition}")})
}

fn member(schema: Value, many: bool) -> Value {
    if many { json!({"type": "array", "minItems": 1, "items": schema}) } else { schema }
}

pub(crate) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().into_iter().map(|c| c.to_ascii_uppercase()).chain(letters).collect()
}

/// The members of the type or backbone element at `path`.
fn object_schema(rows: &Rows, path: &'static str) -> Value {
    let mut properties = Map::new();
    if matches!(rows[path].types.as_slice(), ["DomainResource" | "Resource"]) {
        properties.insert("resourceType".into(), json!({"const": path}));
    }
    for (child, row) in rows {
        let Some(name) = child.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')) else { continue };
        if name.contains('.') {
            continue;
        }
        for type_name in &row.types {
            let schema = member(value_schema(rows, child, type_name), row.many);
            let json_name = match name.strip_suffix("[x]") {
                Some(stem) => format!("{stem}{}", capitalised(type_name)),
                None => name.to_owned(),
            };
            if primitive(type_name).is_some() {
                let extra = member(json!({"$ref": "#/definitions/Element"}), row.many);
                properties.insert(format!("_{json_name}"), extra);
            }
            properties.insert(json_name, schema);
        }
    }
    json!({"type": "object", "minProperties": 1, "properties": properties, "additionalProperties": false})
}

pub(crate) fn schema(resource_type: &str) -> Validator {
    let rows = rows();
    let mut definitions = Map::new();
    for (path, row) in &rows {
        let has_members =
            !path.contains('.') || matches!(row.types.as_slice(), ["BackboneElement" | "Element"]);
        if has_members {
            definitions.insert((*path).to_owned(), object_schema(&rows, path));
        }
    }
    definitions.insert("Element".into(), json!({"type": "object", "minProperties": 1}));
    let schema = json!({"$ref": format!("#/definitions/{resource_type}"), "definitions": definitions});
    jsonschema::draft7::new(&schema).expect("what the table gives is a schema")
}

/// Whether the checker has nothing to say about the shape, whatever it says about values and rules.
fn has_shape(text: &str) -> bool {
    let Ok(resource) = Resource::parse(text.as_bytes()) else { return false };
    let refusal = PROFILES.issues(&resource, None, Rules::default());
    !refusal.issues.iter().any(|issue| issue.code == gateway_core::IssueCode::Structure)
}

const APPOINTMENT: &str = include_str!("../../benches/appointment.json");

/// What a mutation puts in.
fn oddity() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(1)),
        Just(json!("x")),
        Just(json!("")),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["x"])),
        Just(json!([{"text": "x"}])),
        Just(json!({"text": "x"})),
        Just(json!([{"coding": [{"code": "x"}]}])),
        Just(json!({"reference": "Patient/1"})),
        Just(json!([{"status": "accepted"}])),
    ]
}

/// A name that is, or is not, an element somewhere.
fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "status",
        "participant",
        "actor",
        "text",
        "coding",
        "start",
        "priority",
        "foo",
        "Status",
        "identifier",
        "slot",
        "serviceType",
        "display",
        "comment",
        "requestedPeriod",
        "id",
        "system",
        "required",
    ])
}

/// Sets `name` in the `nth` object of a document.
fn put(value: &mut Value, nth: &mut usize, name: &str, odd: &Value) {
    match value {
        Value::Object(members) => {
            if *nth == 0 {
                members.insert(name.to_owned(), odd.clone());
            }
            *nth = nth.wrapping_sub(1);
            members.values_mut().for_each(|member| put(member, nth, name, odd));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, nth, name, odd)),
        _ => {}
    }
}

#[test]
fn both_judges_can_say_no() {
    let schema = schema("Appointment");
    let document: Value = serde_json::from_str(APPOINTMENT).unwrap();
    assert!(schema.is_valid(&document) && has_shape(APPOINTMENT));
    for (name, odd) in
        [("foo", json!(1)), ("status", json!(["x"])), ("participant", json!({})), ("start", json!(5))]
    {
        let mut odd_one = document.clone();
        odd_one[name] = odd;
        assert!(!schema.is_valid(&odd_one) && !has_shape(&odd_one.to_string()), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_walk_and_a_schema_agree_on_the_shape(changes in prop::collection::vec((0_usize..24, name(), oddity()), 0..3)) {
        static SCHEMA: std::sync::LazyLock<Validator> = std::sync::LazyLock::new(|| schema("Appointment"));
        let mut document: Value = serde_json::from_str(APPOINTMENT).unwrap();
        for (mut nth, name, odd) in changes {
            put(&mut document, &mut nth, name, &odd);
        }
        // An id of the wrong kind is refused before the check.
        prop_assume!(document["id"].as_str().is_some_and(|id| !id.is_empty()));
        let agree = SCHEMA.is_valid(&document) == has_shape(&document.to_string());
        prop_assert!(agree, "schema {:?}, walk {}: {document}", SCHEMA.is_valid(&document), has_shape(&document.to_string()));
    }

    #[test]
    fn nothing_makes_the_checker_panic(cuts in prop::collection::vec((0_usize..2000, ".{0,4}"), 1..4)) {
        let mut text = APPOINTMENT.to_owned();
        for (at, noise) in cuts {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.insert_str(at, &noise);
        }
        if let Ok(resource) = Resource::parse(text.as_bytes()) {
            for unknown in [Unknown::Refuse, Unknown::Ignore] {
                for profile in ["zt-spreekuur-appointment", "zt-spreekuur-notification", "zt-patient"] {
                    let canonical = format!("https://zorgtolk.example/fhir/StructureDefinition/{profile}");
                    let refusal = PROFILES.issues(&resource, Some(&canonical), Rules { unknown, ..Rules::default() });
                    prop_assert!(refusal.issues.len() <= 100);
                }
            }
            drop(PROFILES.index(&resource));
        }
    }

    #[test]
    fn any_json_under_any_type_is_checked_without_panic(
        at in 0..ResourceType::ALL.len(), members in prop::collection::vec((name(), oddity()), 0..6),
    ) {
        let mut document = Map::from_iter([("resourceType".to_owned(), json!(ResourceType::ALL[at].as_str()))]);
        document.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
        if let Ok(resource) = Resource::from_text(Value::Object(document).to_string()) {
            drop(PROFILES.issues(&resource, None, Rules::default()));
            drop(PROFILES.index(&resource));
        }
    }

    #[test]
    fn tokens_match_as_a_naive_model_says(
        has in prop::collection::vec((prop::option::of("[ab]"), "[xy]"), 0..3),
        system in prop::option::of(prop::option::of("[ab]")), code in prop::option::of("[xy]"),
    ) {
        let identifier = |(system, value): &(Option<String>, String)| match system {
            Some(system) => json!({"system": system, "value": value}),
            None => json!({"value": value}),
        };
        let mut document = json!({"resourceType": "Patient"});
        if !has.is_empty() {
            document["identifier"] = has.iter().map(identifier).collect();
        }
        let asked = match (&system, &code) {
            (None, Some(code)) => code.clone(),
            (Some(None), Some(code)) => format!("|{code}"),
            (Some(Some(system)), code) => format!("{system}|{}", code.as_deref().unwrap_or_default()),
            (_, None) => return Ok(()),
        };
        let expected = has.iter().any(|(s, c)| {
            system.as_ref().is_none_or(|system| system == s) && code.as_ref().is_none_or(|code| code == c)
        });
        let resource = Resource::from_text(document.to_string()).unwrap();
        let key = Key::new(ResourceType::Patient, "1".parse().unwrap());
        let found = |criteria: &str| {
            Query::from_criteria(&PROFILES, criteria).unwrap().matches(&key, 0, &PROFILES.index(&resource))
        };
        prop_assert_eq!(found(&format!("Patient?identifier={asked}")), expected);
        prop_assert_eq!(found(&format!("Patient?identifier:not={asked}")), !expected);
        prop_assert_eq!(found("Patient?identifier:missing=true"), has.is_empty());
    }

    #[test]
    fn days_match_as_a_naive_model_says(
        asked in (prop::sample::select(vec!["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"]), 1_i64..28), has in 1_i64..28,
    ) {
        let (prefix, day) = asked;
        let expected = match prefix {
            "eq" => has == day,
            "ne" => has != day,
            "gt" | "sa" => has > day,
            "lt" | "eb" => has < day,
            "ge" => has >= day,
            _ => has <= day,
        };
        let text = format!(r#"{{"resourceType":"Patient","birthDate":"2026-03-{has:02}"}}"#);
        let resource = Resource::from_text(text).unwrap();
        let key = Key::new(ResourceType::Patient, "1".parse().unwrap());
        let criteria = format!("Patient?birthdate={prefix}2026-03-{day:02}");
        let query = Query::from_criteria(&PROFILES, &criteria).unwrap();
        prop_assert_eq!(query.matches(&key, 0, &PROFILES.index(&resource)), expected, "{}", criteria);
    }

    #[test]
    fn prefixes_agree_with_each_other(a in 0_i64..20, b in 1_i64..20, c in 0_i64..20, d in 1_i64..20) {
        let (asked, target) = ((a, a + b), (c, c + d));
        prop_assert_eq!(Prefix::Eq.holds(asked, target), !Prefix::Ne.holds(asked, target));
        prop_assert!(!Prefix::Sa.holds(asked, target) || Prefix::Gt.holds(asked, target));
        prop_assert!(!Prefix::Eb.holds(asked, target) || Prefix::Lt.holds(asked, target));
        let either = Prefix::Gt.holds(asked, target) || Prefix::Eq.holds(asked, target);
        prop_assert_eq!(Prefix::Ge.holds(asked, target), either);
    }

    #[test]
    fn criteria_never_panic(text in "(Appointment|Patient)?[?&=:|,%a-z0-9 .\\\\+-]{0,60}") {
        drop(Query::from_criteria(&PROFILES, &text));
    }
}
