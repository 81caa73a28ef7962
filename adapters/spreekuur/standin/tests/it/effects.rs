//! The eight rows of `spreekuur.md` 6.2, what counts as a change, and the minimal test set of section 14.

use serde_json::{Value, json};
use standin_spreekuur::{Act, Rule, Settings, Switches, UnknownCancel};

use crate::stage::{LINDE, OTHER, Stage, URO, booked, cancelled, melding, with, without};

async fn overview(stage: &Stage) -> Value {
    stage.state().await["overviews"]["999990019"].clone()
}

fn later() -> Value {
    with(booked(), "/end", json!("2026-09-14T09:40:00+02:00"))
}

#[tokio::test]
async fn row_1_booked_and_unknown_is_new() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);

    assert_eq!(stage.told().await, ["new a1"]);
    let seen = overview(&stage).await;
    assert_eq!((&seen[0]["badge"], &seen[0]["label"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn row_2_booked_and_changed_is_modified() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    stage.put(&later()).await.is(200);

    assert_eq!(stage.told().await, ["new a1", "modified a1"]);
    let seen = overview(&stage).await;
    assert_eq!((&seen[0]["badge"], &seen[0]["end"]), (&json!(true), &json!("2026-09-14T09:40:00+02:00")));
}

#[tokio::test]
async fn row_3_booked_and_unchanged_is_not_processed() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    stage.put(&booked()).await.is(200);
    assert_eq!(stage.told().await, ["new a1"]);
}

#[tokio::test]
async fn row_4_cancelled_and_known_is_cancelled() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    stage.put(&cancelled()).await.is(200);

    assert_eq!(stage.told().await, ["new a1", "cancelled a1"]);
    assert_eq!(stage.state().await["appointments"][0]["status"], "cancelled");
    let seen = overview(&stage).await;
    assert_eq!((&seen[0]["badge"], &seen[0]["label"]), (&json!(true), &json!("Cancelled")));
}

#[tokio::test]
async fn row_5_cancelled_and_unknown_stores_nothing() {
    let stage = Stage::start().await;
    stage.put(&cancelled()).await.is(200);
    stage.assert_untouched().await;
    assert_eq!(stage.state().await["counts"]["unknown_cancels"], 1);

    let switches = Switches { unknown_cancel: UnknownCancel::NotFound, ..Switches::default() };
    let stage = Stage::with(Settings { switches, ..Settings::default() }).await;
    stage.put(&cancelled()).await.refuses(404, "not-found");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn row_6_cancelled_again_is_not_processed() {
    let stage = Stage::start().await;
    for body in [booked(), cancelled(), cancelled()] {
        stage.put(&body).await.is(200);
    }
    assert_eq!(stage.told().await, ["new a1", "cancelled a1"]);
}

#[tokio::test]
async fn row_7_booked_after_cancelled_is_modified() {
    let stage = Stage::start().await;
    for body in [booked(), cancelled(), booked()] {
        stage.put(&body).await.is(200);
    }
    assert_eq!(stage.told().await, ["new a1", "cancelled a1", "modified a1"]);
    assert_eq!(stage.state().await["appointments"][0]["status"], "booked");
}

#[tokio::test]
async fn row_8_another_status_is_refused() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    let answer = stage.put(&with(booked(), "/status", json!("noshow"))).await;
    answer.refuses(400, "code-invalid at Appointment.status");
    assert_eq!(stage.told().await, ["new a1"]);
}

#[tokio::test]
async fn what_counts_as_a_change() {
    let other_coding = json!({ "system": "urn:s", "code": "c", "display": "d" });
    let location =
        json!({ "actor": { "reference": "Location/1", "display": "Kamer 1" }, "status": "accepted" });
    let changes = [
        with(booked(), "/start", json!("2026-09-14T09:10:01+02:00")),
        later(),
        with(booked(), "/comment", json!("Anders")),
        without(booked(), "/comment"),
        with(booked(), "/serviceCategory/0/coding/0/display", json!("Dubbel consult")),
        with(
            booked(),
            "/serviceCategory/0/coding",
            json!([booked()["serviceCategory"][0]["coding"][0], other_coding]),
        ),
        with(booked(), "/participant/1/actor/display", json!("Dhr. B. Voorbeeld")),
        with(booked(), "/participant/1/actor/reference", json!("PractitionerRole/pr-13")),
        with(booked(), "/participant/1", Value::Null),
        with(
            booked(),
            "/participant",
            json!([booked()["participant"][0], booked()["participant"][1], location]),
        ),
    ];
    for changed in changes {
        let stage = Stage::start().await;
        stage.put(&booked()).await.is(200);
        stage.put(&changed).await.is(200);
        assert_eq!(stage.told().await, ["new a1", "modified a1"], "{changed}");
    }
}

#[tokio::test]
async fn what_does_not_count_as_a_change() {
    let (category, people) = (&booked()["serviceCategory"][0], &booked()["participant"]);
    let same = [
        with(booked(), "/participant/0/actor/display", json!("T. Testpersoon")),
        with(booked(), "/participant/0/actor/reference", json!("Patient/9")),
        with(booked(), "/participant", json!([people[1], people[0]])),
        with(booked(), "/serviceCategory", json!([category, category])),
        with(booked(), "/serviceCategory/0/text", json!("Consult")),
        with(booked(), "/meta", json!({ "lastUpdated": "2026-01-01T00:00:00Z" })),
    ];
    for body in same {
        let stage = Stage::start().await;
        stage.put(&booked()).await.is(200);
        stage.put(&body).await.is(200);
        assert_eq!(stage.told().await, ["new a1"], "{body}");
    }
    let stage = Stage::start().await;
    stage.put(&without(booked(), "/comment")).await.is(200);
    stage.put(&with(booked(), "/comment", json!(""))).await.is(200);
    assert_eq!(stage.told().await, ["new a1"], "an empty comment is none");
}

#[tokio::test]
async fn create_identical_modified_cancelled_and_identical_cancel_are_three_messages() {
    let stage = Stage::start().await;
    let gone = with(later(), "/status", json!("cancelled"));
    for body in [booked(), booked(), later(), gone.clone(), gone] {
        stage.put(&body).await.is(200);
    }
    assert_eq!(stage.told().await, ["new a1", "modified a1", "cancelled a1"]);
    assert_eq!(stage.state().await["appointments"][0]["deliveries"], 5);
}

#[tokio::test]
async fn a_resend_after_a_lost_answer_is_one_message() {
    let stage = Stage::start().await;
    let lost = [("PUT", "/Appointment/*"), ("POST", "/Communication")];
    let lost = lost.map(|(method, path)| Rule::on(method, path, Act::DropAfter));
    stage.running.script(lost.to_vec()).unwrap();

    for _ in 0..2 {
        let put =
            stage.request(reqwest::Method::PUT, "/Appointment/a1").body(booked().to_string()).send().await;
        let post =
            stage.request(reqwest::Method::POST, "/Communication").body(melding().to_string()).send().await;
        assert_eq!(put.is_ok(), post.is_ok());
    }

    assert_eq!(stage.told().await, ["new a1", "melding m1"]);
    let shown = stage.state().await;
    assert_eq!(
        (&shown["appointments"][0]["deliveries"], &shown["communications"][0]["deliveries"]),
        (&json!(2), &json!(2))
    );
}

#[tokio::test]
async fn one_id_at_two_organisations_is_two_appointments() {
    let stage = Stage::start().await;
    stage.put_for(LINDE, &booked()).await.is(200);
    stage.put_for(URO, &booked()).await.is(200);
    stage.put_for(URO, &cancelled()).await.is(200);

    let shown = stage.state().await;
    let kept: Vec<_> =
        shown["appointments"].as_array().unwrap().iter().map(|it| (&it["agb"], &it["status"])).collect();
    assert_eq!(kept, [(&json!("01000001"), &json!("booked")), (&json!("12345678"), &json!("cancelled"))]);
}

#[tokio::test]
async fn a_client_without_rights_gets_403_and_nothing_is_stored() {
    let mut stage = Stage::start().await;
    stage.token = stage.token_of("other-xis", "other-xis-secret").await;

    stage.put_for(LINDE, &booked()).await.refuses(403, "forbidden");
    stage.tell(&melding()).await.refuses(403, "forbidden");
    stage.assert_untouched().await;

    stage.put_for(OTHER, &booked()).await.is(200);
}

#[tokio::test]
async fn puts_on_one_key_at_the_same_time_follow_each_other() {
    let stage = Stage::start().await;
    let text = booked().to_string();
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..40 {
        sent.spawn(stage.request(reqwest::Method::PUT, "/Appointment/a1").body(text.clone()).send());
    }
    while let Some(answer) = sent.join_next().await {
        assert_eq!(answer.unwrap().unwrap().status(), 200);
    }
    assert_eq!(stage.told().await, ["new a1"]);
    assert_eq!(stage.state().await["appointments"][0]["deliveries"], 40);
}
