//! The shape of the JSON: `dutch-fhir.md` section 6, cases 43 to 57, and elements that R4 does not define.

use super::support::{appointment, malformed, patient, refused, valid};

const ABSENT: &str = r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}"#;

#[test]
fn case_43_an_extension_may_stand_without_the_value() {
    valid(&patient(&format!(r#""_birthDate":{ABSENT}"#)));
    valid(&format!(
        r#"{{"resourceType":"Slot","schedule":{{"reference":"Schedule/1"}},"_status":{ABSENT},
            "start":"2026-01-01T10:00:00Z","end":"2026-01-01T10:10:00Z"}}"#
    ));
    malformed(&patient(r#""_name":[{"text":"x"}]"#), &["error structure Patient.name"]);
    malformed(&patient(r#""_birthDate":{}"#), &["error structure Patient.birthDate"]);
    malformed(&patient(r#""_birthDate":{"id":"x"}"#), &["error structure Patient.birthDate"]);
}

#[test]
fn case_44_lists_of_values_and_extensions_are_aligned() {
    let name = |members: &str| patient(&format!(r#""name":[{{{members}}}]"#));
    valid(&name(&format!(r#""given":["Anna",null],"_given":[null,{ABSENT}]"#)));
    valid(&name(&format!(r#""_given":[{ABSENT}]"#)));
    malformed(
        &name(&format!(r#""given":["Anna"],"_given":[null,{ABSENT}]"#)),
        &["error structure Patient.name[0].given"],
    );
    malformed(
        &name(r#""given":["Anna",null],"_given":[null,null]"#),
        &["error structure Patient.name[0].given[1]"],
    );
    malformed(&name(r#""given":["Anna",null]"#), &["error structure Patient.name[0].given[1]"]);
    malformed(&name(&format!(r#""_given":[null,{ABSENT}]"#)), &["error structure Patient.name[0].given[0]"]);
}

#[test]
fn case_45_nothing_is_empty() {
    for empty in ["null", "[]", "{}", r#""""#] {
        malformed(&patient(&format!(r#""gender":{empty}"#)), &["error structure Patient.gender"]);
    }
    malformed(&patient(r#""name":[]"#), &["error structure Patient.name"]);
    malformed(&patient(r#""name":[{}]"#), &["error structure Patient.name[0]"]);
    malformed(&patient(r#""name":[null]"#), &["error structure Patient.name[0]"]);
    malformed(&patient(r#""maritalStatus":{}"#), &["error structure Patient.maritalStatus"]);
}

#[test]
fn case_46_unknown_elements_are_refused() {
    malformed(&patient(r#""foo":1"#), &["error structure Patient.foo"]);
    malformed(&patient(r#""Gender":"male""#), &["error structure Patient.Gender"]);
    malformed(&patient(r#""name":[{"famly":"x"}]"#), &["error structure Patient.name[0].famly"]);
    malformed(&patient(r#""999990019":1"#), &["error structure Patient"]);
    malformed(
        &patient(r#""name":[{"resourceType":"HumanName","text":"x"}]"#),
        &["error structure Patient.name[0].resourceType"],
    );
}

#[test]
fn case_49_lists_and_single_values_are_not_exchanged() {
    malformed(&patient(r#""gender":["male"]"#), &["error structure Patient.gender"]);
    malformed(&patient(r#""name":{"text":"x"}"#), &["error structure Patient.name"]);
    malformed(&patient(r#""name":"x""#), &["error structure Patient.name"]);
    malformed(&patient(r#""name":["x"]"#), &["error structure Patient.name[0]"]);
}

#[test]
fn case_50_a_boolean_is_no_string_or_number() {
    malformed(&patient(r#""active":"true""#), &["error structure Patient.active"]);
    malformed(&patient(r#""active":1"#), &["error structure Patient.active"]);
}

#[test]
fn case_53_choice_element_twice() {
    malformed(
        &patient(r#""deceasedBoolean":true,"deceasedDateTime":"2026-01-01""#),
        &["error structure Patient.deceased"],
    );
    malformed(
        &patient(&format!(r#""deceasedBoolean":true,"_deceasedDateTime":{ABSENT}"#)),
        &["error structure Patient.deceased"],
    );
    valid(&patient(&format!(r#""deceasedBoolean":true,"_deceasedBoolean":{ABSENT}"#)));
    malformed(&patient(r#""deceased":true"#), &["error structure Patient.deceased"]);
}

#[test]
fn case_54_unknown_extensions_are_taken_and_relative_urls_are_not() {
    valid(&patient(r#""extension":[{"url":"https://elsewhere/x","valueString":"y"}]"#));
    valid(&patient(
        r#""extension":[{"url":"https://elsewhere/x","extension":[{"url":"part","valueDecimal":5.00}]}]"#,
    ));
    malformed(
        &patient(r#""extension":[{"url":"x","valueString":"y"}]"#),
        &["error value Patient.extension[0].url"],
    );
}

#[test]
fn case_55_an_extension_has_a_url_and_either_a_value_or_extensions() {
    malformed(
        &patient(
            r#""extension":[{"url":"a:b","valueString":"y","extension":[{"url":"c","valueString":"z"}]}]"#,
        ),
        &["error structure Patient.extension[0]"],
    );
    malformed(&patient(r#""extension":[{"url":"a:b"}]"#), &["error structure Patient.extension[0]"]);
    malformed(&patient(r#""extension":[{"valueString":"y"}]"#), &["error required Patient.extension[0].url"]);
    malformed(
        &patient(r#""extension":[{"url":"a:b","valueString":"y","valueCode":"z"}]"#),
        &["error structure Patient.extension[0].value"],
    );
}

#[test]
fn case_56_a_modifier_extension_is_not_understood() {
    refused(
        &patient(r#""modifierExtension":[{"url":"a:b","valueString":"y"}]"#),
        &["error extension Patient.modifierExtension[0]"],
    );
}

#[test]
fn case_57_implicit_rules_are_not_understood() {
    refused(&patient(r#""implicitRules":"a:b""#), &["error business-rule Patient.implicitRules"]);
}

#[test]
fn what_is_mandatory_must_be_there() {
    refused(
        r#"{"resourceType":"Appointment"}"#,
        &[
            "error required Appointment.status",
            "error required Appointment.participant",
            "error invariant Appointment",
        ],
    );
    valid(&appointment(""));
    refused(
        &appointment(r#""slot":[{"display":"x"}],"priority":0,"minutesDuration":10,"status2":1"#)
            .replace(r#","status2":1"#, ""),
        &[],
    );
    refused(
        &appointment("").replace(r#","status":"accepted""#, ""),
        &["error required Appointment.participant[0].status"],
    );
}

#[test]
fn codes_of_required_bindings_are_those_of_the_value_set() {
    refused(&patient(r#""gender":"vrouw""#), &["error code-invalid Patient.gender"]);
    refused(
        &appointment("").replace("accepted", "misschien"),
        &["error code-invalid Appointment.participant[0].status"],
    );
    malformed(&patient(r#""gender":" male""#), &["error value Patient.gender"]);
}

#[test]
fn all_issues_are_told_up_to_a_hundred() {
    let names = vec![r#"{"use":"x"}"#; 150].join(",");
    let refusal = super::support::refusal(&patient(&format!(r#""name":[{names}]"#)));
    assert_eq!(refusal.issues.len(), 100);
    assert_eq!(refusal.issues[99].text, "150 issues were found, the first 99 are told");
    assert!(!refusal.issues[99].refuses());
}
