//! Every kind of refusal there is (`dutch-fhir.md` section 4.9): each row of status and code is provoked at the router.
//!
//! Rows of that table that are never sent, or not from here:
//! * 403 `suppressed`, 501, 502, 504, `timeout`, `no-store`: nothing is withheld in part, claimed without being
//!   there, or passed on as a gateway's fault; a counterpart that does not answer is 503 `transient` (`live.rs`).
//! * 401 `unknown`: a token that is not ours is `login`, so that nobody learns why.
//! * 409 `lock-error`: needs others to be first at every one of its attempts, which a request cannot bring about.
//! * 410 for an expired page: it is 404 `not-found`, as if it had never been (`search.rs`).
//! * 500 `exception`: needs a fault of ours; `request_id` shows its body at a handler that panics.

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;
use time::Duration;

use super::{Client, patient, patient_with};
use crate::house::{House, LINDE, Reply};

/// A request that is refused, with the header it has besides the token, and the status and code it gets.
type Row = (Method, &'static str, (&'static str, &'static str), String, u16, &'static str);

const JSON: (&str, &str) = ("content-type", "application/fhir+json");
const P1: &str = "/fhir/Patient/p1";
const LONGEST_BODY: usize = 64 * 1024;

/// Every refusal is an OperationOutcome that says what, in which words, and what to do next.
#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.refusal(), (status, code.to_owned()), "{reply:?}");
    let body = reply.json();
    assert_eq!(body["resourceType"], "OperationOutcome");
    assert!(reply.header("content-type").starts_with("application/fhir+json"), "{reply:?}");
    for issue in body["issue"].as_array().unwrap() {
        assert!(matches!(issue["severity"].as_str(), Some("error" | "fatal")), "{issue}");
        assert!(issue["code"].is_string(), "{issue}");
        assert!(!issue["details"]["text"].as_str().unwrap().is_empty(), "{issue}");
    }
    let next = match status {
        401 => "www-authenticate",
        405 => "allow",
        429 | 503 => "retry-after",
        _ => return,
    };
    assert!(!reply.header(next).is_empty(), "{next} is missing: {reply:?}");
}

/// What is malformed.
fn malformed() -> Vec<Row> {
    let many = format!("identifier={}", vec!["a"; 201].join(","));
    let form = ("content-type", "application/x-www-form-urlencoded");
    vec![
        (Method::PUT, P1, JSON, "{".into(), 400, "structure"),
        (Method::PUT, P1, JSON, patient_with("p1", "birthDate", json!("1986-13-40")), 400, "value"),
        (Method::PUT, P1, JSON, patient("p2"), 400, "invalid"),
        (Method::GET, "/fhir/ValueSet/$expand", JSON, String::new(), 400, "required"),
        (Method::GET, "/fhir/Patient?nothing=x", JSON, String::new(), 400, "not-supported"),
        (Method::POST, "/fhir/Patient/_search", form, many, 400, "too-costly"),
    ]
}

/// What is not here, or not so.
fn elsewhere() -> Vec<Row> {
    let empty = String::new;
    vec![
        (Method::GET, "/fhir/Patient/none", JSON, empty(), 404, "not-found"),
        (Method::GET, "/fhir/Nothing/p1", JSON, empty(), 404, "not-found"),
        (Method::POST, "/fhir/Patient/$nothing", JSON, empty(), 404, "not-found"),
        (Method::DELETE, "/fhir/metadata", JSON, empty(), 405, "not-supported"),
        (Method::DELETE, "/fhir/Task/t1", JSON, empty(), 405, "not-supported"),
        (Method::GET, P1, ("accept", "text/turtle"), empty(), 406, "not-supported"),
        (Method::GET, "/fhir/Patient/gone", JSON, empty(), 410, "deleted"),
        (Method::PUT, P1, JSON, "x".repeat(LONGEST_BODY + 1), 413, "too-long"),
        (Method::PUT, P1, ("content-type", "text/turtle"), patient("p1"), 415, "not-supported"),
    ]
}

/// What does not fit what is there.
fn unfitting() -> Vec<Row> {
    vec![
        (Method::PUT, "/fhir/Patient?_tag=none", JSON, patient("p1"), 409, "conflict"),
        (Method::PUT, P1, ("if-match", "W/\"9\""), patient("p1"), 412, "conflict"),
        (Method::DELETE, "/fhir/Patient?active=true", JSON, String::new(), 412, "multiple-matches"),
    ]
}

/// What is R4 and breaks a rule.
fn unruly() -> Vec<Row> {
    let put = |element, value, code| (Method::PUT, P1, JSON, patient_with("p1", element, value), 422, code);
    let subsetted =
        json!({"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"});
    vec![
        put("contact", json!([{"gender": "male"}]), "invariant"),
        put("link", json!([{"type": "seealso"}]), "required"),
        put("gender", json!("odd"), "code-invalid"),
        put("modifierExtension", json!([{"url": "http://odd.example", "valueBoolean": true}]), "extension"),
        put("meta", json!({"tag": [subsetted]}), "business-rule"),
        put("managingOrganization", json!({"reference": "Patient/p1"}), "value"),
    ]
}

#[tokio::test]
async fn every_refusal_has_its_status_its_code_and_its_words() {
    let house = House::with(|settings| settings.body_limit = LONGEST_BODY, &[]).await;
    let client = Client::linde(&house).await;
    for id in ["p1", "p2", "gone"] {
        client.patient(id).await;
    }
    assert_eq!(client.delete("/fhir/Patient/gone").await.status, 204);
    let rows = [malformed(), elsewhere(), unfitting(), unruly()].concat();
    let mut seen = BTreeSet::new();
    for (method, path, header, body, status, code) in rows {
        let headers = if header.0 == "content-type" { vec![header] } else { vec![JSON, header] };
        let reply = client.call(method, path, &headers, body).await;
        refused(&reply, status, code);
        seen.insert(status);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [400, 404, 405, 406, 409, 410, 412, 413, 415, 422]);
}

#[tokio::test]
async fn a_url_that_is_too_long_is_414() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let long = format!("/fhir/Patient?identifier={}", "x".repeat(9_000));
    refused(&client.get(&long).await, 414, "too-long");
}

#[tokio::test]
async fn who_is_not_known_or_may_not_is_told_so() {
    let house = House::new().await;
    refused(&house.call(Method::GET, P1, &[], "").await, 401, "login");
    let odd = [("authorization", "Bearer not-one-of-ours")];
    refused(&house.call(Method::GET, P1, &odd, "").await, 401, "login");
    let reader = Client::named(&house, "only-slots", "system/Slot.rs", LINDE).await;
    refused(&reader.get(P1).await, 403, "forbidden");
    house.clock.advance(Duration::minutes(6));
    refused(&reader.get("/fhir/Slot").await, 401, "expired");
}

#[tokio::test]
async fn one_identifier_twice_is_409() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let bsn = json!([{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019"}]);
    let put = async |id: &str| {
        client.put(&format!("/fhir/Patient/{id}"), &[], &patient_with(id, "identifier", bsn.clone())).await
    };
    assert_eq!(put("one").await.status, 201);
    refused(&put("two").await, 409, "duplicate");
}

#[tokio::test]
async fn who_comes_too_often_or_at_a_bad_moment_is_told_when_to_come_back() {
    let house = House::with(|settings| (settings.rate_per_second, settings.rate_burst) = (1, 1), &[]).await;
    let client = Client::linde(&house).await;
    assert_eq!(client.get("/fhir/Slot").await.status, 200);
    refused(&client.get("/fhir/Slot").await, 429, "throttled");

    let house = House::new().await;
    let client = Client::linde(&house).await;
    house.store().close().await;
    refused(&client.get("/fhir/Slot").await, 503, "transient");
}
