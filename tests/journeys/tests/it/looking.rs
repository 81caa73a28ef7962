//! Looks at a practice's agenda by the program itself: killed in the middle of a big one, and one with a record that cannot
//! be taken in. A first look needs no waiting; what comes after it is in `agenda.rs`.

use std::collections::BTreeSet;

use gateway_core::Bsn;
use serde_json::{Value, json};
use standin_tetra::{Running, Settings, Tetra};

use crate::house::House;
use crate::inside::{played, writes};

const LINK: &str = "tetra-de-linde";
const MANY: u64 = 10_000;
/// So many are in when the program is killed.
const SOME: u64 = 1000;

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_kill_in_the_middle_of_a_big_look_loses_and_doubles_nothing_on_sqlite() {
    kill_while_looking(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_kill_in_the_middle_of_a_big_look_loses_and_doubles_nothing_on_postgres() {
    let Some(database) = crate::postgres::database().await else { return };
    kill_while_looking(Some(&database)).await;
}

async fn kill_while_looking(database: Option<&str>) {
    let practice = Tetra::start(played()).await.expect("the practice is played");
    staff(&practice, &json!({"generate": {"count": MANY}}));
    let mut house = House::build_with(database, &line(&practice)).await;
    house.start().await;
    let token = house.token().await;
    house.until(async || total(&house, &token).await >= SOME).await;
    house.kill();
    assert!(house.poll(LINK)["taken_in"].is_null(), "the look was over before the kill");

    house.start().await;
    let token = house.token().await;
    let before = total(&house, &token).await;
    // The claim of the killed program holds for a minute, and the look itself is not due before five have passed.
    house.order(&["polls", "run", LINK]);
    house.until(async || total(&house, &token).await > before).await;
    house.until(async || house.poll(LINK)["taken_in"].is_string()).await;
    let poll = house.poll(LINK);
    assert_eq!((&poll["failures"], &poll["aside"]), (&json!(0), &json!(0)));
    assert!(poll["unchanged"].as_u64() >= Some(before), "what was in stays as it is: {poll}");
    assert!(house.poll(LINK)["wished"] == false, "the wish was fulfilled");
    assert_eq!(total(&house, &token).await, MANY);
    assert_eq!(numbers(&house, &token).await, at_the_practice(&practice));
    assert!(writes(&practice.state()).is_empty());
}

/// How many Appointments are here.
async fn total(house: &House, token: &str) -> u64 {
    house.search(token, "Appointment?_count=1").await["total"].as_u64().expect("a total")
}

/// The numbers at the practice of all Appointments here, each as often as it is here.
async fn numbers(house: &House, token: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut search = Some("Appointment?_count=1000".to_owned());
    while let Some(page) = search {
        let page = house.search(token, &page).await;
        for entry in page["entry"].as_array().expect("entries") {
            assert_eq!(entry["resource"]["meta"]["versionId"], "1", "no record is taken in twice");
            found.push(entry["resource"]["identifier"][0]["value"].as_str().expect("a number").to_owned());
        }
        let next = page["link"].as_array().expect("links").iter().find(|link| link["relation"] == "next");
        search = next.map(|next| {
            let url = next["url"].as_str().expect("an address");
            url.split_once("/fhir/").expect("an address of the FHIR door").1.to_owned()
        });
    }
    found.sort_unstable();
    found
}

fn at_the_practice(practice: &Running) -> Vec<String> {
    let mut numbers: Vec<String> = appointments(practice).iter().map(|one| one["id"].to_string()).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn one_spoilt_record_is_set_aside_and_the_others_are_in() {
    let practice = Tetra::start(Settings { demo_day: true, ..played() }).await;
    let practice = practice.expect("the practice is played");
    let held = appointments(&practice);
    let spoilt = held.iter().find(|one| one["patient"] != 0 && !one["remark"].is_null());
    let spoilt = spoilt.expect("one with a patient and a remark")["id"].clone();
    staff(&practice, &json!({"change": {"id": spoilt, "raw": {"Start": "2026-02-30T10:00:00"}}}));

    let mut house = House::build_with(None, &line(&practice)).await;
    house.start().await;
    house.until(async || house.poll(LINK)["taken_in"].is_string()).await;
    house.until_delivered().await;

    let aside = house.say(&["polls", "aside"]);
    let aside = aside.as_array().expect("a list");
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(aside[0]["key"]["value"], spoilt.to_string());
    assert_eq!(aside[0]["issues"][0]["expression"], "Appointment.start");
    let token = house.token().await;
    let here: BTreeSet<String> = numbers(&house, &token).await.into_iter().collect();
    let mut wanted: BTreeSet<String> = at_the_practice(&practice).into_iter().collect();
    wanted.remove(&spoilt.to_string());
    assert_eq!(here, wanted);

    let told = format!("{} {}", house.log(), Value::from(aside.clone()));
    for personal in personal(&held) {
        assert!(!told.contains(&personal), "something personal is told");
    }
}

/// What of the demo's people may stand in no log.
fn personal(held: &[Value]) -> Vec<String> {
    let practices = played().practices;
    let people = practices.iter().flat_map(|practice| &practice.patients);
    let mut words: Vec<String> = people
        .flat_map(|one| [one.bsn.clone(), Some(one.family.clone()), one.email.clone()])
        .flatten()
        .chain(held.iter().filter_map(|one| one["remark"].as_str().map(str::to_owned)))
        .collect();
    words.extend([Settings::KEY, Settings::SERVER_TOKEN, Bsn::SYSTEM].map(str::to_owned));
    words
}

fn appointments(practice: &Running) -> Vec<Value> {
    let state = practice.state();
    let practices = state["practices"].as_array().expect("practices");
    let own = practices.iter().find(|one| one["agb"] == Settings::AGB).expect("De Linde");
    own["appointments"].as_array().expect("appointments").clone()
}

fn staff(practice: &Running, order: &Value) {
    let acts = json!({"practice": Settings::PRACTICE, "do": [order]});
    practice.practice(&acts).expect("staff can do that");
}

/// The line to the practice, as it stands in a configuration. It is told of nothing.
fn line(practice: &Running) -> String {
    format!(
        r#"
[[link]]
name = "{LINK}"
kind = "tetra"
tenant = "de-linde"
criteria = []
json_url = "{}"
target = "{}"
application_name = "{}"
application_key = "{}"
answer_limit_bytes = 67108864
"#,
        practice.json_url(),
        Settings::AGB,
        Settings::APPLICATION,
        Settings::KEY,
    )
}
