//! `_include` and `_revinclude`.

use http::Method;
use serde_json::{Value, json};

use super::search::{ids, link};
use super::{Client, patient_with};
use crate::house::{House, LINDE, Reply};

/// The keys of what came along, in order of the alphabet.
pub(crate) fn included(reply: &Reply) -> Vec<String> {
    let bundle = reply.json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let mut keys: Vec<_> = entries
        .iter()
        .filter(|entry| entry["search"]["mode"] == "include")
        .map(|e| key(&e["resource"]))
        .collect();
    keys.sort();
    keys
}

pub(crate) fn key(resource: &Value) -> String {
    format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap())
}

pub(crate) async fn put(client: &Client<'_>, resource: Value) {
    let reply = client.put(&format!("/fhir/{}", key(&resource)), &[], &resource.to_string()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

/// Two appointments of one patient with a practitioner of an organization that is part of another.
pub(crate) async fn with_a_practice(client: &Client<'_>) {
    put(client, json!({ "resourceType": "Organization", "id": "group", "name": "x" })).await;
    let part_of = json!({ "reference": "Organization/group" });
    put(client, json!({ "resourceType": "Organization", "id": "practice", "name": "y", "partOf": part_of }))
        .await;
    let at = json!({ "reference": "Organization/practice" });
    put(client, json!({ "resourceType": "PractitionerRole", "id": "role", "organization": at })).await;
    put(client, json!({ "resourceType": "Patient", "id": "p1", "managingOrganization": at })).await;
    for id in ["a1", "a2"] {
        let actor = |reference: &str| json!({ "actor": { "reference": reference }, "status": "accepted" });
        let resource = json!({
            "resourceType": "Appointment", "id": id, "status": "booked",
            "start": "2026-10-01T09:00:00+02:00", "end": "2026-10-01T09:10:00+02:00",
            "participant": [
                actor("Patient/p1"), actor("PractitionerRole/role"), actor("Practitioner/nobody"),
                actor("https://elsewhere.example/fhir/Location/l1"),
                { "actor": { "identifier": { "value": "x" } }, "status": "accepted" }
            ]
        });
        put(client, resource).await;
    }
}

#[tokio::test]
async fn what_is_referred_to_comes_along_once_and_is_not_counted() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    let cases: [(&str, &[&str]); 8] = [
        ("_include=Appointment:patient", &["Patient/p1"]),
        ("_include=Appointment:actor", &["Patient/p1", "PractitionerRole/role"]),
        ("_include=Appointment:actor:PractitionerRole", &["PractitionerRole/role"]),
        ("_include=Appointment:actor:Device", &[]),
        ("_include=*", &["Patient/p1", "PractitionerRole/role"]),
        ("_include=Appointment:*", &["Patient/p1", "PractitionerRole/role"]),
        ("_include=Appointment:slot", &[]),
        ("_include=Patient:organization", &[]),
    ];
    for (query, expected) in cases {
        let reply = client.get(&format!("/fhir/Appointment?status=booked&{query}")).await;
        assert_eq!(
            (reply.status, included(&reply)),
            (200, expected.iter().map(ToString::to_string).collect()),
            "{query}"
        );
        assert_eq!(
            (ids(&reply), &reply.json()["total"]),
            (vec!["a1".into(), "a2".into()], &2.into()),
            "{query}"
        );
        let mine = link(&reply, "self").unwrap().replace("%3A", ":").replace("%2A", "*");
        assert_eq!(mine, format!("/fhir/Appointment?status=booked&{query}"));
    }
    let xml = [("accept", "application/fhir+xml")];
    let reply = client.call(Method::GET, "/fhir/Appointment?_include=Appointment:patient", &xml, "").await;
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    assert!(text.contains("<mode value=\"include\"/>"), "{text}");
}

#[tokio::test]
async fn iterating_goes_on_from_what_came_along_and_ends() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    let circle = json!({ "resourceType": "Organization", "id": "group", "name": "x", "partOf": { "reference": "Organization/practice" } });
    assert_eq!(client.put("/fhir/Organization/group", &[], &circle.to_string()).await.status, 200);
    let all = ["Organization/group", "Organization/practice", "Patient/p1", "PractitionerRole/role"];
    let cases: [(&str, &[&str]); 4] = [
        ("_include:iterate=*", &all),
        ("_include:recurse=*", &all),
        (
            "_include=Appointment:patient&_include:iterate=Patient:organization",
            &["Organization/practice", "Patient/p1"],
        ),
        ("_include=Appointment:patient&_include=Patient:organization", &["Patient/p1"]),
    ];
    for (query, expected) in cases {
        let reply = client.get(&format!("/fhir/Appointment?{query}")).await;
        assert_eq!(included(&reply), *expected, "{query}");
    }
}

#[tokio::test]
async fn what_refers_comes_along_too() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    let cases: [(&str, &[&str]); 5] = [
        ("Patient?_revinclude=Appointment:patient", &["Appointment/a1", "Appointment/a2"]),
        ("Patient?_revinclude=Appointment:*", &["Appointment/a1", "Appointment/a2"]),
        ("Patient?_revinclude=Appointment:actor:Location", &[]),
        ("Organization?_id=group&_revinclude=Organization:partof", &["Organization/practice"]),
        (
            "Organization?_id=group&_revinclude:iterate=Organization:partof&_revinclude:iterate=Patient:organization",
            &["Organization/practice", "Patient/p1"],
        ),
    ];
    for (query, expected) in cases {
        let reply = client.get(&format!("/fhir/{query}")).await;
        assert_eq!(
            (reply.status, included(&reply)),
            (200, expected.iter().map(ToString::to_string).collect()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_comes_along_is_a_summary_when_that_is_asked_for_and_whole_beside_elements() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    let along = |reply: &Reply| {
        let bundle = reply.json();
        let entries = bundle["entry"].as_array().unwrap().clone();
        entries.into_iter().find(|e| e["search"]["mode"] == "include").unwrap()["resource"].clone()
    };
    let summary = client.get("/fhir/Appointment?_summary=true&_include=Appointment:patient").await;
    assert_eq!(along(&summary)["meta"]["tag"][0]["code"], "SUBSETTED");
    let elements = client.get("/fhir/Appointment?_elements=status&_include=Appointment:patient").await;
    assert!(along(&elements)["meta"].get("tag").is_none());
    assert!(elements.json()["entry"][0]["resource"].get("start").is_none());
}

#[tokio::test]
async fn case_71_what_the_scopes_do_not_reach_is_not_there() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    let narrow = Client::named(&house, "narrow", "system/Appointment.rs system/Organization.rs", LINDE).await;
    let reply = narrow.get("/fhir/Appointment?_include=*&_include:iterate=*").await;
    assert_eq!((reply.status, included(&reply)), (200, vec![]));
    assert_eq!(reply.json()["total"], 2);
    let reply = narrow.get("/fhir/Organization?_revinclude=Patient:organization").await;
    assert_eq!((reply.status, included(&reply)), (200, vec![]));
    assert!(!String::from_utf8_lossy(&reply.body).contains("Patient/p1"));
}

#[tokio::test]
async fn case_90_what_is_labelled_restricted_does_not_come_along_unasked() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    let path = "/fhir/Appointment?_include=Appointment:patient";
    for (code, expected) in [("R", vec![]), ("V", vec![]), ("N", vec!["Patient/p1".to_owned()])] {
        let label = json!({ "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": code }] });
        client.put("/fhir/Patient/p1", &[], &patient_with("p1", "meta", label)).await;
        assert_eq!(included(&client.get(path).await), expected, "{code}");
        let summary = client.get("/fhir/Patient?_summary=true").await.json();
        assert_eq!(
            summary["entry"][0]["resource"]["meta"]["security"][0]["code"], code,
            "a label always stays"
        );
    }
    client.put("/fhir/Patient/p1", &[], &patient_with("p1", "deceasedBoolean", true.into())).await;
    assert_eq!(included(&client.get(path).await), ["Patient/p1"]);
}

#[tokio::test]
async fn more_than_a_page_can_carry_is_said() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    for n in 0..1001 {
        let slot = json!({ "resourceType": "Coverage", "id": format!("c{n}"), "status": "active",
            "beneficiary": { "reference": "Patient/p1" }, "payor": [{ "display": "x" }] });
        put(&client, slot).await;
    }
    let reply = client.get("/fhir/Patient?_revinclude=Coverage:beneficiary").await;
    assert_eq!(included(&reply).len(), 1000);
    let told = reply.json()["entry"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&told["search"]["mode"], &told["resource"]["issue"][0]["code"]),
        (&"outcome".into(), &"incomplete".into())
    );
}
