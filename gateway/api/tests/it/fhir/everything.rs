//! `$everything` of a patient.

use http::Method;
use serde_json::{Value, json};

use super::Client;
use super::include::{included, key, put, with_a_practice};
use super::search::{ids, link};
use crate::house::{House, LINDE, Reply};

/// The practice, an appointment of two patients, and a Coverage of each.
async fn with_two_patients(client: &Client<'_>) {
    with_a_practice(client).await;
    client.patient("p2").await;
    let actor = |id: &str| json!({ "actor": { "reference": format!("Patient/{id}") }, "status": "accepted" });
    put(client, json!({
        "resourceType": "Appointment", "id": "group", "status": "booked", "participant": [actor("p1"), actor("p2")],
        "start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T09:10:00+01:00"
    }))
    .await;
    for id in ["p1", "p2"] {
        let beneficiary = json!({ "reference": format!("Patient/{id}") });
        put(
            client,
            json!({ "resourceType": "Coverage", "id": format!("c-{id}"), "status": "active",
            "beneficiary": beneficiary, "payor": [{ "reference": "Organization/group" }] }),
        )
        .await;
    }
}

fn found(reply: &Reply) -> Vec<String> {
    let bundle = reply.json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let is_match = |entry: &&Value| entry["search"]["mode"] == "match";
    let mut keys: Vec<_> = entries.iter().filter(is_match).map(|entry| key(&entry["resource"])).collect();
    keys.sort();
    keys
}

const SHARED: [&str; 3] = ["Organization/group", "Organization/practice", "PractitionerRole/role"];

#[tokio::test]
async fn everything_is_the_patient_its_compartment_and_what_those_need() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_two_patients(&client).await;
    let all = ["Appointment/a1", "Appointment/a2", "Appointment/group", "Coverage/c-p1", "Patient/p1"];
    let path = "/fhir/Patient/p1/$everything";
    let reply = client.get(path).await;
    assert_eq!((reply.status, &reply.json()["type"]), (200, &"searchset".into()));
    assert_eq!(
        (found(&reply), included(&reply)),
        (all.map(str::to_owned).to_vec(), SHARED.map(str::to_owned).to_vec())
    );
    assert_eq!((&reply.json()["total"], ids(&reply).len()), (&5.into(), 5));
    assert_eq!(reply.json()["entry"][0]["resource"]["id"], "p1", "the patient comes first");
    assert_eq!(link(&reply, "self").unwrap(), path);
    let posted = client.post(path, &[], r#"{"resourceType":"Parameters"}"#).await;
    assert_eq!((posted.status, found(&posted)), (200, found(&reply)));
    let xml = client.call(Method::GET, path, &[("accept", "application/fhir+xml")], "").await;
    assert_eq!((xml.status, xml.header("content-type")), (200, "application/fhir+xml; charset=utf-8"));
}

#[tokio::test]
async fn it_can_be_narrowed() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_two_patients(&client).await;
    let cases: [(&str, &[&str]); 6] = [
        ("start=2026-11-01", &["Appointment/group", "Coverage/c-p1", "Patient/p1"]),
        ("end=2026-11-01&_type=Appointment", &["Appointment/a1", "Appointment/a2"]),
        ("start=2026-11-01&end=2026-11-30&_type=Appointment", &[]),
        ("_type=Coverage,Patient", &["Coverage/c-p1", "Patient/p1"]),
        ("_type=PractitionerRole", &[]),
        ("_since=2027-01-01T00:00:00Z", &[]),
    ];
    for (query, expected) in cases {
        let reply = client.get(&format!("/fhir/Patient/p1/$everything?{query}")).await;
        assert_eq!(
            (reply.status, found(&reply)),
            (200, expected.iter().map(ToString::to_string).collect()),
            "{query}"
        );
    }
    let roles = client.get("/fhir/Patient/p1/$everything?_type=PractitionerRole").await;
    assert_eq!(included(&roles), ["PractitionerRole/role"]);
    let body = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "_type", "valueCode": "Coverage" }, { "name": "_type", "valueCode": "Patient" }, { "name": "_count", "valueInteger": 1 }
    ]});
    let reply = client.post("/fhir/Patient/p1/$everything", &[], &body.to_string()).await;
    assert_eq!((found(&reply).len(), link(&reply, "next").is_some()), (1, true));
}

#[tokio::test]
async fn its_pages_leave_nothing_out() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_two_patients(&client).await;
    let mut all = Vec::new();
    let mut path = "/fhir/Patient/p1/$everything?_count=2".to_owned();
    loop {
        let reply = client.get(&path).await;
        assert_eq!((reply.status, &reply.json()["total"]), (200, &5.into()), "{reply:?}");
        all.extend(found(&reply));
        let Some(next) = link(&reply, "next") else { break };
        path = next;
    }
    all.sort();
    assert_eq!(all, ["Appointment/a1", "Appointment/a2", "Appointment/group", "Coverage/c-p1", "Patient/p1"]);
}

#[tokio::test]
async fn what_is_not_there_or_not_understood_is_refused() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_two_patients(&client).await;
    assert_eq!(client.get("/fhir/Patient/none/$everything").await.refusal(), (404, "not-found".into()));
    assert_eq!(client.get("/fhir/Organization/practice/$everything").await.status, 404);
    assert_eq!(Client::uro(&house).await.get("/fhir/Patient/p1/$everything").await.status, 404);
    for bad in ["start=soon", "_since=lately", "_type=Nothing", "_count=-1", "shoe=1", "_page=x"] {
        assert_eq!(client.get(&format!("/fhir/Patient/p1/$everything?{bad}")).await.status, 400, "{bad}");
    }
    let narrow = Client::named(&house, "narrow", "system/Patient.r system/Coverage.rs", LINDE).await;
    let reply = narrow.get("/fhir/Patient/p1/$everything").await;
    assert_eq!((found(&reply), included(&reply)), (vec!["Coverage/c-p1".to_owned()], vec![]));
}
