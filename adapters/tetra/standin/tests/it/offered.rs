//! What is offered under configured names only (`tetra.md` section 2.0). The names and shapes are ours.

use serde_json::{Value, json};

use crate::stage::{Stage, TO_PRACTICE, token, user};

fn booking() -> Value {
    json!({"agendaId": 71, "blokTypeId": 501, "patientId": 4242, "start": "2026-06-02T11:00:00", "opmerkingen": "Hoest"})
}

fn slots() -> Value {
    json!({"agendaIds": [71], "blokTypeIds": [501],
        "start": "2026-06-02T10:00:00", "eind": "2026-06-02T11:00:00"})
}

fn appointment(stage: &Stage, id: i64) -> Option<Value> {
    let shown = stage.shown();
    shown["appointments"].as_array().expect("a list").iter().find(|it| it["id"] == id).cloned()
}

#[tokio::test]
async fn none_of_it_is_there_by_default() {
    let stage = Stage::start().await;
    for method in ["StuurSMS", "GetVrijeTijden", "MaakAfspraak", "WisAfspraakById", "GetAfspraakStatussen"] {
        stage.call(method, json!({})).await.lost(404);
    }
    let statuses = stage.ask("Tetra_Agenda_GetAfspraken", &token(), TO_PRACTICE).await;
    assert_eq!(statuses.word(), "Onbekend_verzoek");
}

#[tokio::test]
async fn names_are_given_by_configuration() {
    let stage = Stage::start().await;
    let offer =
        json!({"operations": {"slots": {"json": "Plekken", "names": {"agendas": "wie", "list": "plekken"}}}});
    stage.running.seed(&offer).unwrap();
    let mut asked = slots();
    asked["wie"] = json!([71]);
    let won = stage.call("Plekken", asked).await.won();
    assert_eq!(won["plekken"].as_array().unwrap().len(), 5);
    stage.call("GetVrijeTijden", slots()).await.lost(404);
}

#[tokio::test]
async fn a_free_time_is_an_offer_until_somebody_takes_it() {
    let stage = Stage::offering().await;
    let won = stage.call("GetVrijeTijden", slots()).await.won();
    let first = json!({"Start": "2026-06-02T10:00:00", "Eind": "2026-06-02T10:10:00", "AgendaId": 71, "BlokTypeId": 501});
    let times = won["vrijeTijden"].as_array().unwrap();
    assert_eq!((times.len(), &times[0]), (5, &first), "10:20 is taken");

    let take = json!({"agendaId": 71, "blokTypeId": 501, "patientId": 4243, "start": "2026-06-02T10:00:00"});
    stage.call("MaakAfspraak", take.clone()).await.won();
    stage.call("MaakAfspraak", take).await.lost(409);
}

#[tokio::test]
async fn an_appointment_is_booked_moved_and_cancelled() {
    let stage = Stage::offering().await;
    let won = stage.call("MaakAfspraak", booking()).await.won();
    let (id, token) = (won["Id"].as_i64().unwrap(), won["WisAfspraakToken"].as_str().unwrap().to_owned());
    assert!(token.starts_with("01999999_") && token.len() == 42, "{token}");
    let booked = appointment(&stage, id).unwrap();
    assert_eq!((&booked["end"], &booked["remark"]), (&json!("2026-06-02T11:10:00"), &json!("Hoest")));
    assert_eq!((&booked["portal"], &booked["by_practice"]), (&json!(true), &json!(false)));

    let to = json!({"afspraakId": id, "agendaId": 72, "start": "2026-06-02T12:00:00"});
    stage.call("VerplaatsAfspraak", to).await.won();
    let moved = appointment(&stage, id).unwrap();
    assert_eq!((&moved["agenda"], &moved["end"]), (&json!(72), &json!("2026-06-02T12:10:00")));

    let cancel = json!({ "wisAfspraakToken": token });
    stage.call("WisAfspraakByToken", cancel.clone()).await.won();
    assert_eq!(appointment(&stage, id), None);
    stage.call("WisAfspraakByToken", cancel).await.lost(404);
    assert_eq!(stage.shown()["counts"]["erased"], 1);
}

#[tokio::test]
async fn a_booking_that_cannot_be_is_refused() {
    let stage = Stage::offering().await;
    for (name, value, code) in [
        ("agendaId", json!(99), 400),
        ("blokTypeId", json!(99), 400),
        ("patientId", json!(99), 404),
        ("patientId", Value::Null, 400),
        ("eind", json!("2026-06-02T10:00:00"), 400),
    ] {
        let mut asked = booking();
        asked[name] = value;
        stage.call("MaakAfspraak", asked).await.lost(code);
    }
    assert_eq!(stage.shown()["counts"]["appointments"], 3);
}

#[tokio::test]
async fn a_user_books_and_cancels_for_no_one_else() {
    let stage = Stage::offering().await;
    stage.login("s-1", "t.testpersoon@example.org").await;
    let mut mine = booking();
    mine["Session"] = json!("s-1");
    mine["patientId"] = Value::Null;
    let won = stage.call("MaakAfspraak", mine.clone()).await.won();
    mine["patientId"] = json!(4243);
    stage.call("MaakAfspraak", mine).await.lost(403);

    let cancel = |id: &Value| json!({"Session": "s-1", "afspraakId": id});
    stage.call("WisAfspraakById", cancel(&json!(880_004))).await.lost(404);
    stage.call("WisAfspraakById", cancel(&won["Id"])).await.won();
    stage.call("WisAfspraakById", json!({"afspraakId": 880_001})).await.lost(403);
}

#[tokio::test]
async fn arriving_sets_the_patient_present() {
    let stage = Stage::offering().await;
    stage.call("MeldAanwezig", json!({"afspraakId": 880_001})).await.won();
    assert_eq!(appointment(&stage, 880_001).unwrap()["status"], "Aanwezig");
    let session = user(&stage.create_session("balie@example.org").await);
    let refused = stage.ask("Tetra_Agenda_MeldAanwezig", &session, "<AfspraakId>880001</AfspraakId>").await;
    assert_eq!(refused.word(), "Identificatie_onjuist");
}

#[tokio::test]
async fn statuses_asked_for_within_five_minutes_are_counted_as_too_early() {
    let stage = Stage::offering().await;
    let counted = || stage.shown()["status_calls"].clone();
    let won = stage.call("GetAfspraakStatussen", json!({})).await.won();
    assert_eq!(won["afspraken"].as_array().unwrap().len(), 3);
    stage.running.advance(120);
    stage.ask("Tetra_Agenda_GetAfspraken", &token(), TO_PRACTICE).await;
    assert_eq!(counted(), json!({"calls": 2, "too_early": 1}));
    stage.running.advance(300);
    stage.call("GetAfspraakStatussen", json!({"agendaIds": [71]})).await.won();
    assert_eq!(counted(), json!({"calls": 3, "too_early": 1}));
    assert_eq!(stage.shown()["calls"]["GetAfspraakStatussen"], 2);
}

#[tokio::test]
async fn the_lists_that_are_not_printed_in_xml_have_wrappers_when_they_are_offered() {
    let stage = Stage::offering().await;
    let kinds = stage.ask("Tetra_Agenda_GetBlokTypes", &token(), TO_PRACTICE).await;
    assert!(kinds.text().contains(
        "<BlokTypes><BlokType Id=\"501\"><Naam>Consult kort </Naam><Kleur>-13408564</Kleur>\
         <AfspraakDuurMinuten>10</AfspraakDuurMinuten></BlokType>"
    ));
    let agendas = stage.ask("Tetra_Agenda_GetAgendas", &token(), TO_PRACTICE).await;
    assert!(
        agendas.text().contains("<Agendas><Tetra_Agenda Id=\"71\"><Naam>Mw. Proefarts</Naam></Tetra_Agenda>")
    );
}

#[tokio::test]
async fn the_period_of_agendas_has_a_twin_in_xml_over_the_same_state() {
    let stage = Stage::offering().await;
    let children = format!(
        "{TO_PRACTICE}<Start>2026-06-02T00:00:00</Start><Eind>2026-06-03T00:00:00</Eind><AgendaIds><int>71</int><int>72</int></AgendaIds>"
    );
    let answer = stage.ask("Tetra_Agenda_GetAfsprakenDeurToegang", &token(), &children).await;
    let asked = json!({"start": "2026-06-02T00:00:00", "eind": "2026-06-03T00:00:00", "agendaIds": [71, 72]});
    let won = stage.call("GetAfsprakenDeurToegang", asked).await.won();
    for it in won["afspraken"].as_array().unwrap() {
        assert!(answer.text().contains(&format!("<Tetra_Agenda_Afspraak Id=\"{}\">", it["Id"])));
    }
    assert!(answer.text().contains("<AfspraakStatus>Aanwezig</AfspraakStatus>"));
    assert_eq!(stage.shown()["appointment_calls"], json!({"calls": 2, "too_early": 1}));
}

#[tokio::test]
async fn people_are_found_by_telephone_number_and_in_xml() {
    let stage = Stage::offering().await;
    let won = stage.call("ZoekTelefoon", json!({"telefoonnummer": "010 123 45 67"})).await.won();
    assert_eq!(won["zoekresultaten"][0]["PatientId"], 4242);
    let children = format!("{TO_PRACTICE}<Identifier>999990019</Identifier>");
    let answer = stage.ask("Tetra_Agenda_ZoekAfspraakPatient", &token(), &children).await;
    assert_eq!((answer.element("PatientId").as_str(), answer.text().contains("999990019")), ("4242", false));
}

#[tokio::test]
async fn a_new_patient_needs_three_dates_and_stays() {
    let stage = Stage::offering().await;
    let none = "0001-01-01T00:00:00";
    let children = |died: &str| {
        format!(
            "{TO_PRACTICE}<Voornaam>W.</Voornaam><Achternaam>Nieuw</Achternaam><GeboorteDatum>2001-02-03T00:00:00</GeboorteDatum>\
             <Inschrijfdatum>2026-06-02T00:00:00</Inschrijfdatum><Uitschrijfdatum>{none}</Uitschrijfdatum>\
             <Overlijdensdatum>{died}</Overlijdensdatum>"
        )
    };
    let refused = stage.ask("His_NieuwePatient", &token(), &children("")).await;
    assert_eq!(refused.word(), "Verzoek_onjuist");
    let enrolled = stage.ask("His_NieuwePatient", &token(), &children(none)).await;
    assert_eq!(enrolled.element("PatientId"), "4245");
    let won = stage.call("ZoekAfspraakPatient", json!({"identifier": "03-02-2001"})).await.won();
    assert_eq!(won["zoekresultaten"][0]["PatientId"], 4245);
}
