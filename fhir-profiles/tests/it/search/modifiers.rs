//! Each modifier of `dutch-fhir.md` section 4.5 finds what it says and nothing else.

use fhir_profiles::IndexValue;
use fhir_profiles::search::Query;
use gateway_core::ResourceType;

use super::{PATIENT, index, issues, table};
use crate::support::PROFILES;

const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
const KIND: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";

const APPOINTMENT: &str = r#"{"resourceType":"Appointment","status":"booked",
    "serviceType":[{"coding":[{"system":"urn:x","code":"c1","display":"Echografie van de knie"}],"text":"Röntgen"}],
    "participant":[{"actor":{"reference":"Patient/1","display":"Jan Jansen"},"status":"accepted"}]}"#;

#[test]
fn contains_finds_anywhere_in_a_value() {
    table(
        PATIENT,
        &[
            "Patient?name:contains=RIES",
            "Patient?family:contains=van dam",
            "Patient?name:contains=nothing,oë",
            "Patient?name:text=dam",
            "Patient?address-city:contains=haag",
        ],
        &["Patient?name:contains=vriesvan", "Patient?family:contains=zoe", "Patient?name:contains=%25"],
    );
}

#[test]
fn exact_counts_case_accents_and_the_whole() {
    table(
        PATIENT,
        &["Patient?given:exact=Zoë", "Patient?given:exact=Zoe\u{308}", "Patient?address-city:exact=Den Haag"],
        &["Patient?given:exact=zoë", "Patient?given:exact=Zoe", "Patient?address-city:exact=Den"],
    );
}

#[test]
fn text_looks_at_what_a_code_is_called() {
    table(
        APPOINTMENT,
        &[
            "Appointment?service-type:text=echo",
            "Appointment?service-type:text=rontgen",
            "Appointment?service-type:text=x,ECHOGRAFIE VAN",
        ],
        &[
            "Appointment?service-type:text=c1",
            "Appointment?service-type:text=knie",
            "Appointment?specialty:text=echo",
        ],
    );
}

#[test]
fn the_name_of_a_person_stands_in_no_index_of_an_appointment() {
    let names =
        index(APPOINTMENT).into_iter().filter(|row| format!("{row:?}").to_lowercase().contains("jansen"));
    assert_eq!(names.count(), 0);
}

#[test]
fn not_finds_what_has_no_such_value_also_when_it_has_none() {
    table(
        APPOINTMENT,
        &[
            "Appointment?status:not=cancelled,noshow",
            "Appointment?specialty:not=x",
            "Appointment?_tag:not=x",
            "Appointment?_id:not=2,3",
        ],
        &[
            "Appointment?status:not=booked",
            "Appointment?status:not=cancelled,booked",
            "Appointment?_id:not=1",
        ],
    );
}

#[test]
fn case_43_missing_is_true_or_false() {
    table(
        APPOINTMENT,
        &[
            "Appointment?specialty:missing=true",
            "Appointment?service-type:missing=false",
            "Appointment?_id:missing=false",
            "Appointment?_lastUpdated:missing=false",
            "Appointment?_profile:missing=true",
        ],
        &["Appointment?_lastUpdated:missing=true", "Appointment?status:missing=true"],
    );
    let text_only = r#"{"resourceType":"Appointment","serviceType":[{"text":"consult"}]}"#;
    table(text_only, &["Appointment?service-type:missing=false"], &["Appointment?service-type:missing=true"]);
    let masked = r#"{"resourceType":"Patient","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","_value":
        {"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}}]}"#;
    table(masked, &["Patient?identifier:missing=true"], &["Patient?identifier:missing=false"]);
}

#[test]
fn in_and_not_in_ask_by_a_value_set() {
    let gender = "http://hl7.org/fhir/ValueSet/administrative-gender";
    table(
        PATIENT,
        &[
            &format!("Patient?gender:in={gender}"),
            "Patient?gender:not-in=http://hl7.org/fhir/ValueSet/appointmentstatus",
        ],
        &[&format!("Patient?gender:not-in={gender}")],
    );
    table(
        r#"{"resourceType":"Patient"}"#,
        &[&format!("Patient?gender:not-in={gender}")],
        &[&format!("Patient?gender:in={gender}")],
    );
    assert_eq!(issues("Patient?gender:in=https://nowhere.example/vs")[0].code.as_str(), "not-supported");
}

#[test]
fn above_and_below_follow_the_code_system() {
    let system = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
    let consent = |code: &str| {
        format!(
            r#"{{"resourceType":"Consent","provision":{{"purpose":[{{"system":"{system}","code":"{code}"}}]}}}}"#
        )
    };
    let ask = |modifier: &str, code: &str| format!("Consent?purpose:{modifier}={system}|{code}");
    table(
        &consent("HPAYMT"),
        &[&ask("below", "HPAYMT"), &ask("above", "HPAYMT"), &ask("below", "PurposeOfUse")],
        &[&ask("below", "TREAT"), &ask("above", "PurposeOfUse")],
    );
    table(&consent("PurposeOfUse"), &[&ask("above", "HPAYMT")], &[&ask("below", "HPAYMT")]);
    for wrong in [ask("below", "NOTHING"), "Consent?purpose:below=urn:nothing|x".to_owned()] {
        assert_eq!(issues(&wrong)[0].code.as_str(), "not-supported", "{wrong}");
    }
}

#[test]
fn above_and_below_follow_the_path_of_a_uri() {
    let value_set = r#"{"resourceType":"ValueSet","url":"https://x.example/fhir/ValueSet/a"}"#;
    table(
        value_set,
        &[
            "ValueSet?url:below=https://x.example/fhir",
            "ValueSet?url:below=https://x.example/fhir/",
            "ValueSet?url:below=https://x.example/fhir/ValueSet/a",
            "ValueSet?url:above=https://x.example/fhir/ValueSet/a/1",
            "ValueSet?url:above=https://x.example/fhir/ValueSet/a",
        ],
        &[
            "ValueSet?url:below=https://x.example/fhi",
            "ValueSet?url:below=https://x.example/fhir/ValueSet/a/1",
            "ValueSet?url:above=https://x.example/fhir/ValueSet",
            "ValueSet?url:above=https://x.example/fhir/ValueSet/ab",
        ],
    );
    table(
        r#"{"resourceType":"Communication","instantiatesCanonical":["https://x.example/p/q|1"]}"#,
        &["Communication?instantiates-canonical:below=https://x.example/p"],
        &["Communication?instantiates-canonical:below=https://x.example/p/r"],
    );
}

#[test]
fn of_type_is_for_identifiers_that_have_a_type_and_keeps_a_bsn_secret() {
    let patient = format!(
        r#"{{"resourceType":"Patient","identifier":[
            {{"type":{{"coding":[{{"system":"{KIND}","code":"MR"}}],"text":"Patiëntnummer"}},"system":"urn:p","value":"007"}},
            {{"type":{{"coding":[{{"system":"{KIND}","code":"NNNLD"}}]}},"system":"{BSN}","value":"012345672"}},
            {{"system":"urn:p","value":"008"}}]}}"#
    );
    table(
        &patient,
        &[
            &format!("Patient?identifier:of-type={KIND}|MR|007"),
            &format!("Patient?identifier:of-type={KIND}|NNNLD|012345672"),
            &format!("Patient?identifier:of-type={KIND}|NNNLD|12345672"),
            "Patient?identifier:text=patientnummer",
        ],
        &[
            &format!("Patient?identifier:of-type={KIND}|MR|008"),
            &format!("Patient?identifier:of-type={KIND}|MR|012345672"),
            "Patient?identifier:of-type=urn:p|MR|007",
            &format!("Patient?identifier={KIND}\\|MR|007"),
        ],
    );
    for row in index(&patient) {
        if let IndexValue::Token { code, secret, .. } = &row.value {
            assert_eq!(*secret, code == "012345672", "{row:?}");
        }
    }
    let asked = format!("Patient?identifier:of-type={KIND}|NNNLD|012345672");
    assert!(Query::from_criteria(&PROFILES, &asked).unwrap().names_a_person());
}

#[test]
fn case_37_identifier_looks_at_the_reference_alone() {
    let appointment = format!(
        r#"{{"resourceType":"Appointment","participant":[
            {{"actor":{{"type":"Patient","identifier":{{"system":"{BSN}","value":"999990019"}}}}}},
            {{"actor":{{"reference":"Patient/p1"}}}}]}}"#
    );
    table(
        &appointment,
        &[
            &format!("Appointment?actor:identifier={BSN}|999990019"),
            "Appointment?patient:identifier=999990019",
        ],
        &["Appointment?actor:identifier=p1", &format!("Appointment?actor:identifier={BSN}|999911120")],
    );
}

#[test]
fn a_modifier_is_offered_or_refused_for_every_parameter_of_every_type() {
    const ALL: [&str; 14] = [
        "missing",
        "contains",
        "exact",
        "text",
        "not",
        "in",
        "not-in",
        "above",
        "below",
        "of-type",
        "identifier",
        "foo",
        "Missing",
        "",
    ];
    for resource_type in ResourceType::ALL {
        let codes = PROFILES.search_parameters(*resource_type).iter().map(|parameter| parameter.code);
        for code in codes.chain(["_id", "_lastUpdated"]) {
            let offered = PROFILES.search_modifiers(*resource_type, code);
            for modifier in ALL {
                let criteria = format!("{resource_type}?{code}:{modifier}=x");
                let refused = Query::from_criteria(&PROFILES, &criteria)
                    .err()
                    .is_some_and(|issues| issues[0].to_string().contains("a modifier that is not offered"));
                assert_eq!(refused, !offered.contains(&modifier), "{criteria}");
            }
        }
    }
    assert!(PROFILES.search_modifiers(ResourceType::Patient, "foo").is_empty());
}

proptest::proptest! {
    #[test]
    fn not_missing_and_commas_mean_what_they_say(
        parameter in proptest::sample::select(vec!["identifier", "gender", "active", "telecom", "deceased"]),
        one in "(female|male|true|false|loose|012345672|12345672|[a-z|:]{1,6})",
        other in "(female|true|loose|x)",
    ) {
        let finds = |rest: &str| {
            let query = Query::from_criteria(&PROFILES, &format!("Patient?{rest}")).ok()?;
            let key = gateway_core::Key::new(ResourceType::Patient, "1".parse().unwrap());
            Some(query.matches(&key, 0, &index(PATIENT)))
        };
        if let Some(found) = finds(&format!("{parameter}={one}")) {
            proptest::prop_assert_eq!(finds(&format!("{parameter}:not={one}")), Some(!found));
            let either = found || finds(&format!("{parameter}={other}")).unwrap();
            proptest::prop_assert_eq!(finds(&format!("{parameter}={one},{other}")), Some(either));
            let both = found && finds(&format!("{parameter}={other}")).unwrap();
            let repeated = format!("{parameter}={one}&{parameter}={other}");
            proptest::prop_assert_eq!(finds(&repeated), Some(both));
            let present = finds(&format!("{parameter}:missing=false")).unwrap();
            proptest::prop_assert!(!found || present);
        }
    }

    #[test]
    fn the_beginning_of_a_value_is_contained_in_it(name in "[A-Za-zÀ-ž' -]{1,20}", length in 1_usize..20) {
        let text = serde_json::json!({"resourceType": "Organization", "name": name}).to_string();
        let start: String = name.chars().take(length).collect();
        // Nothing but punctuation is looked for as it is written.
        proptest::prop_assume!(start.chars().any(char::is_alphabetic));
        for modifier in ["", ":contains", ":text"] {
            let asked = [(format!("name{modifier}"), start.clone())];
            if let Ok(query) = Query::parse(&PROFILES, ResourceType::Organization, &asked) {
                let key = gateway_core::Key::new(ResourceType::Organization, "1".parse().unwrap());
                proptest::prop_assert!(query.matches(&key, 0, &index(&text)), "{} in {}", start, name);
            }
        }
    }
}

#[test]
fn every_type_knows_the_common_parameters() {
    for resource_type in ResourceType::ALL {
        for (criteria, ok) in [
            ("_id=1,2", true),
            ("_lastUpdated=ge2026", true),
            ("_tag=urn:x|a", true),
            ("_security:not=R", true),
            ("_profile:below=https://x", true),
            ("_source=https://x", true),
            ("_text=x", false),
            ("_content=x", false),
            ("_filter=x", false),
            ("_query=x", false),
            ("_list=x", false),
            ("_contained=x", false),
            ("_containedType=x", false),
        ] {
            let read = Query::from_criteria(&PROFILES, &format!("{resource_type}?{criteria}"));
            assert_eq!(read.is_ok(), ok, "{resource_type}?{criteria}");
        }
    }
}

#[test]
fn what_is_not_offered_is_refused_in_its_own_words() {
    let said: std::collections::BTreeSet<_> =
        ["_text", "_filter", "_query", "_list", "_contained", "_type", "foo"]
            .into_iter()
            .map(|name| issues(&format!("Patient?{name}=x"))[0].to_string().replace(name, ""))
            .collect();
    assert_eq!(said.len(), 7);
}
