//! Subscriptions of clients at the door; what becomes of them is proved in the engine's own tests.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use adapter_kit::http::{HttpClient, HttpSettings, Names, Outside};
use async_trait::async_trait;
use gateway_engine::dispatch::{Dispatcher, Settings as Dispatching};
use gateway_engine::subscription::{Hooks, Settings, topics};
use http::Method;
use serde_json::{Value, json};

use super::Client;
use crate::house::{BASE, House};

/// Every name is somewhere on the internet.
struct Anywhere;

#[async_trait]
impl Names for Anywhere {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec!["93.184.216.34".parse().unwrap()])
    }
}

async fn house() -> House {
    let house = House::with(|_| {}, &[("spreekuur-linde", "Patient?active=true")]).await;
    let outside = Outside::new(Arc::new(Anywhere), &[]);
    let http = HttpSettings { outside: Some(outside.clone()), ..HttpSettings::default() };
    house.app.engine.subscribe(Hooks {
        client: HttpClient::new(http.build().unwrap(), house.clock.clone()),
        outside,
        base: format!("{BASE}/fhir"),
        settings: Settings::default(),
    });
    house
}

fn wanted(id: &str, endpoint: &str) -> String {
    json!({
        "resourceType": "Subscription", "id": id, "status": "active", "reason": "to know",
        "criteria": "Appointment?status=booked", "channel": {"type": "rest-hook", "endpoint": endpoint}
    })
    .to_string()
}

async fn set_up(house: &House) {
    let links = std::collections::BTreeMap::new();
    Dispatcher::new(Arc::clone(&house.app.engine), links, Dispatching::default()).drain().await;
}

#[tokio::test]
async fn a_client_subscribes_and_the_server_says_how_it_stands() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let made = client.put("/fhir/Subscription/s1", &[], &wanted("s1", "https://hook.example/")).await;
    assert_eq!((made.status, &made.json()["status"]), (201, &"requested".into()));
    set_up(&house).await;
    assert_eq!(client.get("/fhir/Subscription/s1").await.json()["status"], "active");
    let told = client.get("/fhir/Subscription/s1/$status").await.json();
    assert_eq!((&told["type"], &told["total"]), (&"searchset".into(), &1.into()));
    assert_eq!(client.get("/fhir/Subscription/$status").await.json()["total"], 1);
    assert_eq!(client.get("/fhir/Subscription/$status?status=off").await.json()["total"], 0);
    let events = client.get("/fhir/Subscription/s1/$events?eventsSinceNumber=1&content=id-only").await;
    assert_eq!((events.status, &events.json()["type"]), (200, &"history".into()));
    assert_eq!(client.get("/fhir/Subscription/s1/$events?content=much").await.status, 400);
    assert_eq!(Client::uro(&house).await.get("/fhir/Subscription/s1/$status").await.status, 404);
    assert_eq!(client.get("/fhir/Subscription/s1/$get-ws-binding-token").await.status, 404);
}

#[tokio::test]
async fn a_secret_is_shown_to_its_client_and_each_time_another() {
    let house = house().await;
    let client = Client::linde(&house).await;
    client.put("/fhir/Subscription/s1", &[], &wanted("s1", "https://hook.example/")).await;
    set_up(&house).await;
    let ask = async || client.call(Method::POST, "/fhir/Subscription/s1/$secret", &[], "").await;
    let (one, two) = (ask().await, ask().await);
    assert_eq!((one.status, one.header("cache-control")), (200, "no-store"));
    let secret = |json: Value| json["parameter"][0]["valueString"].as_str().unwrap().to_owned();
    let (one, two) = (secret(one.json()), secret(two.json()));
    assert!(one.starts_with("whsec_") && one != two);
    let stored = client.get("/fhir/Subscription/s1").await.json().to_string();
    assert!(!stored.contains("whsec_"));
}

#[tokio::test]
async fn lines_of_the_routing_table_stand_beside_and_cannot_be_written() {
    let house = house().await;
    let client = Client::linde(&house).await;
    client.put("/fhir/Subscription/s1", &[], &wanted("s1", "https://hook.example/")).await;
    let all = client.get("/fhir/Subscription").await.json();
    assert_eq!(all["total"], 2);
    let line = all["entry"][0]["resource"]["id"].as_str().unwrap().to_owned();
    let path = format!("/fhir/Subscription/{line}");
    let refused = client.put(&path, &[], &wanted(&line, "https://hook.example/")).await;
    assert_eq!(refused.status, 405);
    assert_eq!(client.get("/fhir/Subscription?criteria=Appointment").await.json()["total"], 1);
}

#[tokio::test]
async fn case_89_an_endpoint_that_is_not_outside_is_422() {
    let house = house().await;
    let client = Client::linde(&house).await;
    for endpoint in
        ["http://hook.example/", "https://169.254.169.254/", "https://2852039166/", "https://[fd00::1]/"]
    {
        let refused = client.put("/fhir/Subscription/s1", &[], &wanted("s1", endpoint)).await;
        assert_eq!(refused.status, 422, "{endpoint}");
        assert!(!String::from_utf8_lossy(&refused.body).contains("2852039166"));
    }
    assert_eq!(client.get("/fhir/Subscription/s1").await.status, 404);
}

#[tokio::test]
async fn the_example_of_the_documentation_is_taken() {
    let page = include_str!("../../../../../docs/subscriptions.md");
    let (_, after) = page.split_once("Content-Type: application/fhir+json\n\n").unwrap();
    let (example, _) = after.split_once("```").unwrap();
    let house = house().await;
    let scope = "system/Subscription.cruds system/Appointment.rs";
    let client = Client::named(&house, "subscriber", scope, crate::house::LINDE).await;
    let made = client.post("/fhir/Subscription", &[], example).await;
    assert_eq!(made.status, 201, "{made:?}");
}

#[test]
fn a_topic_is_offered_for_what_can_be_subscribed_to() {
    assert!(topics().all(|topic| topic.starts_with("https://zorgtolk.example/fhir/SubscriptionTopic/")));
    assert!(topics().count() > 20);
}
