//! Discovery (8.1.9), chat (8.3), triage (8.4.2), medication and pharmacies (8.5).

use serde_json::{Value, json};

use super::counterpart::{Xis, bundle};

const AGB: &str = "http://fhir.nl/fhir/NamingSystem/agb-z";
const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

#[tokio::test]
async fn m_09_discovery_asks_by_the_token_alone() {
    let xis = Xis::start().await;
    let line = "GET /fhir/Patient";
    for (answer, outcome) in [
        (bundle(&[json!({ "resourceType": "Patient", "id": "p1" })]), "registered"),
        (bundle(&[]), "not_registered"),
        (json!({ "resourceType": "Patient" }), "unreadable"),
    ] {
        xis.now_says(line, 200, &answer);
        assert_eq!(xis.errand("discover", json!({})).await["outcome"], outcome, "{answer}");
    }
    let asked = &xis.to(line)[0];
    assert!(asked.query.is_empty() && asked.body.is_empty());
    assert_eq!(asked.header("x-organization-identifier"), "01000001", "4.4");
}

#[tokio::test]
async fn m_09_a_chat_message_is_tried_again_with_the_same_id() {
    let xis = Xis::start().await;
    let line = "POST /fhir/Communication";
    xis.says(line, 503, &json!({}));
    xis.says(line, 503, &json!({}));
    xis.makes(line, "Communication/bericht-1", &json!({}));
    let attachment =
        json!({ "url": "https://cdn.example/1", "content_type": "image/png", "title": "knie.png" });
    let with = json!({ "id": "bericht-1", "channel": "gesprek-1", "topic": "Knie", "text": "Het doet pijn.",
        "attachments": [attachment], "tries": 5 });

    let told = xis.errand("chat", json!({ "with": with })).await;

    assert_eq!((&told["outcome"], &told["status"]), (&json!("sent"), &json!(201)));
    let sent = xis.to(line);
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|it| it.body == sent[0].body));
    let patient =
        json!({ "identifier": { "system": BSN, "value": "999990019" }, "display": "T. Testpersoon" });
    assert_eq!(
        sent[0].json(),
        json!({
            "resourceType": "Communication",
            "id": "bericht-1",
            "identifier": [{ "system": "nl.spreekuur.communication-id", "value": "bericht-1" }],
            "status": "completed",
            "category": [{ "coding": [{ "system": "nl.spreekuur.communication-type", "code": "chat" }] }],
            "topic": { "text": "Knie" },
            "encounter": { "identifier": { "value": "gesprek-1" } },
            "subject": patient,
            "sender": patient,
            "recipient": [{ "identifier": { "system": AGB, "value": "01000001" } }],
            "payload": [
                { "contentString": "Het doet pijn." },
                { "contentAttachment": {
                    "url": "https://cdn.example/1", "contentType": "image/png", "title": "knie.png" } },
            ],
        })
    );
}

#[tokio::test]
async fn m_09_a_chat_message_may_be_written_as_published() {
    let xis = Xis::start().await;
    let with = json!({ "channel": "gesprek-1", "text": "Hallo" });
    let told = xis.errand("chat", json!({ "dialect": "literal", "with": with })).await;
    assert_eq!(told["outcome"], "not_found", "it has no such door");

    let sent = xis.to("POST /fhir/Communication")[0].json();
    assert!(sent["id"].as_str().is_some_and(|id| !id.is_empty()));
    for pointer in
        ["/sender/0/identifier/value", "/subject/0/identifier/value", "/encounter/identifier/0/value"]
    {
        assert!(sent.pointer(pointer).is_some_and(Value::is_string), "{pointer}: Q-02");
    }
}

#[tokio::test]
async fn m_09_a_message_that_was_read_is_patched() {
    let xis = Xis::start().await;
    xis.says("PATCH /fhir/Communication/m1", 200, &json!({}));

    let told = xis.errand("read_message", json!({ "with": { "message": "m1" }, "patient": null })).await;

    assert_eq!(told["outcome"], "seen");
    let sent = &xis.to("PATCH /fhir/Communication/m1")[0];
    assert_eq!(sent.header("content-type"), "application/json-patch+json");
    let patch = &sent.json()[0];
    assert_eq!((&patch["op"], &patch["path"]), (&json!("add"), &json!("/recipient/0/extension")));
    let extension = &patch["value"][0];
    assert!(extension["url"].as_str().is_some_and(|url| url.ends_with("ResourceSeenAt")), "8.3.7");
    assert_eq!(extension["valueDateTime"], told["at"]);
}

#[tokio::test]
async fn m_09_the_triage_is_a_collection_of_two() {
    let xis = Xis::start().await;
    xis.makes("POST /fhir/TriageOutcome", "TriageOutcome/t1", &json!({}));
    let with = json!({ "s_line": "Knie pijnlijk", "questions": [{ "text": "Sinds wanneer?", "answer": "Maandag" }] });

    let told = xis.errand("triage", json!({ "with": with })).await;

    assert_eq!((&told["outcome"], &told["resource_id"]), (&json!("sent"), &json!("t1")));
    let sent = xis.to("POST /fhir/TriageOutcome")[0].json();
    assert_eq!((&sent["resourceType"], &sent["type"]), (&json!("Bundle"), &json!("collection")));
    let (s_line, answers) = (&sent["entry"][0]["resource"], &sent["entry"][1]["resource"]);
    assert_eq!(
        (&s_line["code"]["coding"][0]["code"], &s_line["valueString"], &s_line["status"]),
        (&json!("61146-7"), &json!("Knie pijnlijk"), &json!("final"))
    );
    assert_eq!(answers["status"], "completed");
    assert_eq!(answers["item"][0]["answer"][0]["valueString"], "Maandag");
}

#[tokio::test]
async fn m_09_each_medication_is_read_again_and_ordered_by_itself() {
    let xis = Xis::start().await;
    let request = |id: &str| {
        json!({ "resourceType": "MedicationRequest", "id": id, "meta": { "versionId": "3" }, "status": "completed",
            "intent": "plan", "medicationCodeableConcept": { "text": "Paracetamol" } })
    };
    xis.says("GET /fhir/MedicationRequest", 200, &bundle(&[request("m1"), request("m2")]));
    xis.says("GET /fhir/MedicationRequest/m1", 200, &request("m1"));
    xis.says("GET /fhir/MedicationRequest/m2", 200, &request("m2"));
    xis.makes("POST /fhir/MedicationRequest", "MedicationRequest/o1", &json!({}));
    xis.makes("POST /fhir/MedicationRequest", "MedicationRequest/o2", &json!({}));
    assert_eq!(xis.errand("medication", json!({})).await["outcome"], "listed");

    let told = xis.errand("order_medication", json!({ "with": { "note": "Graag per post." } })).await;

    assert_eq!((&told["outcome"], &told["resource_id"]), (&json!("ordered"), &json!("o2")));
    let (read, post) = ("GET /fhir/MedicationRequest/m", "POST /fhir/MedicationRequest");
    assert_eq!(xis.lines()[2..], [&format!("{read}1"), post, &format!("{read}2"), post]);
    assert_eq!(
        xis.to(post)[1].json(),
        json!({
            "resourceType": "MedicationRequest",
            "status": "draft",
            "intent": "order",
            "medicationCodeableConcept": { "text": "Paracetamol" },
            "authoredOn": told["at"],
            "basedOn": [{ "reference": "MedicationRequest/m2" }],
            "note": [{ "text": "Graag per post." }],
        })
    );
}

#[tokio::test]
async fn m_09_a_refused_medication_ends_the_order() {
    let xis = Xis::start().await;
    let listed = bundle(&[json!({ "resourceType": "MedicationRequest", "id": "m1" })]);
    xis.says("GET /fhir/MedicationRequestBundle", 200, &listed);
    xis.says(
        "GET /fhir/MedicationRequest/m1",
        200,
        &json!({ "resourceType": "MedicationRequest", "id": "m1" }),
    );
    xis.says("POST /fhir/MedicationRequest", 422, &json!({ "resourceType": "OperationOutcome" }));
    let with = json!({ "path": "MedicationRequestBundle" });

    assert_eq!(xis.errand("medication", json!({ "with": with })).await["outcome"], "listed", "Q-08");
    let told = xis.errand("order_medication", json!({ "with": with })).await;

    assert_eq!((&told["outcome"], &told["status"]), (&json!("unprocessable"), &json!(422)));
}

#[tokio::test]
async fn m_09_pharmacies_are_asked_for_in_one_go() {
    let xis = Xis::start().await;
    xis.says("GET /fhir/Organization", 200, &bundle(&[json!({ "resourceType": "Organization" })]));

    let with = json!({ "agbs": ["02000001", "02000002"] });
    let told = xis.errand("pharmacies", json!({ "patient": null, "with": with })).await;

    assert_eq!(told["outcome"], "listed");
    let asked = &xis.to("GET /fhir/Organization")[0];
    assert_eq!(asked.asked("identifier"), [format!("{AGB}|02000001,{AGB}|02000002")]);
    assert_eq!(asked.header("x-organization-identifier"), format!("{AGB}|01000001"), "4.1");
    assert_eq!(asked.header("accept"), "application/fhir+json");
}
