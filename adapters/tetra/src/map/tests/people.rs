//! Patients: edge cases 27 to 29 and 49.

use gateway_core::Bsn;

use super::*;

fn patient(members: &str, current: Option<&Resource>) -> Value {
    let record = afspraak(&format!(r#","PatientId":4242{members}"#));
    value(&laid(&composer().patient_of("4242", record), current))
}

fn found(members: &str, current: Option<&Resource>, bsn: Option<&str>) -> Resource {
    let text = format!(r#"{{"PatientId":4242{members}}}"#);
    let record = json(Operation::FindPatient, "zoekresultaten", &text).remove(0);
    let bsn = bsn.map(|bsn| bsn.parse::<Bsn>().unwrap());
    laid(&composer().found(record, bsn).unwrap_or_else(|a| panic!("{a:?}")), current)
}

#[test]
fn edge_27_genders() {
    for (written, gender, raw) in [
        ("\"O\"", Some("unknown"), None),
        ("\"M\"", Some("male"), None),
        ("\"V\"", Some("female"), None),
        ("\"v\"", Some("unknown"), Some("v")),
        ("\"X\"", Some("unknown"), Some("X")),
        ("\"\"", None, None),
        ("null", None, None),
    ] {
        let got = patient(&format!(r#","Geslacht":{written}"#), None);
        assert_eq!(got["gender"].as_str(), gender, "{written}");
        let kept = extension(&got["_gender"], "tetra-gender-raw");
        assert_eq!(kept.as_ref().and_then(Value::as_str), raw, "{written}");
    }
}

#[test]
fn edge_28_what_is_not_told_erases_nothing() {
    let full = resource(
        r#"{"resourceType":"Patient","name":[{"use":"official","family":"de Vries","given":["Anna","B."]}],
            "gender":"female","telecom":[{"system":"email","value":"anna@example.org"}],"birthDate":"1980-03-14"}"#,
    );
    for members in [
        "",
        r#","Email":null,"Voornaam":null,"Achternaam":null,"Geslacht":"O""#,
        r#","Email":"","Voornaam":"A.","Achternaam":"Vries""#,
    ] {
        let got = patient(members, Some(&full));
        assert_eq!(got["name"][0]["family"], "de Vries", "{members}");
        assert_eq!(got["name"][0]["given"][0], "Anna", "{members}");
        assert_eq!((&got["gender"], &got["birthDate"]), (&"female".into(), &"1980-03-14".into()));
        assert_eq!(got["telecom"][0]["value"], "anna@example.org");
        assert_eq!(got["identifier"][0]["value"], "4242");
    }
    let changed = patient(r#","Email":"nieuw@example.org""#, Some(&full));
    assert_eq!(changed["telecom"][0]["value"], "nieuw@example.org", "what is told counts");
}

#[test]
fn edge_28_the_record_that_tells_most_speaks_for_a_patient() {
    let of = |members: &str| afspraak(&format!(r#","PatientId":4242{members}"#));
    let records = [of(""), of(r#","Email":"a@example.org","Voornaam":"Anna""#), of(r#","Geslacht":"O""#)];
    let richest = crate::map::patient::richest(records.into_iter());
    assert_eq!(richest.len(), 1);
    assert_eq!(richest[0].1.text("Voornaam").as_deref(), Some("Anna"));
}

#[test]
fn edge_29_birth_dates() {
    for (written, wanted) in [
        ("0001-01-01T00:00:00", None),
        ("1980-03-14T00:00:00", Some("1980-03-14")),
        ("1980-03-30T00:00:00", Some("1980-03-30")),
    ] {
        let got = value(&found(
            &format!(r#","Naam":"Mevr. T. Testpersoon","GeboorteDatum":"{written}""#),
            None,
            None,
        ));
        assert_eq!(got["birthDate"].as_str(), wanted, "{written}");
        assert_eq!(got["name"][0]["text"], "Mevr. T. Testpersoon");
        assert!(got["name"][0].get("family").is_none(), "never split");
    }
}

#[test]
fn edge_29_a_search_that_knows_less_erases_nothing() {
    let known = found(
        r#","Naam":"Mevr. T. Testpersoon","GeboorteDatum":"1980-03-14T00:00:00","Telefoonnummers":["06-12345678"]"#,
        None,
        None,
    );
    let got = value(&found(
        r#","Naam":"","GeboorteDatum":"0001-01-01T00:00:00","Email":"","Telefoonnummers":[]"#,
        Some(&known),
        None,
    ));
    assert_eq!(got["birthDate"], "1980-03-14");
    assert_eq!(got["telecom"][0]["value"], "06-12345678", "to the letter");
    assert_eq!(got["telecom"][0]["use"], "mobile");
    let fixed = value(&found(r#","Telefoonnummers":["0101234567","+31 6 12345678"]"#, None, None));
    assert_eq!((fixed["telecom"][0].get("use"), &fixed["telecom"][1]["use"]), (None, &"mobile".into()));
}

#[test]
fn edge_28_what_others_wrote_stays_beside_what_a_search_tells() {
    let full = resource(
        r#"{"resourceType":"Patient","name":[{"use":"official","text":"Anna B. de Vries","family":"de Vries"}],
            "telecom":[{"system":"phone","use":"home","value":"0101111111"}]}"#,
    );
    let told = r#","Naam":"Mevr. A. Vries","Telefoonnummers":["0102222222"]"#;
    let got = value(&found(told, Some(&full), None));
    assert_eq!(got["name"][0]["text"], "Anna B. de Vries");
    let numbers: Vec<_> =
        got["telecom"].as_array().unwrap().iter().map(|it| (&it["value"], it.get("use"))).collect();
    assert_eq!(numbers, [(&"0102222222".into(), None), (&"0101111111".into(), Some(&"home".into()))]);
}

#[test]
fn edge_49_a_bsn_is_attached_only_when_it_is_certain() {
    assert!(!found("", None, None).text().contains("NamingSystem/bsn"));
    let certain = value(&found("", None, Some("999911120")));
    assert_eq!(certain["identifier"][1]["value"], "999911120");
    let other = r#"{"resourceType":"Patient","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"111222333"}]}"#;
    let record = json(Operation::FindPatient, "zoekresultaten", r#"{"PatientId":4242}"#).remove(0);
    let item =
        composer().found(record, Some("999911120".parse().unwrap())).unwrap_or_else(|a| panic!("{a:?}"));
    let issues = (item.lay)(Some(&resource(other)), &[]).unwrap_err();
    assert_eq!(issues[0].code, gateway_core::IssueCode::Conflict);
    assert!(!issues[0].text.contains("111222333") && !issues[0].text.contains("999911120"));
}

#[test]
fn a_line_that_describes_somebody_is_never_parsed() {
    let body = "<His_ZoekPatient_Vrij_Antwoord><CommunicatieStatus>OZB_Communicatie_Status_Verzoek_is_geslaagd\
        </CommunicatieStatus><ObjectOmschrijvingen><OZB_Communicatie_ObjectOmschrijving Id=\"4242\"><KorteOmschrijving>\
        Mevr. T. Testpersoon (46) 14-3-1980 Proefstraat1 Voorbeeldstad</KorteOmschrijving>\
        </OZB_Communicatie_ObjectOmschrijving></ObjectOmschrijvingen></His_ZoekPatient_Vrij_Antwoord>";
    let record = records(Operation::SearchPatients, Format::Xml, body.as_bytes()).remove(0);
    let item = composer().found(record, None).unwrap_or_else(|a| panic!("{a:?}"));
    assert_eq!(item.key.value, "4242");
    assert!(!laid(&item, None).text().contains("Testpersoon"));
}
