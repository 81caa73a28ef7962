//! `zorgtolk validate`.

use serde_json::Value;

use crate::running::Folder;

const GOOD: &str = r#"{"resourceType":"Patient","id":"p1","active":true,"gender":"female"}"#;
const BAD: &str = r#"{"resourceType":"Patient","id":"p1","gender":"vrouw","birthDate":"2026-02-30","foo":1}"#;

#[test]
fn a_good_resource_is_in_order() {
    let folder = Folder::new();
    folder.write("good.json", GOOD);
    let ran = folder.run(&["validate", "good.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "good.json: in order\n"));
    assert_eq!(folder.run_with_input(&["validate", "-"], GOOD).code, Some(0));
}

#[test]
fn every_issue_is_a_line_with_its_place() {
    let folder = Folder::new();
    folder.write("bad.json", BAD);
    let ran = folder.run(&["validate", "bad.json"]);
    assert_eq!(ran.code, Some(1));
    for place in ["Patient.gender", "Patient.birthDate", "Patient.foo"] {
        let told = ran.out.lines().any(|line| line.starts_with("bad.json: error ") && line.contains(place));
        assert!(told, "{place}: {}", ran.out);
    }
    assert!(!ran.out.contains("vrouw"), "{}", ran.out);
}

#[test]
fn json_is_one_outcome_per_input() {
    let folder = Folder::new();
    let (good, bad) = (folder.write("good.json", GOOD), folder.write("bad.json", BAD));
    let ran = folder.run(&["validate", "--json", good.to_str().unwrap(), bad.to_str().unwrap()]);
    let outcomes: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((ran.code, outcomes.len()), (Some(1), 2));
    assert!(outcomes.iter().all(|outcome| outcome["resourceType"] == "OperationOutcome"));
    assert_eq!(outcomes[0]["issue"][0]["severity"], "information");
    assert!(outcomes[1]["issue"].as_array().unwrap().len() >= 3, "{}", outcomes[1]);
}

#[test]
fn a_bundles_entries_are_looked_at_in_their_place() {
    let folder = Folder::new();
    folder.write(
        "bundle.json",
        &format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{GOOD}}},{{"resource":{BAD}}}]}}"#),
    );
    let ran = folder.run(&["validate", "bundle.json"]);
    assert_eq!(ran.code, Some(1));
    let places: Vec<&str> =
        ran.out.lines().filter(|line| line.contains("entry[1].resource.birthDate")).collect();
    assert_eq!(places.len(), 1, "{}", ran.out);
    assert!(!ran.out.contains("entry[0]"), "{}", ran.out);
}

#[test]
fn what_is_no_resource_is_told_as_such() {
    let folder = Folder::new();
    for text in
        ["", "{", "[]", "{}", r#"{"resourceType":"Patiënt"}"#, r#"{"resourceType":"Patient","a":1,"a":2}"#]
    {
        let ran = folder.run_with_input(&["validate", "-"], text);
        assert!(ran.code == Some(1) && ran.out.starts_with("-: error "), "{text}: {ran:?}");
    }
}

#[test]
fn the_strictness_of_the_bsn_can_be_chosen() {
    let folder = Folder::new();
    let patient = r#"{"resourceType":"Patient","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"123456789"}]}"#;
    folder.write("p.json", patient);
    for (check, code) in [("format", 0), ("warn", 0), ("elfproef", 1)] {
        let ran = folder.run(&["validate", "--bsn-check", check, "p.json"]);
        assert_eq!(ran.code, Some(code), "{check}: {ran:?}");
        assert!(!ran.out.contains("123456789"), "{ran:?}");
    }
}
