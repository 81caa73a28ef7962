//! The CapabilityStatement says what is so, and nothing else is.

use std::collections::BTreeSet;

use fhir_profiles::Rules;
use gateway_api::fhir::{Rest, Route, SYSTEM, table};
use gateway_core::{Resource, ResourceType};
use http::Method;
use serde_json::Value;

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
                "composite" => "x$5",
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
    assert_eq!(house.call(Method::GET, "/fhir/metadata?mode=normative", &[], "").await.status, 400);
    let part = house.call(Method::GET, "/fhir/metadata?_elements=software", &[], "").await.json();
    assert!(part.get("software").is_some() && part.get("rest").is_none() && part.get("kind").is_some());
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
