//! Whatever is asked: nothing panics, and adding and deleting cancel out.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{PATIENT, apply, name, number, operation, part, value};

proptest! {
    #[test]
    fn reading_and_applying_never_panic(operations in prop::collection::vec(any_operation(), 0..8)) {
        drop(apply(&Value::Array(operations)));
    }

    #[test]
    fn what_is_added_and_deleted_leaves_the_text_as_it_was(text in "[a-z]{1,9}", at in 0..2_usize) {
        let one = json!({ "value": text });
        let string = || value("String", json!(text));
        let insert = |path: &str| operation("insert", path, &[string(), number("index", 1)]);
        for (done, undone) in [
            (operation("add", "Patient", &[name("gender"), value("Code", json!(text))]), "Patient.gender"),
            (operation("add", "Patient", &[name("identifier"), value("Identifier", one)]), "Patient.identifier.last()"),
            (operation("add", &format!("Patient.name[{at}]"), &[name("given"), string()]), &*format!("name[{at}].given.last()")),
            (insert("Patient.name[0].given"), "Patient.name[0].given[1]"),
        ] {
            let patched = apply(&json!([done, operation("delete", undone, &[])]));
            prop_assert_eq!(patched.as_deref(), Ok(PATIENT));
        }
    }
}

/// Operations that can be read, on whatever element.
fn any_operation() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(vec!["add", "insert", "delete", "replace", "move"]);
    let names = [
        "extension",
        "value",
        "given",
        "deceased",
        "contact",
        "url",
        "period",
        "contained",
        "id",
        "meta",
        "x",
    ];
    let values = [
        value("String", json!("x")),
        value("HumanName", json!({ "given": ["x"] })),
        value("Boolean", json!(true)),
        json!({ "name": "value", "part": [part("url", "Uri", json!("u")), part("value", "Code", json!("c"))] }),
        json!({ "name": "value", "resource": { "resourceType": "Patient" } }),
        json!({ "name": "value", "_valueString": { "id": "i" } }),
    ];
    let (called, value) = (prop::sample::select(names.to_vec()), prop::sample::select(values.to_vec()));
    (kind, any_path(), called, value, 0..3, 0..3).prop_map(|(kind, path, called, value, from, to)| {
        let parts = match kind {
            "add" => vec![name(called), value],
            "insert" => vec![value, number("index", from)],
            "replace" => vec![value],
            "move" => vec![number("source", from), number("destination", to)],
            _ => vec![],
        };
        operation(kind, &path, &parts)
    })
}

fn any_path() -> impl Strategy<Value = String> {
    let steps = [
        ".name",
        ".given",
        ".extension",
        ".value",
        ".deceased",
        ".birthDate",
        ".contact",
        ".contained",
        ".id",
        "[0]",
        "[1]",
        ".first()",
        ".last()",
        ".where(use='usual')",
        ".where(value=1.8)",
        ".extension('http://x/note')",
        ".ofType(boolean)",
    ];
    prop::collection::vec(prop::sample::select(steps.to_vec()), 0..5)
        .prop_map(|steps| format!("Patient{}", steps.concat()))
}
