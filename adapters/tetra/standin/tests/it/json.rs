//! Every documented operation in JSON (`tetra.md` section 2), member by member.

use serde_json::{Value, json};
use standin_tetra::Settings;

use crate::stage::Stage;

fn day() -> Value {
    json!({"start": "2026-06-02T00:00:00", "eind": "2026-06-03T00:00:00", "agendaIds": [71, 72]})
}

async fn ids(stage: &Stage, parameters: Value) -> Vec<i64> {
    let won = stage.call("GetAfsprakenDeurToegang", parameters).await.won();
    won["afspraken"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["Id"].as_i64().expect("a number"))
        .collect()
}

#[tokio::test]
async fn block_types_are_as_printed() {
    let stage = Stage::start().await;
    let answer = stage.call("GetBlokTypes", json!({})).await;
    assert_eq!(answer.content_type, "application/json; charset=utf-8");
    assert_eq!(
        answer.text(),
        r#"{"bloktypes":[{"Id":501,"Naam":"Consult kort ","Kleur":"3366CC","AfspraakDuurMinuten":100},{"Id":502,"Naam":"Telefoon","Kleur":"00AA55","AfspraakDuurMinuten":50}],"ReturnValue":{"ResponseCode":200,"ResponseText":"OK","Melding":"OK","Gelukt":true}}"#
    );
}

#[tokio::test]
async fn agendas_are_as_printed() {
    let stage = Stage::start().await;
    let won = stage.call("GetAgendas", json!({})).await.won();
    let expected = json!({"agendas": [
        {"Id": 71, "Naam": "Mw. Proefarts"}, {"Id": 72, "Naam": "Spreekkamer 2"}]});
    assert_eq!(Value::Object(won), expected);
}

#[tokio::test]
async fn a_patients_own_appointments_are_as_printed() {
    let stage = Stage::turned(json!({"own_list": "printed"})).await;
    stage.login("s-1", "t.testpersoon@example.org").await;
    let answer = stage.call("GetAfspraken", json!({"Session": "s-1"})).await;
    let first = answer.text().split_once("},{").unwrap().0.to_owned();
    assert_eq!(
        first,
        r#"{"Afspraken":[{"Id":880001,"PatientId":0,"AgendaId":71,"AgendaNaam":"Mw. Proefarts","Start":"2026-06-02T10:20:00","Eind":"2026-06-02T10:30:00","AfspraakStatus":"","WisAfspraakToken":"01999999_EXAMPLE-NOT-A-REAL-TOKEN","Metas":{},"BlokType":{"Id":501,"Naam":"Consult kort","Kleur":"3366CC","AfspraakDuurMinuten10":100},"Email":null,"Voornaam":null,"Achternaam":null,"Geslacht":"O""#
    );
    assert_eq!(answer.won()["Afspraken"].as_array().unwrap().len(), 2, "the third names no patient");
}

#[tokio::test]
async fn appointments_by_agenda_and_period_are_as_printed() {
    let stage = Stage::turned(json!({"agenda_list": "printed"})).await;
    let answer = stage.call("GetAfsprakenDeurToegang", day()).await;
    let second = answer.text().split("},{").nth(1).unwrap().to_owned();
    assert_eq!(
        second,
        r#""Id":880003,"PatientId":4242,"AgendaId":72,"AgendaNaam":"Spreekkamer 2","Opmerkingen":null,"PortaalAfspraak":false,"GemaaktDoorPraktijk":true,"Start":"2026-06-02T14:00:00","Eind":"2026-06-02T14:15:00","AfspraakStatus":"Aanwezig","wisAfspraakToken":null"#
    );
    assert_eq!(answer.won().keys().collect::<Vec<_>>(), ["afspraken"]);
}

#[tokio::test]
async fn the_list_by_agenda_goes_on_after_the_token_unless_told_otherwise() {
    let stage = Stage::start().await;
    let won = stage.call("GetAfsprakenDeurToegang", day()).await.won();
    let further =
        ["Email", "Voornaam", "Achternaam", "Geslacht", "Metas"].map(|name| &won["afspraken"][0][name]);
    assert_eq!(
        further,
        [&json!("t.testpersoon@example.org"), &json!("T."), &json!("Testpersoon"), &json!("V"), &json!({})]
    );
    assert_eq!(won["afspraken"][0]["BlokType"]["AfspraakDuurMinuten10"], 100);
}

#[tokio::test]
async fn a_window_holds_what_starts_in_it_or_what_overlaps_and_its_end_is_in_or_out() {
    let window =
        json!({"start": "2026-06-02T10:25:00", "eind": "2026-06-02T14:00:00", "agendaIds": [71, 72]});
    let cases = [
        ("starts_within", "half_open", vec![]),
        ("starts_within", "inclusive", vec![880_003]),
        ("overlaps", "half_open", vec![880_001]),
        ("overlaps", "inclusive", vec![880_001, 880_003]),
    ];
    for (how, bounds, expected) in cases {
        let stage = Stage::turned(json!({"window": how, "bounds": bounds})).await;
        assert_eq!(ids(&stage, window.clone()).await, expected, "{how} {bounds}");
    }
}

#[tokio::test]
async fn only_the_agendas_asked_for_are_answered() {
    let stage = Stage::start().await;
    for (agendas, expected) in
        [(json!([71]), vec![880_001]), (json!([72, 999]), vec![880_003, 880_004]), (json!([]), vec![])]
    {
        let mut parameters = day();
        parameters["agendaIds"] = agendas;
        assert_eq!(ids(&stage, parameters).await, expected);
    }
}

#[tokio::test]
async fn a_period_of_no_agendas_may_mean_all() {
    let stage = Stage::turned(json!({"no_agendas": "all"})).await;
    let mut parameters = day();
    parameters["agendaIds"] = json!([]);
    assert_eq!(ids(&stage, parameters).await, [880_001, 880_003, 880_004]);
}

#[tokio::test]
async fn a_period_in_another_form_is_refused() {
    let stage = Stage::start().await;
    for (name, value) in [
        ("start", json!("2026-06-02")),
        ("eind", json!("2026-06-02T10:00:00Z")),
        ("agendaIds", json!("71")),
        ("agendaIds", json!(["71"])),
        ("start", Value::Null),
    ] {
        let mut parameters = day();
        parameters[name] = value;
        stage.call("GetAfsprakenDeurToegang", parameters).await.lost(400);
    }
}

#[tokio::test]
async fn a_patient_is_found_by_bsn_number_and_both_dates_and_the_bsn_is_never_echoed() {
    let stage = Stage::start().await;
    let found = json!([
        {"Naam": "Mevr. T. Testpersoon", "GeboorteDatum": "1980-03-14T00:00:00", "PatientId": 4242}]);
    for identifier in ["999990019", "4242"] {
        let answer = stage.call("ZoekAfspraakPatient", json!({"identifier": identifier})).await;
        assert_eq!(answer.won()["zoekresultaten"], found);
        assert!(!answer.text().contains("999990019"));
    }
    for identifier in ["14-03-1980", "19800314"] {
        let won = stage.call("ZoekAfspraakPatient", json!({"identifier": identifier})).await.won();
        assert_eq!(won["zoekresultaten"].as_array().unwrap().len(), 2, "{identifier}");
    }
    let none = stage.call("ZoekAfspraakPatient", json!({"identifier": "123456782"})).await.won();
    assert_eq!(none["zoekresultaten"], json!([]));
    stage.call("ZoekAfspraakPatient", json!({"identifier": 4242})).await.lost(400);
}

#[tokio::test]
async fn a_free_search_has_types() {
    let stage = Stage::start().await;
    let found = json!([{
        "Naam": "Mevr. T. Testpersoon", "GeboorteDatum": "1980-03-14T00:00:00", "PatientId": 4242,
        "Email": "t.testpersoon@example.org", "Telefoonnummers": ["0101234567"]}]);
    for (query, by) in [
        ("testpersoon", "Alles"),
        ("meisjesnaam", "Alles"),
        ("010-1234567", "Telefoon"),
        ("T.Testpersoon@example.org", "Email"),
    ] {
        let won = stage.call("Zoek", json!({"query": query, "zoekType": by})).await.won();
        assert_eq!(won["zoekresultaten"], found, "{query}");
    }
    let won = stage.call("Zoek", json!({"query": "onbekend", "zoekType": "Alles"})).await.won();
    let bare = json!([{
        "Naam": "U. Onbekend", "GeboorteDatum": "0001-01-01T00:00:00", "PatientId": 4243,
        "Email": "", "Telefoonnummers": []}]);
    assert_eq!(won["zoekresultaten"], bare);
    stage.call("Zoek", json!({"query": "x", "zoekType": "Naam"})).await.lost(400);
}

#[tokio::test]
async fn an_alert_is_answered_with_nothing_at_all() {
    let stage = Stage::start().await;
    let answer = stage.call("StuurAlert", json!({})).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
    assert_eq!(stage.shown()["counts"]["alerts"], 1);
}

#[tokio::test]
async fn a_practice_is_found_by_name_and_by_agb_and_each_has_its_own() {
    let stage = Stage::start().await;
    for (target, agendas) in
        [("de-linde", 3), ("01000001", 3), ("uro-kliniek", 1), ("12345678", 1), ("example", 2)]
    {
        let won = stage.call("GetAgendas", json!({"Target": target})).await.won();
        assert_eq!(won["agendas"].as_array().unwrap().len(), agendas, "{target}");
    }
}

#[tokio::test]
async fn who_is_not_known_is_refused() {
    let stage = Stage::start().await;
    for (name, value) in [("Name", "someone"), ("Key", "wrong")] {
        stage.call("GetAgendas", json!({name: value})).await.lost(401);
    }
    stage.call("GetAlles", json!({})).await.lost(404);
    stage.call("getagendas", json!({})).await.lost(404);
    let lower = json!({"name": Settings::APPLICATION, "key": Settings::KEY, "Method": "GetAgendas"});
    stage.post_json(lower.to_string()).await.lost(401);
}

#[tokio::test]
async fn what_does_not_reach_a_practice_is_a_500() {
    let stage = Stage::start().await;
    assert_eq!(stage.call("GetAgendas", json!({"Target": "nowhere"})).await.status, 500);
    assert_eq!(stage.post_json("<xml/>").await.status, 500);
    stage.staff(&json!([{"offline": true}]));
    let answer = stage.call("GetAgendas", json!({})).await;
    assert_eq!((answer.status, &answer.json()["ReturnValue"]["Gelukt"]), (500, &json!(false)));
    stage.staff(&json!([{"offline": false}]));
    stage.call("GetAgendas", json!({})).await.won();
}

#[tokio::test]
async fn statuses_are_words_numbers_digits_or_prefixed() {
    let cases = [
        ("word", json!("Aanwezig"), json!("")),
        ("number", json!(2), json!(0)),
        ("digits", json!("2"), json!("")),
        ("prefixed", json!("OZB_Tetra_Agenda_AfspraakStatus_Aanwezig"), json!("OZB_NietGevuld")),
    ];
    for (form, here, none) in cases {
        let stage = Stage::turned(json!({"status_as": form})).await;
        let won = stage.call("GetAfsprakenDeurToegang", day()).await.won();
        let of = |nth: usize| &won["afspraken"][nth]["AfspraakStatus"];
        assert_eq!((of(1), of(2)), (&here, &none), "{form}");
    }
}
