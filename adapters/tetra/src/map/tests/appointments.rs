//! Block types, keys and texts of appointments: edge cases 19, 21 to 26, 30 to 32.

use super::*;

fn duration(of: &Value) -> Option<String> {
    extension(&of["serviceType"][0], "tetra-bloktype-duration").map(|duration| duration["value"].to_string())
}

#[test]
fn edge_21_a_length_is_in_tenths_in_json_and_in_minutes_in_xml() {
    for field in ["AfspraakDuurMinuten10", "AfspraakDuurMinuten"] {
        let record = afspraak(&format!(r#","BlokType":{{"Id":501,"Naam":"x","{field}":100}}"#));
        assert_eq!(duration(&value(&appointment(record, None))).as_deref(), Some("10"), "{field}");
    }
    let xml = afspraak_xml(r#"<BlokType Id="501"><AfspraakDuurMinuten>10</AfspraakDuurMinuten></BlokType>"#);
    assert_eq!(duration(&value(&appointment(xml, None))).as_deref(), Some("10"));
    for field in ["AfspraakDuurMinuten", "AfspraakDuurMinuten10"] {
        let list = json(
            Operation::BlockTypes,
            "bloktypes",
            &format!(r#"{{"Id":501,"Naam":"Consult","{field}":100}}"#),
        );
        let item = composer().bloktype(list[0].clone()).unwrap_or_else(|a| panic!("{a:?}"));
        let told = extension(&value(&laid(&item, None)), "tetra-bloktype-duration").unwrap();
        assert_eq!((told["value"].to_string().as_str(), &told["code"]), ("10", &Value::from("min")));
    }
}

#[test]
fn edge_22_odd_lengths() {
    for (tenths, wanted) in [("75", Some("7.5")), ("0", None), ("-50", None), ("null", None)] {
        let record =
            afspraak(&format!(r#","BlokType":{{"Id":501,"Naam":"x","AfspraakDuurMinuten10":{tenths}}}"#));
        assert_eq!(duration(&value(&appointment(record, None))).as_deref(), wanted, "{tenths}");
    }
}

#[test]
fn edge_24_colours() {
    let colour = |record: Record| {
        extension(&value(&appointment(record, None))["serviceType"][0], "tetra-bloktype-colour")
    };
    for (hex, wanted) in [
        ("FFFF80", Some("FFFF80")),
        ("3366cc", Some("3366CC")),
        ("#00AA55", Some("00AA55")),
        ("AA55", Some("00AA55")),
        ("FF3366CC", Some("3366CC")),
        ("paars", None),
        ("", None),
    ] {
        let record = afspraak(&format!(r#","BlokType":{{"Id":501,"Naam":"x","Kleur":"{hex}"}}"#));
        assert_eq!(colour(record).as_ref().and_then(Value::as_str), wanted, "{hex}");
    }
    for (argb, wanted) in [
        ("-128", Some("FFFF80")),
        ("-1", Some("FFFFFF")),
        ("-16777216", Some("000000")),
        ("-65536", Some("FF0000")),
        ("-16711936", Some("00FF00")),
        ("-13408564", Some("3366CC")),
        ("0", None),
        ("paars", None),
    ] {
        let record =
            afspraak_xml(&format!(r#"<BlokType Id="501"><Naam>x</Naam><Kleur>{argb}</Kleur></BlokType>"#));
        assert_eq!(colour(record).as_ref().and_then(Value::as_str), wanted, "{argb}");
    }
}

#[test]
fn edge_25_number_zero_is_nobody_or_who_is_signed_in() {
    let blocked = appointment(afspraak(r#","PatientId":0"#), None);
    assert_eq!(value(&blocked)["participant"].as_array().unwrap().len(), 1, "the agenda alone");
    let known = appointment(afspraak(r#","PatientId":4242"#), None);
    let patient = |appointment: &Value| appointment["participant"][1]["actor"]["reference"].clone();
    assert_eq!(patient(&value(&known)), "Patient/pat-01999999-4242");
    let as_person = composer().appointment(afspraak(r#","PatientId":0"#), Asked::Person);
    let own = laid(&as_person.unwrap_or_else(|a| panic!("{a:?}")), Some(&known));
    assert_eq!(patient(&value(&own)), "Patient/pat-01999999-4242", "who is signed in stays who they are");
    let freed = appointment(afspraak(r#","PatientId":0"#), Some(&known));
    assert_eq!(value(&freed)["participant"].as_array().unwrap().len(), 1);
}

#[test]
fn edge_25_two_without_a_number_are_two() {
    let of = |name: &str| afspraak(&format!(r#","PatientId":0,"Voornaam":"{name}","Geslacht":"O""#));
    let (one, two) = (of("Anna"), of("Bert"));
    assert!(
        crate::map::patient::richest([one.clone(), two].into_iter()).is_empty(),
        "nobody is made of them"
    );
    let got = value(&appointment(one, None));
    assert_eq!(got["contained"][0]["name"][0]["given"][0], "Anna");
    assert_eq!(got["participant"][1]["actor"]["reference"], "#patient");
    assert!(got["contained"][0].get("identifier").is_none());
}

#[test]
fn edge_26_a_block_type_without_a_number_is_a_text() {
    let got = value(&appointment(afspraak(r#","BlokType":{"Id":0,"Naam":"EC: Huisarts "}"#), None));
    assert_eq!(got["serviceType"][0]["text"], "EC: Huisarts");
    assert!(got["serviceType"][0].get("coding").is_none());
    let none = value(&appointment(afspraak(r#","BlokType":null"#), None));
    assert!(none.get("serviceType").is_none());
    let unknown = value(&appointment(afspraak(r#","BlokType":{"Id":999,"Naam":"Nieuw"}"#), None));
    assert_eq!(unknown["serviceType"][0]["coding"][0]["code"], "999");
    assert_eq!(
        unknown["serviceType"][0]["coding"][0]["system"],
        "https://zorgtolk.example/fhir/CodeSystem/tetra-bloktype/01999999"
    );
}

#[test]
fn edge_30_names_are_trimmed_and_are_no_keys() {
    let list =
        json(Operation::Agendas, "agendas", r#"{"Id":71,"Naam":"Spreekuur  "},{"Id":72,"Naam":"Spreekuur"}"#);
    let items: Vec<_> = list
        .into_iter()
        .map(|record| {
            composer().agenda(record, crate::map::agenda::InUse::Yes).unwrap_or_else(|a| panic!("{a:?}"))
        })
        .collect();
    assert_ne!(items[0].key, items[1].key);
    let (one, two) = (value(&laid(&items[0], None)), value(&laid(&items[1], None)));
    assert_eq!((&one["comment"], &one["actor"][0]["display"]), (&"Spreekuur".into(), &"Spreekuur".into()));
    assert_ne!(one["identifier"][0]["value"], two["identifier"][0]["value"]);
    assert_eq!(two["actor"][0]["reference"], "Location/spreekkamer-2", "whose it is, the operator said");
}

#[test]
fn edge_32_large_keys_survive() {
    for number in ["2147483648", "9007199254740993"] {
        let record = afspraak(&format!(r#","PatientId":{number}"#));
        let got = value(&appointment(record, None));
        assert_eq!(got["participant"][1]["actor"]["identifier"]["value"], number);
    }
}

#[test]
fn edge_19_texts_are_kept_to_the_letter() {
    let record = afspraak(r#","Opmerkingen":"a < b & \"c\"\nregel 2""#);
    assert_eq!(value(&appointment(record, None))["comment"], "a < b & \"c\"\nregel 2");
    let xml = afspraak_xml("<Opmerkingen>a &lt; b &amp; \"c\"</Opmerkingen>");
    assert_eq!(value(&appointment(xml, None))["comment"], "a < b & \"c\"");
}

#[test]
fn the_token_that_erases_is_in_no_resource() {
    for name in ["WisAfspraakToken", "wisAfspraakToken"] {
        let record = afspraak(&format!(r#","{name}":"01999999_EXAMPLE-NOT-A-REAL-TOKEN","PatientId":4242"#));
        assert!(!appointment(record.clone(), None).text().contains("NOT-A-REAL"));
        assert!(!laid(&composer().patient_of("4242", record), None).text().contains("NOT-A-REAL"));
    }
}

#[test]
fn a_record_without_a_number_is_set_aside_with_both_places() {
    let record = json(Operation::Appointments, "afspraken", r#"{"Id":0,"AgendaId":71}"#).remove(0);
    let Err(aside) = composer().appointment(record, Asked::Agendas) else { panic!("it is taken") };
    assert_eq!((aside.place.as_str(), aside.key), ("afspraken[0]", None));
    assert_eq!(aside.issues[0].expression.as_deref(), Some("Appointment.identifier"));
    assert!(aside.issues[0].text.contains("afspraken[0].Id"));
}

#[test]
fn what_others_added_is_left_alone() {
    let current = appointment(afspraak(r#","PatientId":4242"#), None);
    let text = current.text().replacen(
        "\"participant\":[",
        "\"priority\": 5,\"participant\":[{\"actor\":{\"display\":\"Tolk\"},\"status\":\"tentative\"},",
        1,
    );
    let got =
        appointment(afspraak(r#","PatientId":4242,"AfspraakStatus":"Aanwezig""#), Some(&resource(&text)));
    assert!(
        got.text().contains("{\"actor\":{\"display\":\"Tolk\"},\"status\":\"tentative\"}"),
        "{}",
        got.text()
    );
    assert_eq!(value(&got)["priority"], 5);
}

#[test]
fn what_was_booked_from_here_stays_one_appointment_with_one_patient_and_one_agenda() {
    let base = "https://zorgtolk.example/fhir/NamingSystem";
    let booked = resource(&format!(
        r#"{{"resourceType":"Appointment","identifier":[{{"system":"https://xis.example","value":"A-1"}}],"status":"booked",
            "start":"2026-06-02T08:20:00Z","end":"2026-06-02T08:30:00Z","participant":[
            {{"actor":{{"reference":"Patient/pat-01999999-4242"}},"required":"required","status":"accepted"}},
            {{"actor":{{"identifier":{{"system":"{base}/tetra-agenda-id/01999999","value":"71"}}}},"status":"accepted"}}]}}"#
    ));
    let got = value(&appointment(afspraak(r#","PatientId":4242"#), Some(&booked)));
    let participants = got["participant"].as_array().unwrap();
    assert_eq!(participants.len(), 2, "{participants:?}");
    let patient = participants.iter().find(|it| it["actor"]["identifier"]["value"] == "4242").unwrap();
    assert_eq!(patient["actor"]["reference"], "Patient/pat-01999999-4242");
    assert_eq!(patient["required"], "required", "what others said of them stays");
    assert_eq!(got["identifier"].as_array().unwrap().len(), 2);
}
