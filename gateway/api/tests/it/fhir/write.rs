//! create, update, delete.

use futures_util::future::join_all;
use gateway_core::ResourceType;
use http::Method;

use super::{Client, patient, patient_with};
use crate::house::{BASE, House};

#[tokio::test]
async fn a_create_gives_an_id_and_says_where() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let reply = client.post("/fhir/Patient", &[], &patient("mine")).await;
    assert_eq!((reply.status, reply.header("etag")), (201, "W/\"1\""));
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    assert_ne!(id, "mine");
    assert_eq!(reply.header("location"), format!("{BASE}/fhir/Patient/{id}/_history/1"));
    assert_eq!(client.get(&format!("/fhir/Patient/{id}")).await.body, reply.body);
}

#[tokio::test]
async fn an_update_makes_or_renews_and_the_same_again_changes_nothing() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let made = client.put("/fhir/Patient/p1", &[], &patient("p1")).await;
    assert_eq!((made.status, made.header("etag")), (201, "W/\"1\""));
    assert_eq!(made.header("location"), format!("{BASE}/fhir/Patient/p1/_history/1"));
    let same = client.put("/fhir/Patient/p1", &[], &patient("p1")).await;
    assert_eq!((same.status, same.header("etag"), same.header("location")), (200, "W/\"1\"", ""));
    let changed = client.put("/fhir/Patient/p1", &[], &patient_with("p1", "active", false.into())).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "W/\"2\""));
    assert_eq!(changed.header("last-modified"), "Tue, 01 Sep 2026 08:00:00 GMT");
}

#[tokio::test]
async fn the_body_must_say_what_the_path_says() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let cases = [
        (patient("p2"), "Patient.id"),
        (r#"{"resourceType":"Patient"}"#.to_owned(), "Patient.id"),
        (r#"{"resourceType":"Slot","id":"p1"}"#.to_owned(), "Slot"),
        (r#"{"id":"p1"}"#.to_owned(), "resourceType"),
        (r#"{"resourceType":"Patiënt","id":"p1"}"#.to_owned(), "resourceType"),
    ];
    for (body, expression) in cases {
        let reply = client.put("/fhir/Patient/p1", &[], &body).await;
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.issues(), [("invalid".to_owned(), expression.to_owned())], "{body}");
    }
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 0);
}

#[tokio::test]
async fn the_answer_to_a_write_is_as_preferred() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let minimal = client.put("/fhir/Patient/p1", &[("prefer", "return=minimal")], &patient("p1")).await;
    assert_eq!((minimal.status, minimal.header("etag")), (201, "W/\"1\""));
    assert!(minimal.body.is_empty());
    assert_eq!(minimal.header("preference-applied"), "return=minimal");
    let word = client.put("/fhir/Patient/p1", &[("prefer", "return=OperationOutcome")], &patient("p1")).await;
    assert_eq!(word.json()["issue"][0]["severity"], "information");
    let whole = client.put("/fhir/Patient/p1", &[("prefer", "return=representation")], &patient("p1")).await;
    assert_eq!(whole.json()["resourceType"], "Patient");
    let refused = client.put("/fhir/Patient/p1", &[("prefer", "return=minimal")], "{").await;
    assert_eq!(refused.refusal(), (400, "structure".into()));
    let deleted =
        client.call(Method::DELETE, "/fhir/Patient/p1", &[("prefer", "return=OperationOutcome")], "").await;
    assert_eq!((deleted.status, &*deleted.json()["resourceType"].to_string()), (200, "\"OperationOutcome\""));
}

#[tokio::test]
async fn a_precondition_that_does_not_hold_is_412() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let put = |id: &'static str, name: &'static str, value: &'static str| {
        let client = &client;
        async move { client.put(&format!("/fhir/Patient/{id}"), &[(name, value)], &patient(id)).await.refusal() }
    };
    let stale = (412, "conflict".to_owned());
    assert_eq!(put("p1", "if-match", "*").await, stale);
    assert_eq!(put("p1", "if-match", "W/\"1\"").await, stale);
    assert_eq!(put("p1", "if-none-match", "*").await.0, 201);
    assert_eq!(put("p1", "if-none-match", "*").await, stale);
    assert_eq!(put("p1", "if-match", "W/\"2\"").await, stale);
    assert_eq!(put("p1", "if-match", "\"9\", \"1\"").await.0, 200);
    assert_eq!(put("p1", "if-match", "*").await.0, 200);
    for malformed in ["1", "W/1", "\"1", "*, \"1\""] {
        assert_eq!(put("p1", "if-match", malformed).await, (400, "invalid".into()), "{malformed}");
    }
    let stale_delete = client.call(Method::DELETE, "/fhir/Patient/p1", &[("if-match", "W/\"7\"")], "").await;
    assert_eq!(stale_delete.status, 412);
    assert_eq!(client.get("/fhir/Patient/p1").await.status, 200);
}

#[tokio::test]
async fn case_66_of_many_with_the_same_if_match_one_wins() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let bodies: Vec<_> =
        (0..12).map(|n| patient_with("p1", "birthDate", format!("19{:02}-01-01", n + 10).into())).collect();
    let replies =
        join_all(bodies.iter().map(|body| client.put("/fhir/Patient/p1", &[("if-match", "W/\"1\"")], body)))
            .await;
    let won = replies.iter().filter(|reply| reply.status == 200).count();
    let lost = replies.iter().filter(|reply| reply.status == 412).count();
    assert_eq!((won, lost), (1, 11));
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 2);
}

#[tokio::test]
async fn case_67_if_match_cannot_hold_on_what_is_deleted_and_a_plain_put_revives_it() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    client.delete("/fhir/Patient/p1").await;
    for condition in ["W/\"1\"", "W/\"2\"", "*"] {
        let reply = client.put("/fhir/Patient/p1", &[("if-match", condition)], &patient("p1")).await;
        assert_eq!(reply.refusal(), (412, "conflict".into()), "{condition}");
    }
    let revived = client.put("/fhir/Patient/p1", &[], &patient("p1")).await;
    assert_eq!((revived.status, revived.header("etag")), (201, "W/\"3\""));
    assert_eq!(client.get("/fhir/Patient/p1").await.status, 200);
}

#[tokio::test]
async fn what_is_not_there_is_deleted_all_the_same() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    assert_eq!(client.delete("/fhir/Patient/never").await.status, 204);
    client.patient("p1").await;
    let first = client.delete("/fhir/Patient/p1").await;
    assert_eq!((first.status, first.header("etag")), (204, "W/\"2\""));
    assert_eq!(client.delete("/fhir/Patient/p1").await.status, 204);
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 2);
}

#[tokio::test]
async fn every_issue_of_a_refused_resource_is_told_with_its_place() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let body =
        r#"{"resourceType":"Patient","id":"p1","active":"true","birthDate":"2023-02-30","Gender":"x"}"#;
    let reply = client.put("/fhir/Patient/p1", &[], body).await;
    assert_eq!(reply.status, 400);
    let places: Vec<_> = reply.issues().into_iter().map(|(_, place)| place).collect();
    for place in ["Patient.active", "Patient.birthDate", "Patient.Gender"] {
        assert!(places.iter().any(|p| p == place), "{place} not in {places:?}");
    }
}

#[tokio::test]
async fn a_scope_that_is_missing_is_403() {
    let house = House::new().await;
    let reader = Client::named(&house, "reads", "system/Patient.rs", crate::house::LINDE).await;
    let write = reader.put("/fhir/Patient/p1", &[], &patient("p1")).await;
    assert_eq!(write.refusal(), (403, "forbidden".into()));
    assert_eq!(reader.get("/fhir/Slot").await.refusal(), (403, "forbidden".into()));
    assert_eq!(reader.get("/fhir/Task").await.refusal(), (403, "forbidden".into()));
    assert_eq!(reader.get("/fhir/Patient").await.status, 200);
}
