//! A FHIRPath Patch makes what the JSON Patch of the same change makes, byte for byte.

use gateway_core::Resource;
use serde_json::{Value, json};

use super::{PATIENT, apply, name, number, operation, part, value};
use crate::{JsonPatch, Patch as _};

fn same(cases: &[(Value, &str)]) {
    for (fhirpath, operation) in cases {
        let patch = JsonPatch::read(format!("[{operation}]").as_bytes()).unwrap();
        let expected = patch.apply(&Resource::from_text(PATIENT).unwrap()).unwrap();
        assert_eq!(apply(&json!([fhirpath])).as_deref(), Ok(expected.text()), "{fhirpath}");
    }
}

/// The JSON Patch of a change that changes nothing.
const NOTHING: &str = r#"{"op":"test","path":"/active","value":true}"#;

#[test]
fn add_puts_behind_what_is_there_or_where_nothing_is() {
    let note =
        json!({"name":"value","part":[part("url", "Uri", "http://x/n"), part("value", "String", "m")]});
    let contact = json!({"name":"value","part":[
        part("name", "HumanName", json!({"family":"Smit"})),
        part("telecom", "ContactPoint", json!({"value":"1"})),
        part("telecom", "ContactPoint", json!({"value":"2"})),
    ]});
    let add =
        |path: &str, element: &str, value: &Value| operation("add", path, &[name(element), value.clone()]);
    let status = value("CodeableConcept", json!({"text":"x"}));
    same(&[
        (
            add("Patient", "gender", &value("Code", "female")),
            r#"{"op":"add","path":"/gender","value":"female"}"#,
        ),
        (
            add("Resource", "identifier", &value("Identifier", json!({"value":"3"}))),
            r#"{"op":"add","path":"/identifier/-","value":{"value":"3"}}"#,
        ),
        (
            add("Patient.name.where(use='usual')", "given", &value("String", "Ans")),
            r#"{"op":"add","path":"/name/1/given/-","value":"Ans"}"#,
        ),
        (
            add("Patient", "contact", &contact),
            r#"{"op":"add","path":"/contact/-","value":{"name":{"family":"Smit"},"telecom":[{"value":"1"},{"value":"2"}]}}"#,
        ),
        (
            add("Patient", "extension", &note),
            r#"{"op":"add","path":"/extension/-","value":{"url":"http://x/n","valueString":"m"}}"#,
        ),
        (
            add("Patient.birthDate", "extension", &note),
            r#"{"op":"add","path":"/_birthDate","value":{"extension":[{"url":"http://x/n","valueString":"m"}]}}"#,
        ),
        (
            add("Patient", "maritalStatus", &status),
            r#"{"op":"add","path":"/maritalStatus","value":{"text":"x"}}"#,
        ),
    ]);
}

#[test]
fn replace_and_delete_reach_what_the_path_finds() {
    let replace = |path: &str, value: Value| operation("replace", path, &[value]);
    let delete = |path: &str| operation("delete", path, &[]);
    same(&[
        (
            replace("Patient.birthDate", value("Date", "1987")),
            r#"{"op":"replace","path":"/birthDate","value":"1987"}"#,
        ),
        (
            replace("birthDate", value("String", "1987")),
            r#"{"op":"replace","path":"/birthDate","value":"1987"}"#,
        ),
        (
            replace("Patient.extension('http://x/note').value", value("String", "k")),
            r#"{"op":"replace","path":"/extension/1/valueString","value":"k"}"#,
        ),
        (
            replace("Patient.name[0]", value("HumanName", json!({"text":"x"}))),
            r#"{"op":"replace","path":"/name/0","value":{"text":"x"}}"#,
        ),
        (delete("Patient.active"), r#"{"op":"remove","path":"/active"}"#),
        (delete("Patient.deceased"), r#"{"op":"remove","path":"/deceasedBoolean"}"#),
        (delete("Patient.deceased.ofType(boolean)"), r#"{"op":"remove","path":"/deceasedBoolean"}"#),
        (delete("Patient.deceased.ofType(dateTime)"), NOTHING),
        (delete("Patient.photo"), NOTHING),
        (delete("Patient.contact[0]"), r#"{"op":"remove","path":"/contact"}"#),
        (delete("Patient.contact.gender"), r#"{"op":"remove","path":"/contact"}"#),
        (delete("Patient.name.last().given.first()"), r#"{"op":"remove","path":"/name/1/given/0"}"#),
        (
            delete("Patient.identifier.where(system='http://x/b' and value='1')"),
            r#"{"op":"remove","path":"/identifier/1"}"#,
        ),
        (delete("Patient.extension('http://x/note')"), r#"{"op":"remove","path":"/extension/1"}"#),
        (delete("Patient.extension.where(value=1.8)"), r#"{"op":"remove","path":"/extension/0"}"#),
    ]);
}

#[test]
fn insert_and_move_count_in_one_list() {
    let insert =
        |path: &str, value: Value, index| operation("insert", path, &[value, number("index", index)]);
    same(&[
        (
            insert("Patient.identifier", value("Identifier", json!({"value":"0"})), 0),
            r#"{"op":"add","path":"/identifier/0","value":{"value":"0"}}"#,
        ),
        (
            insert("Patient.identifier", value("Identifier", json!({"value":"0"})), 2),
            r#"{"op":"add","path":"/identifier/-","value":{"value":"0"}}"#,
        ),
        (
            insert("Patient.telecom", value("ContactPoint", json!({"value":"0"})), 0),
            r#"{"op":"add","path":"/telecom","value":[{"value":"0"}]}"#,
        ),
        (
            operation("move", "Patient.identifier", &[number("source", 1), number("destination", 0)]),
            r#"{"op":"move","from":"/identifier/1","path":"/identifier/0"}"#,
        ),
    ]);
}
