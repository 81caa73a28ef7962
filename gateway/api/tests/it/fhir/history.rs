//! Histories.

use super::{Client, patient, patient_with};
use crate::house::{BASE, House};

#[tokio::test]
async fn a_history_is_newest_first_with_what_was_asked_and_answered() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    client.put("/fhir/Patient/p1", &[], &patient_with("p1", "active", false.into())).await;
    client.delete("/fhir/Patient/p1").await;

    let reply = client.get("/fhir/Patient/p1/_history").await;
    let bundle = reply.json();
    assert_eq!((reply.status, &bundle["type"], &bundle["total"]), (200, &"history".into(), &3.into()));
    assert_eq!(bundle["link"][0]["url"], format!("{BASE}/fhir/Patient/p1/_history"));
    let entries = bundle["entry"].as_array().unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (
                text(&entry["request"]["method"]),
                text(&entry["response"]["status"]),
                text(&entry["response"]["etag"]),
            )
        })
        .collect();
    let expected = [("DELETE", "204", "W/\"3\""), ("PUT", "200", "W/\"2\""), ("PUT", "201", "W/\"1\"")];
    assert_eq!(told, expected.map(|(m, s, e)| (m.to_owned(), s.to_owned(), e.to_owned())));
    assert!(entries[0].get("resource").is_none());
    assert_eq!(entries[1]["resource"]["active"], false);
    assert!(entries.iter().all(|entry| entry["fullUrl"] == format!("{BASE}/fhir/Patient/p1")));
    assert!(entries.iter().all(|entry| entry.get("search").is_none()));
}

#[tokio::test]
async fn a_history_of_what_never_was_is_404() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    assert_eq!(client.get("/fhir/Patient/p1/_history").await.refusal(), (404, "not-found".into()));
    assert_eq!(client.get("/fhir/Patient/_history").await.json()["total"], 0);
}

#[tokio::test]
async fn since_leaves_out_what_is_older_and_is_never_later_than_the_answer() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    house.clock.advance(time::Duration::minutes(1));
    let watermark = client.get("/fhir/Patient/_history").await.json()["meta"]["lastUpdated"].clone();
    assert_eq!(watermark, "2026-09-01T08:00:50.000Z");
    client.patient("p2").await;

    let since = format!("/fhir/Patient/_history?_since={}", watermark.as_str().unwrap());
    let bundle = client.get(&since).await.json();
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 1);
    assert_eq!(bundle["entry"][0]["resource"]["id"], "p2");
    for bad in ["_since=yesterday", "_since=2026", "_at=2026-01-01", "_sort=x", "_count=-1"] {
        assert_eq!(client.get(&format!("/fhir/Patient/_history?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn pages_of_a_history_leave_nothing_out() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for n in 0..7 {
        client
            .put("/fhir/Patient/p1", &[], &patient_with("p1", "birthDate", format!("198{n}-01-01").into()))
            .await;
    }
    let mut versions = Vec::new();
    let mut path = "/fhir/Patient/p1/_history?_count=3".to_owned();
    loop {
        let bundle = client.get(&path).await.json();
        let entries = bundle["entry"].as_array().unwrap();
        versions.extend(entries.iter().map(|e| e["response"]["etag"].as_str().unwrap().to_owned()));
        let next = bundle["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
        let Some(next) = next else { break };
        path = next["url"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    }
    assert_eq!(versions, (1..=7).rev().map(|n| format!("W/\"{n}\"")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_post_is_told_as_one() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.post("/fhir/Patient", &[], &patient("x")).await;
    let bundle = client.get("/fhir/Patient/_history").await.json();
    assert_eq!(bundle["entry"][0]["request"]["method"], "POST");
    assert_eq!(bundle["entry"][0]["request"]["url"], "Patient");
    assert_eq!(bundle["entry"][0]["response"]["status"], "201");
}
