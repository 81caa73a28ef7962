//! `_summary` and `_elements`, wherever resources are read.

use http::Method;
use serde_json::{Value, json};

use super::Client;
use super::search::{ids, link, with_appointments};
use crate::house::House;

const SUBSETTED: &str = "SUBSETTED";

fn is_marked(resource: &Value) -> bool {
    resource["meta"]["tag"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag["code"] == SUBSETTED))
}

async fn with_patient(client: &Client<'_>) {
    let body = json!({
        "resourceType": "Patient", "id": "p1", "birthDate": "1986-09-29", "maritalStatus": { "text": "x" },
        "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>" },
        "extension": [{ "url": "http://x.nl/e", "valueDecimal": 5 }]
    });
    let reply = client.put("/fhir/Patient/p1", &[], &body.to_string()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

#[tokio::test]
async fn each_summary_shows_its_part_and_says_that_it_is_one() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_patient(&client).await;
    let cases: [(&str, &[&str], &[&str]); 6] = [
        ("_summary=true", &["birthDate"], &["text", "extension", "maritalStatus"]),
        ("_summary=text", &["text"], &["birthDate", "extension", "maritalStatus"]),
        ("_summary=data", &["birthDate", "extension", "maritalStatus"], &["text"]),
        ("_elements=maritalStatus,extension", &["maritalStatus", "extension"], &["birthDate", "text"]),
        ("_elements=maritalStatus&_summary=false", &["maritalStatus"], &["birthDate", "text"]),
        ("_summary=false", &["birthDate", "text", "extension", "maritalStatus"], &[]),
    ];
    for path in
        ["/fhir/Patient/p1", "/fhir/Patient/p1/_history/1", "/fhir/Patient", "/fhir/Patient/p1/_history"]
    {
        for (query, there, gone) in cases {
            let reply = client.get(&format!("{path}?{query}")).await;
            assert_eq!(reply.status, 200, "{path}?{query}: {reply:?}");
            let body = reply.json();
            let resource =
                if body["resourceType"] == "Bundle" { &body["entry"][0]["resource"] } else { &body };
            assert_eq!((&resource["id"], &resource["meta"]["versionId"]), (&"p1".into(), &"1".into()));
            assert!(there.iter().all(|name| resource.get(name).is_some()), "{path}?{query}: {resource}");
            assert!(gone.iter().all(|name| resource.get(name).is_none()), "{path}?{query}: {resource}");
            assert_eq!(is_marked(resource), !gone.is_empty(), "{path}?{query}");
        }
    }
}

#[tokio::test]
async fn a_summary_of_an_appointment_is_still_one_and_can_be_said_in_xml() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_appointments(&client).await;
    let reply = client.get("/fhir/Appointment?_summary=true&status=cancelled").await;
    let resource = reply.json()["entry"][0]["resource"].clone();
    assert_eq!(resource["participant"][0]["actor"]["reference"], "Patient/p1");
    assert_eq!(link(&reply, "self").unwrap(), "/fhir/Appointment?status=cancelled&_summary=true");
    let accept = [("accept", "application/fhir+xml")];
    let xml = client.call(Method::GET, "/fhir/Appointment/a2?_elements=status", &accept, "").await;
    let text = String::from_utf8(xml.body.to_vec()).unwrap();
    assert_eq!(xml.status, 200, "{text}");
    assert!(text.contains(SUBSETTED) && text.contains("<participant>") && !text.contains("<start"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_shown_so_is_refused() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_patient(&client).await;
    for path in ["/fhir/Patient/p1", "/fhir/Patient", "/fhir/Patient/p1/_history"] {
        for bad in [
            "_summary=all",
            "_summary=true&_elements=name",
            "_elements=shoe",
            "_elements=name.given",
            "_elements=",
        ] {
            assert_eq!(client.get(&format!("{path}?{bad}")).await.status, 400, "{path}?{bad}");
        }
    }
    assert_eq!(client.get("/fhir/Patient/p1?_summary=count").await.refusal(), (400, "not-supported".into()));
    let included = "/fhir/Appointment?_summary=text&_include=Appointment:patient";
    assert_eq!(client.get(included).await.refusal(), (400, "invalid".into()));
    let counted = client.get("/fhir/Patient/_history?_summary=count").await.json();
    assert_eq!((&counted["total"], counted.get("entry")), (&1.into(), None));
}

#[tokio::test]
async fn the_gateways_own_state_is_cut_too() {
    let house = House::with(|_| {}, &[("spreekuur", "Patient?active=true")]).await;
    let client = Client::linde(&house).await;
    let reply = client.get("/fhir/Subscription?_elements=status").await;
    assert_eq!(reply.status, 200);
    assert_eq!(ids(&reply).len(), 1);
    assert!(is_marked(&reply.json()["entry"][0]["resource"]));
}

#[tokio::test]
async fn a_part_is_not_written_back_as_the_whole() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_patient(&client).await;
    let part = client.get("/fhir/Patient/p1?_summary=true").await.json().to_string();
    assert_eq!(client.put("/fhir/Patient/p1", &[], &part).await.status, 422);
}
