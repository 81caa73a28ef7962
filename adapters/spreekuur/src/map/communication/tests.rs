//! What of a notification is sent, and when it is not (`spreekuur.md` section 7).

use std::collections::BTreeMap;

use gateway_core::{Key, ResourceType, Version};
use serde_json::{Value, json};

use super::*;

const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

/// A notification as the Spreekuur door keeps it, with `changes` laid over it; `null` takes an element out.
fn notification(changes: &Value) -> Value {
    let mut notification = json!({
        "resourceType": "Communication", "id": "melding-1", "status": "completed",
        "category": [{"coding": [{"system": "nl.spreekuur.communication-category", "code": "melding"}]}],
        "topic": {"text": "Uw griepprik"}, "subject": {"reference": "Patient/p1"},
        "recipient": [{"reference": "Patient/p1"}], "payload": [{"contentString": "U bent welkom."}],
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            notification.as_object_mut().unwrap().remove(name);
        } else {
            notification[name] = value.clone();
        }
    }
    notification
}

fn resource(value: &Value) -> Resource {
    Resource::from_text(value.to_string()).unwrap()
}

fn delivery(changes: &Value) -> Delivery {
    let known = json!({"resourceType": "Patient", "id": "p1", "identifier": [{"system": BSN, "value": "999990019"}],
        "telecom": [{"system": "email", "value": "eigen@example.org"}]});
    let key = Key::from_reference("Patient/p1").unwrap();
    Delivery {
        id: 1,
        tenant: "de-linde".parse().unwrap(),
        link: "spreekuur".parse().unwrap(),
        key: Key::new(ResourceType::Communication, "melding-1".parse().unwrap()),
        version: Version::FIRST,
        attempt: 1,
        resource: Some(resource(&notification(changes))),
        before: None,
        referenced: BTreeMap::from([(key, resource(&known))]),
        note: None,
        sent_before: false,
    }
}

fn message(delivery: &Delivery) -> Message {
    match outgoing(delivery) {
        Ok(Outgoing::Message(message)) => message,
        Ok(Outgoing::Withheld(why)) => panic!("withheld: {why}"),
        Err(issues) => panic!("{issues:?}"),
    }
}

fn sent(changes: &Value) -> Value {
    serde_json::from_str(&message(&delivery(changes)).body).unwrap()
}

fn withheld(delivery: &Delivery) -> &'static str {
    match outgoing(delivery) {
        Ok(Outgoing::Withheld(why)) => why,
        Ok(Outgoing::Message(_)) => panic!("sent"),
        Err(issues) => panic!("{issues:?}"),
    }
}

fn refused(delivery: &Delivery) -> Vec<IssueCode> {
    match outgoing(delivery) {
        Err(issues) => issues.iter().map(|issue| issue.code).collect(),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn c_10_own_id_contained_patient_and_reference_to_it() {
    let sent = sent(&json!({"extension": [{"url": "x", "valueCode": "y"}], "sent": "2026-09-14T07:10:00Z"}));
    let wanted = json!({
        "resourceType": "Communication", "id": "melding-1", "status": "completed",
        "contained": [{"resourceType": "Patient", "id": "pat1", "identifier": [{"system": BSN, "value": "999990019"}]}],
        "category": [{"coding": [{"system": "nl.spreekuur.communication-category", "code": "melding"}]}],
        "topic": {"text": "Uw griepprik"}, "recipient": [{"reference": "#pat1"}],
        "payload": [{"contentString": "U bent welkom."}],
    });
    assert_eq!(sent, wanted);
}

#[test]
fn c_10_payloads_travel_to_the_letter() {
    let text = r#"{"resourceType":"Communication","id":"melding-1","status":"completed",
        "category":[{"coding":[{"code":"melding"}]}],"subject":{"reference":"Patient/p1"},
        "payload":[ {"contentString":"\u00e9\/\n "}, {"contentAttachment":{"size":1.0,"data":"AA=="}} ]}"#;
    let mut delivery = delivery(&json!({}));
    delivery.resource = Some(Resource::from_text(text).unwrap());
    let kept =
        r#""payload":[ {"contentString":"\u00e9\/\n "}, {"contentAttachment":{"size":1.0,"data":"AA=="}} ]"#;
    assert!(message(&delivery).body.contains(kept));
}

#[test]
fn c_10_the_email_goes_along_only_where_the_source_allows_an_invitation() {
    let email = |value: &str| json!([{"system": "email", "value": value}]);
    let url = "https://zorgtolk.example/fhir/StructureDefinition/zt-invitation-email";
    let extension =
        json!([{"url": url, "valueContactPoint": {"system": "email", "value": "mag@example.org"}}]);
    let phone = json!([{"url": url, "valueContactPoint": {"system": "phone", "value": "0612345678"}}]);
    let contained = |telecom: Value| {
        json!({
            "contained": [{"resourceType": "Patient", "id": "c1", "telecom": telecom, "identifier": [{"system": BSN, "value": "123456782"}]}],
            "recipient": [{"reference": "#c1"}],
        })
    };
    for (changes, wanted) in [
        (json!({}), None),
        (json!({"extension": extension}), Some(email("mag@example.org"))),
        (json!({"extension": phone}), None),
        (contained(email("bron@example.org")), Some(email("bron@example.org"))),
        (contained(json!([{"system": "phone", "value": "1"}])), None),
    ] {
        let sent = sent(&changes);
        assert_eq!(sent["contained"][0].get("telecom"), wanted.as_ref(), "{changes}");
        assert_eq!(
            sent["recipient"][0]["reference"],
            format!("#{}", sent["contained"][0]["id"].as_str().unwrap())
        );
    }
}

#[test]
fn only_completed_notifications_are_sent() {
    for changes in [
        json!({"category": [{"coding": [{"code": "chat"}]}]}),
        json!({"category": [{"coding": [{"code": "notification"}]}]}),
        json!({"category": null}),
        json!({"status": "preparation"}),
        json!({"status": "entered-in-error"}),
        json!({"status": null}),
    ] {
        assert!(!withheld(&delivery(&changes)).is_empty(), "{changes}");
    }
}

#[test]
fn what_was_sent_is_not_changed_recalled_or_repeated() {
    let note = message(&delivery(&json!({}))).note;
    assert!(note.starts_with("melding:") && !note.contains("griepprik"));
    let after =
        |changes: &Value| Delivery { note: Some(note.clone()), version: Version(2), ..delivery(changes) };
    assert_eq!(withheld(&after(&json!({"meta": {"source": "x"}}))), "unchanged since the last acknowledged");
    assert_eq!(refused(&after(&json!({"topic": {"text": "Anders"}}))), [IssueCode::BusinessRule]);
    assert_eq!(withheld(&after(&json!({"status": "entered-in-error"}))), "a notification cannot be recalled");
    let deleted =
        Delivery { before: Some(resource(&notification(&json!({})))), resource: None, ..after(&json!({})) };
    assert_eq!(withheld(&deleted), "a notification cannot be recalled");
    let corrected = Delivery { note: None, ..after(&json!({"topic": {"text": "Anders"}})) };
    assert_eq!(message(&corrected).id, "melding-1", "what they never took may be sent in its new form");
}

#[test]
fn the_one_patient_is_found_or_it_is_an_issue() {
    let other = json!({"identifier": {"system": BSN, "value": "123456782"}});
    for (changes, code) in [
        (json!({"recipient": null, "subject": null}), IssueCode::Required),
        (json!({"recipient": [{"reference": "Patient/p1"}, other]}), IssueCode::Structure),
        (json!({"recipient": [{"reference": "Patient/gone"}]}), IssueCode::NotFound),
        (json!({"recipient": [{"reference": "#gone", "type": "Patient"}]}), IssueCode::NotFound),
        (
            json!({"contained": [{"resourceType": "Patient", "id": "c"}], "recipient": [{"reference": "#c"}]}),
            IssueCode::Required,
        ),
        (
            json!({"recipient": [{"reference": "Patient/p1", "identifier": {"system": BSN, "value": "123456782"}}]}),
            IssueCode::MultipleMatches,
        ),
        (json!({"recipient": [{"identifier": {"system": BSN, "value": "12"}}]}), IssueCode::Value),
    ] {
        assert_eq!(refused(&delivery(&changes)), [code], "{changes}");
    }
    let beside = json!({"recipient": [{"reference": "Practitioner/d1"}]});
    assert_eq!(sent(&beside)["contained"][0]["identifier"][0]["value"], "999990019");
}

proptest::proptest! {
    #[test]
    fn mapping_never_panics(texts in proptest::collection::vec(".{0,20}", 5), n in 0_usize..3) {
        let recipient = json!({"reference": texts[0], "identifier": {"system": BSN, "value": texts[1]}});
        let changes = json!({"recipient": vec![recipient; n], "topic": {"text": texts[2]}, "subject": texts[3],
            "contained": [{"resourceType": texts[4], "id": texts[0]}], "payload": texts[1]});
        drop(outgoing(&delivery(&changes)));
    }
}
