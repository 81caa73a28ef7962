//! Bodies that want to do harm: a precise answer, nothing stored, nothing sent, no more memory than allowed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use futures_util::stream;
use gateway_core::ResourceType;
use http::Method;

use super::Client;
use crate::house::House;

const FHIR_JSON: (&str, &str) = ("content-type", "application/fhir+json");

async fn house() -> House {
    House::with(|_| {}, &[("spreekuur-linde", "Patient?_id=p1")]).await
}

async fn nothing_happened(house: &House) {
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 0);
    assert_eq!(house.deliveries().await.len(), 0);
}

#[tokio::test]
async fn case_45_to_50_what_is_no_r4_json_is_400_and_stored_nowhere() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let nested =
        format!(r#"{{"resourceType":"Patient","id":"p1","x":{}1{}}}"#, "[".repeat(300), "]".repeat(300));
    let cases: [(&str, &[u8], &str); 16] = [
        ("empty", b"", "structure"),
        ("half", br#"{"resourceType":"Patient","id":"p1""#, "structure"),
        ("trailing", br#"{"resourceType":"Patient","id":"p1"} x"#, "structure"),
        ("not UTF-8", b"{\"resourceType\":\"Patient\",\"id\":\"p1\",\"language\":\"\xff\"}", "structure"),
        ("UTF-16", b"\xff\xfe{\0}\0", "structure"),
        (
            "duplicate key",
            br#"{"resourceType":"Patient","id":"p1","active":true,"active":false}"#,
            "structure",
        ),
        ("300 levels", nested.as_bytes(), "structure"),
        ("no object", br#"["resourceType"]"#, "structure"),
        ("bad number", br#"{"resourceType":"Patient","id":"p1","multipleBirthInteger":01}"#, "structure"),
        ("NaN", br#"{"resourceType":"Patient","id":"p1","multipleBirthInteger":NaN}"#, "structure"),
        ("null", br#"{"resourceType":"Patient","id":"p1","gender":null}"#, "structure"),
        ("empty array", br#"{"resourceType":"Patient","id":"p1","name":[]}"#, "structure"),
        ("unknown element", br#"{"resourceType":"Patient","id":"p1","foo":1}"#, "structure"),
        ("object for array", br#"{"resourceType":"Patient","id":"p1","name":{"family":"x"}}"#, "structure"),
        ("text for boolean", br#"{"resourceType":"Patient","id":"p1","active":"true"}"#, ""),
        ("lone surrogate", br#"{"resourceType":"Patient","id":"p1","language":"\ud800"}"#, "structure"),
    ];
    for (name, body, code) in cases {
        let reply = client.call(Method::PUT, "/fhir/Patient/p1", &[FHIR_JSON], body.to_vec()).await;
        assert_eq!(reply.status, 400, "{name}: {reply:?}");
        assert_eq!(reply.json()["resourceType"], "OperationOutcome", "{name}");
        if !code.is_empty() {
            assert_eq!(reply.refusal().1, code, "{name}: {reply:?}");
        }
        assert!(!reply.json()["issue"][0]["details"]["text"].as_str().unwrap().is_empty());
    }
    nothing_happened(&house).await;
}

#[tokio::test]
async fn case_61_a_body_that_announces_50_mb_is_refused_unread() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let (body, read) = endless(50);
    let length = (50 * 1024 * 1024).to_string();
    let reply =
        client.call(Method::PUT, "/fhir/Patient/p1", &[FHIR_JSON, ("content-length", &length)], body).await;
    assert_eq!(reply.refusal(), (413, "too-long".into()));
    assert_eq!(read.load(Ordering::Relaxed), 0);
    nothing_happened(&house).await;
}

#[tokio::test]
async fn case_61_a_body_of_50_mb_is_not_read_on_beyond_20() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let (body, read) = endless(50);
    let reply = client.call(Method::PUT, "/fhir/Patient/p1", &[FHIR_JSON], body).await;
    assert_eq!(reply.refusal(), (413, "too-long".into()));
    assert!(read.load(Ordering::Relaxed) <= 21);
    nothing_happened(&house).await;
}

#[tokio::test]
async fn case_61_a_packed_bomb_is_unpacked_up_to_the_limit_only() {
    let house = House::with(|settings| settings.body_limit = 10_000, &[]).await;
    let client = Client::linde(&house).await;
    let headers = [FHIR_JSON, ("content-encoding", "gzip")];
    let reply = client.call(Method::POST, "/fhir/Patient", &headers, BOMB).await;
    assert_eq!(reply.refusal(), (413, "too-long".into()));
    nothing_happened(&house).await;
}

/// Fifty thousand blanks, packed with gzip.
const BOMB: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 1, 13, 0, 0, 0, 194, 160, 42, 239, 159, 210, 30, 14, 40, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 158, 12, 75, 159, 68, 179, 80, 195, 0, 0,
];

#[tokio::test]
async fn a_form_that_is_too_long_or_a_query_over_8_kb_is_413() {
    let house = House::with(|settings| settings.body_limit = 10_000, &[]).await;
    let client = Client::linde(&house).await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let long = format!("identifier={}", "x".repeat(10_001));
    assert_eq!(client.call(Method::POST, "/fhir/Patient/_search", &[form], long).await.status, 413);
    let query = format!("/fhir/Patient?identifier={}", "x".repeat(8 * 1024));
    assert_eq!(client.get(&query).await.refusal(), (414, "too-long".into()));
}

/// So many chunks of a MiB, and how many were taken.
fn endless(chunks: usize) -> (Body, Arc<AtomicUsize>) {
    let read = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&read);
    let chunk = Bytes::from(vec![b' '; 1024 * 1024]);
    let chunks = stream::iter((0..chunks).map(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::convert::Infallible>(chunk.clone())
    }));
    (Body::from_stream(chunks), read)
}

#[tokio::test]
async fn case_74_a_header_of_one_value_that_comes_twice_is_400() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let body = super::patient("p1");
    let cases: [&[(&str, &str)]; 4] = [
        &[FHIR_JSON, ("authorization", "Bearer a.b.c")],
        &[FHIR_JSON, ("content-type", "application/fhir+xml")],
        &[FHIR_JSON, FHIR_JSON],
        &[FHIR_JSON, ("host", "gateway.example"), ("host", "other.example")],
    ];
    for headers in cases {
        let reply = client.call(Method::PUT, "/fhir/Patient/p1", headers, body.clone()).await;
        assert_eq!(reply.refusal(), (400, "invalid".into()), "{headers:?}: {reply:?}");
        assert_eq!(reply.json()["resourceType"], "OperationOutcome");
    }
    nothing_happened(&house).await;
}
