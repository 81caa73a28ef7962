//! What a row can say about no value, unknown codes, times, formats and ways.

use gateway_core::{IssueCode, Severity};

use super::support::{lay, lay_xml, resource, small_rest, tell};
use crate::Package;
use crate::wire::Format;

fn laid(package: &Package, json: &str, current: &str) -> String {
    let current = (!current.is_empty()).then(|| resource(current));
    let laid = lay(package.table("klein/ding").unwrap(), json, current.as_ref()).unwrap();
    laid.resource.text().to_owned()
}

const MALE: &str = r#"{"resourceType":"Patient","gender":"male"}"#;
const NONE: &str = r#"{"resourceType":"Patient"}"#;

#[test]
fn no_value_clears_keeps_or_sets() {
    let with = |more: &str| {
        small_rest(
            "Patient",
            &format!(
                r#"{{ wire = "Soort", fhir = "gender", as = {{ code = "soort" }}, unset = ["0"]{more} }},"#
            ),
        )
    };
    for json in [
        "{}",
        r#"{"Soort":null}"#,
        r#"{"Soort":""}"#,
        r#"{"Soort":" "}"#,
        r#"{"Soort":"0"}"#,
        r#"{"Soort":0}"#,
    ] {
        assert_eq!(laid(&with(""), json, MALE), NONE, "{json}");
        assert_eq!(laid(&with(r#", empty = "keep""#), json, MALE), MALE, "{json}");
        let set = r#"{"resourceType":"Patient","gender":"other"}"#;
        assert_eq!(laid(&with(r#", empty = { set = "other" }"#), json, MALE), set, "{json}");
    }
    let absent = with(r#", absent = "keep""#);
    assert_eq!(laid(&absent, "{}", MALE), MALE);
    assert_eq!(laid(&absent, r#"{"Soort":null}"#, MALE), NONE);
    assert_eq!(laid(&with(""), r#"{"Soort":"niets"}"#, MALE), NONE, "the map says that it becomes nothing");
}

#[test]
fn a_code_without_an_entry_is_an_issue_with_both_paths() {
    let package = small_rest("Patient", r#"{ wire = "Soort", fhir = "gender", as = { code = "soort" } },"#);
    let table = package.table("klein/ding").unwrap();
    let issues = lay(table, r#"{"Soort":"GEHEIM"}"#, None).unwrap_err();
    assert_eq!(issues[0].issue.code, IssueCode::CodeInvalid);
    assert_eq!(issues[0].issue.expression.as_deref(), Some("Patient.gender"));
    assert_eq!(issues[0].wire.as_deref(), Some("Afspraken[3].Soort"));
    assert!(!issues[0].to_string().contains("GEHEIM"));
    let back =
        tell(table, &resource(r#"{"resourceType":"Patient","gender":"other"}"#), Format::Json).unwrap_err();
    assert_eq!((back[0].issue.code, back[0].wire.as_deref()), (IssueCode::CodeInvalid, Some("Soort")));
}

#[test]
fn an_unknown_code_may_be_kept_beside_a_code_the_table_names() {
    let row = r#"{ wire = "Soort", fhir = "gender", as = { code = "soort" }, case = "any", tail = "_", unknown = { set = "unknown" }, raw = "maritalStatus.text" },"#;
    let package = small_rest("Patient", row);
    let table = package.table("klein/ding").unwrap();
    let unknown = lay(table, r#"{"Soort":"X"}"#, Some(&resource(MALE))).unwrap();
    assert_eq!(
        unknown.resource.text(),
        r#"{"resourceType":"Patient","gender":"unknown","maritalStatus":{"text":"X"}}"#
    );
    assert_eq!(unknown.warnings[0].issue.severity, Severity::Warning);
    assert_eq!(tell(table, &unknown.resource, Format::Json).unwrap().record.to_json(), r#"{"Soort":"X"}"#);
    let known = lay(table, r#"{"Soort":"OZB_Soort_v"}"#, Some(&unknown.resource)).unwrap();
    assert_eq!(known.resource.text(), r#"{"resourceType":"Patient","gender":"female"}"#);
}

#[test]
fn an_unknown_code_may_leave_what_is_known() {
    let row = r#"{ wire = "Soort", fhir = "gender", as = { code = "soort" }, unknown = "keep", empty = { set = "other" } },"#;
    let package = small_rest("Patient", row);
    assert_eq!(laid(&package, r#"{"Soort":"X"}"#, MALE), MALE);
    assert_eq!(laid(&package, r#"{"Soort":"X"}"#, NONE), r#"{"resourceType":"Patient","gender":"other"}"#);
}

#[test]
fn a_field_the_format_does_not_have_leaves_its_element() {
    let package = small_rest("Patient", r#"{ wire = "AlleenJson", fhir = "language", as = "text" },"#);
    let current = resource(r#"{"resourceType":"Patient","language":"nl"}"#);
    let xml = lay_xml(package.table("klein/ding").unwrap(), "<Ding />", Some(&current)).unwrap();
    assert_eq!(xml.resource.text(), current.text());
    assert_eq!(laid(&package, "{}", current.text()), NONE);
}

#[test]
fn rows_for_one_format_share_an_element() {
    let rows = r#"
      { wire = "Naam", fhir = "language", as = "text", only = "json" },
      { wire = "Soort", fhir = "language", as = "text", only = "xml" },"#;
    let package = small_rest("Patient", rows);
    let json = laid(&package, r#"{"Naam":"a","Soort":"b"}"#, "");
    assert_eq!(json, r#"{"resourceType":"Patient","language":"a"}"#);
    let xml =
        lay_xml(package.table("klein/ding").unwrap(), "<D><Naam>a</Naam><Soort>b</Soort></D>", None).unwrap();
    assert_eq!(xml.resource.text(), r#"{"resourceType":"Patient","language":"b"}"#);
}

#[test]
fn what_has_no_place_in_the_record_is_a_warning() {
    let rows = r#"{ wire = "Naam", fhir = "language", as = "text" }, { fhir = "name.family", lost = "no such field" },"#;
    let package = small_rest("Patient", rows);
    let patient = resource(r#"{"resourceType":"Patient","name":[{"family":"Proef"}]}"#);
    let told = tell(package.table("klein/ding").unwrap(), &patient, Format::Json).unwrap();
    assert_eq!(told.record.to_json(), r#"{"Naam":null}"#);
    assert_eq!(told.warnings[0].issue.expression.as_deref(), Some("Patient.name.family"));
    assert!(told.warnings[0].issue.text.contains("no such field"));
}

#[test]
fn a_reference_that_leads_nowhere_and_all_other_issues_are_told() {
    let rows = r#"
      { wire = "Naam", fhir = "managingOrganization.reference", as = { reference = "Organization" } },
      { wire = "Vlag", fhir = "active", as = "boolean" },
      { wire = "Soort", fhir = "gender", as = { code = "soort" } },"#;
    let package = small_rest("Patient", rows);
    let table = package.table("klein/ding").unwrap();
    let issues =
        lay(table, r#"{"Naam":"404404404404","Vlag":"misschien","Soort":{"a":1}}"#, None).unwrap_err();
    let codes: Vec<_> = issues.iter().map(|issue| issue.issue.code).collect();
    assert_eq!(codes, [IssueCode::NotFound, IssueCode::Value, IssueCode::Structure]);
    let laid = lay(table, r#"{"Naam":"7","Vlag":true,"Soort":"M"}"#, None).unwrap().resource;
    assert!(laid.text().contains(r#""managingOrganization":{"reference":"Organization/7"},"active":true"#));
    let told = tell(table, &laid, Format::Json).unwrap().record.to_json();
    assert_eq!(told, r#"{"Naam":"7","Soort":"M","Vlag":true}"#);
}

#[test]
fn a_name_in_a_constant_needs_a_value() {
    let rows = r#"{ wire = "Naam", fhir = "identifier[0].value", as = "text" }, { fhir = "identifier[0].system", fixed = "{nobody}" },"#;
    let package = small_rest("Patient", rows);
    let issues = lay(package.table("klein/ding").unwrap(), "{}", None).unwrap_err();
    assert!(issues[0].issue.text.contains("{nobody}"));
}

#[test]
fn what_is_no_record_erases_nothing() {
    let package = small_rest("Patient", r#"{ wire = "Naam", fhir = "language", as = "text" },"#);
    let table = package.table("klein/ding").unwrap();
    for json in ["null", "[]", "\"\"", "1"] {
        let issues = lay(table, json, Some(&resource(NONE))).unwrap_err();
        assert_eq!(issues[0].wire.as_deref(), Some("Afspraken[3]"), "{json}");
    }
    assert!(lay_xml(table, "<D>tekst</D>", None).is_err());
    assert!(lay_xml(table, r#"<D Id="7" />"#, None).is_ok());
}

#[test]
fn the_wrong_resource_is_refused_both_ways() {
    let package = small_rest("Patient", r#"{ wire = "Naam", fhir = "language", as = "text" },"#);
    let table = package.table("klein/ding").unwrap();
    let slot = resource(r#"{"resourceType":"Slot"}"#);
    assert!(lay(table, "{}", Some(&slot)).is_err());
    assert!(tell(table, &slot, Format::Json).is_err());
}

#[test]
fn a_lossy_table_is_caught_by_its_proof() {
    let rows = r#"{ wire = "Naam", fhir = "gender", as = "text", empty = { set = "x" } },"#;
    let package = small_rest("Patient", rows);
    let table = package.table("klein/ding").unwrap();
    let broken = (0..50).find_map(|seed| {
        super::support::with(|cx| crate::proof::round_trip(table, Format::Json, seed, cx)).err()
    });
    assert!(broken.unwrap().what.contains("Naam came back as something else"));
}
