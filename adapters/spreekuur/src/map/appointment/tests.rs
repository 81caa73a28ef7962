//! Each row of `spreekuur.md` 6.5, and what of it is noted (6.2).

use std::collections::BTreeMap;

use gateway_core::{Key, ResourceType, Version};
use serde_json::{Value, json};

use super::*;

const SYSTEM: &str = "https://zorgtolk.example/fhir/CodeSystem/zt-afspraaktype";

/// An Appointment with `changes` laid over it; `null` takes an element out.
fn appointment(changes: &Value) -> Value {
    let mut appointment = json!({
        "resourceType": "Appointment", "id": "afs-1", "status": "booked",
        "serviceCategory": [{"coding": [{"system": "urn:soort", "code": "CONSULT", "display": "Consult"}]}],
        "start": "2026-09-14T09:10:00+02:00", "end": "2026-09-14T09:20:00+02:00",
        "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            appointment.as_object_mut().unwrap().remove(name);
        } else {
            appointment[name] = value.clone();
        }
    }
    appointment
}

fn resource(value: &Value) -> Resource {
    Resource::from_text(value.to_string()).unwrap()
}

fn delivery(value: &Value) -> Delivery {
    let referenced = [
        json!({"resourceType": "Patient", "id": "p1", "name": [{"text": "T. Testpersoon"}],
               "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019"}]}),
        json!({"resourceType": "Patient", "id": "nobsn", "name": [{"text": "X"}]}),
        json!({"resourceType": "PractitionerRole", "id": "pr1", "practitioner": {"display": "A. Voorbeeld"}}),
        json!({"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Voorbeeld", "prefix": ["Dr."]}]}),
        json!({"resourceType": "Location", "id": "l1", "name": "Spreekkamer 2"}),
        json!({"resourceType": "Location", "id": "l2"}),
    ];
    let key = |value: &Value| {
        Key::from_reference(&format!(
            "{}/{}",
            value["resourceType"].as_str().unwrap(),
            value["id"].as_str().unwrap()
        ))
        .unwrap()
    };
    Delivery {
        id: 1,
        tenant: "de-linde".parse().unwrap(),
        link: "spreekuur".parse().unwrap(),
        key: Key::new(ResourceType::Appointment, "afs-1".parse().unwrap()),
        version: Version::FIRST,
        attempt: 1,
        resource: Some(resource(value)),
        before: None,
        referenced: referenced.iter().map(|value| (key(value), resource(value))).collect::<BTreeMap<_, _>>(),
        note: None,
        sent_before: true,
    }
}

fn of(delivery: &Delivery) -> Result<Outgoing, Vec<Issue>> {
    outgoing(delivery, SYSTEM)
}

fn message(delivery: &Delivery) -> Message {
    match of(delivery) {
        Ok(Outgoing::Message(message)) => message,
        Ok(Outgoing::Withheld(why)) => panic!("withheld: {why}"),
        Err(issues) => panic!("{issues:?}"),
    }
}

fn sent(changes: &Value) -> Value {
    serde_json::from_str(&message(&delivery(&appointment(changes))).body).unwrap()
}

fn withheld(delivery: &Delivery) -> &'static str {
    match of(delivery) {
        Ok(Outgoing::Withheld(why)) => why,
        Ok(Outgoing::Message(_)) => panic!("sent"),
        Err(issues) => panic!("{issues:?}"),
    }
}

fn refused(changes: &Value) -> Vec<(IssueCode, String)> {
    match of(&delivery(&appointment(changes))) {
        Err(issues) => issues.into_iter().map(|i| (i.code, i.expression.unwrap_or_default())).collect(),
        Ok(_) => panic!("not refused"),
    }
}

fn patient(actor: &Value) -> Value {
    json!({"participant": [{"actor": actor, "status": "tentative"}]})
}

#[test]
fn c_04_a_status_that_is_not_theirs_is_not_sent() {
    for status in ["proposed", "pending", "waitlist", "arrived", "checked-in", "fulfilled", "noshow"] {
        assert!(!withheld(&delivery(&appointment(&json!({"status": status})))).is_empty(), "{status}");
    }
    for status in ["booked", "cancelled"] {
        assert_eq!(sent(&json!({"status": status}))["status"], status);
    }
}

#[test]
fn c_04_an_unknown_status_is_an_issue_with_its_path() {
    let at_status = |code| vec![(code, "Appointment.status".to_owned())];
    assert_eq!(refused(&json!({"status": "bevestigd"})), at_status(IssueCode::CodeInvalid));
    assert_eq!(refused(&json!({"status": null})), at_status(IssueCode::Required));
}

#[test]
fn c_09_error_and_deletion_are_cancellations_with_all_mandatory_elements() {
    let booked = sent(&json!({}));
    let mut deleted = delivery(&appointment(&json!({})));
    deleted.before = deleted.resource.take();
    let deleted: Value = serde_json::from_str(&message(&deleted).body).unwrap();
    for cancelled in
        [sent(&json!({"status": "entered-in-error"})), sent(&json!({"status": "cancelled"})), deleted]
    {
        assert_eq!(cancelled["status"], "cancelled");
        for element in ["id", "start", "end", "serviceCategory", "participant"] {
            assert_eq!(cancelled[element], booked[element], "{element}");
        }
    }
}

#[test]
fn c_04_a_cancellation_is_sent_only_when_a_booking_ever_was() {
    let mut cancelled = delivery(&appointment(&json!({"status": "cancelled"})));
    cancelled.sent_before = false;
    assert_eq!(withheld(&cancelled), "no booking of it was ever sent");
    let mut deleted = delivery(&appointment(&json!({})));
    deleted.before = deleted.resource.take();
    deleted.sent_before = false;
    assert_eq!(withheld(&deleted), "no booking of it was ever sent");
}

#[test]
fn c_05_what_they_have_acknowledged_is_not_sent_again() {
    let mut same = delivery(&appointment(&json!({})));
    let first = message(&same);
    assert!(first.note.starts_with("booked:") && !first.note.contains("999990019"), "{}", first.note);
    same.note = Some(first.note.clone());
    assert_eq!(withheld(&same), "unchanged since the last acknowledged");

    let mut cancelled = delivery(&appointment(&json!({"status": "cancelled"})));
    cancelled.note = Some(first.note);
    let cancellation = message(&cancelled);
    assert!(cancellation.note.starts_with("cancelled:"));
    let mut erased = delivery(&appointment(&json!({"status": "entered-in-error", "comment": "anders"})));
    erased.note = Some(cancellation.note.clone());
    assert_eq!(withheld(&erased), "they have acknowledged the cancellation already");
    same.note = Some(cancellation.note);
    assert_eq!(message(&same).id, "afs-1");
}

#[test]
fn c_05_changed_is_what_section_6_2_says() {
    let note = |changes: &Value| message(&delivery(&appointment(changes))).note;
    let first = note(&json!({}));
    for same in [
        json!({"start": "2026-09-14T07:10:00Z"}),
        json!({"start": "2026-09-14T07:10:00.000Z"}),
        json!({"meta": {"source": "x"}, "text": {"status": "empty"}, "description": "y", "comment": " "}),
        json!({"participant": [{"actor": {"reference": "Patient/p1", "display": "anders"}, "status": "declined"}]}),
        json!({"serviceCategory": [{"coding": [
            {"system": "urn:soort", "code": "CONSULT", "display": "Consult"},
            {"system": "urn:soort", "code": "CONSULT", "display": "Consult"}]}]}),
    ] {
        assert_eq!(note(&same), first, "{same}");
    }
    for other in [
        json!({"status": "cancelled"}),
        json!({"start": "2026-09-14T09:11:00+02:00"}),
        json!({"end": "2026-09-14T09:21:00+02:00"}),
        json!({"comment": "Neem uw medicatielijst mee."}),
        json!({"serviceCategory": [{"coding": [{"system": "urn:soort", "code": "SPOED", "display": "Consult"}]}]}),
        json!({"participant": [
            {"actor": {"reference": "Patient/p1"}, "status": "accepted"},
            {"actor": {"reference": "Location/l1"}, "status": "accepted"}]}),
        patient(&json!({"reference": "Patient/p2", "display": "X",
            "identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "123456782"}})),
    ] {
        assert_ne!(note(&other), first, "{other}");
    }
}

#[test]
fn c_04_the_patient_is_resolved_to_bsn_and_name() {
    let bsn = |value: &str| json!({"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": value});
    let contained = json!([{"resourceType": "Patient", "id": "c1", "name": [{"family": "Proef"}], "identifier": [bsn("123456782")]}]);
    for (actor, reference, value, display) in [
        (json!({"reference": "Patient/p1/_history/3"}), "Patient/p1", "999990019", "T. Testpersoon"),
        (
            json!({"reference": "Patient/p1", "identifier": bsn("999990019")}),
            "Patient/p1",
            "999990019",
            "T. Testpersoon",
        ),
        (json!({"reference": "#c1"}), "Patient/c1", "123456782", "Proef"),
        (
            json!({"reference": "Patient/p9", "identifier": bsn("10464554"), "display": "A"}),
            "Patient/p9",
            "010464554",
            "A",
        ),
        (json!({"identifier": bsn("999990019"), "display": "A"}), "Patient/afs-1", "999990019", "A"),
    ] {
        let mut changes = patient(&actor);
        changes["contained"] = contained.clone();
        let sent = sent(&changes);
        let wanted = json!([{"actor": {"reference": reference, "identifier": bsn(value), "display": display}, "status": "accepted"}]);
        assert_eq!(sent["participant"], wanted, "{actor}");
        assert_eq!(sent.get("contained"), None);
    }
}

#[test]
fn a_17_a_patient_who_takes_part_twice_is_told_once() {
    let by_bsn = |value: &str| {
        json!({"status": "accepted", "actor": {"reference": "Patient/theirs", "identifier": {
            "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": value}}})
    };
    let known = json!({"status": "accepted", "actor": {"reference": "Patient/p1"}});
    for list in [json!([by_bsn("999990019"), known]), json!([known, by_bsn("999990019")])] {
        let told = sent(&json!({"participant": list}));
        let told = told["participant"].as_array().unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["actor"]["reference"], list[0]["actor"]["reference"], "the first is kept");
    }
    let two = sent(&json!({"participant": [known, by_bsn("999993847")]}));
    assert_eq!(
        two["participant"].as_array().unwrap().len(),
        2,
        "two people stay two, and are refused as such"
    );
}

#[test]
fn c_04_a_patient_without_one_bsn_is_an_issue_at_its_path() {
    let bsn = |value: &str| json!({"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": value});
    let at = "Appointment.participant[0].actor";
    for (actor, code, path) in [
        (json!({"reference": "Patient/nobsn"}), IssueCode::Required, at.to_owned()),
        (json!({"reference": "Patient/gone"}), IssueCode::NotFound, at.to_owned()),
        (json!({"reference": "#gone", "type": "Patient"}), IssueCode::NotFound, at.to_owned()),
        (
            json!({"reference": "Patient/p1", "identifier": bsn("123456782")}),
            IssueCode::Conflict,
            format!("{at}.identifier"),
        ),
        (
            json!({"reference": "Patient/gone", "identifier": bsn("12")}),
            IssueCode::Value,
            format!("{at}.identifier"),
        ),
    ] {
        assert_eq!(refused(&patient(&actor)), [(code, path)], "{actor}");
    }
}

#[test]
fn an_appointment_without_a_patient_is_nobodys_to_be_told() {
    let blocked = json!({"participant": [
        {"actor": {"reference": "Location/l1"}, "status": "accepted"},
        {"actor": {"identifier": {"system": "https://us.example/agenda", "value": "71"}}, "status": "accepted"},
    ]});
    assert_eq!(withheld(&delivery(&appointment(&blocked))), "no patient takes part in it");
}

#[test]
fn c_04_others_go_by_name_or_not_at_all() {
    let participants = [
        json!({"reference": "Patient/p1"}),
        json!({"reference": "PractitionerRole/pr1"}),
        json!({"reference": "Practitioner/d1"}),
        json!({"reference": "Practitioner/gone", "display": "Mw. B"}),
        json!({"reference": "Location/l1"}),
        json!({"reference": "Location/l2"}),
        json!({"reference": "Practitioner/gone2"}),
        json!({"display": "zonder verwijzing", "type": "Location"}),
        json!({"reference": "RelatedPerson/r1", "display": "Moeder"}),
        json!({"reference": "Device/x", "display": "Echo"}),
    ];
    let participants: Vec<_> =
        participants.iter().map(|actor| json!({"actor": actor, "status": "needs-action"})).collect();
    let sent = sent(&json!({"participant": participants}));
    let told: Vec<_> = sent["participant"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|p| {
            assert_eq!(p["status"], "accepted");
            assert_eq!(p["actor"].get("identifier"), None);
            (p["actor"]["reference"].as_str().unwrap(), p["actor"]["display"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("PractitionerRole/pr1", "A. Voorbeeld"),
            ("Practitioner/d1", "Dr. Voorbeeld"),
            ("Practitioner/gone", "Mw. B"),
            ("Location/l1", "Spreekkamer 2"),
        ]
    );
}

#[test]
fn c_04_the_kind_is_the_first_there_is_and_afspraak_when_there_is_none() {
    let concept = |code: &str| json!({"coding": [{"system": "s", "code": code, "display": "d"}]});
    for (changes, wanted) in [
        (
            json!({"serviceType": [concept("TYPE")]}),
            json!([{"coding": [{"system": "urn:soort", "code": "CONSULT", "display": "Consult"}]}]),
        ),
        (
            json!({"serviceCategory": null, "serviceType": [concept("TYPE")], "appointmentType": concept("APP")}),
            json!([concept("TYPE")]),
        ),
        (json!({"serviceCategory": null, "appointmentType": concept("APP")}), json!([concept("APP")])),
        (
            json!({"serviceCategory": [{"text": "alleen tekst"}], "appointmentType": concept("APP")}),
            json!([concept("APP")]),
        ),
        (
            json!({"serviceCategory": [{"text": "Controle", "coding": [{"system": "s", "code": "C"}, {"code": "zonder stelsel"}]}]}),
            json!([{"coding": [{"system": "s", "code": "C", "display": "Controle"}]}]),
        ),
        (
            json!({"serviceCategory": null}),
            json!([{"coding": [{"system": SYSTEM, "code": "AFSPRAAK", "display": "Afspraak"}]}]),
        ),
    ] {
        assert_eq!(sent(&changes)["serviceCategory"], wanted, "{changes}");
    }
}

#[test]
fn c_04_the_patient_instruction_comes_before_the_comment_and_clinical_texts_are_never_sent() {
    let clinical = json!({"description": "verdenking", "reasonCode": [{"text": "verdenking"}], "comment": "c", "patientInstruction": "p"});
    let told = sent(&clinical);
    assert_eq!(told["comment"], "p");
    assert!(!told.to_string().contains("verdenking"));
    assert_eq!(sent(&json!({"comment": "c", "patientInstruction": " "}))["comment"], "c");
    assert_eq!(sent(&json!({})).get("comment"), None);
}

#[test]
fn c_04_only_the_elements_of_6_1_are_sent() {
    let extra = json!({
        "meta": {"source": "x"}, "identifier": [{"value": "x"}], "slot": [{"reference": "Slot/1"}], "text": {"status": "empty"},
        "minutesDuration": 10, "cancelationReason": {"text": "x"}, "extension": [{"url": "x"}], "priority": 1, "created": "2026-09-01",
    });
    let sent = sent(&extra);
    let elements: Vec<_> = sent.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(elements, ["end", "id", "participant", "resourceType", "serviceCategory", "start", "status"]);
}

#[test]
fn c_04_a_local_time_is_amsterdams() {
    for (start, wanted) in [
        ("2026-09-14T09:10:00", "2026-09-14T09:10:00+02:00"),
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00+02:00"),
        ("2026-09-14T09:10:00Z", "2026-09-14T09:10:00Z"),
    ] {
        assert_eq!(sent(&json!({"start": start}))["start"], wanted, "{start}");
    }
    for (start, end) in
        [("2026-03-29T02:30:00", "2026-03-29T03:30:00"), ("2026-09-14", "2026-09-14T10:00:00Z")]
    {
        let wanted = [(IssueCode::Value, "Appointment.start".to_owned())];
        assert_eq!(refused(&json!({"start": start, "end": end})), wanted, "{start}");
    }
}

proptest::proptest! {
    #[test]
    fn mapping_never_panics_and_never_says_what_it_may_not(
        status in "[a-z-]{0,10}|booked|cancelled",
        texts in proptest::collection::vec(".{0,20}", 6),
        n in 0_usize..4,
    ) {
        let actor = json!({"reference": texts[0], "display": texts[1], "type": texts[2],
            "identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": texts[3]}});
        let participants: Vec<_> = (0..n).map(|_| json!({"actor": actor, "status": texts[4]})).collect();
        let changes = json!({"status": status, "start": texts[4], "end": texts[5], "comment": texts[1],
            "description": "GEHEIM", "participant": participants, "contained": [texts[0], {"id": texts[2]}]});
        if let Ok(Outgoing::Message(message)) = of(&delivery(&appointment(&changes))) {
            let sent: Value = serde_json::from_str(&message.body).unwrap();
            proptest::prop_assert!(sent.get("contained").is_none() && sent.get("description").is_none());
        }
    }
}
