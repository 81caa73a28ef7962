//! Clients that ask to be told of changes: what they may ask for, what they are told, and what becomes of a subscriber
//! that does not listen.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapter_kit::conformance::{TestCa, TlsServer};
use adapter_kit::http::{HttpClient, HttpSettings, Names, Outside, SystemNames};
use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_core::{Agb, Caller, Issue, Problem, Resource, Scopes};
use gateway_engine::Engine;
use gateway_engine::dispatch::Dispatcher;
use gateway_engine::subscription::{Asked, Hooks, Settings};
use gateway_store::{Client, ClientAuth, Tenant};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::house::{House, client, deletion, key, patient, resource, settings, update};
use crate::log;
use crate::subscriber::{Heard, Subscriber};

const TOPIC: &str = "https://zorgtolk.example/fhir/SubscriptionTopic/Appointment-changed";
const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";

/// What subscriptions take in a test: loopback is vouched for unless `names` says where a name leads.
fn hooks(house: &House, outside: Outside, extra_roots: Option<String>) -> Hooks {
    let http = HttpSettings { outside: Some(outside.clone()), extra_roots, ..HttpSettings::default() };
    let clock = Arc::<gateway_core::FixedClock>::clone(&house.clock);
    Hooks {
        client: HttpClient::new(http.build().unwrap(), clock),
        outside,
        base: "https://us.example/fhir".into(),
        settings: Settings { most: 2, notice: Duration::from_millis(200), ..Settings::default() },
    }
}

fn loopback() -> Outside {
    Outside::new(Arc::new(SystemNames), &["127.0.0.1".to_owned()])
}

async fn register(house: &House, scope: &str) {
    let agb: Agb = "01000001".parse().unwrap();
    let tenant =
        Tenant { id: "de-linde".parse().unwrap(), agb: agb.clone(), name: "De Linde".into(), host: None };
    house.store.put_tenant(&tenant).await.unwrap();
    let client = Client {
        id: "demo-xis".into(),
        auth: ClientAuth::SecretHash("x".into()),
        scope: scope.into(),
        agbs: vec![agb],
        revoked: None,
    };
    house.store.put_client(&client).await.unwrap();
}

/// A house where clients may subscribe, its dispatcher and a subscriber.
async fn open(house: &House) -> (Dispatcher, Subscriber) {
    register(house, "system/*.cruds").await;
    house.engine.subscribe(hooks(house, loopback(), None));
    (house.dispatcher_with(&[], settings()), Subscriber::start().await)
}

/// A Subscription with more in its channel.
fn subscription(id: &str, criteria: &str, channel: &Value) -> Resource {
    let mut text = json!({
        "resourceType": "Subscription", "id": id, "status": "active", "reason": "to know",
        "criteria": criteria, "channel": {"type": "rest-hook"}
    });
    text["channel"].as_object_mut().unwrap().extend(channel.as_object().unwrap().clone());
    resource(&text.to_string())
}

fn topic(id: &str, endpoint: &str, level: &str) -> Resource {
    let extension = json!([{"url": format!("{BACKPORT}/backport-payload-content"), "valueCode": level}]);
    let channel = json!({
        "endpoint": endpoint, "payload": "application/fhir+json", "_payload": {"extension": extension},
        "header": ["X-Key: open sesame"]
    });
    subscription(id, TOPIC, &channel)
}

fn plain(id: &str, endpoint: &str) -> Resource {
    subscription(id, "Appointment?status=booked", &json!({"endpoint": endpoint}))
}

async fn subscribe(house: &House, wanted: &Resource) {
    house.engine.write(&client(), update(wanted)).await.unwrap();
}

async fn status(house: &House, id: &str) -> (String, Option<String>) {
    let stored = house.engine.read(&client(), &key(&format!("Subscription/{id}"))).await.unwrap();
    let read: Value = serde_json::from_str(&stored.text.unwrap()).unwrap();
    (read["status"].as_str().unwrap().to_owned(), read["error"].as_str().map(str::to_owned))
}

fn brief(heard: &[Heard]) -> Vec<(String, String)> {
    heard.iter().map(|one| (one.method.clone(), one.path.clone())).collect()
}

fn issues(problem: Problem) -> Vec<Issue> {
    let Problem::Invalid(issues) = problem else { panic!("{problem:?}") };
    issues
}

on_each_store! {
    async fn plain_r4_without_a_payload_is_a_knock(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscribe(&house, &plain("s", &format!("{}/hook", subscriber.origin))).await;
        assert_eq!(status(&house, "s").await.0, "requested", "a client does not make it active");
        dispatcher.drain().await;
        assert_eq!(status(&house, "s").await, ("active".into(), None));
        assert!(subscriber.heard().is_empty(), "plain R4 knows no handshake");
        house.put("a", "proposed").await;
        house.put("a", "booked").await;
        house.put("a", "booked").await;
        dispatcher.drain().await;
        let heard = subscriber.heard();
        assert_eq!(brief(&heard), [("POST".into(), "/hook".into())]);
        assert_eq!(heard[0].body, "");
        assert!(!heard[0].headers.contains_key("content-type"));
    }

    async fn plain_r4_with_a_payload_is_put_and_deleted(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        let channel = json!({"endpoint": subscriber.origin, "payload": "application/fhir+json"});
        subscribe(&house, &subscription("s", "Appointment", &channel)).await;
        dispatcher.drain().await;
        house.put("a", "booked").await;
        house.delete("Appointment/a").await;
        dispatcher.drain().await;
        let heard = subscriber.heard();
        let path = || "/Appointment/a".to_owned();
        assert_eq!(brief(&heard), [("PUT".into(), path()), ("DELETE".into(), path())]);
        let told: Value = serde_json::from_str(&heard[0].body).unwrap();
        assert_eq!((&told["id"], &told["meta"]["versionId"]), (&json!("a"), &json!("1")));
        assert_eq!(heard[0].headers["content-type"], "application/fhir+json");
    }

    async fn a_topic_is_shaken_hands_on_and_told_by_number_signed(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscribe(&house, &topic("s", &subscriber.origin, "id-only")).await;
        dispatcher.drain().await;
        assert_eq!(status(&house, "s").await, ("active".into(), None));
        let handshake = subscriber.heard().remove(0);
        assert_eq!((handshake.kind(), handshake.headers["x-key"].as_str()), ("handshake".into(), "open sesame"));
        let secret = house.engine.new_subscription_secret(&client(), &"s".parse().unwrap()).await.unwrap();
        house.put("a", "booked").await;
        house.put("b", "booked").await;
        house.put("a", "cancelled").await;
        dispatcher.drain().await;
        let heard = subscriber.heard();
        let mut numbers: Vec<_> = heard.iter().map(Heard::number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ["1", "2", "3"]);
        assert!(!heard[0].body.contains("\"resourceType\":\"Appointment\""));
        assert!(heard[0].body.contains("https://us.example/fhir/Appointment/"));
        let told = &heard[0];
        let signed = format!("{}.{}.{}", told.headers["webhook-id"], told.headers["webhook-timestamp"], told.body);
        let secret = STANDARD.decode(secret.expose_secret().strip_prefix("whsec_").unwrap()).unwrap();
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        assert_eq!(told.headers["webhook-signature"], format!("v1,{}", STANDARD.encode(mac.as_ref())));
    }

    async fn a_handshake_that_fails_is_an_error_until_the_client_asks_anew(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscriber.answers(&["302 Found\r\nlocation: http://127.0.0.1:1/"]);
        subscribe(&house, &topic("s", &subscriber.origin, "empty")).await;
        dispatcher.drain().await;
        let (now, why) = status(&house, "s").await;
        assert_eq!(now, "error");
        assert!(why.unwrap().contains("302"));
        assert_eq!(subscriber.heard().len(), 1, "a redirect is not followed");
        subscribe(&house, &topic("s", &subscriber.origin, "empty")).await;
        dispatcher.drain().await;
        assert_eq!(status(&house, "s").await, ("active".into(), None));
    }

    async fn who_does_not_listen_for_a_day_is_told_no_more_and_events_are_counted(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscribe(&house, &topic("s", &subscriber.origin, "id-only")).await;
        dispatcher.drain().await;
        subscriber.heard();
        subscriber.answers(&["500 Oops", "500 Oops", "503 Later"]);
        house.put("a", "booked").await;
        dispatcher.drain().await;
        house.pass(3600);
        dispatcher.drain().await;
        let heard = subscriber.heard();
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[0].headers["webhook-id"], heard[1].headers["webhook-id"]);
        house.pass(24 * 3600);
        dispatcher.drain().await;
        let (now, why) = status(&house, "s").await;
        assert_eq!(now, "error");
        assert!(why.unwrap().contains("503"));
        house.put("b", "booked").await;
        dispatcher.drain().await;
        assert_eq!(subscriber.heard().len(), 1);
        let told = house.engine.subscription_statuses(&client(), &[]).await.unwrap();
        assert_eq!(told[0].status, "error");
    }

    async fn who_says_gone_is_told_no_more(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscribe(&house, &topic("s", &subscriber.origin, "id-only")).await;
        dispatcher.drain().await;
        subscriber.answers(&["410 Gone"]);
        house.put("a", "booked").await;
        dispatcher.drain().await;
        assert_eq!(status(&house, "s").await.0, "error");
    }

    async fn a_client_that_may_not_read_any_more_is_told_nothing(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscribe(&house, &topic("s", &subscriber.origin, "full-resource")).await;
        dispatcher.drain().await;
        subscriber.heard();
        register(&house, "system/Patient.rs").await;
        house.put("a", "booked").await;
        dispatcher.drain().await;
        assert!(subscriber.heard().is_empty());
        assert_eq!(status(&house, "s").await.0, "error");
    }

    async fn it_ends_by_itself_and_beats_when_nothing_happens(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        let mut wanted: Value = serde_json::from_str(topic("s", &subscriber.origin, "empty").text()).unwrap();
        wanted["end"] = json!("2026-09-14T08:00:00Z");
        wanted["channel"]["extension"] =
            json!([{"url": format!("{BACKPORT}/backport-heartbeat-period"), "valueUnsignedInt": 60}]);
        subscribe(&house, &resource(&wanted.to_string())).await;
        dispatcher.drain().await;
        subscriber.heard();
        house.pass(59);
        dispatcher.drain().await;
        assert!(subscriber.heard().is_empty());
        house.pass(1);
        dispatcher.drain().await;
        dispatcher.drain().await;
        let kinds: Vec<_> = subscriber.heard().iter().map(Heard::kind).collect();
        assert_eq!(kinds, ["heartbeat"]);
        house.pass(3600);
        dispatcher.drain().await;
        assert_eq!(status(&house, "s").await.0, "off");
        house.put("a", "booked").await;
        dispatcher.drain().await;
        assert!(subscriber.heard().is_empty());
    }

    async fn events_can_be_asked_for_again(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscribe(&house, &topic("s", &subscriber.origin, "empty")).await;
        dispatcher.drain().await;
        house.put("a", "booked").await;
        house.put("a", "cancelled").await;
        dispatcher.drain().await;
        let asked = Asked { since: Some(2), until: None, content: Some(gateway_engine::subscription::Content::FullResource) };
        let text = house.engine.subscription_events(&client(), &"s".parse().unwrap(), asked).await.unwrap();
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["entry"].as_array().unwrap().len(), 2);
        assert_eq!(bundle["entry"][1]["resource"]["status"], "cancelled");
    }

    async fn what_is_deleted_is_told_no_more(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscribe(&house, &topic("s", &subscriber.origin, "empty")).await;
        dispatcher.drain().await;
        subscriber.heard();
        house.engine.write(&client(), deletion("Subscription/s")).await.unwrap();
        dispatcher.drain().await;
        house.put("a", "booked").await;
        dispatcher.drain().await;
        assert!(subscriber.heard().is_empty());
    }

    async fn case_89_what_cannot_be_done_is_refused_with_every_issue(house: House) {
        open(&house).await;
        for endpoint in ["http://hook.example/", "https://169.254.169.254/", "https://localhost/", "https://[::ffff:10.0.0.1]/"] {
            let refused = house.engine.write(&client(), update(&topic("s", endpoint, "empty"))).await;
            let places: Vec<_> = issues(refused.unwrap_err()).into_iter().filter_map(|issue| issue.expression).collect();
            assert_eq!(places, ["Subscription.channel.endpoint"], "{endpoint}");
        }
        let wrong = subscription("s", "Appointment?nonsense=1", &json!({"type": "email", "endpoint": "http://x.example"}));
        let refused = house.engine.write(&client(), update(&wrong)).await;
        assert!(issues(refused.unwrap_err()).len() >= 3);
        let narrow = Caller { scopes: Scopes::parse("system/Subscription.cruds").unwrap(), ..client() };
        let refused = house.engine.write(&narrow, update(&plain("s", "https://127.0.0.1/"))).await;
        assert!(matches!(refused, Err(Problem::Forbidden(_))), "{refused:?}");
    }

    async fn one_organisation_has_no_more_than_is_offered(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        subscribe(&house, &plain("s1", &subscriber.origin)).await;
        subscribe(&house, &plain("s2", &subscriber.origin)).await;
        dispatcher.drain().await;
        let third = house.engine.write(&client(), update(&plain("s3", &subscriber.origin))).await;
        assert_eq!(issues(third.unwrap_err()).len(), 1);
        subscribe(&house, &plain("s2", &subscriber.origin)).await;
    }

    async fn case_90_what_is_labelled_as_restricted_does_not_leave(house: House) {
        let (dispatcher, subscriber) = open(&house).await;
        let criteria = TOPIC.replace("Appointment", "Patient");
        let wanted = topic("s", &subscriber.origin, "full-resource").text().replace(TOPIC, &criteria);
        subscribe(&house, &resource(&wanted)).await;
        dispatcher.drain().await;
        subscriber.heard();
        for (id, code) in [("open", "N"), ("secret", "R")] {
            let text = json!({
                "resourceType": "Patient", "id": id, "name": [{"family": "Zonnebloem"}], "deceasedBoolean": true,
                "meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": code}]}
            });
            house.engine.write(&client(), update(&resource(&text.to_string()))).await.unwrap();
            dispatcher.drain().await;
            let told = subscriber.heard().remove(0).body;
            assert!(told.contains(&format!("Patient/{id}")));
            assert_eq!(told.contains("Zonnebloem"), id == "open", "{told}");
        }
    }
}

/// A name that leads elsewhere after a while.
struct Rebound(Mutex<&'static str>);

#[async_trait]
impl Names for Rebound {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![self.0.lock().unwrap().parse().unwrap()])
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_later_is_not_followed() {
    let house = House::on_sqlite().await;
    register(&house, "system/*.cruds").await;
    let names = Arc::new(Rebound(Mutex::new("93.184.216.34")));
    let outside = Outside::new(Arc::<Rebound>::clone(&names), &[]);
    house.engine.subscribe(hooks(&house, outside, None));
    let inside = Subscriber::start().await;
    let port = inside.origin.rsplit_once(':').unwrap().1.to_owned();
    subscribe(&house, &plain("s", &format!("https://hook.example:{port}/"))).await;
    let dispatcher = house.dispatcher(&[]);
    dispatcher.drain().await;
    assert_eq!(status(&house, "s").await.0, "active");
    *names.0.lock().unwrap() = "127.0.0.1";
    house.put("a", "booked").await;
    dispatcher.drain().await;
    assert!(inside.heard().is_empty());
    let (now, why) = status(&house, "s").await;
    assert_eq!(now, "error");
    assert!(why.unwrap().contains("public internet"));
}

#[tokio::test]
async fn a_subscriber_behind_tls_is_told_and_one_with_a_foreign_certificate_is_not() {
    let house = House::on_sqlite().await;
    register(&house, "system/*.cruds").await;
    let (ca, other) = (TestCa::new(), TestCa::new());
    let (known, unknown) = (TlsServer::start(&ca, None), TlsServer::start(&other, None));
    house.engine.subscribe(hooks(&house, loopback(), Some(ca.pem().to_owned())));
    subscribe(&house, &topic("known", &known.origin(), "empty")).await;
    subscribe(&house, &topic("unknown", &unknown.origin(), "empty")).await;
    house.dispatcher(&[]).drain().await;
    assert_eq!(status(&house, "known").await.0, "active");
    let (now, why) = status(&house, "unknown").await;
    assert_eq!(now, "error");
    assert!(why.unwrap().contains("TLS"));
    assert_eq!((known.requests(), unknown.requests()), (1, 0));
}

#[tokio::test]
async fn two_nodes_tell_each_event_once_and_miss_none() {
    let Some(house) = House::on_postgres().await else { return };
    let (dispatcher, subscriber) = open(&house).await;
    let other: Arc<Engine> = house.another_engine().await;
    other.subscribe(hooks(&house, loopback(), None));
    let others = Dispatcher::new(Arc::clone(&other), std::collections::BTreeMap::new(), settings());
    // The other node has a table without the subscription.
    others.drain().await;
    subscribe(&house, &topic("s", &subscriber.origin, "id-only")).await;
    dispatcher.drain().await;
    assert_eq!(status(&house, "s").await.0, "active");
    subscriber.heard();
    for number in 0..20 {
        let engine = if number % 2 == 0 { &house.engine } else { &other };
        let one = crate::house::appointment(&format!("a{number}"), "booked");
        engine.write(&client(), update(&one)).await.unwrap();
    }
    tokio::join!(dispatcher.drain(), others.drain());
    let mut numbers: Vec<u32> = subscriber.heard().iter().map(|one| one.number().parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn without_what_it_takes_nobody_subscribes() {
    let house = House::on_sqlite().await;
    let refused = house.engine.write(&client(), update(&plain("s", "https://hook.example/"))).await;
    assert!(matches!(refused, Err(Problem::Invalid(_))));
}

#[tokio::test]
async fn the_log_of_a_whole_life_holds_no_secret_and_nobody() {
    log::keep();
    let house = House::on_sqlite().await;
    let (dispatcher, subscriber) = open(&house).await;
    let extension =
        json!([{"url": format!("{BACKPORT}/backport-payload-content"), "valueCode": "full-resource"}]);
    let channel = |endpoint: &str| {
        json!({
            "endpoint": endpoint, "payload": "application/fhir+json", "_payload": {"extension": extension},
            "header": ["Authorization: Bearer lifelong-token", "X-Key: lifelong-key"]
        })
    };
    let criteria = TOPIC.replace("Appointment", "Patient");
    let elsewhere = subscription("life", &criteria, &channel("http://192.168.7.7/?door=lifelong-query"));
    assert!(house.engine.write(&client(), update(&elsewhere)).await.is_err(), "not outside");

    let endpoint = format!("{}/hook?door=lifelong-query", subscriber.origin);
    subscribe(&house, &subscription("life", &criteria, &channel(&endpoint))).await;
    dispatcher.drain().await;
    house.engine.write(&client(), update(&patient("p1", "999990019"))).await.unwrap();
    dispatcher.drain().await;
    let heard = subscriber.heard();
    assert_eq!(heard.iter().map(Heard::kind).collect::<Vec<_>>(), ["handshake", "event-notification"]);
    for one in &heard {
        assert_eq!(
            (one.path.as_str(), one.headers["x-key"].as_str()),
            ("/hook?door=lifelong-query", "lifelong-key")
        );
    }
    assert!(heard[1].body.contains("999990019"));
    subscriber.answers(&["500 Oops", "410 Gone"]);
    house.delete("Patient/p1").await;
    dispatcher.drain().await;
    house.pass(3600);
    dispatcher.drain().await;
    assert_eq!(status(&house, "life").await.0, "error");

    let log = log::kept();
    for word in ["a delivery was attempted", "status=500", "status=410"] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
    for secret in ["lifelong", "door=", "999990019", "Zonnebloem", "Puck", "1980-05-01"] {
        assert!(!log.contains(secret), "the log must not hold {secret}");
    }
}
