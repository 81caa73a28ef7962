//! A practice's agenda and the program itself: a booking from the FHIR door, a kill in the middle of a big look, a record that
//! cannot be taken in. A first look needs no waiting; what comes after it is in `agenda.rs`.

use std::collections::BTreeSet;

use gateway_core::Bsn;
use serde_json::{Value, json};
use standin_tetra::{Act, Rule, Running, Settings, Tetra};
use time::{Duration, OffsetDateTime};

use crate::house::{House, appointment};
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

#[tokio::test(flavor = "multi_thread")]
async fn what_a_xis_puts_at_the_fhir_door_is_booked_once_and_found_by_the_look() {
    let practice = Tetra::start(played()).await.expect("the practice is played");
    // The first look waits until the booking is there.
    let list = "GetAfsprakenDeurToegang";
    practice
        .script(vec![Rule::on("POST", "*", Act::Status).with_status(503).times(-1).of(list)])
        .expect("a rule");
    let mut house = House::build_with(None, &(line(&practice) + BOOKING)).await;
    house.start().await;
    let token = house.token().await;
    let patient = "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|999990019&birthdate=1986-09-29";
    let found = house.search(&token, &format!("{patient}&_source=link:{LINK}")).await;
    assert_eq!(found["total"], 1, "the practice knows the patient");
    let booking = booking();
    house.put(&token, "Appointment/afs-1", &booking).await;
    house.until_delivered().await;
    assert_eq!(writes(&practice.state()), ["MaakAfspraak"]);

    practice.script(vec![]).expect("no rules");
    house.order(&["polls", "run", LINK]);
    house.until(async || house.poll(LINK)["taken_in"].is_string()).await;
    house.until_delivered().await;
    assert_eq!(total(&house, &token).await, 1, "no second one");
    assert_eq!(writes(&practice.state()), ["MaakAfspraak"], "no echo");
    assert_eq!(appointments(&practice).len(), 1);
    let told = house.at_the_counterpart().await["patient_messages"].clone();
    assert_eq!(told.as_array().map(Vec::len), Some(1), "the patient hears nothing twice");
}

/// What a XIS books, five days from now: the agenda and the block type by the practice's own numbers.
fn booking() -> Value {
    let mut booking = appointment("afs-1", 0, "booked");
    let day = (OffsetDateTime::now_utc() + Duration::days(5)).date();
    booking["start"] = json!(format!("{day}T09:00:00Z"));
    booking["end"] = json!(format!("{day}T09:10:00Z"));
    booking["serviceType"] = json!([{"coding": [
        {"system": "https://zorgtolk.example/fhir/CodeSystem/tetra-bloktype/01000001", "code": "501"}]}]);
    let agenda = json!({"status": "accepted", "actor": {"identifier": {
        "system": "https://zorgtolk.example/fhir/NamingSystem/tetra-agenda-id/01000001", "value": "71"}}});
    booking["participant"].as_array_mut().expect("participants").push(agenda);
    booking
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

/// The call that books, under the name of the stand-in's.
const BOOKING: &str = r#"
[link.operations.book]
method = "MaakAfspraak"
container = "Id"
fields = { agenda = "agendaId", block_type = "blokTypeId", start = "start", end = "eind", patient = "patientId" }
"#;

/// The line to the practice, as it stands in a configuration.
fn line(practice: &Running) -> String {
    format!(
        r#"
[[link]]
name = "{LINK}"
kind = "tetra"
tenant = "de-linde"
criteria = ["Appointment?status=booked"]
first_pause_ms = 20
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
