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
