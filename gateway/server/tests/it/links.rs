//! `zorgtolk check` against a played counterpart, and deliveries seen and replayed by the command.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use standin_spreekuur::{Running, Settings, Spreekuur};

use crate::demo::Demo;
use crate::running::{Folder, Ran};

/// A limit for hanging, never a measure.
const PATIENCE: Duration = Duration::from_mins(1);

fn linked(standin: &Running, secret: &str) -> Folder {
    Folder::with_config(&format!(
        "[[link]]\nname = \"line\"\nkind = \"spreekuur\"\ntenant = \"de-linde\"\nagb = \"01000001\"\nbase_url = \"{}\"\n\
         token_url = \"{}\"\nclient_id = \"zorgtolk\"\nclient_secret = \"{secret}\"\n",
        standin.base_url(),
        standin.token_url()
    ))
}

async fn check(folder: Folder, tenant: &'static str) -> Ran {
    tokio::task::spawn_blocking(move || {
        folder.run_configured(&["tenant", "add", tenant, "--agb", "01000001", "--name", "De Linde"]);
        folder.run_configured(&["check"])
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_link_that_works_is_told_as_such() {
    let standin = Spreekuur::start(Settings::default()).await.unwrap();
    let ran = check(linked(&standin, "zorgtolk-secret"), "de-linde").await;
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "link line: works\nzorgtolk.toml: in order\n"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn a_link_that_does_not_work_is_a_finding_with_its_place() {
    let standin = Spreekuur::start(Settings::default()).await.unwrap();
    let ran = check(linked(&standin, "hush-hush"), "de-linde").await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.starts_with("zorgtolk.toml: `link[0]` (line) does not work: "), "{ran:?}");
    assert!(!ran.out.contains("hush-hush"), "{ran:?}");
}

#[tokio::test]
async fn a_link_of_an_unknown_tenant_is_a_finding() {
    let standin = Spreekuur::start(Settings::default()).await.unwrap();
    let ran = check(linked(&standin, "zorgtolk-secret"), "de-eik").await;
    assert!(ran.code == Some(1) && ran.out.contains("`link[0].tenant` is no tenant"), "{ran:?}");
}

#[tokio::test]
async fn a_check_makes_nothing() {
    let standin = Spreekuur::start(Settings::default()).await.unwrap();
    let folder = linked(&standin, "zorgtolk-secret");
    let (ran, files) = tokio::task::spawn_blocking(move || {
        (folder.run_configured(&["check"]), std::fs::read_dir(folder.path()).unwrap().count())
    })
    .await
    .unwrap();
    assert_eq!((ran.code, files), (Some(0), 1), "{ran:?}");
    assert!(ran.out.contains("database: is made at the first start"), "{ran:?}");
}

#[tokio::test]
async fn a_refused_delivery_is_seen_and_replayed() {
    let demo = Demo::start();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let rule = json!({"rules": [{"method": "PUT", "path": "/Appointment/*", "times": 1, "do": "status", "status": 400}]});
    let script = http.post(format!("{}/_sim/faults", demo.control())).json(&rule);
    assert!(script.send().await.unwrap().status().is_success());
    push(&http, &demo).await;

    let refused = until_some(&demo, &["deliveries", "list", "--json", "--state", "refused"]).await;
    let id = refused["id"].to_string();
    assert_eq!((&refused["resource"], &refused["attempt_count"]), (&"Appointment/afs-1".into(), &1.into()));
    let shown = demo.run(&["deliveries", "show", &id, "--json"]).json();
    assert_eq!(shown["attempts"][0]["outcome"], "never", "{shown}");
    assert!(demo.run(&["deliveries", "show", &id]).out.contains("never"));

    assert_eq!(demo.run(&["deliveries", "replay", "--state", "refused"]).out, "1 made due again\n");
    let mine = ["deliveries", "list", "--json", "--state", "delivered", "--resource", "Appointment/afs-1"];
    let delivered = until_some(&demo, &mine).await;
    assert_eq!((&delivered["id"].to_string(), &delivered["attempt_count"]), (&id, &2.into()));
    let attempts = demo.run(&["deliveries", "show", &id, "--json"]).json()["attempts"].clone();
    let outcomes: Vec<&Value> =
        attempts.as_array().unwrap().iter().map(|attempt| &attempt["outcome"]).collect();
    assert_eq!(outcomes, ["never", "delivered"]);
}

/// The first row that a listing gives, once there is one.
async fn until_some(demo: &Demo, listing: &[&str]) -> Value {
    let begin = Instant::now();
    loop {
        if let Some(row) = demo.run(listing).json().get(0) {
            return row.clone();
        }
        assert!(
            begin.elapsed() < PATIENCE,
            "{listing:?} stays empty: {}",
            demo.run(&["deliveries", "list"]).out
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn push(http: &reqwest::Client, demo: &Demo) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "demo-xis"),
        ("client_secret", "demo-xis-secret"),
    ];
    let answer = http.post(format!("{}/oauth/token", demo.gateway())).form(&form).send().await.unwrap();
    let token: Value = answer.json().await.unwrap();
    let appointment =
        include_str!("../../../../examples/appointment.json").replace("afs-20260914-0007", "afs-1");
    let answer = http
        .put(format!("{}/spreekuur/fhir/r4/Appointment/afs-1", demo.gateway()))
        .bearer_auth(token["access_token"].as_str().unwrap())
        .header("X-Organization-Identifier", "http://fhir.nl/fhir/NamingSystem/agb-z|01000001")
        .header("Content-Type", "application/fhir+json")
        .body(appointment)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}
