//! The vendor's own examples, byte for byte, as the pages print them: a member or element to a line.

use serde_json::json;

use crate::stage::{Stage, user};

const OWN_JSON: &str = include_str!("../../testdata/get-afspraken.json");
const OWN_XML: &str = include_str!("../../testdata/get-patient-afspraken.xml");
const OWN_XML_ASKED: &str = include_str!("../../testdata/get-patient-afspraken-verzoek.xml");
const FOUND: &str = include_str!("../../testdata/zoek-afspraak-patient.json");

/// The practice of the page: a portal appointment that names no patient and no block type of the list, one that does.
async fn page() -> Stage {
    let stage = Stage::turned(json!({"layout": "lines", "own_list": "printed", "prolog": "absent"})).await;
    let account = |username: &str, patients: &[i64]| json!({"username": username, "password": "not-a-real-password", "patients": patients});
    let practice = json!({
        "name": "example", "agb": "01999999",
        "agendas": [{"id": 10090, "name": "Dhr. Voorbeeld"}, {"id": 10048, "name": "Dhr. E. Christiaanse"}],
        "block_types": [{"id": 10130, "name": "EC: Huisarts", "colour": "FFFF80", "tenths": 100}],
        "patients": [{"id": 157_376, "shown": "Dhr. E De testpatiënt", "born": "1965-01-01"}],
        "accounts": [account("one@example.org", &[]), account("two@example.org", &[10263])],
        "appointments": [
            {"id": 115_922, "agenda": 10090, "account": "one@example.org", "portal": true,
             "token": "01077771_hwMvGsKCIBeOG4LC5uHAd3ofne71Khu1P",
             "own_block": {"name": "EC: Huisarts", "colour": "FFFF80", "tenths": 100},
             "start": "2023-05-25T09:00:00", "end": "2023-05-25T09:05:00"},
            {"id": 213_769, "agenda": 10048, "patient": 10263, "block_type": 10130, "portal": true,
             "remark": "Appointment remark",
             "start": "2013-04-10T13:20:00", "end": "2013-04-10T13:30:00"},
        ],
    });
    stage.running.seed(&json!({ "practices": [practice] })).expect("the page's practice");
    stage
}

#[tokio::test]
async fn the_own_appointments_of_the_page_in_json() {
    let stage = page().await;
    stage.login("s-1", "one@example.org").await;
    let answer = stage.call("GetAfspraken", json!({"Session": "s-1"})).await;
    assert_eq!(answer.text(), OWN_JSON.trim_end());
}

#[tokio::test]
async fn the_own_appointments_of_the_page_in_xml() {
    let stage = page().await;
    let session = stage.create_session("two@example.org").await;
    let asked = OWN_XML_ASKED.replace("[session token]", &session);
    assert_eq!(stage.post_xml(asked).await.text(), OWN_XML.trim_end());

    let composed = stage.ask("Tetra_Agenda_GetPatientAfspraken", &user(&session), "").await;
    assert_eq!(composed.text(), OWN_XML.trim_end());
}

#[tokio::test]
async fn the_patient_of_the_page() {
    let stage = page().await;
    let answer = stage.call("ZoekAfspraakPatient", json!({"identifier": "157376"})).await;
    assert_eq!(answer.text(), FOUND.trim_end());
}
