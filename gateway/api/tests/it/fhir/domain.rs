//! Rules about care itself, asked by `$validate` and by writing.

use serde_json::{Value, json};

use super::Client;
use crate::house::House;

/// The code and place of each error.
async fn errors(client: &Client<'_>, resource: &Value) -> Vec<(String, String)> {
    let of = resource["resourceType"].as_str().unwrap();
    let reply = client.post(&format!("/fhir/{of}/$validate"), &[], &resource.to_string()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let body = reply.json();
    let severities: Vec<_> =
        body["issue"].as_array().unwrap().iter().map(|i| i["severity"] == "error").collect();
    reply.issues().into_iter().zip(severities).filter(|(_, error)| *error).map(|(issue, _)| issue).collect()
}

/// A free Slot from this moment to that one, stored.
async fn slot(client: &Client<'_>, id: &str, start: &str, end: &str) {
    let slot = json!({"resourceType": "Slot", "id": id, "status": "free", "start": start, "end": end,
        "schedule": {"reference": "Schedule/of-the-night"}});
    let reply = client.put(&format!("/fhir/Slot/{id}"), &[], &slot.to_string()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(client.get(&format!("/fhir/Slot/{id}")).await.json()["start"], start);
}

/// The ids a search finds, in its order.
async fn found(client: &Client<'_>, query: &str) -> Vec<String> {
    let reply = client.get(&format!("/fhir/{query}")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let entries = reply.json()["entry"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

/// A Schedule for the slots of these tests.
async fn schedule(client: &Client<'_>) {
    let schedule = json!({"resourceType": "Schedule", "id": "of-the-night", "actor": [{"display": "Wacht"}]});
    let reply = client.put("/fhir/Schedule/of-the-night", &[], &schedule.to_string()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

#[tokio::test]
async fn case_08_a_moment_in_the_hour_that_is_skipped_is_fixed_by_its_offset() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    schedule(&client).await;
    slot(&client, "winter", "2026-03-29T02:30:00+01:00", "2026-03-29T02:45:00+01:00").await;
    slot(&client, "summer", "2026-03-29T02:30:00+02:00", "2026-03-29T02:45:00+02:00").await;
    assert_eq!(found(&client, "Slot?start=2026-03-29T01:30:00Z").await, ["winter"]);
    assert_eq!(found(&client, "Slot?start=2026-03-29T03:30:00%2B02:00").await, ["winter"]);
    assert_eq!(found(&client, "Slot?start=2026-03-29T00:30:00Z").await, ["summer"]);
    assert_eq!(found(&client, "Slot?_sort=start").await, ["summer", "winter"]);
}

#[tokio::test]
async fn case_09_two_slots_of_the_hour_that_happens_twice_are_two_and_in_order() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    schedule(&client).await;
    slot(&client, "second", "2026-10-25T02:30:00+01:00", "2026-10-25T02:45:00+01:00").await;
    slot(&client, "first", "2026-10-25T02:30:00+02:00", "2026-10-25T02:45:00+02:00").await;
    assert_eq!(found(&client, "Slot?start=2026-10-25T00:30:00Z").await, ["first"]);
    assert_eq!(found(&client, "Slot?start=2026-10-25T01:30:00Z").await, ["second"]);
    assert_eq!(found(&client, "Slot?start=ge2026-10-25T02:46:00%2B02:00").await, ["second"]);
    assert_eq!(found(&client, "Slot?_sort=start").await, ["first", "second"]);
    assert_eq!(found(&client, "Slot?_sort=-start").await, ["second", "first"]);
}

#[tokio::test]
async fn case_19_initials_are_given_names_one_by_one_or_as_one_string() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let initial = json!({"extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier", "valueCode": "IN"}]});
    for (id, given) in [("one-by-one", vec!["A.", "B."]), ("as-one", vec!["A.B."])] {
        let qualifiers = vec![&initial; given.len()];
        let name = json!({"use": "official", "text": "A.B. Jansen", "family": "Jansen", "given": given,
            "_given": qualifiers});
        let patient = json!({"resourceType": "Patient", "id": id, "name": [name]});
        assert_eq!(errors(&client, &patient).await, []);
        let reply = client.put(&format!("/fhir/Patient/{id}"), &[], &patient.to_string()).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        assert_eq!(client.get(&format!("/fhir/Patient/{id}")).await.json()["name"], json!([name]));
    }
    assert_eq!(found(&client, "Patient?given=A.B.").await, ["as-one"]);
    assert_eq!(found(&client, "Patient?given=B.").await, ["one-by-one"]);
}

#[tokio::test]
async fn case_77_overlapping_appointments_are_both_kept() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for id in ["a1", "a2"] {
        let appointment = json!({"resourceType": "Appointment", "id": id, "status": "booked",
            "start": "2026-10-01T10:00:00+02:00", "end": "2026-10-01T10:30:00+02:00",
            "participant": [{"actor": {"display": "T. Testpersoon"}, "status": "accepted"}]});
        let reply = client.put(&format!("/fhir/Appointment/{id}"), &[], &appointment.to_string()).await;
        assert_eq!(reply.status, 201, "{reply:?}");
    }
}

#[tokio::test]
async fn case_79_a_schedule_is_of_several_actors_at_once() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let actors =
        ["Practitioner/d1", "Location/r1", "HealthcareService/s1"].map(|one| json!({"reference": one}));
    let schedule = json!({"resourceType": "Schedule", "actor": actors});
    assert_eq!(errors(&client, &schedule).await, []);
    let wrong = json!({"resourceType": "Schedule", "actor": [{"reference": "Slot/s1"}]});
    assert_eq!(errors(&client, &wrong).await.len(), 1);
}

#[tokio::test]
async fn case_85_an_attachment_with_bytes_says_what_they_are() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let sent = |attachment: Value| {
        json!({"resourceType": "Communication", "status": "completed",
            "recipient": [{"display": "one"}, {"display": "two"}], "payload": [{"contentAttachment": attachment}]})
    };
    assert_eq!(errors(&client, &sent(json!({"url": "https://us.example/a.pdf"}))).await, []);
    let found = errors(&client, &sent(json!({"data": "AAAA"}))).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "invariant");
}

#[tokio::test]
async fn case_94_a_coding_of_an_older_fhir_is_an_unknown_coding_and_no_required_code() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let status = json!({"coding": [{"system": "http://hl7.org/fhir/v3/MaritalStatus", "code": "M"}]});
    let patient = json!({"resourceType": "Patient", "maritalStatus": status});
    assert_eq!(errors(&client, &patient).await, []);
    let old = json!({"resourceType": "Patient", "gender": "M"});
    assert_eq!(errors(&client, &old).await, [("code-invalid".to_owned(), "Patient.gender".to_owned())]);
}

#[tokio::test]
async fn case_95_labels_that_an_update_leaves_out_are_gone() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let labels = json!({"tag": [{"system": "urn:tags", "code": "trial"}],
        "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]});
    let labelled = json!({"resourceType": "Patient", "id": "p1", "meta": labels});
    assert_eq!(client.put("/fhir/Patient/p1", &[], &labelled.to_string()).await.status, 201);
    assert_eq!(found(&client, "Patient?_tag=trial&_security=R").await, ["p1"]);

    let bare = json!({"resourceType": "Patient", "id": "p1", "active": true});
    assert_eq!(client.put("/fhir/Patient/p1", &[], &bare.to_string()).await.status, 200);
    let now = client.get("/fhir/Patient/p1").await.json();
    assert!(now["meta"].get("tag").is_none() && now["meta"].get("security").is_none(), "{now}");
    assert_eq!(found(&client, "Patient?_tag=trial").await, Vec::<String>::new());
    let before = client.get("/fhir/Patient/p1/_history/1").await.json();
    assert_eq!(before["meta"]["tag"], labels["tag"]);
}
