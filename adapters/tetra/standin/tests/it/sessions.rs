//! Sessions (`tetra.md` section 1.6): the client makes one in JSON, the server in XML; an SMS upgrades it; it ends.

use serde_json::{Value, json};

use crate::stage::{Answer, NOBODY, Stage, user};

const PATIENT: &str = "t.testpersoon@example.org";

async fn own(stage: &Stage, session: &str) -> Answer {
    stage.call("GetAfspraken", json!({ "Session": session })).await
}

fn code(stage: &Stage) -> String {
    let sms = stage.running.state()["sms"].clone();
    sms.as_array().expect("a list").last().expect("one at least")["code"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn logging_in_is_answered_as_printed() {
    let stage = Stage::start().await;
    let expected = json!({"ReturnValue":
        {"ResponseCode": 200, "ResponseText": "OK", "Melding": "Ingelogd", "Gelukt": true}});
    assert_eq!(stage.login("s-1", PATIENT).await.json(), expected);
    own(&stage, "s-1").await.won();
}

#[tokio::test]
async fn a_session_in_xml_is_the_servers() {
    let stage = Stage::start().await;
    let first = stage.create_session(PATIENT).await;
    let second = stage.create_session(PATIENT).await;
    assert!(first != second && first.len() == 36, "{first}");
    let done = stage.ask("Tetra_Agenda_GetPatientAfspraken", &user(&first), "").await;
    assert_eq!(done.word(), "Verzoek_is_geslaagd");
}

#[tokio::test]
async fn a_wrong_password_opens_nothing() {
    let stage = Stage::start().await;
    let wrong = json!({"Session": "s-1", "username": PATIENT, "password": "wrong"});
    stage.call("Login", wrong).await.lost(401);
    stage.call("Login", json!({"Session": "s-1", "username": PATIENT})).await.lost(400);
    own(&stage, "s-1").await.lost(401);
    let children = format!("<Username>{PATIENT}</Username><Password>wrong</Password>");
    let answer = stage.ask("Tetra_Switchboard_Security_CreateSession", NOBODY, &children).await;
    assert_eq!(answer.word(), "Inloggen_mislukt");
}

#[tokio::test]
async fn a_user_bound_call_without_a_session_is_refused() {
    let stage = Stage::start().await;
    stage.call("GetAfspraken", json!({})).await.lost(403);
    let login = json!({"username": PATIENT, "password": "not-a-real-password"});
    stage.call("Login", login).await.lost(403);
    own(&stage, "s-unknown").await.lost(401);
}

#[tokio::test]
async fn logging_out_ends_it_in_both_formats() {
    let stage = Stage::start().await;
    stage.login("s-1", PATIENT).await;
    assert!(stage.call("Logout", json!({"Session": "s-1"})).await.won().is_empty());
    own(&stage, "s-1").await.lost(401);

    let session = user(&stage.create_session(PATIENT).await);
    let children = "<ZenderIP /><OntvangerEntiteit />";
    let out = stage.ask("Tetra_Switchboard_Security_DestroySession", &session, children).await;
    assert_eq!(out.word(), "Verzoek_is_geslaagd");
    let again = stage.ask("Tetra_Switchboard_Security_DestroySession", &session, children).await;
    assert_eq!(again.word(), "Sessie_ongeldig");
}

#[tokio::test]
async fn a_session_that_is_not_used_expires() {
    let stage = Stage::start().await;
    stage.login("s-1", PATIENT).await;
    stage.running.advance(1199);
    own(&stage, "s-1").await.won();
    stage.running.advance(1199);
    own(&stage, "s-1").await.won();
    stage.running.advance(1201);
    own(&stage, "s-1").await.lost(401);
}

#[tokio::test]
async fn a_session_belongs_to_one_practice() {
    let stage = Stage::start().await;
    stage.login("s-1", PATIENT).await;
    stage.call("GetAfspraken", json!({"Session": "s-1", "Target": "de-linde"})).await.lost(401);
}

#[tokio::test]
async fn an_sms_upgrades_it_and_without_that_it_may_be_worth_nothing() {
    let stage = Stage::offering().await;
    stage.running.seed(&json!({"switches": {"second_factor": "required"}})).unwrap();
    stage.login("s-1", PATIENT).await;
    own(&stage, "s-1").await.lost(401);

    stage.call("StuurSMS", json!({"Session": "s-1"})).await.won();
    let upgrade =
        async |code: &str| stage.call("UpgradeSessie", json!({"Session": "s-1", "code": code})).await;
    upgrade("none").await.lost(401);
    upgrade(&code(&stage)).await.won();
    own(&stage, "s-1").await.won();
    upgrade(&code(&stage)).await.lost(401);
}

#[tokio::test]
async fn the_sms_in_xml_is_as_printed_and_goes_to_the_users_phone() {
    let stage = Stage::offering().await;
    let session = user(&stage.create_session(PATIENT).await);
    let sent =
        stage.ask("Tetra_Switchboard_Security_StuurSMS", &session, "<ZenderIP /><OntvangerEntiteit />").await;
    assert_eq!(sent.word(), "Verzoek_is_geslaagd");
    let sms = &stage.running.state()["sms"][0];
    assert_eq!((&sms["username"], sms["code"].as_str().map(str::len)), (&json!(PATIENT), Some(6)));
    let code = format!("<Code>{}</Code>", code(&stage));
    let done = stage.ask("Tetra_Switchboard_Security_UpgradeSession", &session, &code).await;
    assert_eq!(done.word(), "Verzoek_is_geslaagd");
}

#[tokio::test]
async fn nothing_secret_is_in_the_log() {
    let stage = Stage::start().await;
    stage.login("s-secret", PATIENT).await;
    stage.call("ZoekAfspraakPatient", json!({"identifier": "999990019"})).await;
    stage.call("999990019", json!({})).await;
    stage.post_json("999990019").await;
    let shown = stage.running.state();
    let told = shown.to_string();
    for secret in
        ["s-secret", "not-a-real-password", "999990019", "zorgtolk-demo-key", "EXAMPLE-NOT-A-REAL-TOKEN"]
    {
        assert!(!told.contains(secret), "{secret}");
    }
    let operations: Vec<&Value> =
        shown["log"].as_array().unwrap().iter().map(|it| &it["operation"]).collect();
    assert_eq!(operations, [&json!("Login"), &json!("ZoekAfspraakPatient"), &Value::Null, &Value::Null]);
}
