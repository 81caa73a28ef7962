//! Which formats are asked for and sent.

use http::Method;

use super::{Client, patient};
use crate::house::House;

#[tokio::test]
async fn case_63_and_64_the_format_is_negotiated() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let cases = [
        ("application/fhir+xml; q=0.5, application/fhir+json", "", 200),
        ("application/fhir+xml", "?_format=json", 200),
        ("application/fhir+xml", "?_format=application/fhir+json", 200),
        ("application/fhir+json", "?_format=ttl", 406),
        ("image/png", "", 406),
        ("application/fhir+json; fhirVersion=3.0", "", 406),
        ("*/*", "", 200),
    ];
    for (accept, query, status) in cases {
        let path = format!("/fhir/Patient/p1{query}");
        let reply = client.call(Method::GET, &path, &[("accept", accept)], "").await;
        assert_eq!(reply.status, status, "{accept} {query}");
        assert_eq!(reply.header("content-type"), "application/fhir+json; charset=utf-8");
        if status == 406 {
            assert_eq!(reply.refusal().1, "not-supported");
        }
    }
}

#[tokio::test]
async fn a_body_of_another_kind_is_415_and_stored_nowhere() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let cases: [&[(&str, &str)]; 7] = [
        &[],
        &[("content-type", "text/plain")],
        &[("content-type", "application/xml-patch+xml")],
        &[("content-type", "application/fhir+json; charset=iso-8859-1")],
        &[("content-type", "application/fhir+json; fhirVersion=5.0")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "application/fhir+json"), ("content-encoding", "br")],
    ];
    for headers in cases {
        let reply = client.call(Method::PUT, "/fhir/Patient/p1", headers, patient("p1")).await;
        assert_eq!(reply.refusal(), (415, "not-supported".into()), "{headers:?}");
    }
    assert_eq!(client.get("/fhir/Patient/p1").await.status, 404);
    for good in ["application/json", "application/fhir+json; charset=UTF-8; fhirVersion=4.0"] {
        let reply =
            client.call(Method::PUT, "/fhir/Patient/p1", &[("content-type", good)], patient("p1")).await;
        assert!(matches!(reply.status, 200 | 201), "{reply:?}");
    }
}

#[tokio::test]
async fn a_packed_body_is_read() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let headers = [("content-type", "application/fhir+json"), ("content-encoding", "gzip")];
    let reply = client.call(Method::PUT, "/fhir/Patient/p1", &headers, PACKED_PATIENT).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let broken = client.call(Method::PUT, "/fhir/Patient/p1", &headers, "no gzip").await;
    assert_eq!(broken.refusal(), (400, "structure".into()));
}

/// `{"resourceType":"Patient","id":"p1"}`, packed with gzip.
const PACKED_PATIENT: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 42, 74, 45, 206, 47, 45, 74, 78, 13, 169, 44, 72, 85, 178, 82,
    10, 72, 44, 201, 76, 205, 43, 81, 210, 81, 202, 76, 1, 114, 11, 12, 149, 106, 1, 38, 90, 103, 154, 36, 0,
    0, 0,
];

#[tokio::test]
async fn a_long_answer_is_packed_for_who_asks() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for n in 0..60 {
        client.patient(&format!("p{n}")).await;
    }
    let plain = client.get("/fhir/Patient?_count=60").await;
    assert_eq!(plain.header("content-encoding"), "");
    let packed =
        client.call(Method::GET, "/fhir/Patient?_count=60", &[("accept-encoding", "gzip")], "").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < plain.body.len() / 2);
}

#[tokio::test]
async fn pretty_is_the_same_with_lines() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let plain = client.get("/fhir/Patient/p1").await;
    let pretty = client.get("/fhir/Patient/p1?_pretty=true").await;
    assert_eq!(plain.json(), pretty.json());
    assert!(pretty.body.starts_with(b"{\n  \"resourceType\": \"Patient\",\n"));
}

#[tokio::test]
async fn a_method_that_is_not_offered_says_what_is() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let cases = [
        (Method::PATCH, "/fhir/Provenance/v1", "GET, HEAD"),
        (Method::POST, "/fhir/Patient/p1", "GET, HEAD, PUT, PATCH, DELETE"),
        (Method::OPTIONS, "/fhir/Patient", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        (Method::PUT, "/fhir/Provenance", "GET, HEAD, POST"),
        (Method::PUT, "/fhir/Patient/p1/_history/1", "GET, HEAD"),
        (Method::DELETE, "/fhir/Consent/c1", "GET, HEAD, PUT, PATCH"),
        (Method::PUT, "/fhir/Provenance/v1", "GET, HEAD"),
        (Method::PUT, "/fhir/Task/1", "GET, HEAD"),
        (Method::POST, "/fhir/Task", "GET, HEAD"),
        (Method::GET, "/fhir/Patient/_search", "POST"),
        (Method::POST, "/fhir/metadata", "GET, HEAD"),
    ];
    for (method, path, allow) in cases {
        let reply = client.call(method.clone(), path, &[], "").await;
        assert_eq!(reply.refusal(), (405, "not-supported".into()), "{method} {path}");
        assert_eq!(reply.header("allow"), allow, "{method} {path}");
    }
}
