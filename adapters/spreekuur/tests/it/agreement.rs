//! Whatever we hold: what our contract lets through, they take. The played Spreekuur.nl is written from the reference
//! and shares no code with the adapter, so the two judge each other here, in its strict mode.

use std::cell::Cell;

use adapter_kit::Link;
use adapter_kit::conformance::Setup;
use gateway_core::{Delivery, Failure};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use standin_spreekuur::{Mode, Settings, Switches};
use tokio::runtime::{Builder, Runtime};

use crate::setting::{BSN_SYSTEM, Setting, appointment, deliver, delivery, notification, patient};

const CASES: u32 = 150;

/// Runs `CASES` changes; each is taken, withheld, or refused here without a call.
fn agree<S: Strategy<Value = Value>>(values: &S, method: &str, path: &str) {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let settings =
        Settings { switches: Switches { mode: Mode::Strict, ..Switches::default() }, ..Settings::default() };
    let setting = runtime.block_on(Setting::with(settings));
    let link = runtime.block_on(async { setting.link(&Setup::Right) });
    let (number, taken, refused) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let count = |cell: &Cell<u32>| cell.set(cell.get() + 1);
    let mut runner = TestRunner::new_with_rng(
        Config { cases: CASES, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let ran = runner.run(values, |mut value| {
        count(&number);
        value["id"] = json!(format!("change-{}", number.get()));
        let before = setting.requests(method, path);
        let change = Delivery { sent_before: true, ..delivery(&value, &[patient()]) };
        match runtime.block_on(outcome(&link, &change)) {
            Ok(()) => count(&taken),
            Err(Failure::Never(issues)) => {
                count(&refused);
                prop_assert_eq!(setting.requests(method, path), before, "they refused: {:?}", issues);
            }
            Err(other) => prop_assert!(false, "{:?}", other),
        }
        Ok(())
    });
    ran.unwrap();
    let (taken, refused) = (taken.get(), refused.get());
    assert!(taken > 10 && refused > 10, "{taken} taken, {refused} refused: the cases are one-sided");
}

async fn outcome(link: &Link, change: &Delivery) -> Result<(), Failure> {
    deliver(link, change).await.0.map(drop)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-zé 😀]{1,30}",
        1 => Just(String::new()),
        1 => Just(" \u{a0}".to_owned()),
        1 => (498_usize..503).prop_map(|n| "x".repeat(n)),
        1 => (9_998_usize..10_003).prop_map(|n| "y".repeat(n)),
        1 => (249_usize..252).prop_map(|n| "😀".repeat(n)),
    ]
}

#[test]
fn appointments_that_pass_here_are_taken_there() {
    let actor = prop_oneof![
        8 => Just(json!({"reference": "Patient/p-1"})),
        1 => Just(json!({"reference": "Patient/p-2", "display": "X"})),
        2 => (text(), "[0-9]{8,9}").prop_map(|(name, bsn)| json!({
            "reference": "Patient/p-3", "display": name, "identifier": {"system": BSN_SYSTEM, "value": bsn}})),
        2 => text().prop_map(|name| json!({"reference": "Practitioner/d-1", "display": name})),
    ];
    let minutes = -5_i32..30;
    let values =
        (proptest::collection::vec(actor, 1..4), minutes, text(), text(), prop_oneof!["booked", "cancelled"])
            .prop_map(|(actors, minutes, comment, display, status)| {
                let mut value = appointment("x");
                value["status"] = json!(status);
                value["comment"] = json!(comment);
                value["end"] = json!(format!("2026-09-14T09:{:02}:00+02:00", 10 + minutes));
                value["serviceCategory"][0]["coding"][0]["display"] = json!(display);
                let participants: Vec<_> =
                    actors.iter().map(|actor| json!({"actor": actor, "status": "tentative"})).collect();
                value["participant"] = json!(participants);
                value
            });
    agree(&values, "PUT", "/Appointment/");
}

#[test]
fn notifications_that_pass_here_are_taken_there() {
    let payload = prop_oneof![
        3 => text().prop_map(|text| json!({"contentString": text})),
        1 => prop_oneof!["image/png", "application/pdf", "text/plain"].prop_map(|kind| json!({
            "contentAttachment": {"contentType": kind, "data": "AA==", "title": "a"}})),
        1 => prop_oneof!["", "====", "AA", "AAAA"].prop_map(|data| json!({
            "contentAttachment": {"contentType": "image/png", "data": data, "title": "a"}})),
    ];
    let string = text().prop_map(|text| json!({"contentString": text}));
    let payloads = (string, proptest::collection::vec(payload, 0..2)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    });
    let email = prop_oneof!["a@example.org", "a", "@", "a b@example.org", "a@b"];
    let values = (payloads, text(), proptest::option::of(email)).prop_map(|(payloads, topic, email)| {
        let mut value = notification("x");
        value["payload"] = json!(payloads);
        value["topic"] = json!({"text": topic});
        if let Some(email) = email {
            value["contained"] = json!([{"resourceType": "Patient", "id": "c",
                "identifier": [{"system": BSN_SYSTEM, "value": "123456782"}],
                "telecom": [{"system": "email", "value": email}]}]);
            value["recipient"] = json!([{"reference": "#c"}]);
        }
        value
    });
    agree(&values, "POST", "/Communication");
}
