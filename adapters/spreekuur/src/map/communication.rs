//! Communication → `POST /Communication`, category `melding` (`spreekuur.md` section 7).
//!
//! A notification is an event: it is sent once, and what was sent cannot be changed or recalled. Our own id travels with
//! it, so that a resend is recognised (section 10.2). The patient's e-mail invites people who have no account, so it goes
//! along only where the source says so: in its own contained Patient, or in the extension the Spreekuur door writes.

use gateway_core::json::{Node, canonical};
use gateway_core::{Delivery, Issue, IssueCode, Resource};
use serde_json::value::RawValue;

use super::note::hash;
use super::people::{Carried, People, bsn, said, type_of};
use super::{Message, Outgoing, text_of};
use crate::wire::{
    CATEGORY_SYSTEM, Communication, Concept, ConceptCoding, Identifier, MELDING, Patient, Recipient, Telecom,
    Topic,
};

/// The contract of the body.
pub(crate) const PROFILE: &str =
    "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-notification";

/// Holds the address an invitation may go to.
const INVITATION_EMAIL: &str = "https://zorgtolk.example/fhir/StructureDefinition/zt-invitation-email";

/// The id of the contained Patient, where the source has none of its own.
const PATIENT_ID: &str = "pat1";

/// What this change means for Spreekuur.nl.
///
/// # Errors
/// What cannot be said in their language, at the path in our resource.
pub(crate) fn outgoing(delivery: &Delivery) -> Result<Outgoing, Vec<Issue>> {
    let Some(source) = &delivery.resource else {
        return Ok(Outgoing::Withheld("a notification cannot be recalled"));
    };
    let root = source.root();
    if !root.find(&["category", "coding"]).iter().any(|coding| coding.text("code") == Some(MELDING)) {
        return Ok(Outgoing::Withheld("its category is not melding"));
    }
    match (root.text("status"), &delivery.note) {
        (Some("completed"), _) => {}
        (_, None) => return Ok(Outgoing::Withheld("it is not completed")),
        (_, Some(_)) => return Ok(Outgoing::Withheld("a notification cannot be recalled")),
    }
    let body = text_of(&body(delivery, source)?)?;
    let note = note(&body)?;
    match &delivery.note {
        None => Ok(Outgoing::Message(Message { id: delivery.key.id.to_string(), body, note })),
        Some(last) if *last == note => Ok(Outgoing::Withheld("unchanged since the last acknowledged")),
        Some(_) => Err(vec![Issue::error(
            IssueCode::BusinessRule,
            "the notification was sent already and cannot be changed there; send a new one",
        )]),
    }
}

fn note(body: &str) -> Result<String, Vec<Issue>> {
    let body = Resource::from_text(body).map_err(|issue| vec![issue])?;
    Ok(format!("{MELDING}:{}", hash(&canonical(body.root()))))
}

fn body(delivery: &Delivery, source: &Resource) -> Result<Communication, Vec<Issue>> {
    let root = source.root();
    let people = People { owner: source, referenced: &delivery.referenced };
    let patient = patient(people).map_err(|issue| vec![issue])?;
    let payload = root.get("payload").map(|payload| RawValue::from_string(payload.raw().to_owned()));
    let payload = payload
        .transpose()
        .map_err(|_| vec![Issue::error(IssueCode::Structure, "payload cannot be read")])?;
    Ok(Communication {
        resource_type: "Communication",
        id: delivery.key.id.to_string(),
        status: "completed",
        category: vec![Concept { coding: vec![ConceptCoding { system: CATEGORY_SYSTEM, code: MELDING }] }],
        topic: root
            .get("topic")
            .and_then(|topic| topic.text("text"))
            .map(|text| Topic { text: text.to_owned() }),
        recipient: vec![Recipient { reference: format!("#{}", patient.id) }],
        contained: vec![patient],
        payload,
    })
}

/// The one patient it is for: the recipient, or the subject when no recipient is a patient.
fn patient(people: People<'_>) -> Result<Patient, Issue> {
    let root = people.owner.root();
    let is_patient = |(_, reference): &(String, Node<'_>)| {
        let resolved = reference.text("reference").and_then(|text| people.find(text));
        type_of(*reference, resolved) == Some("Patient")
            || bsn(reference.get("identifier")) != Carried::Nothing
    };
    let recipients = root.find(&["recipient"]).into_iter().enumerate();
    let recipients = recipients.map(|(n, recipient)| (format!("Communication.recipient[{n}]"), recipient));
    let recipients: Vec<_> = recipients.filter(is_patient).collect();
    let subject =
        root.get("subject").map(|subject| ("Communication.subject".to_owned(), subject)).filter(is_patient);
    match (recipients.as_slice(), subject) {
        ([(at, one)], _) => person(people, *one, at),
        ([], Some((at, subject))) => person(people, subject, &at),
        ([], None) => {
            Err(Issue::error(IssueCode::Required, "no recipient is a patient").at("Communication.recipient"))
        }
        _ => Err(Issue::error(IssueCode::Structure, "a notification goes to one patient")
            .at("Communication.recipient")),
    }
}

fn person(people: People<'_>, reference: Node<'_>, at: &str) -> Result<Patient, Issue> {
    let text = reference.text("reference").unwrap_or_default();
    let resolved = people.find(text);
    let own = text.strip_prefix('#').filter(|_| resolved.is_some());
    let identifiers = resolved.map(|patient| patient.find(&["identifier"])).unwrap_or_default();
    let bsn = match bsn(identifiers.into_iter().chain(reference.get("identifier"))) {
        Carried::One(bsn) => bsn,
        Carried::Nothing if resolved.is_none() => {
            return Err(Issue::error(IssueCode::NotFound, "the patient referred to is not known here").at(at));
        }
        Carried::Nothing => return Err(Issue::error(IssueCode::Required, "the patient has no BSN").at(at)),
        Carried::Unreadable => {
            return Err(Issue::error(IssueCode::Value, "the patient's BSN is no BSN").at(at));
        }
        Carried::Several => {
            return Err(Issue::error(IssueCode::MultipleMatches, "the patient has several BSNs").at(at));
        }
    };
    Ok(Patient {
        resource_type: "Patient",
        id: own.unwrap_or(PATIENT_ID).to_owned(),
        identifier: vec![Identifier::from(&bsn)],
        telecom: invitation(people.owner.root(), resolved.filter(|_| own.is_some())),
    })
}

/// Where an invitation may go: what the source's own contained Patient has, else what the extension says.
fn invitation(communication: Node<'_>, contained: Option<Node<'_>>) -> Vec<Telecom> {
    let points = contained.map(|patient| patient.find(&["telecom"])).unwrap_or_default();
    let extended = communication.find(&["extension"]).into_iter();
    let extended = extended
        .filter(|e| e.text("url") == Some(INVITATION_EMAIL))
        .filter_map(|e| e.get("valueContactPoint"));
    points
        .into_iter()
        .chain(extended)
        .filter(|point| point.text("system") == Some("email"))
        .filter_map(|point| point.text("value").and_then(said))
        .take(1)
        .map(|email| Telecom::email(&email))
        .collect()
}

#[cfg(test)]
mod tests {
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
        let sent =
            sent(&json!({"extension": [{"url": "x", "valueCode": "y"}], "sent": "2026-09-14T07:10:00Z"}));
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
        let kept = r#""payload":[ {"contentString":"\u00e9\/\n "}, {"contentAttachment":{"size":1.0,"data":"AA=="}} ]"#;
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
        assert_eq!(
            withheld(&after(&json!({"meta": {"source": "x"}}))),
            "unchanged since the last acknowledged"
        );
        assert_eq!(refused(&after(&json!({"topic": {"text": "Anders"}}))), [IssueCode::BusinessRule]);
        assert_eq!(
            withheld(&after(&json!({"status": "entered-in-error"}))),
            "a notification cannot be recalled"
        );
        let deleted = Delivery {
            before: Some(resource(&notification(&json!({})))),
            resource: None,
            ..after(&json!({}))
        };
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
}
