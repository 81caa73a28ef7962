//! PATCH: two languages, the same answers as an update.

use base64::Engine as _;
use gateway_core::ResourceType;
use http::Method;
use serde_json::{Value, json};

use super::batch::{bundle, entry, statuses, value};
use super::{Client, patient, patient_with};
use crate::house::{House, Reply};

const JSON_PATCH: &str = "application/json-patch+json";
const P1: &str = "/fhir/Patient/p1";

impl Client<'_> {
    async fn patch(&self, path: &str, headers: &[(&str, &str)], operations: &Value) -> Reply {
        let headers: Vec<_> = headers.iter().copied().chain([("content-type", JSON_PATCH)]).collect();
        self.call(Method::PATCH, path, &headers, operations.to_string()).await
    }
}

fn parameters(operations: &[(&str, &str, Value)]) -> String {
    let operation = |(kind, path, value): &(&str, &str, Value)| {
        let mut parts =
            vec![json!({"name":"type","valueCode":kind}), json!({"name":"path","valueString":path})];
        parts.extend(value.as_object().map(|_| value.clone()));
        json!({ "name": "operation", "part": parts })
    };
    let all: Vec<_> = operations.iter().map(operation).collect();
    json!({ "resourceType": "Parameters", "parameter": all }).to_string()
}

#[tokio::test]
async fn a_json_patch_makes_the_next_version() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let operations = json!([
        {"op":"test","path":"/meta/versionId","value":"1"},
        {"op":"replace","path":"/active","value":false},
        {"op":"add","path":"/gender","value":"female"}
    ]);
    let reply = client.patch(P1, &[], &operations).await;
    assert_eq!((reply.status, reply.header("etag")), (200, "W/\"2\""), "{reply:?}");
    assert_eq!(reply.header("last-modified"), "Tue, 01 Sep 2026 08:00:00 GMT");
    assert_eq!(reply.header("content-type"), "application/fhir+json; charset=utf-8");
    let body = reply.json();
    assert_eq!(
        (&body["active"], &body["gender"], &body["id"]),
        (&json!(false), &json!("female"), &json!("p1"))
    );
    assert_eq!(body["meta"]["versionId"], "2");
    assert_eq!(client.get(P1).await.body, reply.body);
}

#[tokio::test]
async fn both_languages_and_both_formats_make_the_same() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let sent = parameters(&[("replace", "Patient.active", json!({"name":"value","valueBoolean":false}))]);
    let xml = r#"<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>
        <part><name value="type"/><valueCode value="replace"/></part>
        <part><name value="path"/><valueString value="Patient.active"/></part>
        <part><name value="value"/><valueBoolean value="false"/></part></parameter></Parameters>"#;
    let patch = r#"[{"op":"replace","path":"/active","value":false}]"#;
    let expected = patient_with("p1", "active", false.into());
    for (content_type, body) in [
        (JSON_PATCH, patch),
        ("application/fhir+json", &*sent),
        ("application/json", &*sent),
        ("application/fhir+xml", xml),
    ] {
        client.put(P1, &[], &patient("p1")).await;
        let reply = client.call(Method::PATCH, P1, &[("content-type", content_type)], body.to_owned()).await;
        assert_eq!(reply.status, 200, "{content_type} {reply:?}");
        let same = client.put(P1, &[], &expected).await;
        assert_eq!(same.header("etag"), reply.header("etag"), "{content_type}");
    }
    let wish = [("content-type", JSON_PATCH), ("accept", "application/fhir+xml")];
    let reply = client.call(Method::PATCH, P1, &wish, patch).await;
    assert_eq!(reply.header("content-type"), "application/fhir+xml; charset=utf-8");
}

#[tokio::test]
async fn case_51_54_what_a_patch_does_not_touch_keeps_its_digits_and_extensions() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let text = r#"{"resourceType":"Patient","id":"p1","extension":[{"url":"http://example.org/x","valueDecimal":1.00},{"url":"http://example.org/y","valueQuantity":{"value":12345678901234567890.10}}],"active":true,"_birthDate":{"extension":[{"url":"http://example.org/z","valueCode":"unknown"}]}}"#;
    client.put(P1, &[], text).await;
    let operations = r#"[{"op":"replace","path":"/active","value":false},
        {"op":"add","path":"/extension/-","value":{"url":"http://example.org/n","valueDecimal":0.5000}}]"#;
    let reply = client.call(Method::PATCH, P1, &[("content-type", JSON_PATCH)], operations).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let body = String::from_utf8(reply.body.to_vec()).unwrap();
    for kept in ["\"valueDecimal\":1.00}", "12345678901234567890.10", "0.5000", "http://example.org/z"] {
        assert!(body.contains(kept), "{kept}: {body}");
    }
}

#[tokio::test]
async fn a_patch_that_does_not_fit_is_422_at_its_operation_and_changes_nothing() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    for (operation, code, place) in [
        (json!({"op":"test","path":"/active","value":false}), "conflict", "$this[1]"),
        (json!({"op":"remove","path":"/gender"}), "value", "$this[1]"),
        (json!({"op":"add","path":"/name/3","value":{}}), "value", "$this[1]"),
        (json!({"op":"replace","path":"/id","value":"p2"}), "business-rule", "$this[1]"),
        (json!({"op":"replace","path":"/meta/versionId","value":"9"}), "business-rule", "$this[1]"),
        (json!({"op":"add","path":"/foo","value":1}), "structure", "Patient.foo"),
        (json!({"op":"replace","path":"/birthDate","value":"2023-02-30"}), "value", "Patient.birthDate"),
        (json!({"op":"add","path":"/gender","value":"vrouw"}), "code-invalid", "Patient.gender"),
        (json!({"op":"add","path":"/name","value":[]}), "structure", "Patient.name"),
    ] {
        let operations = json!([{"op":"replace","path":"/active","value":true}, operation]);
        let reply = client.patch(P1, &[], &operations).await;
        assert_eq!(reply.status, 422, "{operation}: {reply:?}");
        assert_eq!(reply.issues()[0], (code.to_owned(), place.to_owned()), "{operation}");
    }
    let path =
        parameters(&[("delete", "Patient.birthDate", json!(null)), ("delete", "Patient.naam", json!(null))]);
    let reply = client.call(Method::PATCH, P1, &[("content-type", "application/fhir+json")], path).await;
    assert_eq!((reply.status, reply.issues()[0].1.as_str()), (422, "Parameters.parameter[1]"));
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 1);
}

#[tokio::test]
async fn what_is_no_patch_is_400_and_another_media_type_415() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let sent = parameters(&[]);
    for (content_type, body, status) in [
        (JSON_PATCH, "{}", 400),
        (JSON_PATCH, r#"<Parameters xmlns="http://hl7.org/fhir"/>"#, 400),
        (JSON_PATCH, r#"[{"op":"merge","path":"/a"}]"#, 400),
        (JSON_PATCH, &*sent, 400),
        ("application/fhir+json", "[]", 400),
        ("application/fhir+json", &*patient("p1"), 400),
        ("application/fhir+xml", "<Parameters/>", 400),
        ("application/xml-patch+xml", "<diff/>", 415),
        ("application/merge-patch+json", "{}", 415),
        ("text/plain", "[]", 415),
    ] {
        let reply = client.call(Method::PATCH, P1, &[("content-type", content_type)], body.to_owned()).await;
        assert_eq!(reply.status, status, "{content_type} {body}: {reply:?}");
        assert_eq!(reply.json()["resourceType"], "OperationOutcome");
    }
    let hint =
        client.call(Method::PATCH, P1, &[("content-type", "application/xml-patch+xml")], "<diff/>").await;
    assert!(hint.json()["issue"][0]["details"]["text"].as_str().unwrap().contains(JSON_PATCH));
    assert_eq!(client.call(Method::PATCH, P1, &[], "[]").await.status, 415);
}

#[tokio::test]
async fn a_patch_needs_its_target_and_its_version() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let operations = json!([{"op":"replace","path":"/active","value":false}]);
    assert_eq!(client.patch(P1, &[], &operations).await.refusal(), (404, "not-found".into()));
    client.patient("p1").await;
    let stale = client.patch(P1, &[("if-match", "W/\"7\"")], &operations).await;
    assert_eq!(stale.refusal(), (412, "conflict".into()));
    let fresh = client.patch(P1, &[("if-match", "W/\"1\"")], &operations).await;
    assert_eq!((fresh.status, fresh.header("etag")), (200, "W/\"2\""));
    assert_eq!(client.patch(P1, &[("if-match", "W/1")], &operations).await.status, 400);
    client.delete(P1).await;
    assert_eq!(client.patch(P1, &[], &operations).await.refusal(), (410, "deleted".into()));
}

#[tokio::test]
async fn the_answer_is_as_preferred_and_no_change_is_no_version() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let same = client.patch(P1, &[], &json!([{"op":"replace","path":"/active","value":true}])).await;
    assert_eq!((same.status, same.header("etag")), (200, "W/\"1\""));
    assert_eq!(client.patch(P1, &[], &json!([])).await.header("etag"), "W/\"1\"");
    let operations = json!([{"op":"replace","path":"/active","value":false}]);
    let minimal = client.patch(P1, &[("prefer", "return=minimal")], &operations).await;
    assert_eq!((minimal.status, minimal.header("etag")), (200, "W/\"2\""));
    assert!(minimal.body.is_empty());
    let word = client.patch(P1, &[("prefer", "return=OperationOutcome")], &operations).await;
    assert_eq!(word.json()["issue"][0]["severity"], "information");
}

#[tokio::test]
async fn a_narrative_that_shows_what_was_patched_goes() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let told = |status: &str| {
        let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">active</div>";
        patient_with("p1", "text", json!({"status": status, "div": div}))
    };
    let operations = json!([{"op":"replace","path":"/active","value":false}]);
    client.put(P1, &[], &told("generated")).await;
    assert_eq!(client.patch(P1, &[], &operations).await.json().get("text"), None);
    client.put(P1, &[], &told("additional")).await;
    let refused = client.patch(P1, &[], &operations).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.issues()[0], ("business-rule".into(), "Patient.text".into()));
    let both = json!([{"op":"remove","path":"/text"}, {"op":"replace","path":"/active","value":false}]);
    assert_eq!(client.patch(P1, &[], &both).await.status, 200);
}

#[tokio::test]
async fn case_61_a_patch_cannot_make_a_long_or_deep_document() {
    let house = House::with(|settings| settings.body_limit = 100_000, &[]).await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let grown = json!(vec![json!({"op":"copy","from":"","path":"/a"}); 100]);
    assert_eq!(client.patch(P1, &[], &grown).await.refusal(), (422, "too-costly".into()));
    let many = json!(vec![json!({"op":"test","path":"/active","value":true}); 1_001]);
    assert_eq!(client.patch(P1, &[], &many).await.refusal(), (400, "too-costly".into()));
    let long = json!([{"op":"add","path":"/language","value":"x".repeat(100_000)}]);
    assert_eq!(client.patch(P1, &[], &long).await.refusal(), (413, "too-long".into()));
}

#[tokio::test]
async fn case_66_patches_at_the_same_moment_all_count() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.put(P1, &[], &patient_with("p1", "name", json!([{"family":"x"}]))).await;
    let operations: Vec<_> =
        (0..8).map(|n| json!([{"op":"add","path":"/name/-","value":{"family":format!("n{n}")}}])).collect();
    let replies =
        futures_util::future::join_all(operations.iter().map(|each| client.patch(P1, &[], each))).await;
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert_eq!(client.get(P1).await.json()["name"].as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn case_87_what_happened_is_not_patched() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let operations = json!([{"op":"remove","path":"/recorded"}]);
    let reply = client.patch("/fhir/Provenance/x", &[], &operations).await;
    assert_eq!((reply.status, reply.header("allow")), (405, "GET, HEAD"));
    for shown in ["/fhir/Task/x", "/fhir/Endpoint/x"] {
        assert_eq!(client.patch(shown, &[], &operations).await.status, 405, "{shown}");
    }
}

#[tokio::test]
async fn a_patch_needs_the_scope_to_update() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let reader = Client::named(&house, "reading", "system/Patient.rs", crate::house::LINDE).await;
    let reply = reader.patch(P1, &[], &json!([{"op":"remove","path":"/active"}])).await;
    assert_eq!(reply.refusal(), (403, "forbidden".into()));
}

#[tokio::test]
async fn a_patch_travels_in_a_bundle_as_a_binary_or_as_parameters() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    client.patient("p2").await;
    let operations = json!([{"op":"replace","path":"/active","value":false}]).to_string();
    let binary = |content_type: &str| {
        let data = base64::prelude::BASE64_STANDARD.encode(&operations);
        json!({ "resourceType": "Binary", "contentType": content_type, "data": data })
    };
    let replaced = parameters(&[("replace", "Patient.active", json!({"name":"value","valueBoolean":false}))]);
    let entries = [
        entry("PATCH", "Patient/p1", Some(binary(JSON_PATCH))),
        entry("PATCH", "Patient/p2", Some(value(&replaced))),
        entry("PATCH", "Patient/p3", Some(binary(JSON_PATCH))),
        entry("PATCH", "Patient/p1", Some(binary("application/xml-patch+xml"))),
    ];
    let reply = client.post("/fhir", &[], &bundle("batch", &entries)).await;
    let statuses = statuses(&reply);
    let codes: Vec<_> = statuses.iter().map(|status| status.get(..3).unwrap_or_default()).collect();
    assert_eq!(codes, ["200", "200", "404", "415"], "{:?}", reply.json());
    for path in [P1, "/fhir/Patient/p2"] {
        assert_eq!(client.get(path).await.json()["active"], false);
    }
}
