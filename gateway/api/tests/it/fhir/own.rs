//! The gateway's own state, read as resources.

use gateway_api::LinkAddress;
use http::Method;

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
