//! M-01 to M-11 (`spreekuur.md` section 11c), as far as they are played.

use reqwest::Method;
use serde_json::{Value, json};
use standin_spreekuur::{Act, Mode, Rule, Settings, Spreekuur, StartError, Switches};

use crate::stage::{Answer, OTHER, Stage, booked, cancelled, melding, with, without};

#[tokio::test]
async fn m_01_the_operations_answer_as_published_in_both_modes() {
    for mode in [Mode::Lenient, Mode::Strict] {
        let switches = Switches { mode, ..Switches::default() };
        let stage = Stage::with(Settings { switches, ..Settings::default() }).await;
        stage.put(&booked()).await.is(200);
        stage.tell(&melding()).await.is(201);
        stage.search("http://fhir.nl/fhir/NamingSystem/bsn|999990019").await.is(200);
        stage.search("http://fhir.nl/fhir/NamingSystem/bsn|123456782").await.is(404);
    }
}

#[tokio::test]
async fn m_02_two_clients_have_different_rights() {
    let mut stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    stage.put_for(OTHER, &booked()).await.is(403);

    stage.token = stage.token_of("other-xis", "other-xis-secret").await;

    stage.put(&booked()).await.is(403);
    stage.put_for(OTHER, &booked()).await.is(200);
}

#[tokio::test]
async fn m_03_the_state_shows_what_is_known() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    stage.tell(&melding()).await.is(201);

    let shown = stage.state().await;

    let kept = &shown["appointments"][0];
    assert_eq!(
        (&kept["agb"], &kept["id"], &kept["status"]),
        (&json!("01000001"), &json!("a1"), &json!("booked"))
    );
    assert_eq!((&kept["start"], &kept["end"]), (&booked()["start"], &booked()["end"]));
    assert_eq!(kept["deliveries"], 1);
    assert_eq!(shown["communications"][0]["topic"], "Uw griepprik");
    assert_eq!(
        (&shown["patients"][0]["bsn"], &shown["patients"][0]["registered"]),
        (&json!("999990019"), &json!(true))
    );
    assert_eq!(shown["requests"], 3, "with the one for the token");
    let paths: Vec<_> =
        shown["log"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths[1..], ["/fhir/r4/Appointment/a1", "/fhir/r4/Communication"]);
}

#[tokio::test]
async fn m_04_one_message_per_processed_change() {
    let stage = Stage::start().await;
    let moved = with(booked(), "/comment", json!("Kom nuchter."));
    let gone = with(moved.clone(), "/status", json!("cancelled"));

    for body in [booked(), booked(), moved.clone(), moved, gone.clone(), gone] {
        stage.put(&body).await.is(200);
    }

    assert_eq!(stage.told().await, ["new a1", "modified a1", "cancelled a1"]);
    let message = &stage.state().await["patient_messages"][0];
    assert_eq!((&message["agb"], &message["channel"]), (&json!("01000001"), &json!("mail+push")));
    assert!(message["at"].is_string());
}

#[tokio::test]
async fn m_04_a_patient_without_account_is_counted_but_reached_by_no_channel() {
    let stage = Stage::start().await;
    stage.put(&with(booked(), "/participant/0/actor/identifier/value", json!("123456782"))).await.is(200);
    let shown = stage.state().await;
    let message = &shown["patient_messages"][0];
    assert_eq!((&message["kind"], &message["channel"]), (&json!("new"), &json!("none")));
}

#[tokio::test]
async fn m_05_the_patient_sees_badge_and_label_and_looking_takes_the_badge_away() {
    let stage = Stage::start().await;
    let look = async || {
        stage.control("overview", &json!({ "bsn": "999990019" })).await.json()["appointments"][0].clone()
    };
    let seen = |line: &Value| (line["badge"].as_bool(), line["label"].as_str().map(str::to_owned));

    stage.put(&booked()).await.is(200);
    let first = look().await;
    assert_eq!(seen(&first), (Some(true), None));
    assert_eq!(
        (&first["kinds"], &first["with"]),
        (&json!(["Consult 10 minuten"]), &json!(["Mw. dr. A. Voorbeeld"]))
    );
    assert_eq!(seen(&look().await), (Some(false), None));

    stage.put(&booked()).await.is(200);
    assert_eq!(seen(&look().await), (Some(false), None), "no change, no badge");

    stage.put(&cancelled()).await.is(200);
    assert_eq!(seen(&look().await), (Some(true), Some("Cancelled".to_owned())));
}

#[tokio::test]
async fn m_06_faults_are_injected() {
    let stage = Stage::start().await;
    for status in [401, 403, 429, 500, 503] {
        let mut rule = Rule::on("PUT", "/Appointment/*", Act::Status).with_status(status);
        rule.retry_after = Some(1);
        stage.running.script(vec![rule]).unwrap();
        let answer = stage.put(&booked()).await;
        assert_eq!((answer.status.as_u16(), answer.issues().len()), (status, 1));
        assert_eq!(answer.header("retry-after"), "1");
    }
    stage.assert_untouched().await;

    for (act, text) in [(Act::Empty, ""), (Act::Html, "<!DOCTYPE html>")] {
        stage.running.script(vec![Rule::on("PUT", "/Appointment/*", act)]).unwrap();
        let answer = stage.put(&booked()).await;
        assert!(answer.status == 200 && answer.text.starts_with(text), "{answer:?}");
    }
    assert_eq!(stage.told().await, ["new a1"]);
}

#[tokio::test]
async fn m_06_a_dropped_connection_is_processed_only_after() {
    for (act, told) in [(Act::Drop, vec![]), (Act::DropAfter, vec!["new a1"])] {
        let stage = Stage::start().await;
        stage.running.script(vec![Rule::on("PUT", "/Appointment/*", act)]).unwrap();
        let request = stage.request(Method::PUT, "/Appointment/a1").body(booked().to_string());
        assert!(request.send().await.is_err(), "{act:?}");
        assert_eq!(stage.told().await, told, "{act:?}");
    }
}

#[tokio::test]
async fn m_06_the_token_endpoint_fails_in_oauth_words() {
    let stage = Stage::start().await;
    stage.running.script(vec![Rule::on("POST", "*/token", Act::Status).with_status(503)]).unwrap();
    let answer = Answer::to(stage.http.post(stage.running.token_url())).await;
    answer.is(503);
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
}

#[tokio::test]
async fn m_07_the_clock_is_in_the_tests_hands() {
    let mut stage = Stage::start().await;
    stage.control("clock", &json!({ "advance_seconds": 299 })).await.is(200);
    stage.put(&booked()).await.is(200);
    stage.control("clock", &json!({ "advance_seconds": 2 })).await.is(200);
    stage.put(&booked()).await.refuses(401, "expired");

    stage.token = stage.token_of("zorgtolk", "zorgtolk-secret").await;
    stage.put(&booked()).await.is(200);
}

#[tokio::test]
async fn m_08_reset_goes_back_to_the_start_and_seed_adds_to_it() {
    let stage = Stage::start().await;
    let seed = json!({
        "patients": [{ "bsn": "123456782", "channel": "push" }, { "bsn": "336226068", "registered": false }],
        "switches": { "unknown_cancel": "not_found" },
    });
    stage.control("seed", &seed).await.is(204);
    stage.search("http://fhir.nl/fhir/NamingSystem/bsn|123456782").await.is(200);
    stage.search("http://fhir.nl/fhir/NamingSystem/bsn|336226068").await.is(404);
    stage.put(&cancelled()).await.is(404);
    stage.put(&with(booked(), "/participant/0/actor/identifier/value", json!("123456782"))).await.is(200);
    let shown = stage.state().await;
    assert_eq!(shown["patient_messages"][0]["channel"], "push");
    assert_eq!(
        shown["switches"],
        json!({
            "mode": "lenient", "compat_headers": true, "bsn_check": "format", "unknown_cancel": "not_found",
        })
    );

    stage.control("reset", &json!({})).await.is(204);

    stage.assert_untouched().await;
    stage.put(&cancelled()).await.is(200);
    stage.search("http://fhir.nl/fhir/NamingSystem/bsn|123456782").await.is(404);
}

#[tokio::test]
async fn m_08_a_seed_that_cannot_be_is_refused() {
    let stage = Stage::start().await;
    for seed in [
        json!({ "patient": [] }),
        json!({ "patients": [{ "bsn": "1" }] }),
        json!({ "patients": [{ "bsn": "123456782", "channel": "pigeon" }] }),
        json!({ "switches": { "mode": "loose" } }),
        json!({ "switches": { "strict": true } }),
    ] {
        stage.control("seed", &seed).await.is(400);
    }
}

#[tokio::test]
async fn m_08_ids_repeat_when_asked_for() {
    let mut made = Vec::new();
    for _ in 0..2 {
        let stage = Stage::with(Settings { deterministic_ids: true, ..Settings::default() }).await;
        made.push(stage.tell(&without(melding(), "/id")).await.json()["id"].clone());
    }
    assert_eq!(made[0], made[1]);
}

#[tokio::test]
async fn m_10_the_published_example_passes() {
    let body = with(booked(), "/id", json!("12345"));
    let body = with(body, "/participant/0/actor/identifier/value", json!("123456789"));
    let stage = Stage::start().await;
    stage.put(&body).await.is(200);
}

#[tokio::test]
async fn m_11_control_stays_on_loopback() {
    let settings = Settings { listen: "0.0.0.0:0".parse().unwrap(), ..Settings::default() };
    let refused = Spreekuur::start(settings).await;
    assert!(matches!(refused, Err(StartError::NotLoopback { .. })), "{refused:?}");
}

#[tokio::test]
async fn the_state_lists_only_the_newest_when_told_to() {
    let stage = Stage::with(Settings { keep: Some(2), ..Settings::default() }).await;
    for n in 1..=5 {
        stage.put(&with(booked(), "/id", json!(format!("a{n}")))).await.is(200);
    }
    let shown = stage.state().await;
    let ids: Vec<_> = shown["appointments"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids, ["a4", "a5"]);
    assert_eq!(stage.told().await, ["new a4", "new a5"]);
    assert_eq!(
        (&shown["counts"]["appointments"], &shown["counts"]["patient_messages"]),
        (&json!(5), &json!(5))
    );

    let again = stage.put(&with(booked(), "/id", json!("a1"))).await;
    assert_eq!((again.header("etag"), &again.json()["id"]), (r#"W/"1""#, &json!("a1")));
    let counts =
        Answer::to(stage.http.get(format!("{}/_sim/counts", stage.running.control_url()))).await.json();
    assert_eq!(counts["patient_messages"], 5, "what is known is not forgotten");
}
