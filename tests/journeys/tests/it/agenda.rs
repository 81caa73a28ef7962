//! An agenda that staff keep in the GP system, and what becomes of it elsewhere: the patient platform hears each change
//! once, and the practice hears nothing of what it said itself (`docs/architecture.md`, never back to the origin).

use gateway_core::DeliveryState;
use serde_json::{Value, json};

use crate::inside::{Inside, PLATFORM, reading, reading_xml, writing};

const PRACTICE: &str = "tetra-de-linde";
/// The patient with an account at the platform, as the practice knows her.
const BSN: &str = "999990019";
const BORN: &str = "1986-09-29";
const NUMBER: i64 = 4711;
/// Another patient of the practice.
const OTHER: i64 = 4712;

#[tokio::test]
async fn what_staff_change_reaches_the_patient_once_and_never_the_practice_on_sqlite() {
    follow(None).await;
}

#[tokio::test]
async fn what_staff_change_reaches_the_patient_once_and_never_the_practice_on_postgres() {
    let Some(database) = crate::postgres::database().await else { return };
    follow(Some(&database)).await;
}

async fn follow(database: Option<&str>) {
    let house = Inside::with(database, &[(PRACTICE, writing())]).await;
    house.ask_for(PRACTICE, BSN, BORN).await;
    let number = make(&house);
    house.look().await;
    let here = house.theirs(number).await;
    let id = here["id"].as_str().expect("an id").to_owned();
    let heard = |kinds: &[&str]| {
        let wanted: Vec<_> = kinds.iter().map(|kind| ((*kind).to_owned(), id.clone())).collect();
        assert_eq!(house.told(), wanted);
    };
    heard(&["new"]);

    house.staff(&json!({"move": {"id": number, "start": house.at(4, "11:30")}}));
    house.look().await;
    heard(&["new", "modified"]);
    let moved = house.look().await;
    assert_eq!((moved.created, moved.updated), (0, 0), "the same again is no change");
    heard(&["new", "modified"]);

    house.staff(&json!({"cancel": number}));
    house.look().await;
    heard(&["new", "modified"]);
    assert_eq!(house.theirs(number).await["status"], "booked", "missing once proves nothing");
    house.look().await;
    heard(&["new", "modified", "cancelled"]);
    assert_eq!(house.theirs(number).await["status"], "cancelled");
    house.look().await;
    heard(&["new", "modified", "cancelled"]);

    assert_eq!(house.writes_at_the_practice(), Vec::<String>::new());
    assert!(house.deliveries(PRACTICE).await.is_empty(), "nothing goes back to where it came from");
    let states: Vec<_> = house.deliveries(PLATFORM).await.iter().map(|row| row.state).collect();
    assert_eq!(states, [DeliveryState::Delivered; 3]);
}

/// Staff make an appointment for the patient, four days from now.
fn make(house: &Inside) -> i64 {
    let (start, end) = (house.at(4, "09:00"), house.at(4, "09:10"));
    let made = house.staff(&json!({"make": {
        "agenda": 71, "patient": NUMBER, "block_type": 501, "by_practice": true, "start": start, "end": end}}));
    made.expect("a number")
}

#[tokio::test]
async fn what_a_xis_books_is_booked_once_and_recognised_in_the_agenda() {
    let house = Inside::with(None, &[(PRACTICE, writing())]).await;
    house.ask_for(PRACTICE, BSN, BORN).await;
    booked_and_moved(&house).await;
}

#[tokio::test]
async fn a_booking_for_a_patient_the_xis_told_of_says_who_that_is_at_the_practice() {
    let house = Inside::with(None, &[(PRACTICE, writing())]).await;
    house
        .put(&json!({"resourceType": "Patient", "id": "p-1", "birthDate": BORN,
        "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN}]}))
        .await;
    booked_and_moved(&house).await;
    assert_eq!(house.count("Patient").await, 1, "the practice means the same patient");
}

#[tokio::test]
async fn a_booking_for_a_patient_of_whom_only_the_bsn_is_known_stays_the_patients_own() {
    let house = Inside::with(None, &[(PRACTICE, writing())]).await;
    house
        .put(&json!({"resourceType": "Patient", "id": "p-1",
        "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN}]}))
        .await;
    booked_and_moved(&house).await;

    // Whom the practice puts in afterwards is somebody else until proved otherwise: the first patient hears nothing of it.
    let number = house.practice_appointments()[0]["id"].as_i64().expect("a number");
    let told = house.told().len();
    house.staff(&json!({"change": {"id": number, "patient": OTHER}}));
    house.look().await;
    let people = house.theirs(number).await["participant"].to_string();
    assert!(people.contains(&OTHER.to_string()), "{people}");
    assert_eq!(house.told().len(), told);
}

async fn booked_and_moved(house: &Inside) {
    house.put(&booking(house)).await;
    assert_eq!(house.writes_at_the_practice(), ["MaakAfspraak"]);
    assert_eq!(house.told(), [("new".to_owned(), "afs-1".to_owned())]);

    house.look().await;
    for _ in 0..2 {
        let again = house.look().await;
        assert_eq!((again.created, again.updated, again.aside), (0, 0, 0), "it is as it was");
    }
    assert_eq!(house.count("Appointment").await, 1);
    assert_eq!(house.writes_at_the_practice(), ["MaakAfspraak"], "no echo");
    assert_eq!(house.told().len(), 1, "the patient hears nothing twice");

    let number = house.practice_appointments()[0]["id"].as_i64().expect("a number");
    assert_eq!(house.theirs(number).await["id"], "afs-1", "it is recognised");
    house.staff(&json!({"move": {"id": number, "start": house.at(5, "14:00")}}));
    house.look().await;
    assert_eq!(house.told()[1..], [("modified".to_owned(), "afs-1".to_owned())]);
    let refused: Vec<_> = house.deliveries(PLATFORM).await.into_iter().filter_map(|row| row.reason).collect();
    assert!(refused.iter().all(|why| why.contains("unchanged")), "{refused:?}");
    assert_eq!(house.writes_at_the_practice(), ["MaakAfspraak"], "no echo");
}

/// An appointment as a XIS sends it: the patient by BSN, the agenda and the block type by the practice's own numbers.
fn booking(house: &Inside) -> Value {
    json!({
        "resourceType": "Appointment", "id": "afs-1", "status": "booked",
        "serviceCategory": [{"coding": [
            {"system": "https://xis.example/afspraaktype", "code": "CONSULT", "display": "Consult"}]}],
        "serviceType": [{"coding": [
            {"system": "https://zorgtolk.example/fhir/CodeSystem/tetra-bloktype/01000001", "code": "501"}]}],
        "start": format!("{}Z", house.at(5, "09:00")), "end": format!("{}Z", house.at(5, "09:10")),
        "participant": [
            {"status": "accepted", "actor": {"reference": "Patient/p-1", "display": "T. Testpersoon",
                "identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN}}},
            {"status": "accepted", "actor": {"identifier": {
                "system": "https://zorgtolk.example/fhir/NamingSystem/tetra-agenda-id/01000001", "value": "71"}}},
        ],
    })
}

#[tokio::test]
async fn one_agenda_over_json_and_over_xml_is_one_appointment_each() {
    let house = Inside::with(None, &[("tetra-json", reading()), ("tetra-xml", reading_xml())]).await;
    house.ask_for("tetra-json", BSN, BORN).await;
    let numbers: Vec<i64> = (0..3).map(|_| make(&house)).collect();
    house.staff(&json!({"move": {"id": numbers[1], "start": house.at(4, "10:00")}}));
    house.staff(&json!({"move": {"id": numbers[2], "start": house.at(4, "11:00"), "agenda": 72}}));
    house.look().await;
    assert_eq!(house.count("Appointment").await, 3);
    assert_eq!(house.told().len(), 3, "each is told once: {:?}", house.told());
    let again = house.look().await;
    assert_eq!(
        (again.taken, again.created, again.updated, again.aside),
        (2, 0, 0, 0),
        "neither undoes what the other said"
    );
    assert_eq!(house.told().len(), 3, "each is told once: {:?}", house.told());
    assert!(house.writes_at_the_practice().is_empty());
}
