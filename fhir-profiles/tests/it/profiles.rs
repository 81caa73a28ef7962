//! The package as others load it, and what our profiles of persons and organisations ask.

use std::path::Path;

use fhir_profiles::Rules;

use super::support::{PROFILES, lines, resource, valid};

/// The example of `dutch-fhir.md` section 2.13.
const PATIENT: &str = r#"{
  "resourceType": "Patient",
  "meta": { "profile": ["http://nictiz.nl/fhir/StructureDefinition/nl-core-Patient", "https://zorgtolk.example/fhir/StructureDefinition/zt-patient|0.1.0"] },
  "identifier": [{ "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999911120" }],
  "name": [{
    "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/humanname-assembly-order", "valueCode": "NL4" }],
    "use": "official",
    "text": "Anna B. de Vries-van Dam",
    "family": "de Vries-van Dam",
    "_family": { "extension": [
      { "url": "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix", "valueString": "de" },
      { "url": "http://hl7.org/fhir/StructureDefinition/humanname-own-name", "valueString": "Vries" } ] },
    "given": ["Anna", "B."],
    "_given": [
      { "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier", "valueCode": "BR" }] },
      { "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier", "valueCode": "IN" }] } ]
  }, { "use": "usual", "given": ["Anneke"] }],
  "telecom": [{ "system": "phone", "value": "+31612345678" }],
  "gender": "female",
  "birthDate": "1980-02-29",
  "maritalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M" }] },
  "communication": [{ "language": { "coding": [{ "system": "urn:oid:1.0.639.1", "code": "nl" }] } }]
}"#;

fn says(text: &str) -> Vec<String> {
    lines(&PROFILES.issues(&resource(text), None, Rules::default()))
}

#[test]
fn every_file_of_the_package_is_valid_r4() {
    let mut files = 0;
    for folder in ["StructureDefinition", "ValueSet", "CodeSystem", "NamingSystem"] {
        let Ok(entries) = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).read_dir() else { continue };
        for entry in entries {
            valid(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
            files += 1;
        }
    }
    assert!(files >= 10, "{files}");
}

#[test]
fn a_dutch_patient_has_identifier_name_gender_and_birth_date() {
    assert!(says(PATIENT).is_empty(), "{:?}", says(PATIENT));
    let bare = r#"{"resourceType":"Patient","meta":{"profile":["https://zorgtolk.example/fhir/StructureDefinition/zt-patient"]}}"#;
    assert_eq!(
        says(bare),
        [
            "error required Patient.identifier",
            "error required Patient.name",
            "error required Patient.gender",
            "error required Patient.birthDate",
        ]
    );
    valid(r#"{"resourceType":"Patient"}"#);
}

#[test]
fn a_dutch_patient_follows_nl_core() {
    let changed = |from: &str, to: &str| {
        assert!(PATIENT.contains(from), "{from}");
        says(&PATIENT.replacen(from, to, 1))
    };
    assert_eq!(
        changed(r#""_given""#, r#""_suffix""#),
        ["error invariant Patient.name[0].given[0]", "error invariant Patient.name[0].given[1]"]
    );
    assert_eq!(
        changed(r#"v3-MaritalStatus", "code": "M""#, r#"v3-MaritalStatus", "code": "A""#),
        ["error code-invalid Patient.maritalStatus"]
    );
    assert_eq!(
        changed(r#""urn:oid:1.0.639.1""#, r#""urn:ietf:bcp:47""#),
        ["error code-invalid Patient.communication[0].language"]
    );
    assert_eq!(changed(r#""text": "Anna B. de Vries-van Dam","#, ""), ["warning invariant Patient.name[0]"]);
    assert_eq!(changed(r#""family": "de Vries-van Dam","#, ""), ["warning invariant Patient.name[0].family"]);
    let twice = r#"{ "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019" }, {"#;
    assert_eq!(
        changed(r#""identifier": [{"#, &format!(r#""identifier": [{twice}"#)),
        ["error multiple-matches Patient.identifier"]
    );
    assert_eq!(changed(r#""999911120""#, r#""99991112""#), ["error value Patient.identifier[0].value"]);
}

#[test]
fn case_83_mobile_is_no_use_of_nl_core() {
    let text = PATIENT.replace(r#""+31612345678""#, r#""+31612345678", "use": "mobile""#);
    assert_eq!(says(&text), ["warning code-invalid Patient.telecom[0].use"]);
}

#[test]
fn a_dutch_organization_and_practitioner_have_identifier_and_name() {
    let organization = |members: &str| {
        says(&format!(
            r#"{{"resourceType":"Organization","meta":{{"profile":["https://zorgtolk.example/fhir/StructureDefinition/zt-organization"]}}{members}}}"#
        ))
    };
    let agb = r#"{"system":"http://fhir.nl/fhir/NamingSystem/agb-z","value":"01000001"}"#;
    assert!(organization(&format!(r#","identifier":[{agb}],"name":"x","type":[{{"coding":[
        {{"system":"http://nictiz.nl/fhir/NamingSystem/organization-type","code":"Z3"}},{{"system":"a:b","code":"c"}}]}}]"#)).is_empty());
    assert_eq!(
        organization(&format!(r#","identifier":[{agb},{agb}],"name":"x""#)),
        ["error multiple-matches Organization.identifier"]
    );
    assert_eq!(organization(r#","name":"x""#), ["error required Organization.identifier"]);
    assert_eq!(
        says(
            r#"{"resourceType":"Practitioner","meta":{"profile":["https://zorgtolk.example/fhir/StructureDefinition/zt-practitioner"]}}"#
        ),
        ["error required Practitioner.identifier", "error required Practitioner.name"]
    );
}

#[test]
fn a_profile_that_is_not_known_or_of_another_type_is_told() {
    let claims = |name: &str| {
        says(&format!(
            r#"{{"resourceType":"Patient","meta":{{"profile":["https://zorgtolk.example/fhir/StructureDefinition/{name}"]}}}}"#
        ))
    };
    assert_eq!(claims("zt-nothing"), ["error not-found Patient"]);
    assert_eq!(claims("zt-organization"), ["error structure Patient"]);
    valid(r#"{"resourceType":"Patient","meta":{"profile":["https://elsewhere/x"]}}"#);
}

#[test]
fn what_one_check_refuses_no_valid_is_made_of() {
    let refused =
        PROFILES.check(resource(r#"{"resourceType":"Patient","foo":1}"#), Rules::default()).unwrap_err();
    assert!(refused.malformed);
    let valid = PROFILES.check(resource(PATIENT), Rules::default()).unwrap();
    assert_eq!(valid.resource().text(), PATIENT);
}

/// What is found on an insurance with these members beside those R4 wants.
fn insurance(members: &str) -> Vec<String> {
    says(&format!(
        r#"{{"resourceType":"Coverage","meta":{{"profile":["https://zorgtolk.example/fhir/StructureDefinition/zt-coverage"]}},
        "status":"active","beneficiary":{{"reference":"Patient/p1"}},{members}}}"#
    ))
}

const INSURER: &str = r#"{"identifier":{"system":"http://fhir.nl/fhir/NamingSystem/uzovi","value":"9999"}}"#;
const KIND: &str = r#"{"system":"urn:oid:2.16.840.1.113883.2.4.3.11.60.101.5.1","code":"B"}"#;
const OF_SOURCE: &str = r#"{"system":"http://ei.vektis.nl/codelijsten/COD151-VEK1","code":"92"}"#;

#[test]
fn case_81_an_insurance_has_one_insurer() {
    assert_eq!(insurance(&format!(r#""payor":[{INSURER}]"#)), Vec::<String>::new());
    let two = insurance(&format!(r#""payor":[{INSURER},{{"display":"Other"}}]"#));
    assert_eq!(two, ["error structure Coverage.payor"]);
    valid(&format!(
        r#"{{"resourceType":"Coverage","status":"active","beneficiary":{{"reference":"Patient/p1"}},"payor":[{INSURER},{INSURER}]}}"#
    ));
}

#[test]
fn case_82_the_kind_of_an_insurance_is_one_of_the_zib() {
    let of = |codings: &str| insurance(&format!(r#""type":{{"coding":[{codings}]}},"payor":[{INSURER}]"#));
    assert_eq!(of(KIND), Vec::<String>::new());
    assert_eq!(of(&format!("{KIND},{OF_SOURCE}")), Vec::<String>::new());
    assert_eq!(of(OF_SOURCE), ["error code-invalid Coverage.type"]);
    assert_eq!(of(&KIND.replace(r#""B""#, r#""Z""#)), ["error code-invalid Coverage.type"]);
}
