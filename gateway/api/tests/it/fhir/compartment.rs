//! The compartment of a patient.

use http::Method;
use serde_json::json;

use super::Client;
use super::include::{put, with_a_practice};
use super::search::{FORM, ids, link};
use crate::house::{House, LINDE};

#[tokio::test]
async fn what_is_about_a_patient_is_found_below_it() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    client.patient("p2").await;
    for (id, beneficiary, payor) in [("c1", "p1", "p2"), ("c2", "p2", "p2")] {
        let payor = json!([{ "reference": format!("Patient/{payor}") }]);
        let beneficiary = json!({ "reference": format!("Patient/{beneficiary}") });
        put(&client, json!({ "resourceType": "Coverage", "id": id, "status": "active", "beneficiary": beneficiary, "payor": payor })).await;
    }
    let cases: [(&str, &[&str]); 9] = [
        ("p1/Appointment", &["a1", "a2"]),
        ("p1/Appointment?_id=a2", &["a2"]),
        ("p1/Appointment/", &["a1", "a2"]),
        ("p1/Coverage", &["c1"]),
        ("p2/Coverage", &["c1", "c2"]),
        ("p2/Appointment", &[]),
        ("p1/*", &["a1", "a2", "c1"]),
        ("p1/*?_type=Coverage,Schedule", &["c1"]),
        ("p2/*?_id=c2,a1", &["c2"]),
    ];
    for (path, expected) in cases {
        let reply = client.get(&format!("/fhir/Patient/{path}")).await;
        assert_eq!(
            (reply.status, ids(&reply)),
            (200, expected.iter().map(ToString::to_string).collect()),
            "{path}"
        );
        assert_eq!(reply.json()["total"], expected.len(), "{path}");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = format!("/fhir/Patient/{}/_search", path.trim_end_matches('/'));
        let posted = client.call(Method::POST, &path, &[FORM], query.to_owned()).await;
        assert_eq!(
            (posted.status, ids(&posted)),
            (200, expected.iter().map(ToString::to_string).collect()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_has_no_compartment_is_404() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    for path in [
        "Patient/none/Appointment",
        "Patient/p1/Organization",
        "Patient/p1/Nothing",
        "Patient/p1/$nothing",
        "Organization/practice/Appointment",
        "Patient/a_b/Appointment",
    ] {
        assert_eq!(client.get(&format!("/fhir/{path}")).await.refusal(), (404, "not-found".into()), "{path}");
    }
    assert_eq!(client.get("/fhir/Patient/p1/Appointment?shoe=1").await.status, 400);
    assert_eq!(client.put("/fhir/Patient/p1/Appointment", &[], "{}").await.status, 405);
    let uro = Client::uro(&house).await;
    assert_eq!(uro.get("/fhir/Patient/p1/Appointment").await.status, 404);
    let narrow = Client::named(&house, "narrow", "system/Appointment.rs", LINDE).await;
    assert_eq!(narrow.get("/fhir/Patient/p1/Appointment").await.status, 403);
}

#[tokio::test]
async fn pages_go_through_all_types_and_leave_nothing_out() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    for n in 0..3 {
        put(
            &client,
            json!({ "resourceType": "Coverage", "id": format!("c{n}"), "status": "active",
            "beneficiary": { "reference": "Patient/p1" }, "payor": [{ "display": "x" }] }),
        )
        .await;
    }
    for count in 1..=6 {
        let mut found = Vec::new();
        let mut path = format!("/fhir/Patient/p1/*?_count={count}");
        let mut pages = 0;
        loop {
            let reply = client.get(&path).await;
            assert_eq!((reply.status, &reply.json()["total"]), (200, &5.into()), "{path}");
            let page = ids(&reply);
            assert!(!page.is_empty() && page.len() <= count, "{page:?}");
            assert!(pages == 0 || link(&reply, "first").is_some());
            found.extend(page);
            pages += 1;
            let Some(next) = link(&reply, "next") else { break };
            path = next;
        }
        found.sort();
        assert_eq!(found, ["a1", "a2", "c0", "c1", "c2"], "{count}");
        assert_eq!(pages, 5_usize.div_ceil(count));
    }
}
