//! The gateway's own state, read as resources.

use std::sync::Arc;

use fhir_profiles::{Profiles, Rules};
use gateway_api::LinkAddress;
use gateway_core::Resource;
use http::Method;
use serde_json::Value;

use super::{Client, patient_with};
use crate::house::{BASE, House};

async fn house() -> House {
    let link = LinkAddress {
        tenant: "de-linde".parse().unwrap(),
        link: "spreekuur-linde".parse().unwrap(),
        address: "https://them.example/fhir/r4".parse().unwrap(),
        live: Vec::new(),
    };
    House::with(|settings| settings.links.push(link), &[("spreekuur-linde", "Patient?active=true")]).await
}

#[tokio::test]
async fn a_delivery_is_a_task() {
    let house = house().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    client.put("/fhir/Patient/p1", &[], &patient_with("p1", "birthDate", "1986-09-28".into())).await;
    client.patient("p2").await;

    let all = client.get("/fhir/Task").await.json();
    assert_eq!(all["total"], 3, "{all}");
    let of_p1 = client.get("/fhir/Task?focus=Patient/p1&status=in-progress").await.json();
    assert_eq!(of_p1["total"], 2, "{of_p1}");
    let newest = &of_p1["entry"][0];
    assert_eq!(newest["resource"]["focus"]["reference"], "Patient/p1/_history/2");
    assert_eq!(newest["resource"]["businessStatus"]["text"], "due");
    assert_eq!(client.get("/fhir/Task?status=completed").await.json()["total"], 0);

    let address = newest["fullUrl"].as_str().unwrap().strip_prefix(BASE).unwrap();
    let task = client.get(address).await;
    assert_eq!(task.json(), newest["resource"]);
    assert_eq!(Client::uro(&house).await.get(address).await.status, 404);
    assert_eq!(client.get("/fhir/Task/none").await.status, 404);
}

#[tokio::test]
async fn tasks_come_in_pages() {
    let house = house().await;
    let client = Client::linde(&house).await;
    for n in 1..=5 {
        client.patient(&format!("p{n}")).await;
    }
    let mut seen = 0;
    let mut path = "/fhir/Task?_count=2".to_owned();
    loop {
        let bundle = client.get(&path).await.json();
        seen += bundle["entry"].as_array().unwrap().len();
        let next = bundle["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
        let Some(next) = next else { break };
        path = next["url"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    }
    assert_eq!(seen, 5);
}

#[tokio::test]
async fn a_link_is_an_endpoint_and_a_route_a_subscription() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let endpoint = client.get("/fhir/Endpoint/spreekuur-linde").await;
    assert_eq!((endpoint.status, &endpoint.json()["status"]), (200, &"active".into()));
    assert_eq!(endpoint.json()["address"], "https://them.example/fhir/r4");

    let routes = client.get("/fhir/Subscription?status=active").await.json();
    assert_eq!(routes["total"], 1);
    let route = &routes["entry"][0]["resource"];
    assert_eq!(route["criteria"], "Patient?active=true");
    assert_eq!(route["channel"]["endpoint"], format!("{BASE}/fhir/Endpoint/spreekuur-linde"));
    let id = route["id"].as_str().unwrap();
    assert_eq!(client.get(&format!("/fhir/Subscription/{id}")).await.json(), *route);

    let uro = Client::uro(&house).await;
    assert_eq!(uro.get("/fhir/Endpoint/spreekuur-linde").await.status, 404);
    assert_eq!(uro.get("/fhir/Endpoint").await.json()["total"], 0);
    assert_eq!(uro.get("/fhir/Subscription").await.json()["total"], 0);
}

#[tokio::test]
async fn a_paused_link_is_suspended() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let link = "spreekuur-linde".parse().unwrap();
    house.store().pause_link(&link, Some("the certificate is refused"), crate::house::NOW).await.unwrap();
    assert_eq!(client.get("/fhir/Endpoint/spreekuur-linde").await.json()["status"], "suspended");
}

#[tokio::test]
async fn it_is_up_and_ready() {
    let house = house().await;
    assert_eq!(house.call(Method::GET, "/healthz", &[], "").await.status, 200);
    assert_eq!(house.call(Method::GET, "/readyz", &[], "").await.status, 200);
    assert_eq!(house.call(Method::GET, "/metrics", &[], "").await.status, 404);
    house.store().close().await;
    assert_eq!(house.call(Method::GET, "/healthz", &[], "").await.status, 200);
    assert_eq!(house.call(Method::GET, "/readyz", &[], "").await.status, 503);
}

/// A house where tenants see the mapping tables of the package.
async fn house_with_maps() -> House {
    let package = mappings::Package::embedded(&Profiles::embedded()).unwrap();
    House::with(|settings| settings.maps.embedded = Some(Arc::new(package)), &[]).await
}

#[tokio::test]
async fn every_mapping_table_is_a_structure_map() {
    let house = house_with_maps().await;
    let client = Client::linde(&house).await;
    let bundle = client.get("/fhir/StructureMap").await.json();
    let entries = bundle["entry"].as_array().unwrap();
    assert!(entries.len() > 2 && bundle["total"] == entries.len(), "{bundle}");
    for entry in entries {
        let id = entry["resource"]["id"].as_str().unwrap();
        let reply = client.get(&format!("/fhir/StructureMap/{id}")).await;
        assert_eq!((reply.status, &reply.json()["status"]), (200, &"active".into()));
        let resource = Resource::parse(&reply.body).unwrap();
        let checked = house.app.engine.parts().profiles.check(resource, Rules::default());
        assert_eq!(checked.map(|_| ()), Ok(()), "{id}");
    }
}

const OWN_MAP: &str =
    r#"{"resourceType":"ConceptMap","id":"mine","url":"https://us.example/m","status":"draft"}"#;

#[tokio::test]
async fn our_code_maps_come_before_the_tenants_own_on_any_size_of_page() {
    let house = house_with_maps().await;
    let client = Client::linde(&house).await;
    assert_eq!(client.put("/fhir/ConceptMap/mine", &[], OWN_MAP).await.status, 201);
    let all = ids(&client.get("/fhir/ConceptMap").await.json());
    assert!(all.len() > 2 && all.last().is_some_and(|id| id == "mine"), "{all:?}");
    for size in 1..=all.len() {
        let mut seen = Vec::new();
        let mut next = Some(format!("/fhir/ConceptMap?_count={size}"));
        while let Some(path) = next {
            let bundle = client.get(&path).await.json();
            assert_eq!(bundle["total"], all.len());
            seen.extend(ids(&bundle));
            let links = bundle["link"].as_array().unwrap();
            let link = links.iter().find(|link| link["relation"] == "next");
            next = link.map(|link| link["url"].as_str().unwrap().replace(crate::house::BASE, ""));
        }
        assert_eq!(seen, all, "pages of {size}");
    }
    let found = ids(&client.get("/fhir/ConceptMap?status=draft").await.json());
    assert_eq!(found, ["mine"]);
}

fn ids(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn our_maps_are_files_and_cannot_be_written() {
    let house = house_with_maps().await;
    let client = Client::linde(&house).await;
    let id = &ids(&client.get("/fhir/ConceptMap").await.json())[0];
    let path = format!("/fhir/ConceptMap/{id}");
    let other = OWN_MAP.replace("mine", id);
    assert_eq!(client.put(&path, &[], &other).await.status, 405);
    assert_eq!(client.delete(&path).await.status, 405);
    assert_eq!(
        client.get(&path).await.json()["url"],
        format!("https://zorgtolk.example/fhir/ConceptMap/{id}")
    );
}
