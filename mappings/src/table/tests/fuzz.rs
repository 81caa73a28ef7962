//! Whatever comes in: a resource or a list of issues, never a panic; and laying twice is laying once.

use gateway_core::Resource;
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::support::{package, with};
use crate::wire::{Document, Format, Names};

const NAMES: [&str; 24] = [
    "Id",
    "PatientId",
    "AgendaId",
    "Start",
    "Eind",
    "AfspraakStatus",
    "BlokType",
    "Kleur",
    "Telefoonnummers",
    "Metas",
    "identifier",
    "type",
    "coding",
    "code",
    "system",
    "value",
    "extension",
    "url",
    "start",
    "_start",
    "participant",
    "actor",
    "status",
    "serviceType",
];

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3_i64..300).prop_map(Value::from),
        "[a-z0-9T:-]{0,6}".prop_map(Value::String),
        Just(Value::from("afspraak")),
        Just(Value::from("2026-10-25T02:30:00")),
        Just(Value::from("https://zorgtolk.example/fhir/StructureDefinition/tetra-time-uncertain")),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            object(inner).prop_map(Value::Object),
        ]
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let name = proptest::sample::select(&NAMES[..]).prop_map(str::to_owned);
    proptest::collection::btree_map(name, inner, 0..8).prop_map(|members| members.into_iter().collect())
}

proptest! {
    #[test]
    fn any_record_on_any_resource_is_laid_or_told_why_not(record in object(json()), resource in object(json())) {
        let record = Value::Object(record).to_string();
        let document = Document::json(record.as_bytes(), Names::AnyCase);
        let Ok(document) = document else { return Ok(()) };
        for table in package().tables() {
            let mut members = resource.clone();
            members.insert("resourceType".to_owned(), table.resource_type().as_str().into());
            let current = Resource::from_text(Value::Object(members).to_string()).unwrap();
            let again = |current: &Resource| with(|cx| table.lay(document.root(), Format::Json, "", Some(current), cx));
            if let Ok(once) = again(&current) {
                let twice = again(&once.resource).unwrap();
                prop_assert_eq!(twice.resource.text(), once.resource.text(), "{}", current.text());
            }
            for format in [Format::Json, Format::Xml] {
                drop(with(|cx| table.tell(&current, format, cx)));
            }
        }
    }
}
