//! Index rows and queries over them: `dutch-fhir.md` sections 1.5 and 4.5, and the cases of section 6 about search.

mod chains;
mod modifiers;
mod numbers;
mod resources;

use fhir_profiles::search::Query;
use fhir_profiles::{IndexEntry, IndexValue};
use gateway_core::{Issue, Key, ResourceType};

use super::support::{PROFILES, resource};

const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

/// Whether `text`, with id `1` and last updated at noon UTC on 2026-03-01, is found by `criteria`.
#[track_caller]
fn finds(text: &str, criteria: &str) -> bool {
    let resource = resource(text);
    let query =
        Query::from_criteria(&PROFILES, criteria).unwrap_or_else(|issues| panic!("{criteria}: {issues:?}"));
    assert_eq!(query.resource_type, resource.resource_type());
    let key = Key::new(resource.resource_type(), "1".parse().expect("1 is an id"));
    query.matches(&key, 1_772_366_400_000_000, &PROFILES.index(&resource))
}

#[track_caller]
fn table(text: &str, yes: &[&str], no: &[&str]) {
    for criteria in yes {
        assert!(finds(text, criteria), "{criteria} finds {text}");
    }
    for criteria in no {
        assert!(!finds(text, criteria), "{criteria} does not find {text}");
    }
}

#[track_caller]
fn issues(criteria: &str) -> Vec<Issue> {
    Query::from_criteria(&PROFILES, criteria).expect_err(criteria)
}

fn index(text: &str) -> Vec<IndexEntry> {
    PROFILES.index(&resource(text))
}

const PATIENT: &str = r#"{"resourceType":"Patient","active":true,
    "identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"012345672"},{"value":"loose"},
        {"system":"urn:oid:2.16.840.1.113883.2.4.6.1","value":"01000001"}],
    "name":[{"use":"official","family":"de Vries-van Dam","given":["Zoë"],"_family":{"extension":[
        {"url":"http://hl7.org/fhir/StructureDefinition/humanname-own-name","valueString":"Vries"}]}}],
    "telecom":[{"system":"email","value":"Test@Example.org"},{"system":"phone","value":"06-12345678"}],
    "gender":"female","birthDate":"1980-02","managingOrganization":{"reference":"Organization/o"},
    "generalPractitioner":[{"identifier":{"system":"http://fhir.nl/fhir/NamingSystem/agb-z","value":"01000002"}}],
    "address":[{"city":"Den Haag","postalCode":"1234 AB"}]}"#;

#[test]
fn identifiers_are_found_by_system_and_value() {
    table(
        PATIENT,
        &[
            "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|012345672",
            "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C012345672",
            "Patient?identifier=urn:oid:2.16.840.1.113883.2.4.6.3|012345672",
            "Patient?identifier=012345672",
            "Patient?identifier=12345672",
            "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|12345672",
            "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|",
            "Patient?identifier=|loose",
            "Patient?identifier=loose",
            "Patient?identifier=nothing,loose",
            "Patient?identifier=http://fhir.nl/fhir/NamingSystem/agb-z|01000001",
            "Patient?identifier:not=other",
            "Patient?identifier:missing=false",
        ],
        &[
            "Patient?identifier=|012345672",
            "Patient?identifier=https://fhir.nl/fhir/NamingSystem/bsn|012345672",
            "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|loose",
            "Patient?identifier=Loose",
            "Patient?identifier:not=loose",
            "Patient?identifier:not=012345672",
            "Patient?identifier=loose&identifier=other",
            "Patient?identifier:missing=true",
        ],
    );
}

#[test]
fn a_bsn_is_the_only_secret_of_the_index() {
    let secrets: Vec<_> = index(PATIENT)
        .into_iter()
        .filter(|entry| matches!(entry.value, IndexValue::Token { secret: true, .. }))
        .collect();
    let value = IndexValue::Token { system: Some(BSN.into()), code: "012345672".into(), secret: true };
    assert_eq!(secrets, [IndexEntry { parameter: "identifier", value }]);
}

#[test]
fn codes_are_found_with_and_without_their_system() {
    table(
        PATIENT,
        &[
            "Patient?gender=female",
            "Patient?gender=http://hl7.org/fhir/administrative-gender|female",
            "Patient?gender=male,female",
            "Patient?gender:not=male",
            "Patient?active=true",
            "Patient?active=TRUE",
            "Patient?deceased=false",
            "Patient?email=test@example.ORG",
            "Patient?phone=%2B31612345678",
            "Patient?telecom=0612345678",
        ],
        &[
            "Patient?gender=Female",
            "Patient?gender:not=male,female",
            "Patient?deceased=true",
            "Patient?phone=test@example.org",
        ],
    );
    let appointment = r#"{"resourceType":"Appointment","status":"booked","serviceType":[{"coding":[{"system":"a","code":"1"},{"code":"2"}]}]}"#;
    table(
        appointment,
        &[
            "Appointment?status=booked,cancelled",
            "Appointment?service-type=a|1",
            "Appointment?service-type=|2",
            "Appointment?status:not=cancelled,noshow",
            "Appointment?specialty:not=x",
        ],
        &["Appointment?service-type=|1", "Appointment?service-type=b|1", "Appointment?status:not=booked"],
    );
}

#[test]
fn case_18_names_are_found_by_their_parts() {
    table(
        PATIENT,
        &[
            "Patient?name=vries",
            "Patient?name=de+vries",
            "Patient?family=Dam",
            "Patient?given=zoe",
            "Patient?given=ZO%C3%8B",
            "Patient?family:exact=de Vries-van Dam",
            "Patient?address-city=den",
            "Patient?address=1234",
        ],
        &[
            "Patient?name=ries",
            "Patient?family:exact=de vries-van dam",
            "Patient?family:exact=de Vries",
            "Patient?given=vries",
        ],
    );
    table(
        r#"{"resourceType":"Patient","name":[{"family":"'t Hart"}]}"#,
        &["Patient?family=hart", "Patient?family='t hart"],
        &[],
    );
}

#[test]
fn case_01_partial_dates_are_whole_periods() {
    table(
        PATIENT,
        &[
            "Patient?birthdate=1980",
            "Patient?birthdate=1980-02",
            "Patient?birthdate=ge1980-02-10",
            "Patient?birthdate=lt1981",
        ],
        &[
            "Patient?birthdate=1980-02-10",
            "Patient?birthdate=sa1980-01-15&birthdate=eb1980-02-15",
            "Patient?birthdate=1981",
        ],
    );
    table(r#"{"resourceType":"Patient","birthDate":"1980-02-10"}"#, &["Patient?birthdate=1980-02"], &[]);
}

#[test]
fn case_07_13_14_a_day_is_local_and_a_moment_is_a_moment() {
    let at = |start: &str| format!(r#"{{"resourceType":"Appointment","status":"booked","start":"{start}"}}"#);
    table(
        &at("2026-03-28T23:30:00Z"),
        &[
            "Appointment?date=2026-03-29",
            "Appointment?date=2026-03-29T00:30:00 01:00",
            "Appointment?date=2026-03-29T00:30:00%2B01:00",
            "Appointment?date=ge2026-03-29T00:00:00",
            "Appointment?date=ge2026-03-29&date=lt2026-03-30",
        ],
        &["Appointment?date=2026-03-28", "Appointment?date=ne2026-03-29", "Appointment?date=sa2026-03-29"],
    );
    table(&at("2026-03-29T21:59:59Z"), &["Appointment?date=2026-03-29"], &[]);
    table(&at("2026-03-29T22:00:00Z"), &["Appointment?date=2026-03-30"], &["Appointment?date=2026-03-29"]);
}

#[test]
fn periods_may_be_open() {
    let schedule = |horizon: &str| {
        format!(r#"{{"resourceType":"Schedule","actor":[{{"display":"x"}}],"planningHorizon":{horizon}}}"#)
    };
    table(
        &schedule(r#"{"start":"2026-01-01"}"#),
        &["Schedule?date=ge2040", "Schedule?date=gt2026", "Schedule?date=sa2025"],
        &["Schedule?date=2026", "Schedule?date=lt2026-01-01", "Schedule?date=eb2030"],
    );
    table(
        &schedule(r#"{"end":"2026-01-01"}"#),
        &["Schedule?date=lt1900", "Schedule?date=eb2027"],
        &["Schedule?date=gt2026"],
    );
}

#[test]
fn case_35_36_37_references_are_found_in_every_form() {
    let appointment = r#"{"resourceType":"Appointment","participant":[
        {"actor":{"reference":"Patient/p1/_history/2"}},{"actor":{"reference":"Location/l1"}},
        {"actor":{"reference":"https://elsewhere/fhir/Practitioner/d1"}},
        {"actor":{"type":"Patient","identifier":{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}}}]}"#;
    table(
        appointment,
        &[
            "Appointment?patient=p1",
            "Appointment?patient=Patient/p1",
            "Appointment?patient:Patient=p1",
            "Appointment?actor=Location/l1",
            "Appointment?actor=l1",
            "Appointment?actor=Patient/p1,Patient/p9",
            "Appointment?location=l1",
            "Appointment?practitioner=https://elsewhere/fhir/Practitioner/d1",
            "Appointment?patient:identifier=http://fhir.nl/fhir/NamingSystem/bsn|999990019",
            "Appointment?slot:missing=true",
        ],
        &[
            "Appointment?patient=l1",
            "Appointment?location=p1",
            "Appointment?actor=Location/p1",
            "Appointment?patient:identifier=p1",
            "Appointment?patient:missing=true",
            "Appointment?practitioner=d1",
        ],
    );
}

#[test]
fn case_43_a_value_that_is_only_absent_is_missing() {
    table(
        r#"{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}"#,
        &["Patient?birthdate:missing=true"],
        &["Patient?birthdate:missing=false", "Patient?birthdate=1980"],
    );
}

#[test]
fn every_type_is_found_by_id_and_last_update() {
    table(
        r#"{"resourceType":"Binary","contentType":"text/plain"}"#,
        &[
            "Binary?_id=1",
            "Binary?_id=2,1",
            "Binary?_lastUpdated=2026-03-01",
            "Binary?_lastUpdated=ge2026-03-01T12:00:00Z",
            "Binary",
            "Binary?",
        ],
        &["Binary?_id=2", "Binary?_lastUpdated=lt2026-03-01T12:00:00Z", "Binary?_lastUpdated=sa2026-03-01"],
    );
    for resource_type in ResourceType::ALL {
        assert!(
            Query::from_criteria(&PROFILES, &format!("{resource_type}?_tag=a|b&_profile=https://x")).is_ok()
        );
    }
}

#[test]
fn uris_are_found_whole() {
    let value_set = r#"{"resourceType":"ValueSet","url":"https://x/vs","status":"active"}"#;
    table(
        value_set,
        &["ValueSet?url=https://x/vs", "ValueSet?status=active"],
        &["ValueSet?url=https://x/", "ValueSet?url=https://X/vs"],
    );
    let communication = r#"{"resourceType":"Communication","instantiatesCanonical":["https://x/p|1"]}"#;
    table(
        communication,
        &[
            "Communication?instantiates-canonical=https://x/p",
            "Communication?instantiates-canonical=https://x/p%5C%7C1",
        ],
        &["Communication?instantiates-canonical=https://x/"],
    );
}

#[test]
fn case_72_73_what_is_not_understood_is_refused() {
    let code = |criteria: &str| {
        let issues = issues(criteria);
        assert_eq!(issues.len(), 1, "{criteria}");
        issues[0].code.as_str()
    };
    for (criteria, expected) in [
        ("Appointment?foo=1", "not-supported"),
        ("Appointment?Status=booked", "not-supported"),
        ("Appointment?patient.name=x", "not-supported"),
        ("Appointment?_has:Patient:x=1", "invalid"),
        ("Appointment?_has:Slot:schedule:status=free", "not-supported"),
        ("Appointment?_count=1", "not-supported"),
        ("Appointment?status:contains=x", "not-supported"),
        ("Appointment?status:of-type=a|b|c", "not-supported"),
        ("Appointment?patient:text=x", "not-supported"),
        ("Appointment?patient:below=Patient/1", "not-supported"),
        ("Appointment?_text=x", "not-supported"),
        ("Appointment?_content=x", "not-supported"),
        ("Appointment?_filter=status eq booked", "not-supported"),
        ("Appointment?_query=x", "not-supported"),
        ("Appointment?_list=1", "not-supported"),
        ("Appointment?_contained=true", "not-supported"),
        ("Appointment?_containedType=container", "not-supported"),
        ("Appointment?_type=Patient", "not-supported"),
        ("Appointment?status:=x", "not-supported"),
        ("Appointment?date:not=2026", "not-supported"),
        ("Appointment?patient:Location=1", "not-supported"),
        ("Appointment?date=ap2026", "not-supported"),
        ("Patient?name:below=x", "not-supported"),
        ("Patient?surname:exact=x", "not-supported"),
        ("Location?near=1", "invalid"),
        ("Location?near=1|2|3|parsec", "invalid"),
        ("Location?near=91|2", "invalid"),
        ("ChargeItem?factor-override=1,x", "invalid"),
        ("ChargeItem?quantity=5|mg", "invalid"),
        ("ChargeItem?quantity:not=5", "not-supported"),
        ("DocumentReference?relationship=replaces", "invalid"),
        ("Appointment?_id:exact=1", "not-supported"),
        ("Appointment?status:in=https://nowhere.example/vs", "not-supported"),
        ("Appointment?status:below=booked", "invalid"),
        ("Patient?name= ", "invalid"),
        ("Patient?name:contains=,", "invalid"),
        ("Appointment?date=ge:2026-01-01", "invalid"),
        ("Appointment?date=xx2020", "invalid"),
        ("Appointment?date=2026-02-30", "invalid"),
        ("Appointment?status=", "invalid"),
        ("Appointment?status", "invalid"),
        ("Appointment?status=,,", "invalid"),
        ("Appointment?identifier=|", "invalid"),
        ("Appointment?identifier=a|b|c", "invalid"),
        ("Appointment?_id=a_b", "invalid"),
        ("Appointment?patient=a_b", "invalid"),
        ("Appointment?supporting-info=1", "invalid"),
        ("Appointment?identifier:missing=yes", "value"),
        ("Nothing?x=1", "invalid"),
        ("?status=booked", "invalid"),
        ("Appointment?status=%zz", "invalid"),
        ("Appointment?status=%ff", "invalid"),
    ] {
        assert_eq!(code(criteria), expected, "{criteria}");
    }
    assert_eq!(code(&format!("Appointment?status={}", vec!["a"; 201].join(","))), "too-costly");
    assert_eq!(code(&format!("Appointment?identifier={}", "a".repeat(257))), "too-long");
    assert_eq!(issues("Appointment?foo=1&bar=2&status=booked").len(), 2);
}

#[test]
fn an_issue_repeats_no_value() {
    let all = [issues("Patient?identifier=999990019|a|b"), issues("Patient?999990019=1")].concat();
    for issue in all {
        assert!(!format!("{issue}").contains("999990019"), "{issue}");
    }
    let named = &issues("Patient?birthdate=gisteren")[0];
    assert_eq!(named.expression.as_deref(), Some("http.birthdate"));
}

#[test]
fn what_was_asked_is_understood_as_it_was() {
    let query = Query::from_criteria(&PROFILES, "Appointment?status=booked&date=ge2026").unwrap();
    assert_eq!(query.understood, [("status".into(), "booked".into()), ("date".into(), "ge2026".into())]);
}

#[test]
fn a_long_text_is_indexed_and_cannot_be_found_by_less() {
    let name = "x".repeat(400);
    let text = format!(r#"{{"resourceType":"Organization","name":"{name}"}}"#);
    assert!(finds(&text, &format!("Organization?name={}", "x".repeat(256))));
    assert!(!finds(&text, &format!("Organization?name:exact={}", "x".repeat(256))));
    assert!(index(&text).iter().all(|entry| match &entry.value {
        IndexValue::String(text) => text.len() == 257,
        IndexValue::Token { code, .. } => code.len() == 257,
        _ => true,
    }));
}
