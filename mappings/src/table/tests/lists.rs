//! Lists on the wire, and the places and slices of lists in FHIR.

use super::support::{lay, lay_xml, resource, small_rest, tell};
use crate::wire::Format;

const NUMBERS: &str = r#"
  { wire = "Nummers[]", fhir = "telecom[].value", as = "text" },
  { fhir = "telecom[].system", fixed = "phone" },
  { wire = "Regels[].Code", fhir = "identifier[].value", as = "text" },
  { wire = "Regels[].Aantal", fhir = "identifier[].period.id", as = "integer" },"#;

#[test]
fn the_items_of_a_list_become_the_values_of_a_list() {
    let package = small_rest("Patient", NUMBERS);
    let table = package.table("klein/ding").unwrap();
    let json = r#"{"Nummers":["1","2"],"Regels":[{"Code":"a","Aantal":1},{"Code":"b"}]}"#;
    let laid = lay(table, json, None).unwrap().resource;
    assert_eq!(
        laid.text(),
        r#"{"resourceType":"Patient","telecom":[{"value":"1","system":"phone"},{"value":"2","system":"phone"}],"identifier":[{"value":"a","period":{"id":"1"}},{"value":"b"}]}"#
    );
    assert_eq!(tell(table, &laid, Format::Json).unwrap().record.to_json(), json);
    let xml = tell(table, &laid, Format::Xml).unwrap().record.to_xml("Ding");
    assert_eq!(
        xml,
        "<Ding><Nummers><string>1</string><string>2</string></Nummers><Regel><Code>a</Code><Aantal>1</Aantal></Regel><Regel><Code>b</Code></Regel></Ding>"
    );
    assert_eq!(lay_xml(table, &xml, Some(&laid)).unwrap().resource.text(), laid.text());

    let fewer = lay(table, r#"{"Nummers":["2"],"Regels":[]}"#, Some(&laid)).unwrap().resource;
    assert_eq!(fewer.text(), r#"{"resourceType":"Patient","telecom":[{"value":"2","system":"phone"}]}"#);
}

#[test]
fn a_fault_in_an_item_names_the_item() {
    let package = small_rest("Patient", NUMBERS);
    let issues =
        lay(package.table("klein/ding").unwrap(), r#"{"Regels":[{"Aantal":1},{"Aantal":"x"}]}"#, None)
            .unwrap_err();
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].wire.as_deref(), Some("Afspraken[3].Regels[1].Aantal"));
    assert_eq!(issues[0].issue.expression.as_deref(), Some("Patient.identifier.period.id"));
    assert!(!issues[0].to_string().contains('x') || !issues[0].issue.text.contains("\"x\""));
}

#[test]
fn the_first_value_of_a_list_is_the_tables_and_the_others_are_not() {
    let rows = r#"{ wire = "Naam", fhir = "name[0].given[0]", as = "text" }, { wire = "Soort", fhir = "name[0].family", as = "text" },"#;
    let package = small_rest("Patient", rows);
    let table = package.table("klein/ding").unwrap();
    let current = resource(
        r#"{"resourceType":"Patient","name":[{"given":["Oud", "Tweede"],"_given":[null,{"id":"x"}],"use":"usual"}, {"text":"b"}]}"#,
    );
    let laid = lay(table, r#"{"Naam":"Nieuw"}"#, Some(&current)).unwrap().resource;
    assert_eq!(
        laid.text(),
        r#"{"resourceType":"Patient","name":[{"given":["Nieuw","Tweede"],"_given":[null,{"id":"x"}],"use":"usual"},{"text":"b"}]}"#
    );
    let gone = lay(table, "{}", Some(&laid)).unwrap().resource;
    assert!(gone.text().contains(r#""given":[null,"Tweede"],"_given":[null,{"id":"x"}]"#), "{}", gone.text());
}

#[test]
fn the_first_value_stays_where_another_would_take_its_place() {
    let rows = r#"{ wire = "Naam", fhir = "name[0].text", as = "text" },"#;
    let package = small_rest("Patient", rows);
    let table = package.table("klein/ding").unwrap();
    let two = resource(r#"{"resourceType":"Patient","name":[{"text":"a"},{"text":"vreemd"}]}"#);
    assert_eq!(lay(table, "{}", Some(&two)).unwrap().resource.text(), two.text());
    let one = resource(r#"{"resourceType":"Patient","name":[{"text":"a"}]}"#);
    assert_eq!(lay(table, "{}", Some(&one)).unwrap().resource.text(), r#"{"resourceType":"Patient"}"#);
}

#[test]
fn a_constant_among_the_values_of_a_list_is_added_once() {
    let rows =
        r#"{ fhir = "meta.profile[]", fixed = "urn:a" }, { wire = "Naam", fhir = "language", as = "text" },"#;
    let package = small_rest("Patient", rows);
    let table = package.table("klein/ding").unwrap();
    let current = resource(r#"{"resourceType":"Patient","meta":{"profile":["urn:b"]}}"#);
    let once = lay(table, r#"{"Naam":"nl"}"#, Some(&current)).unwrap().resource;
    assert_eq!(
        once.text(),
        r#"{"resourceType":"Patient","meta":{"profile":["urn:b","urn:a"]},"language":"nl"}"#
    );
    assert_eq!(lay(table, r#"{"Naam":"nl"}"#, Some(&once)).unwrap().resource.text(), once.text());
}

#[test]
fn a_constant_that_matches_finds_its_value_wherever_it_stands() {
    let rows = r#"
      { wire = "Naam", fhir = "identifier[0].value", as = "text" },
      { fhir = "identifier[0].system", fixed = "urn:{practice}", match = true },"#;
    let package = small_rest("Patient", rows);
    let table = package.table("klein/ding").unwrap();
    let current = resource(r#"{"resourceType":"Patient","identifier":[{"value":"1","system":"urn:x"}]}"#);
    let laid = lay(table, r#"{"Naam":"2"}"#, Some(&current)).unwrap().resource;
    let both = r#"[{"value":"1","system":"urn:x"},{"value":"2","system":"urn:01999999"}]"#;
    assert!(laid.text().contains(both), "{}", laid.text());
    assert_eq!(tell(table, &laid, Format::Json).unwrap().record.to_json(), r#"{"Naam":"2"}"#);
    let gone = lay(table, r#"{"Naam":null}"#, Some(&laid)).unwrap().resource;
    assert_eq!(gone.text(), current.text());
}
