//! Create, update, patch and delete by criteria.

use futures_util::future::join_all;
use gateway_core::ResourceType;
use http::Method;
use serde_json::{Value, json};

use super::Client;
use crate::house::{BASE, House, LINDE, Reply};

const CRITERIA: &str = "identifier=http://example.test/number%7C7";
const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

/// A Patient with a number; `id` when it has one.
fn numbered(id: Option<&str>, number: &str, family: &str) -> String {
    let mut patient = json!({
        "resourceType": "Patient", "name": [{ "family": family }],
        "identifier": [{ "system": "http://example.test/number", "value": number }],
    });
    if let Some(id) = id {
        patient["id"] = id.into();
    }
    patient.to_string()
}

fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap().to_owned()
}

impl Client<'_> {
    async fn create_once(&self, criteria: &str, body: &str) -> Reply {
        self.post("/fhir/Patient", &[("if-none-exist", criteria)], body).await
    }

    async fn update_by(&self, criteria: &str, body: &str) -> Reply {
        self.put(&format!("/fhir/Patient?{criteria}"), &[], body).await
    }

    async fn delete_by(&self, criteria: &str) -> Reply {
        self.delete(&format!("/fhir/Patient?{criteria}")).await
    }

    async fn patch_by(&self, criteria: &str) -> Reply {
        let path = format!("/fhir/Patient?{criteria}");
        let body = r#"[{"op":"add","path":"/active","value":true}]"#;
        self.call(Method::PATCH, &path, &[("content-type", "application/json-patch+json")], body).await
    }
}

#[tokio::test]
async fn a_conditional_create_answers_with_what_is_there() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let body = numbered(Some("theirs"), "7", "First");
    let made = client.create_once("identifier=http://example.test/number|7", &body).await;
    assert_eq!(made.status, 201);
    assert_ne!(id(&made), "theirs");
    for criteria in [
        "identifier=http://example.test/number|7",
        "?identifier=http://example.test/number|7",
        "Patient?identifier=http%3A%2F%2Fexample.test%2Fnumber%7C7",
    ] {
        let there = client.create_once(criteria, &numbered(None, "7", "Second")).await;
        assert_eq!((there.status, there.header("etag")), (200, "W/\"1\""), "{criteria}");
        let location = format!("{BASE}/fhir/Patient/{}/_history/1", id(&made));
        assert_eq!(there.header("location"), location);
        assert_eq!(there.header("last-modified"), made.header("last-modified"));
        assert_eq!(there.body, made.body);
    }
    let minimal = [("if-none-exist", CRITERIA), ("prefer", "return=minimal")];
    let there = client.post("/fhir/Patient", &minimal, &numbered(None, "7", "Second")).await;
    assert_eq!((there.status, there.body.len()), (200, 0));
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 1);
}

#[tokio::test]
async fn case_65_of_equal_conditional_creates_at_once_one_makes_it() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let body = numbered(None, "7", "Same");
    let replies = join_all((0..12).map(|_| client.create_once(CRITERIA, &body))).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    let found = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!((made, found), (1, 11));
    assert!(replies.iter().all(|reply| reply.header("location") == replies[0].header("location")));
}

#[tokio::test]
async fn a_conditional_update_makes_renews_or_refuses() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let made = client.update_by(CRITERIA, &numbered(None, "7", "First")).await;
    assert_eq!(made.status, 201);
    assert!(made.header("location").ends_with("/_history/1"));
    let renewed = client.update_by(CRITERIA, &numbered(None, "7", "Second")).await;
    assert_eq!((renewed.status, renewed.header("etag"), id(&renewed)), (200, "W/\"2\"", id(&made)));
    let same = client.update_by(CRITERIA, &numbered(Some(&id(&made)), "7", "Third")).await;
    assert_eq!((same.status, same.header("etag")), (200, "W/\"3\""));
    let other = client.update_by(CRITERIA, &numbered(Some("other"), "7", "Fourth")).await;
    assert_eq!(other.refusal(), (400, "invalid".into()));
    let own = client.update_by("identifier=8", &numbered(Some("own"), "8", "Named")).await;
    assert_eq!((own.status, id(&own).as_str()), (201, "own"));
    let taken = client.update_by("identifier=9", &numbered(Some("own"), "9", "Named")).await;
    assert_eq!(taken.refusal(), (409, "conflict".into()));
}

#[tokio::test]
async fn a_conditional_update_may_ask_for_a_version() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let body = numbered(None, "7", "First");
    let path = format!("/fhir/Patient?{CRITERIA}");
    assert_eq!(client.put(&path, &[("if-match", "*")], &body).await.status, 412);
    client.update_by(CRITERIA, &body).await;
    let next = numbered(None, "7", "Second");
    assert_eq!(
        client.put(&path, &[("if-match", "W/\"2\"")], &next).await.refusal(),
        (412, "conflict".into())
    );
    assert_eq!(client.put(&path, &[("if-none-match", "*")], &next).await.status, 412);
    assert_eq!(client.put(&path, &[("if-match", "W/\"1\"")], &next).await.status, 200);
}

#[tokio::test]
async fn a_conditional_patch_needs_one() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    assert_eq!(client.patch_by(CRITERIA).await.refusal(), (404, "not-found".into()));
    client.update_by(CRITERIA, &numbered(None, "7", "First")).await;
    let patched = client.patch_by(CRITERIA).await;
    assert_eq!((patched.status, &patched.json()["active"]), (200, &Value::Bool(true)));
}

#[tokio::test]
async fn a_conditional_delete_deletes_one_or_nothing() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    assert_eq!(client.delete_by(CRITERIA).await.status, 204);
    let word = [("prefer", "return=OperationOutcome")];
    let told = client.call(Method::DELETE, &format!("/fhir/Patient?{CRITERIA}"), &word, "").await;
    assert_eq!((told.status, &told.json()["issue"][0]["severity"]), (200, &json!("information")));
    let made = client.update_by(CRITERIA, &numbered(None, "7", "First")).await;
    let gone = client.delete_by(CRITERIA).await;
    assert_eq!((gone.status, gone.header("etag")), (204, "W/\"2\""));
    assert_eq!(client.get(&format!("/fhir/Patient/{}", id(&made))).await.status, 410);
    assert_eq!(client.delete_by(CRITERIA).await.status, 204);
}

#[tokio::test]
async fn what_finds_more_than_one_is_412() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for id in ["a", "b"] {
        client.put(&format!("/fhir/Patient/{id}"), &[], &numbered(Some(id), "7", "Same")).await;
    }
    let body = numbered(None, "7", "Third");
    let replies = [
        client.create_once(CRITERIA, &body).await,
        client.update_by(CRITERIA, &body).await,
        client.patch_by(CRITERIA).await,
        client.delete_by(CRITERIA).await,
    ];
    for reply in replies {
        assert_eq!(reply.refusal(), (412, "multiple-matches".into()));
    }
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 2);
}

#[tokio::test]
async fn criteria_that_filter_nothing_or_are_not_understood_are_refused() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.put("/fhir/Patient/only", &[], &numbered(Some("only"), "1", "Only")).await;
    let body = numbered(None, "7", "Other");
    let cases = [
        ("", "required"),
        ("nonsense=1", "not-supported"),
        ("identifier:nonsense=1", "not-supported"),
        ("_count=1", "not-supported"),
        ("identifier=7&_sort=family", "not-supported"),
        ("identifier=7&_include=Patient:organization", "not-supported"),
        ("identifier=7&_total=none", "not-supported"),
    ];
    for (criteria, code) in cases {
        let replies = [
            client.create_once(criteria, &body).await,
            client.update_by(criteria, &body).await,
            client.patch_by(criteria).await,
            client.delete_by(criteria).await,
        ];
        for reply in replies {
            assert_eq!(reply.refusal(), (400, code.to_owned()), "{criteria}");
        }
    }
    let lenient = [("prefer", "handling=lenient"), ("if-none-exist", "nonsense=1")];
    assert_eq!(client.post("/fhir/Patient", &lenient, &body).await.status, 400);
    for odd in ["Slot?status=free", "http://elsewhere.test/Patient?identifier=7"] {
        assert_eq!(client.create_once(odd, &body).await.refusal(), (400, "invalid".into()), "{odd}");
    }
    let two = [("if-none-exist", "identifier=7"), ("if-none-exist", "identifier=8")];
    assert_eq!(client.post("/fhir/Patient", &two, &body).await.status, 400);
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 1);
}

#[tokio::test]
async fn criteria_see_the_own_tenant_only() {
    let house = House::new().await;
    let (linde, uro) = (Client::linde(&house).await, Client::uro(&house).await);
    let body = numbered(None, "7", "First");
    assert_eq!(linde.create_once(CRITERIA, &body).await.status, 201);
    assert_eq!(uro.create_once(CRITERIA, &body).await.status, 201);
    assert_eq!(uro.delete_by(CRITERIA).await.status, 204);
    assert_eq!(linde.create_once(CRITERIA, &body).await.status, 200);
}

#[tokio::test]
async fn who_may_not_search_cannot_ask_by_criteria() {
    let house = House::new().await;
    let blind = Client::named(&house, "writes", "system/Patient.cud", LINDE).await;
    let body = numbered(None, "7", "First");
    assert_eq!(blind.create_once(CRITERIA, &body).await.refusal(), (403, "forbidden".into()));
    assert_eq!(blind.post("/fhir/Patient", &[], &body).await.status, 201);
}

#[tokio::test]
async fn what_is_never_changed_is_not_changed_by_criteria() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let consent = client.delete("/fhir/Consent?status=active").await;
    assert_eq!((consent.status, consent.header("allow")), (405, "GET, HEAD, POST, PUT, PATCH"));
    for path in ["/fhir/Provenance?_id=a", "/fhir/Task?_id=a", "/fhir/Endpoint?_id=a"] {
        assert_eq!(client.delete(path).await.status, 405, "{path}");
    }
    assert_eq!(client.delete("/fhir/AuditEvent?_id=a").await.status, 404);
}

#[tokio::test]
async fn a_bsn_finds_a_person_and_stands_in_no_answer() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let body = json!({ "resourceType": "Patient", "identifier": [{ "system": BSN, "value": "999990019" }] });
    let criteria = format!("identifier={BSN}|999990019");
    let made = client.create_once(&criteria, &body.to_string()).await;
    assert_eq!(made.status, 201);
    let there = client.create_once(&criteria, &body.to_string()).await;
    assert_eq!(there.status, 200);
    assert!(!there.header("location").contains("999990019"));
    let refused = client.create_once(&format!("{criteria}&nonsense=999990019"), &body.to_string()).await;
    assert_eq!(refused.status, 400);
    assert!(!String::from_utf8_lossy(refused.body.as_ref()).contains("999990019"));
}

#[tokio::test]
async fn what_was_modified_since_is_not_written_over() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let next = super::patient_with("p1", "active", false.into());
    let put =
        async |since: &str| client.put("/fhir/Patient/p1", &[("if-unmodified-since", since)], &next).await;
    assert_eq!(put("Tue, 01 Sep 2026 07:59:59 GMT").await.refusal(), (412, "conflict".into()));
    assert_eq!(put("Tue, 01 Sep 2026 08:00:00 GMT").await.status, 200);
    let late = [("if-unmodified-since", "Tue, 01 Sep 2026 07:59:59 GMT")];
    assert_eq!(client.call(Method::DELETE, "/fhir/Patient/p1", &late, "").await.status, 412);
    assert_eq!(client.call(Method::DELETE, "/fhir/Patient/never", &late, "").await.status, 204);
}
