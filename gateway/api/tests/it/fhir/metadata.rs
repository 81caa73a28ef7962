//! The CapabilityStatement says what is so, and nothing else is.

use std::collections::BTreeSet;

use fhir_profiles::Rules;
use gateway_api::fhir::operation::OPERATIONS;
use gateway_api::fhir::{Rest, Route, SYSTEM, table};
use gateway_core::{Resource, ResourceType};
use gateway_engine::subscription::topics;
use http::Method;
use serde_json::{Value, json};

use super::Client;
use crate::house::{BASE, House};

async fn statement(house: &House) -> Value {
    let reply = house.call(Method::GET, "/fhir/metadata", &[], "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

/// Type and interaction, as claimed.
fn claimed(statement: &Value) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    let pairs = resources.iter().flat_map(|resource| {
        let interactions = resource["interaction"].as_array().unwrap();
        interactions.iter().map(move |interaction| (text(&resource["type"]), text(&interaction["code"])))
    });
    pairs.collect()
}

#[tokio::test]
async fn what_is_claimed_works_and_what_is_not_claimed_is_refused() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let claimed = claimed(&statement(&house).await);
    for resource_type in ResourceType::ALL {
        let system = |rest: Rest| SYSTEM.contains(&rest) || rest == Rest::SearchCompartment;
        for (route, method, rest) in table().filter(|(_, _, rest)| !system(*rest)) {
            let path = route
                .path()
                .replace("{type}", resource_type.as_str())
                .replace("{id}", "none")
                .replace("{version}", "1");
            let content_type = if route == Route::Search {
                "application/x-www-form-urlencoded"
            } else {
                "application/fhir+json"
            };
            let reply = client.call(method.clone(), &path, &[("content-type", content_type)], "").await;
            let offered = claimed.contains(&(resource_type.to_string(), rest.code().to_owned()));
            if offered {
                let refused_by_router = reply.status == 405 || (reply.status == 404 && method != Method::GET);
                assert!(!refused_by_router, "{method} {path} is claimed and answers {}", reply.status);
            } else {
                assert!(
                    matches!(reply.status, 404 | 405),
                    "{method} {path} is not claimed: {}",
                    reply.status
                );
            }
        }
    }
}

#[tokio::test]
async fn every_claimed_parameter_works_and_no_other_does() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let statement = statement(&house).await;
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        let name = resource["type"].as_str().unwrap();
        let mut names = BTreeSet::new();
        for parameter in resource["searchParam"].as_array().unwrap() {
            let code = parameter["name"].as_str().unwrap();
            assert!(names.insert(code), "cpb-12: {name}?{code} twice");
            let value = match parameter["type"].as_str().unwrap() {
                "date" => "2026-01-01",
                "number" | "quantity" => "5",
                "uri" => "http://example.nl/x",
                "reference" => "Patient/p1",
                "composite" if code.ends_with("quantity") => "x$5",
                "composite" => "x$x",
                "special" => "52.1%7C5.1",
                _ => "x",
            };
            let reply = client.get(&format!("/fhir/{name}?{code}={value}&_count=1")).await;
            assert_eq!(reply.status, 200, "{name}?{code}: {:?}", reply.json());
        }
        assert_eq!(client.get(&format!("/fhir/{name}?nothing=x")).await.status, 400, "{name}");
    }
}

#[tokio::test]
async fn it_needs_no_token_and_passes_our_own_check() {
    let house = House::new().await;
    let reply = house.call(Method::GET, "/fhir/metadata", &[], "").await;
    let read = reply.json();
    assert_eq!((&read["fhirVersion"], &read["kind"]), (&"4.0.1".into(), &"instance".into()));
    assert_eq!(read["implementation"]["url"], format!("{BASE}/fhir"));
    let resource = Resource::parse(&reply.body).unwrap();
    assert_eq!(house.app.engine.parts().profiles.check(resource, Rules::default()).map(|_| ()), Ok(()));

    let etag = reply.header("etag").to_owned();
    let again = house.call(Method::GET, "/fhir/metadata", &[("if-none-match", &etag)], "").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(house.call(Method::GET, "/fhir/metadata?mode=odd", &[], "").await.status, 400);
    assert_eq!(
        read["format"],
        serde_json::json!(["application/fhir+json", "application/fhir+xml", "json", "xml"])
    );
    assert_eq!(read["patchFormat"], serde_json::json!(gateway_api::media::PATCH_FORMATS));
}

#[tokio::test]
async fn every_claimed_include_works() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let statement = statement(&house).await;
    let system = statement["rest"][0]["interaction"].as_array().unwrap();
    let codes: Vec<_> = system.iter().map(|interaction| interaction["code"].as_str().unwrap()).collect();
    assert_eq!(codes, SYSTEM.iter().map(|rest| rest.code()).collect::<Vec<_>>());
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        let name = resource["type"].as_str().unwrap();
        for (list, parameter) in [("searchInclude", "_include"), ("searchRevInclude", "_revinclude")] {
            let values = resource[list].as_array().cloned().unwrap_or_default();
            let pair = |value: &Value| format!("{parameter}={}", value.as_str().unwrap());
            let all = values.iter().map(pair).collect::<Vec<_>>().join("&");
            let reply = client.get(&format!("/fhir/{name}?_count=1&{all}")).await;
            assert_eq!(reply.status, 200, "{name}: {all}: {:?}", reply.json());
        }
    }
}

#[tokio::test]
async fn every_claimed_operation_and_conditional_write_is_there_and_no_other() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let statement = statement(&house).await;
    let names: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        let of = resource["type"].as_str().unwrap();
        let claims = resource["operation"].as_array().cloned().unwrap_or_default();
        for name in &names {
            let claimed = claims.iter().any(|claim| claim["name"] == *name);
            let mut there = false;
            for path in [format!("/fhir/{of}/${name}"), format!("/fhir/{of}/none/${name}")] {
                // an operation says 405 to DELETE, and what is not there says 404
                there |= client.delete(&path).await.status == 405;
            }
            assert_eq!(there, claimed, "{of} ${name}");
        }
        let path = format!("/fhir/{of}?_id=none");
        let put = client.put(&path, &[], "{}").await.refusal();
        let update = !(put.0 == 405 || put == (400, "not-supported".into()));
        assert_eq!(resource["conditionalUpdate"], update, "{of}: {put:?}");
        let delete = if client.delete(&path).await.status == 204 { "single" } else { "not-supported" };
        assert_eq!(resource["conditionalDelete"], delete, "{of}");
        assert_eq!(resource["updateCreate"], resource["conditionalUpdate"], "{of}");
    }
}

#[tokio::test]
async fn subscribers_are_told_the_topics_and_the_profile() {
    const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";
    let house = House::new().await;
    let statement = statement(&house).await;
    let url = format!("{BACKPORT}/capabilitystatement-subscriptiontopic-canonical");
    let topic = |topic: String| json!({"url": url, "valueCanonical": topic});
    let topics: Value = topics().map(topic).collect();
    let profile = format!("{BACKPORT}/backport-subscription").into();
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        let subscribing = resource["type"] == "Subscription";
        assert_eq!(resource["extension"], if subscribing { topics.clone() } else { Value::Null });
        let profiles = resource["supportedProfile"].as_array().cloned().unwrap_or_default();
        assert_eq!(profiles.contains(&profile), subscribing, "{profiles:?}");
    }
}

#[tokio::test]
async fn a_part_of_it_can_be_asked_for() {
    let house = House::new().await;
    let ask = async |query: &str| house.call(Method::GET, &format!("/fhir/metadata?{query}"), &[], "").await;
    let normative = ask("mode=normative").await.json();
    let resources = normative["rest"][0]["resource"].as_array().unwrap();
    let types: Vec<_> = resources.iter().map(|resource| resource["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"Patient") && !types.contains(&"Appointment"), "{types:?}");

    let terminology = ask("mode=terminology").await.json();
    assert_eq!(terminology["resourceType"], "TerminologyCapabilities");
    assert!(terminology["codeSystem"].as_array().unwrap().len() > 150);

    let summary = ask("_summary=true").await;
    assert_eq!((summary.status, &summary.json()["meta"]["tag"][0]["code"]), (200, &"SUBSETTED".into()));
    let elements = ask("_elements=format").await.json();
    assert!(elements["format"].is_array() && elements["rest"].is_null(), "{elements}");
    assert_ne!(summary.header("etag"), ask("").await.header("etag"));
}
