//! Dutch ways of looking somebody up, and the common parameters over `meta`.

use fhir_profiles::Profiles;
use fhir_profiles::search::Query;
use gateway_core::{Key, ResourceType};

use super::table;
use crate::support::{PROFILES, resource};

#[test]
fn case_35_an_own_address_is_the_same_as_none() {
    let ours = Profiles::embedded().served_at("https://us.example/fhir/");
    let key = Key::new(ResourceType::Slot, "1".parse().unwrap());
    let finds = |reference: &str, value: &str| {
        let slot =
            resource(&format!(r#"{{"resourceType":"Slot","schedule":{{"reference":"{reference}"}}}}"#));
        let query = Query::from_criteria(&ours, &format!("Slot?schedule={value}")).unwrap();
        query.matches(&key, 0, &ours.index(&slot))
    };
    let same =
        ["Schedule/s", "https://us.example/fhir/Schedule/s", "http://us.example/fhir/Schedule/s/_history/3"];
    let others =
        ["https://us.example/other/Schedule/s", "https://us.example.org/fhir/Schedule/s", "Schedule/S"];
    for reference in same {
        assert!(same.iter().all(|value| finds(reference, value)), "{reference}");
        assert!(
            others.iter().all(|value| !finds(reference, value) && !finds(value, reference)),
            "{reference}"
        );
    }
    assert!(finds(others[0], others[0]) && finds("https://us.example/fhir/Schedule/s", "s"));
    assert_ne!(ours.search_fingerprint(), PROFILES.search_fingerprint());
}

#[test]
fn case_18_20_22_surnames_are_found_with_and_without_prefix_and_by_either_half() {
    let patient = r#"{"resourceType":"Patient","name":[{"text":"Anna de Vries-van Dam","family":"de Vries-van Dam",
        "_family":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/humanname-partner-prefix","valueString":"van"},
            {"url":"http://hl7.org/fhir/StructureDefinition/humanname-partner-name","valueString":"Dam"},
            {"url":"http://hl7.org/fhir/StructureDefinition/humanname-own-name","valueString":"Vries"}]},"given":["A."]}]}"#;
    table(
        patient,
        &[
            "Patient?family=de vries",
            "Patient?family=vries",
            "Patient?family=DAM",
            "Patient?family=van dam",
            "Patient?name=dam",
            "Patient?name=anna",
            "Patient?surname=vries",
        ],
        &["Patient?surname=de vries", "Patient?surname=dam", "Patient?family=anna"],
    );
    table(
        r#"{"resourceType":"Patient","name":[{"text":"Suharto"}]}"#,
        &["Patient?name=suharto"],
        &["Patient?family=suharto"],
    );
}

#[test]
fn people_are_sorted_as_they_are_filed() {
    for (resource_type, text, parameter) in [
        (ResourceType::Patient, "family", "surname"),
        (ResourceType::Practitioner, "-name", "surname"),
        (ResourceType::Organization, "name", "name"),
        (ResourceType::Patient, "birthdate", "birthdate"),
    ] {
        assert_eq!(Query::sort(&PROFILES, resource_type, text).unwrap()[0].parameter, parameter);
    }
}

#[test]
fn case_91_92_an_address_is_found_by_postal_code_and_house_number() {
    let patient = |code: &str| {
        format!(
            r#"{{"resourceType":"Patient","address":[{{"line":["Dorpsstraat 12 a"],"_line":[{{"extension":[
                {{"url":"http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-streetName","valueString":"Dorpsstraat"}},
                {{"url":"http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-houseNumber","valueString":"12"}}]}}],
                "city":"Ons Dorp","postalCode":"{code}"}}]}}"#
        )
    };
    for code in ["1234ab", "1234 AB", "1234AB"] {
        table(
            &patient(code),
            &[
                "Patient?address-postalcode=1234AB",
                "Patient?address-postalcode=1234 ab",
                "Patient?address-postalcode=1234",
                "Patient?address-postalcode=1234 a",
                "Patient?address=1234 AB",
                "Patient?address=1234ab",
                "Patient?address=dorpsstraat",
                "Patient?address-house-number=12",
                "Patient?address-postalcode=1234AB&address-house-number=12",
            ],
            &[
                "Patient?address-house-number=1",
                "Patient?address-house-number=dorpsstraat",
                "Patient?address-postalcode=1234 B",
            ],
        );
    }
    table(
        r#"{"resourceType":"Patient","address":[{"postalCode":"B-1000"}]}"#,
        &["Patient?address-postalcode=b-1000", "Patient?address-postalcode=B"],
        &["Patient?address-postalcode=1000"],
    );
}

#[test]
fn a_telephone_number_is_found_however_it_is_written() {
    let patient = r#"{"resourceType":"Patient","telecom":[{"system":"phone","value":"+31 (0)6 12345678"}]}"#;
    table(patient, &["Patient?phone=%2B310612345678"], &["Patient?email=0612345678"]);
    let patient = r#"{"resourceType":"Patient","telecom":[{"system":"phone","value":"06-1234 5678"}]}"#;
    table(
        patient,
        &[
            "Patient?phone=0612345678",
            "Patient?phone=%2B31612345678",
            "Patient?phone=+31612345678",
            "Patient?telecom=0031 6 12345678",
        ],
        &["Patient?phone=612345679"],
    );
}

#[test]
fn case_29_30_a_bsn_is_found_with_and_without_its_zeros_and_blanks() {
    let bsn = "http://fhir.nl/fhir/NamingSystem/bsn";
    let patient = format!(
        r#"{{"resourceType":"Patient","identifier":[{{"use":"old","system":"{bsn}","value":"012345672"}}]}}"#
    );
    table(
        &patient,
        &[
            &format!("Patient?identifier={bsn}|12345672"),
            &format!("Patient?identifier={bsn}|012 345 672"),
            &format!("Patient?identifier={bsn}|0123.45.672"),
            "Patient?identifier=urn:oid:2.16.840.1.113883.2.4.6.3|012345672",
        ],
        &[&format!("Patient?identifier={bsn}|2345672"), "Patient?identifier=|012345672"],
    );
}

#[test]
fn case_32_33_an_identifier_without_system_or_out_of_use_is_found() {
    let patient = r#"{"resourceType":"Patient","identifier":[{"value":"A1"},{"use":"old","system":"urn:x","value":"B2"}]}"#;
    table(
        patient,
        &[
            "Patient?identifier=A1",
            "Patient?identifier=|A1",
            "Patient?identifier=urn:x|B2",
            "Patient?identifier=urn:x|",
        ],
        &[
            "Patient?identifier=a1",
            "Patient?identifier=|B2",
            "Patient?identifier=urn:x|A1",
            "Patient?identifier=URN:x|B2",
        ],
    );
}

#[test]
fn case_10_every_way_to_write_utc_is_the_same_moment() {
    let slot = |start: &str| format!(r#"{{"resourceType":"Slot","start":"{start}"}}"#);
    for start in ["2026-01-01T10:00:00Z", "2026-01-01T10:00:00+00:00", "2026-01-01T10:00:00-00:00"] {
        table(
            &slot(start),
            &[
                "Slot?start=2026-01-01T10:00:00Z",
                "Slot?start=2026-01-01T10:00:00-00:00",
                "Slot?start=2026-01-01T11:00:00",
                "Slot?start=2026-01-01T11:00:00 01:00",
            ],
            &["Slot?start=2026-01-01T10:00:00"],
        );
    }
}

#[test]
fn what_stands_in_meta_is_found_on_every_type() {
    let slot = r#"{"resourceType":"Slot","meta":{"source":"https://x.example/a#1","profile":["https://x.example/p|1.0"],
        "tag":[{"system":"urn:t","code":"a","display":"Proef"}],"security":[{"code":"R"}]}}"#;
    table(
        slot,
        &[
            "Slot?_tag=urn:t|a",
            "Slot?_tag:text=proef",
            "Slot?_security=|R",
            "Slot?_profile=https://x.example/p",
            "Slot?_profile=https://x.example/p|1.0",
            "Slot?_profile:below=https://x.example",
            "Slot?_source=https://x.example/a%231",
            "Slot?_id=0,1",
        ],
        &[
            "Slot?_tag=urn:t|b",
            "Slot?_profile=https://x.example/p|2.0",
            "Slot?_profile=https://x.example",
            "Slot?_security=x|R",
        ],
    );
}
