//! `$validate`: what is wrong is told with 200, and nothing is stored.

use http::Method;
use serde_json::{Value, json};

use super::{Client, patient, patient_with};
use crate::house::{House, Reply};

/// The severity and code of each issue.
fn told(reply: &Reply) -> Vec<(String, String)> {
    assert_eq!(reply.status, 200, "{:?}", reply.json());
    let body = reply.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["issue"].as_array().unwrap().iter().map(|i| (text(&i["severity"]), text(&i["code"]))).collect()
}

fn fine() -> Vec<(String, String)> {
    vec![("information".to_owned(), "informational".to_owned())]
}

fn parameters(of: &[(&str, Value)]) -> String {
    let all: Vec<_> = of
        .iter()
        .map(|(name, value)| match *name {
            "resource" => json!({"name": name, "resource": value}),
            "profile" => json!({"name": name, "valueUri": value}),
            _ => json!({"name": name, "valueCode": value}),
        })
        .collect();
    json!({"resourceType": "Parameters", "parameter": all}).to_string()
}

#[tokio::test]
async fn a_resource_is_looked_at_bare_in_parameters_and_in_xml() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let path = "/fhir/Patient/$validate";
    let right: Value = serde_json::from_str(&patient("p1")).unwrap();
    assert_eq!(told(&client.post(path, &[], &right.to_string()).await), fine());
    assert_eq!(told(&client.post(path, &[], &parameters(&[("resource", right)])).await), fine());
    let xml = r#"<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>"#;
    let sent = [("content-type", "application/fhir+xml"), ("accept", "application/fhir+xml")];
    let reply = client.call(Method::POST, path, &sent, xml).await;
    assert!(reply.status == 200 && reply.header("content-type").contains("xml"), "{reply:?}");

    let wrong = patient_with("p1", "gender", "odd".into());
    let reply = client.post(path, &[], &wrong).await;
    assert!(told(&reply).iter().any(|(severity, _)| severity == "error"));
    assert_eq!(reply.issues()[0].1, "Patient.gender");
    assert_eq!(client.get("/fhir/Patient?_summary=count").await.json()["total"], 0, "nothing is stored");
}

#[tokio::test]
async fn a_profile_is_asked_by_its_address() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let bare = r#"{"resourceType":"Patient","active":true}"#;
    let ask = async |profile: &str| {
        told(&client.post(&format!("/fhir/Patient/$validate?profile={profile}"), &[], bare).await)
    };
    assert_eq!(ask("http://hl7.org/fhir/StructureDefinition/Patient").await, fine());
    let ours = ask("https://zorgtolk.example/fhir/StructureDefinition/zt-patient").await;
    assert!(ours.iter().any(|(severity, _)| severity == "error"), "{ours:?}");
    let unknown = ask("https://us.example/StructureDefinition/none").await;
    assert_eq!(unknown, [("error".to_owned(), "not-found".to_owned())]);
}

#[tokio::test]
async fn a_mode_says_what_it_is_to_be_good_for() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let resource: Value = serde_json::from_str(&patient("p1")).unwrap();
    let ask = async |path: &str, of: &[(&str, Value)]| client.post(path, &[], &parameters(of)).await;
    let one = "/fhir/Patient/p1/$validate";
    let all = "/fhir/Patient/$validate";
    let with = |mode: &str| [("mode", mode.into()), ("resource", resource.clone())];

    assert_eq!(told(&ask(all, &with("create")).await), fine());
    assert_eq!(told(&ask(one, &with("update")).await), fine());
    let other = ask("/fhir/Patient/p2/$validate", &with("update")).await;
    assert_eq!(told(&other), [("error".to_owned(), "invalid".to_owned())]);
    assert_eq!(told(&ask(one, &[("mode", "delete".into())]).await), fine());
    assert_eq!(ask("/fhir/Patient/p2/$validate", &[("mode", "delete".into())]).await.status, 404);
    assert_eq!(ask(all, &with("delete")).await.refusal(), (400, "invalid".into()));
    assert_eq!(ask(all, &with("profile")).await.refusal(), (400, "required".into()));
    assert_eq!(ask(all, &with("odd")).await.refusal(), (400, "value".into()));
    assert_eq!(client.get("/fhir/Patient/p1").await.header("etag"), "W/\"1\"", "nothing is changed");
}

#[tokio::test]
async fn what_is_stored_is_looked_at_by_its_address() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    assert_eq!(told(&client.get("/fhir/Patient/p1/$validate").await), fine());
    assert_eq!(told(&client.get("/fhir/Patient/p1/%24validate/").await), fine());
    assert_eq!(client.get("/fhir/Patient/none/$validate").await.status, 404);
    assert_eq!(Client::uro(&house).await.get("/fhir/Patient/p1/$validate").await.status, 404);
    assert_eq!(client.get("/fhir/Patient/$validate").await.refusal(), (400, "required".into()));
}

#[tokio::test]
async fn only_what_cannot_be_understood_is_refused() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let path = "/fhir/Patient/$validate";
    assert_eq!(client.post(path, &[], "{").await.refusal(), (400, "structure".into()));
    assert_eq!(client.post(path, &[], "").await.refusal(), (400, "required".into()));
    let other = told(&client.post(path, &[], r#"{"resourceType":"Slot"}"#).await);
    assert!(other.contains(&("error".to_owned(), "invalid".to_owned())), "{other:?}");
    let odd = parameters(&[("resource", json!({"resourceType": "Patient"})), ("odd", "x".into())]);
    assert_eq!(client.post(path, &[], &odd).await.refusal(), (400, "not-supported".into()));
    let update = [("mode", "update".into()), ("resource", json!({"resourceType": "Provenance"}))];
    let kept = client.post("/fhir/Provenance/$validate", &[], &parameters(&update)).await;
    assert!(told(&kept).contains(&("error".to_owned(), "not-supported".to_owned())));
}

#[tokio::test]
async fn case_80_an_active_insurance_that_has_ended_is_a_warning_and_is_taken() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let until = |end: &str| {
        json!({"resourceType": "Coverage", "id": "c1", "status": "active", "period": {"end": end},
            "beneficiary": {"display": "T. Testpersoon"}, "payor": [{"display": "Insurer"}]})
        .to_string()
    };
    let warned = [("warning".to_owned(), "business-rule".to_owned())];
    assert_eq!(told(&client.post("/fhir/Coverage/$validate", &[], &until("2026-08-31")).await), warned);
    assert_eq!(told(&client.post("/fhir/Coverage/$validate", &[], &until("2026-09-01")).await), fine());
    assert_eq!(client.put("/fhir/Coverage/c1", &[], &until("2026-08-31")).await.status, 201);
}
