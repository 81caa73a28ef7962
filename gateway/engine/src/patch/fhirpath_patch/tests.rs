//! What a FHIRPath Patch makes of a resource, and how it is refused.

mod any;
mod same;

use gateway_core::Issue;
use serde_json::{Value, json};

use super::*;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"3"},"extension":[{"url":"http://x/height","valueDecimal":1.80},{"url":"http://x/note","valueString":"n"}],"identifier":[{"system":"http://x/a","value":"1"},{"system":"http://x/b","value":"1"}],"active":true,"name":[{"use":"official","family":"Jansen","given":["Anna","Bea"],"_given":[null,{"id":"b"}]},{"use":"usual","given":["An"]}],"birthDate":"1986-09-29","deceasedBoolean":false,"contact":[{"gender":"male"}],"multipleBirthInteger":2}"#;

fn apply(operations: &Value) -> Result<String, Problem> {
    let parameters = json!({ "resourceType": "Parameters", "parameter": operations }).to_string();
    let patch = FhirPathPatch::read(Resource::from_text(parameters).unwrap())?;
    patch.apply(&Resource::from_text(PATIENT).unwrap()).map(|patched| patched.text().to_owned())
}

/// An operation: its type, its path, and the other parts.
fn operation(kind: &str, path: &str, parts: &[Value]) -> Value {
    let mut all = vec![json!({"name":"type","valueCode":kind}), json!({"name":"path","valueString":path})];
    all.extend(parts.iter().cloned());
    json!({ "name": "operation", "part": all })
}

fn name(name: &str) -> Value {
    json!({ "name": "name", "valueString": name })
}

/// A `value[x]` with this suffix.
fn value(of: &str, value: impl Into<Value>) -> Value {
    json!({ "name": "value", format!("value{of}"): value.into() })
}

fn number(name: &str, value: i32) -> Value {
    json!({ "name": name, "valueInteger": value })
}

/// A part of a value that has parts.
fn part(name: &str, of: &str, value: impl Into<Value>) -> Value {
    json!({ "name": name, format!("value{of}"): value.into() })
}

#[test]
fn primitives_keep_what_stands_beside_them() {
    let names = |operations: Value| -> Value {
        serde_json::from_str::<Value>(&apply(&operations).unwrap()).unwrap()["name"][0].clone()
    };
    let moved = operation("move", "Patient.name[0].given", &[number("source", 1), number("destination", 0)]);
    assert_eq!(
        names(json!([moved])),
        json!({"use":"official","family":"Jansen","given":["Bea","Anna"],"_given":[{"id":"b"},null]})
    );
    let inserted =
        operation("insert", "Patient.name[0].given", &[value("String", json!("C")), number("index", 1)]);
    assert_eq!(names(json!([inserted]))["_given"], json!([null, null, {"id":"b"}]));
    let deleted = operation("delete", "Patient.name[0].given[1]", &[]);
    assert_eq!(names(json!([deleted])), json!({"use":"official","family":"Jansen","given":["Anna"]}));
    let replaced = operation("replace", "Patient.name[0].given[1]", &[value("String", json!("C"))]);
    assert_eq!(names(json!([replaced])), json!({"use":"official","family":"Jansen","given":["Anna","C"]}));
    let note = json!({"name":"value","part":[part("url","Uri",json!("http://x")), part("value","Boolean",json!(true))]});
    let noted = operation("add", "Patient.name[0].given[0]", &[name("extension"), note]);
    assert_eq!(
        names(json!([noted]))["_given"],
        json!([{"extension":[{"url":"http://x","valueBoolean":true}]}, {"id":"b"}])
    );
    let absent =
        json!({"name":"value","_valueString":{"extension":[{"url":"http://x","valueCode":"unknown"}]}});
    let absent = operation("replace", "Patient.name[0].family", &[absent]);
    assert_eq!(names(json!([absent])).get("family"), None);
}

#[test]
fn a_choice_takes_another_type_in_the_same_place() {
    let text = apply(&json!([operation("replace", "Patient.deceased", &[value("DateTime", json!("2026"))])]))
        .unwrap();
    assert!(text.contains(r#","deceasedDateTime":"2026","contact""#), "{text}");
    let text = apply(&json!([
        operation("delete", "Patient.multipleBirth", &[]),
        operation("add", "Patient", &[name("multipleBirth"), value("Boolean", json!(true))]),
    ]));
    assert!(text.unwrap().contains(r#""multipleBirthBoolean":true"#));
}

#[test]
fn what_is_not_touched_keeps_its_text() {
    let text =
        apply(&json!([operation("delete", "Patient.extension.where(url='http://x/note')", &[])])).unwrap();
    assert_eq!(text, PATIENT.replace(r#",{"url":"http://x/note","valueString":"n"}"#, ""));
}

fn refusal(operations: &Value) -> (u16, Issue) {
    match apply(operations) {
        Err(Problem::Malformed(mut issues)) => (400, issues.remove(0)),
        Err(Problem::Invalid(mut issues)) => (422, issues.remove(0)),
        other => panic!("{operations}: {other:?}"),
    }
}

#[test]
fn what_does_not_fit_is_422_and_names_the_operation() {
    let text = |of: &str| value(of, json!("x"));
    for (operation, trouble) in [
        (operation("delete", "Patient.name", &[]), Trouble::Ambiguous),
        (operation("replace", "Patient.name.given", &[text("String")]), Trouble::Ambiguous),
        (operation("replace", "Patient.gender", &[text("Code")]), Trouble::Missing),
        (operation("add", "Patient.photo", &[name("title"), text("String")]), Trouble::Missing),
        (operation("add", "Patient", &[name("birthDate"), text("Date")]), Trouble::ThereAlready),
        (operation("add", "Patient", &[name("deceased"), text("DateTime")]), Trouble::ThereAlready),
        (operation("add", "Patient", &[name("naam"), text("String")]), Trouble::NoElement),
        (operation("add", "Patient", &[name("deceasedDateTime"), text("DateTime")]), Trouble::NoElement),
        (operation("delete", "Patient.name.naam", &[]), Trouble::NoElement),
        (operation("delete", "Patient.deceasedBoolean", &[]), Trouble::NoElement),
        (operation("delete", "Slot.start", &[]), Trouble::OtherResource),
        (operation("replace", "Patient.deceased", &[text("String")]), Trouble::OtherType),
        (operation("replace", "Patient.name[0]", &[text("String")]), Trouble::OtherType),
        (operation("replace", "Patient.birthDate", &[value("Period", json!({}))]), Trouble::OtherType),
        (operation("insert", "Patient.birthDate", &[text("Date"), number("index", 0)]), Trouble::NotRepeated),
        (
            operation("insert", "Patient.name.where(use='x')", &[text("HumanName"), number("index", 0)]),
            Trouble::NotRepeated,
        ),
        (
            operation("insert", "Patient.identifier", &[value("Identifier", json!({})), number("index", 3)]),
            Trouble::NoIndex,
        ),
        (
            operation("move", "Patient.identifier", &[number("source", 0), number("destination", 2)]),
            Trouble::NoIndex,
        ),
        (operation("replace", "Patient.id", &[text("Id")]), Trouble::Ours),
        (operation("delete", "Patient.meta.versionId", &[]), Trouble::Ours),
        (operation("add", "Patient.meta", &[name("lastUpdated"), text("Instant")]), Trouble::Ours),
        (operation("delete", "Patient", &[]), Trouble::Ours),
    ] {
        let first = self::operation("delete", "Patient.active", &[]);
        let (status, issue) = refusal(&json!([first, operation]));
        assert_eq!(
            (status, issue.expression.as_deref()),
            (422, Some("Parameters.parameter[1]")),
            "{operation}"
        );
        assert!(issue.text.ends_with(trouble.says()), "{operation}: {}", issue.text);
    }
}

#[test]
fn what_is_no_patch_is_400() {
    let path = json!({"name":"path","valueString":"Patient"});
    for bad in [
        json!({"name":"op","part":[]}),
        json!({"name":"operation"}),
        json!({"name":"operation","part":[path]}),
        json!({"name":"operation","part":[{"name":"type","valueCode":"delete"}]}),
        operation("remove", "Patient.active", &[]),
        operation("delete", "Patient.active", &[number("index", 0)]),
        operation("add", "Patient", &[value("Code", json!("x"))]),
        operation("add", "Patient", &[name("gender")]),
        operation("add", "Patient", &[name("gender"), value("Nothing", json!("x"))]),
        operation("add", "Patient", &[name("gender"), json!({"name":"value"})]),
        operation(
            "add",
            "Patient",
            &[name("gender"), json!({"name":"value","valueCode":"x","valueString":"x"})],
        ),
        operation("add", "Patient", &[name("contact"), json!({"name":"value","part":[{"valueCode":"x"}]})]),
        operation("add", "Patient", &[name("gender"), name("gender"), value("Code", json!("x"))]),
        operation("move", "Patient.name", &[number("source", -1), number("destination", 0)]),
        operation("delete", "Patient.name.exists()", &[]),
        operation("delete", "Patient.name.where(use != 'x')", &[]),
    ] {
        assert_eq!(refusal(&json!([bad])).0, 400, "{bad}");
    }
    let wrong = Resource::from_text(r#"{"resourceType":"Patient"}"#).unwrap();
    assert!(matches!(FhirPathPatch::read(wrong), Err(Problem::Malformed(_))));
}

#[test]
fn contained_resources_are_patched_as_what_they_are() {
    let current = r#"{"resourceType":"Patient","id":"p","contained":[{"resourceType":"Organization","id":"o","name":"x"}]}"#;
    let operations = json!([
        operation("replace", "Patient.contained.where(id='o').name", &[value("String", json!("y"))]),
        operation(
            "add",
            "Patient",
            &[name("contained"), json!({"name":"value","resource":{"resourceType":"Location","id":"l"}})]
        ),
        operation("delete", "Patient.contained.ofType(Organization).alias", &[]),
    ]);
    let parameters = json!({ "resourceType": "Parameters", "parameter": operations }).to_string();
    let patch = FhirPathPatch::read(Resource::from_text(parameters).unwrap()).unwrap();
    let patched = patch.apply(&Resource::from_text(current).unwrap()).unwrap();
    let expected = current.replace(r#""x"}"#, r#""y"},{"id":"l","resourceType":"Location"}"#);
    assert_eq!(patched.text(), expected);
}

#[test]
fn the_work_of_a_patch_has_an_end() {
    let tried = |elements: usize, times: usize| {
        let many: Vec<_> = (0..elements).map(|n| json!({ "value": n.to_string() })).collect();
        let current = json!({ "resourceType": "Patient", "id": "p", "identifier": many }).to_string();
        let one = operation("delete", "Patient.identifier.where(value='x')", &[]);
        let parameters = json!({ "resourceType": "Parameters", "parameter": vec![one; times] }).to_string();
        let patch = FhirPathPatch::read(Resource::from_text(parameters).unwrap()).unwrap();
        patch.apply(&Resource::from_text(current).unwrap())
    };
    assert!(tried(100, 50).is_ok());
    let Err(Problem::Invalid(issues)) = tried(20_000, 1) else { panic!() };
    assert_eq!(issues[0].code, IssueCode::TooCostly);
}
