//! `$expand`, `$lookup`, `$validate-code`, `$translate`, `$subsumes`: what the package carries, and what an organisation keeps
//! itself. What nobody here knows is never answered with "no".

use std::sync::Arc;

use fhir_profiles::Profiles;
use serde_json::{Value, json};

use super::Client;
use crate::house::{House, Reply};

const GENDER: &str = "http://hl7.org/fhir/administrative-gender";
const MARITAL: &str = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus";

async fn house() -> House {
    let package = mappings::Package::embedded(&Profiles::embedded()).unwrap();
    House::with(|settings| settings.maps.embedded = Some(Arc::new(package)), &[]).await
}

/// The value of an out parameter.
fn out(reply: &Reply, name: &str) -> Value {
    assert_eq!(reply.status, 200, "{:?}", reply.json());
    let body = reply.json();
    assert_eq!(body["resourceType"], "Parameters");
    let found = body["parameter"].as_array().unwrap().iter().find(|one| one["name"] == name).cloned();
    let one = found.unwrap_or_default();
    let value = one.as_object().and_then(|one| one.iter().find(|(key, _)| *key != "name"));
    value.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// The codes of an expansion.
fn codes(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{:?}", reply.json());
    let body = reply.json();
    assert_eq!((&body["resourceType"], &body["status"]), (&"ValueSet".into(), &"active".into()));
    let all = body["expansion"]["contains"].as_array().cloned().unwrap_or_default();
    all.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

fn parameters(all: &[Value]) -> String {
    json!({"resourceType": "Parameters", "parameter": all}).to_string()
}

async fn own_terms(client: &Client<'_>) {
    let system = json!({"resourceType": "CodeSystem", "id": "s", "url": "https://us.example/s", "status": "active",
        "content": "complete", "caseSensitive": false, "concept": [
            {"code": "animal", "display": "Animal", "concept": [{"code": "cat", "display": "Cat"}]},
            {"code": "plant", "definition": "What grows."}]});
    assert_eq!(client.put("/fhir/CodeSystem/s", &[], &system.to_string()).await.status, 201);
    let part = json!({"resourceType": "CodeSystem", "id": "part", "url": "https://us.example/part", "status": "active",
        "content": "fragment", "concept": [{"code": "a"}]});
    assert_eq!(client.put("/fhir/CodeSystem/part", &[], &part.to_string()).await.status, 201);
    let set = json!({"resourceType": "ValueSet", "id": "v", "url": "https://us.example/v", "status": "active",
        "compose": {"include": [{"system": "https://us.example/s",
            "filter": [{"property": "concept", "op": "is-a", "value": "animal"}]}]}});
    assert_eq!(client.put("/fhir/ValueSet/v", &[], &set.to_string()).await.status, 201);
}

#[tokio::test]
async fn a_value_set_of_the_package_is_expanded_filtered_and_paged() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let path = "/fhir/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender";
    let whole = client.get(path).await;
    assert_eq!(codes(&whole), ["male", "female", "other", "unknown"]);
    assert_eq!(whole.json()["expansion"]["contains"][0]["display"], "Male");
    let asked = async |more: &str| client.get(&format!("{path}&{more}")).await;
    assert_eq!(codes(&asked("filter=MAL").await), ["male", "female"]);
    let second = asked("offset=1&count=2&activeOnly=true").await;
    assert_eq!(codes(&second), ["female", "other"]);
    assert_eq!(
        (&second.json()["expansion"]["total"], &second.json()["expansion"]["offset"]),
        (&4.into(), &1.into())
    );
    assert_eq!(codes(&asked("count=0").await), [""; 0]);
    assert_eq!(asked("count=-1").await.refusal(), (400, "value".into()));
    assert_eq!(asked("odd=1").await.refusal(), (400, "not-supported".into()));
    assert_eq!(client.get("/fhir/ValueSet/$expand").await.refusal(), (400, "required".into()));
    let ours = "/fhir/ValueSet/$expand?url=https://zorgtolk.example/fhir/ValueSet/zt-marital-status";
    assert_eq!(codes(&client.get(ours).await).len(), 6);
}

#[tokio::test]
async fn an_organisations_own_terms_count_for_itself_and_nobody_else() {
    let house = house().await;
    let linde = Client::linde(&house).await;
    let uro = Client::uro(&house).await;
    own_terms(&linde).await;
    let path = "/fhir/ValueSet/$expand?url=https://us.example/v";
    assert_eq!(codes(&linde.get(path).await), ["animal", "cat"]);
    assert_eq!(codes(&linde.get("/fhir/ValueSet/v/$expand").await), ["animal", "cat"]);
    assert_eq!(uro.get(path).await.refusal(), (404, "not-found".into()));
    assert_eq!(uro.get("/fhir/ValueSet/v/$expand").await.status, 404);
    let narrow = Client::named(&house, "narrow", "system/Patient.r", crate::house::LINDE).await;
    assert_eq!(narrow.get(path).await.refusal(), (404, "not-found".into()), "no scope for ValueSet");
    let sent = json!({"resourceType": "ValueSet", "status": "draft", "compose": {"include": [
        {"valueSet": ["https://us.example/v"]}, {"system": GENDER, "concept": [{"code": "other"}]}]}});
    assert_eq!(
        codes(&linde.post("/fhir/ValueSet/$expand", &[], &sent.to_string()).await),
        ["animal", "cat", "other"]
    );
}

#[tokio::test]
async fn what_is_not_known_is_never_a_no() {
    let house = house().await;
    let client = Client::linde(&house).await;
    own_terms(&client).await;
    let sct = "http://snomed.info/sct";
    for path in [
        format!("/fhir/ValueSet/$expand?url={sct}?fhir_vs"),
        format!("/fhir/CodeSystem/$lookup?system={sct}&code=1"),
        format!("/fhir/CodeSystem/$validate-code?url={sct}&code=1"),
        "/fhir/ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/body-site&system=x&code=1".to_owned(),
        format!("/fhir/ConceptMap/$translate?system={sct}&code=1"),
        format!("/fhir/CodeSystem/$subsumes?system={sct}&codeA=1&codeB=2"),
        format!("/fhir/CodeSystem/$lookup?system={GENDER}&code=odd"),
        format!("/fhir/CodeSystem/$lookup?system={GENDER}&version=3.0.2&code=male"),
    ] {
        assert_eq!(client.get(&path).await.refusal(), (404, "not-found".into()), "{path}");
    }
    let part = "/fhir/CodeSystem/$validate-code?url=https://us.example/part&code=";
    assert_eq!(out(&client.get(&format!("{part}a")).await, "result"), true);
    assert_eq!(client.get(&format!("{part}b")).await.refusal(), (422, "not-supported".into()));
}

#[tokio::test]
async fn a_code_is_looked_up() {
    let house = house().await;
    let client = Client::linde(&house).await;
    own_terms(&client).await;
    let reply = client.get(&format!("/fhir/CodeSystem/$lookup?system={MARITAL}&code=M")).await;
    assert_eq!((out(&reply, "name"), out(&reply, "display")), ("v3.MaritalStatus".into(), "Married".into()));
    let own =
        client.get("/fhir/CodeSystem/$lookup?system=https://us.example/s&code=CAT&property=parent").await;
    assert_eq!(
        out(&own, "property"),
        json!([{"name": "code", "valueCode": "parent"}, {"name": "value", "valueCode": "animal"}])
    );
    let coding = json!({"name": "coding", "valueCoding": {"system": GENDER, "code": "male"}});
    let reply = client.post("/fhir/CodeSystem/$lookup", &[], &parameters(&[coding])).await;
    assert_eq!(out(&reply, "display"), "Male");
    let neither = client.get("/fhir/CodeSystem/$lookup?code=male").await;
    assert_eq!(neither.refusal(), (400, "required".into()));
}

#[tokio::test]
async fn a_code_is_in_a_value_set_or_not() {
    let house = house().await;
    let client = Client::linde(&house).await;
    own_terms(&client).await;
    let path = "/fhir/ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender";
    let asked = async |more: &str| client.get(&format!("{path}&{more}")).await;
    let right = asked(&format!("system={GENDER}&code=male")).await;
    assert_eq!((out(&right, "result"), out(&right, "display")), (true.into(), "Male".into()));
    for no in [
        "system=http://hl7.org/fhir/name-use&code=male",
        &format!("system={GENDER}&code=Male"),
        &format!("system={GENDER}&code=male&display=Female"),
    ] {
        let reply = asked(no).await;
        assert_eq!(out(&reply, "result"), false, "{no}");
        assert!(out(&reply, "message").is_string());
    }
    let concept = json!({"name": "codeableConcept", "valueCodeableConcept": {"coding": [
        {"system": "https://us.example/s", "code": "plant"}, {"system": "https://us.example/s", "code": "Cat"}]}});
    let reply = client.post("/fhir/ValueSet/v/$validate-code", &[], &parameters(&[concept])).await;
    assert_eq!(out(&reply, "result"), true, "one of the codings is enough");
    let both = json!([{"name": "code", "valueCode": "x"}, {"name": "coding", "valueCoding": {"system": "s", "code": "c"}}]);
    let both = parameters(both.as_array().unwrap());
    assert_eq!(client.post("/fhir/ValueSet/v/$validate-code", &[], &both).await.status, 400);
}

#[tokio::test]
async fn a_code_is_one_of_a_system_or_not() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let path = format!("/fhir/CodeSystem/$validate-code?url={MARITAL}");
    assert_eq!(out(&client.get(&format!("{path}&code=M")).await, "result"), true);
    assert_eq!(out(&client.get(&format!("{path}&code=odd")).await, "result"), false);
    let coding = json!({"name": "coding", "valueCoding": {"system": GENDER, "code": "male"}});
    let url = json!({"name": "url", "valueUri": MARITAL});
    let reply = client.post("/fhir/CodeSystem/$validate-code", &[], &parameters(&[url, coding])).await;
    assert_eq!(out(&reply, "result"), false, "a coding of another system");
}

#[tokio::test]
async fn a_code_is_translated_there_and_back_by_the_maps_in_force() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let tetra = "https://zorgtolk.example/fhir/CodeSystem/tetra-geslacht";
    let path = "/fhir/ConceptMap/$translate";
    let reply = client.get(&format!("{path}?system={tetra}&code=V&targetsystem={GENDER}")).await;
    assert_eq!(out(&reply, "result"), true);
    let found = out(&reply, "match");
    assert_eq!(found[0]["valueCode"], "equivalent");
    assert_eq!(found[1]["valueCoding"], json!({"system": GENDER, "code": "female"}));
    assert_eq!(found[2]["valueUri"], "https://zorgtolk.example/fhir/ConceptMap/tetra-geslacht");
    let back =
        client.get(&format!("{path}?system={GENDER}&code=female&reverse=true&targetsystem={tetra}")).await;
    assert_eq!(out(&back, "match")[1]["valueCoding"]["code"], "V");
    let none = client.get(&format!("{path}?system={tetra}&code=odd")).await;
    assert_eq!(out(&none, "result"), false);
    let one = client.get(&format!("/fhir/ConceptMap/tetra-geslacht/$translate?system={tetra}&code=M")).await;
    assert_eq!(out(&one, "result"), true);
    let elsewhere =
        client.get(&format!("{path}?system={tetra}&code=V&targetsystem=https://us.example/s")).await;
    assert_eq!(elsewhere.refusal(), (404, "not-found".into()));
}

#[tokio::test]
async fn an_organisations_own_map_counts_too() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let map = json!({"resourceType": "ConceptMap", "id": "m", "url": "https://us.example/m", "status": "active", "group": [
        {"source": "https://us.example/s", "target": "https://us.example/t", "element": [
            {"code": "a", "target": [{"code": "x", "equivalence": "wider"}]},
            {"code": "b", "target": [{"equivalence": "unmatched"}]}],
         "unmapped": {"mode": "fixed", "code": "rest"}}]});
    assert_eq!(client.put("/fhir/ConceptMap/m", &[], &map.to_string()).await.status, 201);
    let path = "/fhir/ConceptMap/$translate?system=https://us.example/s&code=";
    let asked = async |code: &str| client.get(&format!("{path}{code}")).await;
    assert_eq!(out(&asked("a").await, "match")[0]["valueCode"], "wider");
    assert_eq!(out(&asked("b").await, "result"), false);
    assert_eq!(out(&asked("c").await, "match")[1]["valueCoding"]["code"], "rest");
    let back = "/fhir/ConceptMap/$translate?system=https://us.example/t&code=x&reverse=true&url=https://us.example/m";
    assert_eq!(out(&client.get(back).await, "match")[0]["valueCode"], "narrower");
    assert_eq!(Client::uro(&house).await.get(&format!("{path}a")).await.status, 404);
}

#[tokio::test]
async fn one_code_stands_above_another() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let path = "/fhir/CodeSystem/$subsumes?system=http://terminology.hl7.org/CodeSystem/v3-ActReason";
    for (a, b, outcome) in [
        ("TREAT", "ETREAT", "subsumes"),
        ("ETREAT", "TREAT", "subsumed-by"),
        ("TREAT", "TREAT", "equivalent"),
        ("TREAT", "HMARKT", "not-subsumed"),
    ] {
        let reply = client.get(&format!("{path}&codeA={a}&codeB={b}")).await;
        assert_eq!(out(&reply, "outcome"), outcome, "{a} {b}");
    }
    assert_eq!(
        client.get(&format!("{path}&codeA=odd&codeB=TREAT")).await.refusal(),
        (400, "code-invalid".into())
    );
    assert_eq!(client.get(&format!("{path}&codeA=TREAT")).await.refusal(), (400, "required".into()));
}
