//! read and vread.

use http::Method;

use super::{Client, patient_with};
use crate::house::House;

#[tokio::test]
async fn a_read_gives_the_stored_text_with_its_version() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let sent =
        r#"{"resourceType":"Patient","id":"p1","extension":[{"url":"http://x.nl/e","valueDecimal":5.00}]}"#;
    assert_eq!(client.put("/fhir/Patient/p1", &[], sent).await.status, 201);

    let reply = client.get("/fhir/Patient/p1").await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        std::str::from_utf8(&reply.body).unwrap(),
        concat!(
            r#"{"resourceType":"Patient","id":"p1","meta":{"versionId":"1","lastUpdated":"2026-09-01T08:00:00.000Z"},"#,
            r#""extension":[{"url":"http://x.nl/e","valueDecimal":5.00}]}"#
        )
    );
    assert_eq!(reply.header("content-type"), "application/fhir+json; charset=utf-8");
    assert_eq!(reply.header("etag"), "W/\"1\"");
    assert_eq!(reply.header("last-modified"), "Tue, 01 Sep 2026 08:00:00 GMT");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn who_has_the_version_already_gets_304() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let cases = [
        ("if-none-match", "W/\"1\"", 304),
        ("if-none-match", "\"7\", \"1\"", 304),
        ("if-none-match", "W/\"2\"", 200),
        ("if-modified-since", "Tue, 01 Sep 2026 08:00:00 GMT", 304),
        ("if-modified-since", "Tue, 01 Sep 2026 07:59:59 GMT", 200),
        ("if-modified-since", "soon", 200),
    ];
    for (name, value, status) in cases {
        let reply = client.call(Method::GET, "/fhir/Patient/p1", &[(name, value)], "").await;
        assert_eq!(reply.status, status, "{name}: {value}");
        assert_eq!(reply.header("etag"), "W/\"1\"");
        assert_eq!(reply.body.is_empty(), status == 304);
    }
}

#[tokio::test]
async fn head_is_a_read_without_the_body() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let read = client.get("/fhir/Patient/p1").await;
    let head = client.call(Method::HEAD, "/fhir/Patient/p1", &[], "").await;
    assert_eq!((head.status, head.header("etag")), (200, "W/\"1\""));
    assert_eq!(head.header("content-length"), read.body.len().to_string());
    assert!(head.body.is_empty());
    assert_eq!(client.call(Method::HEAD, "/fhir/Patient/p2", &[], "").await.status, 404);
}

#[tokio::test]
async fn case_34_an_id_has_at_most_64_characters_and_its_case_counts() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let longest = "x".repeat(64);
    client.patient(&longest).await;
    client.patient("ABC").await;
    assert_eq!(client.get(&format!("/fhir/Patient/{longest}")).await.status, 200);
    assert_eq!(client.get("/fhir/Patient/abc").await.refusal(), (404, "not-found".into()));
    for bad in [&*"x".repeat(65), "a_b", "a%20b", "%C3%A9"] {
        let path = format!("/fhir/Patient/{bad}");
        assert_eq!(client.get(&path).await.status, 404, "{bad}");
        assert_eq!(client.put(&path, &[], &super::patient("a")).await.refusal(), (400, "value".into()));
    }
}

#[tokio::test]
async fn case_68_a_deleted_resource_is_gone_and_its_versions_are_not() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    assert_eq!(client.delete("/fhir/Patient/p1").await.status, 204);

    let gone = client.get("/fhir/Patient/p1").await;
    assert_eq!(gone.refusal(), (410, "deleted".into()));
    assert_eq!(gone.header("etag"), "W/\"2\"");
    let living = client.get("/fhir/Patient/p1/_history/1").await;
    assert_eq!((living.status, living.header("etag")), (200, "W/\"1\""));
    assert_eq!(client.get("/fhir/Patient/p1/_history/2").await.status, 410);
    for never in ["3", "0", "x", "01"] {
        assert_eq!(client.get(&format!("/fhir/Patient/p1/_history/{never}")).await.status, 404, "{never}");
    }
}

#[tokio::test]
async fn every_version_stays_readable() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    client.put("/fhir/Patient/p1", &[], &patient_with("p1", "active", false.into())).await;
    assert_eq!(client.get("/fhir/Patient/p1/_history/1").await.json()["active"], true);
    assert_eq!(client.get("/fhir/Patient/p1/_history/2").await.json()["active"], false);
    assert_eq!(client.get("/fhir/Patient/p1").await.header("etag"), "W/\"2\"");
}

#[tokio::test]
async fn what_is_no_route_or_type_is_404_with_a_word() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for path in
        ["/fhir/Medication/1", "/fhir/patient/1", "/fhir/Nothing", "/nowhere", "/fhir/Patient/1/$x", "/"]
    {
        let reply = client.get(path).await;
        assert_eq!(reply.refusal(), (404, "not-found".into()), "{path}");
        assert!(!reply.header("x-request-id").is_empty());
    }
    for path in ["/fhir", "/fhir/"] {
        assert_eq!(client.get(path).await.refusal(), (400, "not-supported".into()), "{path}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    assert_eq!(client.get("/fhir/Patient/").await.json()["total"], 1);
    assert_eq!(client.get("/fhir/Patient/p1/").await.status, 200);
}

#[tokio::test]
async fn the_request_id_of_the_caller_comes_back() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let sent = |id: &'static str| {
        let client = &client;
        async move { client.call(Method::GET, "/fhir/Patient/p1", &[("x-request-id", id)], "").await }
    };
    assert_eq!(sent("abc-1").await.header("x-request-id"), "abc-1");
    let odd = sent("not sane").await;
    assert!(!odd.header("x-request-id").is_empty() && odd.header("x-request-id") != "not sane");
}
