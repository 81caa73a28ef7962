//! The control side: staff act, tests lay down and look, the clock is in their hands (`contract.md` section 5).

use serde_json::{Value, json};
use standin_tetra::{Act, Rule, Settings, StartError, Tetra};

use crate::stage::{Stage, TO_PRACTICE, token};

fn today() -> Value {
    json!({"start": "2026-06-02T00:00:00", "eind": "2026-06-03T00:00:00", "agendaIds": [71, 72, 73]})
}

async fn listed(stage: &Stage) -> Vec<Value> {
    stage.call("GetAfsprakenDeurToegang", today()).await.won()["afspraken"]
        .as_array()
        .expect("a list")
        .clone()
}

#[tokio::test]
async fn staff_make_move_change_and_cancel() {
    let stage = Stage::start().await;
    let made = stage
        .staff(&json!([{"make": {"agenda": 71, "patient": 4243, "block_type": 501, "by_practice": true,
        "start": "2026-06-02T09:00:00", "end": "2026-06-02T09:10:00"}}]));
    let id = made["made"][0].as_i64().unwrap();
    assert_eq!(made, json!({"made": [id], "appointments": 4}));

    stage.staff(&json!([
        {"move": {"id": id, "agenda": 72, "start": "2026-06-02T09:30:00"}},
        {"change": {"id": id, "remark": "Regel 1\r\n<b> & \"x\"", "patient": 4242}},
        {"status": {"id": id, "to": "Bezig"}},
        {"cancel": 880_001},
    ]));

    let listed = listed(&stage).await;
    let it = listed.iter().find(|it| it["Id"] == id).unwrap();
    let told =
        ["AgendaId", "Eind", "Opmerkingen", "PatientId", "AfspraakStatus"].map(|name| it[name].clone());
    let expected = json!([72, "2026-06-02T09:40:00", "Regel 1\r\n<b> & \"x\"", 4242, "Bezig"]);
    assert_eq!(Value::from(told.to_vec()), expected);
    assert!(!listed.iter().any(|it| it["Id"] == 880_001), "erased without a trace");
}

#[tokio::test]
async fn agendas_and_block_types_are_renamed_and_removed() {
    let stage = Stage::start().await;
    stage.staff(&json!([
        {"agenda": {"id": 71, "name": "Mw. Anders"}}, {"agenda": {"id": 73, "name": "Nieuw"}},
        {"block_type": {"id": 501, "name": "Lang", "colour": "000000", "tenths": 75}},
        {"remove_agenda": 72}, {"remove_block_type": 502},
    ]));
    let agendas = stage.call("GetAgendas", json!({})).await.won();
    assert_eq!(agendas["agendas"], json!([{"Id": 71, "Naam": "Mw. Anders"}, {"Id": 73, "Naam": "Nieuw"}]));
    let listed = listed(&stage).await;
    assert_eq!(listed.len(), 1, "what stands in a removed agenda is not shown");
    assert_eq!(listed[0]["AgendaNaam"], "Mw. Anders");
    assert_eq!(
        listed[0]["BlokType"],
        json!({"Id": 501, "Naam": "Lang", "Kleur": "000000", "AfspraakDuurMinuten10": 75})
    );
    assert_eq!(stage.shown()["counts"]["appointments"], 3, "they are kept");
}

#[tokio::test]
async fn people_come_and_go() {
    let stage = Stage::start().await;
    stage.staff(
        &json!([{"patient": {"id": 9_007_199_254_740_993_i64, "family": "Groot"}}, {"remove_patient": 4242}]),
    );
    let find = async |identifier: &str| {
        stage.call("ZoekAfspraakPatient", json!({ "identifier": identifier })).await.text()
    };
    assert!(find("9007199254740993").await.contains("\"PatientId\":9007199254740993"));
    assert!(find("4242").await.contains("\"zoekresultaten\":[]"));
}

#[tokio::test]
async fn members_can_be_laid_down_raw_in_both_formats() {
    let stage = Stage::offering().await;
    stage.staff(&json!([{"change": {"id": 880_001, "raw": {
        "Start": "2026-02-30T10:00:00", "AfspraakStatus": "(absent)", "BlokType.Kleur": "#abc", "Geslacht": null}}}]));
    let it = listed(&stage).await[0].clone();
    assert_eq!((&it["Start"], &it["Geslacht"]), (&json!("2026-02-30T10:00:00"), &Value::Null));
    assert_eq!((it.get("AfspraakStatus"), &it["BlokType"]["Kleur"]), (None, &json!("#abc")));
    let statuses = stage.ask("Tetra_Agenda_GetAfspraken", &token(), TO_PRACTICE).await.text();
    let first = statuses.split_once("</Tetra_Agenda_Afspraak>").unwrap().0;
    assert!(first.contains("<Start>2026-02-30T10:00:00</Start>") && first.contains("<Kleur>#abc</Kleur>"));
    assert!(first.contains("<Geslacht xsi:nil=\"true\"></Geslacht>") && !first.contains("AfspraakStatus"));
}

#[tokio::test]
async fn ten_thousand_appointments_are_generated_and_answered() {
    let stage = Stage::start().await;
    let answer = stage.staff(&json!(["clear", {"generate": {"count": 10_000, "from": "2026-06-02"}}]));
    assert_eq!(answer["appointments"], 10_000);
    let year = json!({"start": "2026-06-01T00:00:00", "eind": "2027-06-01T00:00:00", "agendaIds": [71, 72]});
    let won = stage.call("GetAfsprakenDeurToegang", year).await.won();
    assert_eq!(won["afspraken"].as_array().unwrap().len(), 10_000);
    assert_eq!(listed(&stage).await.len(), 200);
}

#[tokio::test]
async fn an_order_that_cannot_be_is_refused() {
    let stage = Stage::start().await;
    let at = |orders: Value| json!({"practice": "example", "do": orders});
    for body in [
        json!({"practice": "nowhere", "do": []}),
        at(json!([{"cancel": 1}])),
        at(json!([{"burn": 1}])),
        at(json!([{"status": {"id": 880_001, "to": "Weg"}}])),
        at(json!([{"make": {"agenda": 99, "start": "2026-06-02T09:00:00", "end": "2026-06-02T09:10:00"}}])),
        at(
            json!([{"make": {"id": 880_001, "agenda": 71, "start": "2026-06-02T09:00:00", "end": "2026-06-02T09:10:00"}}]),
        ),
        at(json!([{"make": {"agenda": 71, "start": "negen uur", "end": "2026-06-02T09:10:00"}}])),
    ] {
        assert_eq!(stage.control("practice", &body).await.status, 400, "{body}");
    }
    let done = stage.control("practice", &at(json!([{"cancel": 880_001}]))).await;
    assert_eq!((done.status, done.json()), (200, json!({"made": [], "appointments": 2})));
}

#[tokio::test]
async fn a_seed_that_cannot_be_is_refused_and_a_reset_goes_back() {
    let stage = Stage::start().await;
    for seed in [
        json!({"practice": []}),
        json!({"practices": [{"name": "x", "agb": "1"}]}),
        json!({"switches": {"window": "wide"}}),
        json!({"switches": {"windows": "overlaps"}}),
        json!({"operations": {"fly": {}}}),
    ] {
        assert_eq!(stage.control("seed", &seed).await.status, 400, "{seed}");
    }
    stage.running.seed(&json!({"switches": {"window": "overlaps"}})).unwrap();
    assert_eq!(stage.control("reset", &json!({})).await.status, 204);
    let shown = stage.running.state();
    let names: Vec<&Value> = shown["practices"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(
        (names, &shown["switches"]["window"]),
        (vec![&json!("de-linde"), &json!("uro-kliniek")], &json!("starts_within"))
    );
}

#[tokio::test]
async fn the_demo_has_a_day_of_appointments_today() {
    let stage = Stage::start().await;
    let shown = stage.running.state();
    let now = shown["now"].as_str().unwrap().get(..10).unwrap().to_owned();
    let linde = &shown["practices"][0];
    let starts: Vec<&str> =
        linde["appointments"].as_array().unwrap().iter().map(|it| it["start"].as_str().unwrap()).collect();
    // Around midnight the practice's day is another one than the machine's.
    let day = |start: &&str| start.get(..10).unwrap().to_owned();
    let mut days: Vec<String> = starts.iter().map(day).collect();
    days.dedup();
    assert!(days.contains(&now) || days.len() > 1, "{now} {days:?}");
    let busiest =
        days.iter().map(|it| starts.iter().filter(|start| start.starts_with(it.as_str())).count()).max();
    assert!(busiest >= Some(12), "{busiest:?}");
    assert!(linde["patients"].as_array().unwrap().iter().all(|it| it["has_bsn"] == true));
    let found = json!({"Target": Settings::AGB, "identifier": "999990019"});
    let won = stage.call("ZoekAfspraakPatient", found).await.won();
    assert_eq!(won["zoekresultaten"][0]["Naam"], "Mevr. T. Testpersoon");
}

#[tokio::test]
async fn the_demo_moves_with_the_clock_when_it_begins_again() {
    let stage = Stage::start().await;
    let of = |shown: &Value| shown["practices"][0]["appointments"][0]["start"].clone();
    let before = of(&stage.running.state());
    stage.running.reset();
    assert_eq!(of(&stage.running.state()), before);
}

#[tokio::test]
async fn a_slow_practice_answers_all_the_same() {
    let stage = Stage::start().await;
    stage.staff(&json!([{"slow_ms": 30}]));
    stage.call("GetAgendas", json!({})).await.won();
    assert_eq!(stage.shown()["slow_ms"], 30);
}

#[tokio::test]
async fn the_kits_faults_strike_by_operation() {
    let stage = Stage::offering().await;
    let lost = Rule::on("POST", "/json", Act::DropAfter).of("MaakAfspraak");
    stage
        .running
        .script(vec![lost, Rule::on("POST", "*", Act::Status).with_status(500).of("GetAgendas")])
        .unwrap();
    let unreached = stage.call("GetAgendas", json!({})).await;
    assert_eq!((unreached.status, &unreached.json()["ReturnValue"]["Gelukt"]), (500, &json!(false)));

    let booking = json!({"Name": Settings::APPLICATION, "Key": Settings::KEY, "Target": "example",
        "Method": "MaakAfspraak", "agendaId": 71, "blokTypeId": 501, "patientId": 4242, "start": "2026-06-02T11:00:00"});
    let url = stage.running.json_url();
    assert!(stage.sent(&url, booking.to_string()).await.is_err());
    assert_eq!(stage.shown()["counts"]["appointments"], 4, "booked, and nobody was told");
}

#[tokio::test]
async fn control_stays_on_loopback_and_a_zone_must_be_one() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let refused = Tetra::start(Settings { listen, ..Settings::default() }).await;
    assert!(matches!(refused, Err(StartError::NotLoopback { .. })), "{refused:?}");
    let zone = "Europe/Nergens".to_owned();
    let refused = Tetra::start(Settings { zone, ..Settings::default() }).await;
    assert!(matches!(refused, Err(StartError::Settings { .. })), "{refused:?}");
}
