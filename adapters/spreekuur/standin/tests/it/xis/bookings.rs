//! Booking in both versions (8.2.1 to 8.2.5, 8.2.9, 8.2.10) and cancelling (8.2.8).

use serde_json::{Value, json};

use super::counterpart::{Xis, bundle};

const TYPES: &str = "GET /fhir/ValueSet/BookableAppointmentTypes";
const SLOTS: &str = "GET /fhir/Slot";
const BOOK: &str = "POST /fhir/Appointment";
const KINDS: &str = "http://www.example-xis.nl/ns/communication-type";

fn types(kind: &str) -> Value {
    json!({ "resourceType": kind, "compose": { "include": [{ "system": KINDS, "concept": [
        { "code": "CONSULT", "display": "Consult" }, { "code": "BEL", "display": "Belafspraak" },
    ]}]}})
}

fn slot(id: &str, schedule: &str, status: &str) -> Value {
    json!({
        "resourceType": "Slot",
        "id": id,
        "status": status,
        "start": "2026-09-15T09:10:00+02:00",
        "end": "2026-09-15T09:20:00+02:00",
        "schedule": { "reference": format!("Schedule/{schedule}") },
        "extension": [{
            "url": "urn:extension:actor",
            "valueReference": { "reference": "PractitionerRole/pr-12", "display": "Mw. dr. A. Voorbeeld" },
        }],
    })
}

/// A XIS with types, and with slots that are free.
async fn with_slots(resource_type: &str) -> Xis {
    let xis = Xis::start().await;
    xis.says(TYPES, 200, &types(resource_type));
    let slots = [slot("s0", "a", "busy"), slot("s1", "a", "free"), slot("s2", "b", "free")];
    xis.says(SLOTS, 200, &bundle(&slots));
    let made = json!({ "resourceType": "Appointment", "id": "afs-1", "status": "booked" });
    xis.makes(BOOK, "http://xis.example/fhir/Appointment/afs-1/_history/1", &made);
    xis
}

fn on_monday(more: &Value) -> Value {
    let mut with = json!({ "today": "2026-09-14" });
    for (name, value) in more.as_object().expect("an object") {
        with[name] = value.clone();
    }
    json!({ "with": with })
}

#[tokio::test]
async fn m_09_a_booking_of_version_two_goes_by_agenda_and_week() {
    let xis = with_slots("ValueSet").await;

    let told =
        xis.errand("book_v2", on_monday(&json!({ "kind": format!("{KINDS}|BEL"), "agenda": "b" }))).await;

    assert_eq!((&told["outcome"], &told["resource_id"]), (&json!("approved"), &json!("afs-1")), "{told}");
    assert_eq!(xis.lines(), [TYPES, SLOTS, SLOTS, BOOK]);
    assert_eq!(xis.to(TYPES)[0].asked("service-category"), [format!("{KINDS}|BEL")]);
    let [all, week] = &xis.to(SLOTS)[..] else { panic!("slots are asked for twice") };
    assert_eq!(all.asked("schedule.date"), ["ge2026-09-15T00:00:00Z", "le2026-10-12T00:00:00Z"]);
    assert_eq!((all.asked("status"), all.asked("schedule")), (vec!["free"], vec![]));
    assert_eq!(all.asked("service-category"), [format!("{KINDS}|BEL")]);
    assert_eq!(week.asked("schedule.date"), ["ge2026-09-15T00:00:00Z", "le2026-09-22T00:00:00Z"]);
    assert_eq!((week.asked("status"), week.asked("schedule")), (vec!["free"], vec!["b"]));
}

#[tokio::test]
async fn m_09_a_booking_carries_the_slot_the_patient_and_the_practitioner() {
    let xis = with_slots("ValueSet").await;

    xis.errand("book_v2", on_monday(&json!({ "slot": "s1", "comment": "Mijn knie." }))).await;

    let sent = &xis.to(BOOK)[0];
    assert_eq!(sent.header("content-type"), "application/fhir+json");
    assert_eq!(
        sent.json(),
        json!({
            "resourceType": "Appointment",
            "status": "booked",
            "serviceCategory": [{ "coding": [{ "system": KINDS, "code": "CONSULT", "display": "Consult" }] }],
            "start": "2026-09-15T09:10:00+02:00",
            "end": "2026-09-15T09:20:00+02:00",
            "slot": [{ "reference": "Slot/s1" }],
            "comment": "Mijn knie.",
            "participant": [
                {
                    "actor": {
                        "identifier": { "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019" },
                        "display": "T. Testpersoon",
                    },
                    "status": "accepted",
                },
                {
                    "actor": { "reference": "PractitionerRole/pr-12", "display": "Mw. dr. A. Voorbeeld" },
                    "status": "accepted",
                },
            ],
        })
    );
}

#[tokio::test]
async fn m_09_what_the_practice_must_approve_is_proposed() {
    let xis = with_slots("ValueSet").await;

    let told = xis.errand("book_v2", on_monday(&json!({ "approval": true }))).await;

    assert_eq!(told["outcome"], "pending");
    let sent = xis.to(BOOK)[0].json();
    assert_eq!(
        (&sent["status"], &sent["participant"][0]["status"]),
        (&json!("proposed"), &json!("accepted"))
    );
    assert_eq!(sent["participant"][1]["status"], "needs-action");
}

#[tokio::test]
async fn m_09_a_booking_of_version_one_goes_by_practitioner() {
    let xis = with_slots("AppointmentType").await;
    let role = |id: &str| json!({ "resourceType": "PractitionerRole", "id": id, "name": "Dr. V." });
    xis.says("GET /fhir/PractitionerRole", 200, &bundle(&[role("pr-11"), role("pr-12"), role("pr-13")]));
    let agenda = |actor: &str| {
        json!({ "resourceType": "Schedule", "id": actor,
            "actor": [{ "reference": format!("PractitionerRole/{actor}") }] })
    };
    // bare in the published schema, a resource in FHIR.
    let schedules =
        json!({ "resourceType": "Bundle", "entry": [agenda("pr-12"), { "resource": agenda("pr-13") }] });
    xis.says("GET /fhir/Schedule", 200, &schedules);

    let told = xis.errand("book_v1", on_monday(&json!({}))).await;

    assert_eq!(told["outcome"], "approved", "{told}");
    assert_eq!(xis.lines(), [TYPES, "GET /fhir/PractitionerRole", "GET /fhir/Schedule", SLOTS, BOOK]);
    assert_eq!(xis.to("GET /fhir/Schedule")[0].asked("service-category"), [format!("{KINDS}|CONSULT")]);
    let week = &xis.to(SLOTS)[0];
    assert_eq!(week.asked("schedule.actor:PractitionerRole"), ["pr-12,pr-13"]);
    assert_eq!(week.asked("schedule.date"), ["ge2026-09-15T00:00:00Z", "le2026-09-22T00:00:00Z"]);
    assert_eq!((week.asked("service-category").len(), week.asked("status")), (1, vec![]));
}

#[tokio::test]
async fn m_09_a_week_without_slots_is_followed_by_the_next() {
    let xis = Xis::start().await;
    xis.says(TYPES, 200, &types("ValueSet"));
    let some = bundle(&[slot("s9", "a", "free")]);
    for answer in [&some, &bundle(&[]), &bundle(&[]), &some] {
        xis.says(SLOTS, 200, answer);
    }
    xis.makes(BOOK, "Appointment/1", &json!({ "resourceType": "Appointment" }));

    let told = xis.errand("book_v2", on_monday(&json!({}))).await;

    assert_eq!((&told["outcome"], &told["resource_id"]), (&json!("approved"), &json!("1")));
    let third = &xis.to(SLOTS)[3];
    assert_eq!(third.asked("schedule.date"), ["ge2026-09-29T00:00:00Z", "le2026-10-06T00:00:00Z"]);
}

#[tokio::test]
async fn m_09_a_slot_that_is_gone_is_told() {
    let xis = with_slots("ValueSet").await;
    xis.now_says(
        BOOK,
        409,
        &json!({ "resourceType": "OperationOutcome", "issue": [{ "code": "conflict" }] }),
    );

    let told = xis.errand("book_v2", on_monday(&json!({}))).await;

    assert_eq!((&told["outcome"], &told["status"]), (&json!("slot_taken"), &json!(409)));
    let last = told["calls"].as_array().unwrap().last().unwrap();
    assert_eq!(last["body"]["issue"][0]["code"], "conflict");
}

#[tokio::test]
async fn m_09_nothing_to_book_is_told() {
    let xis = Xis::start().await;
    xis.says(TYPES, 200, &json!({ "resourceType": "ValueSet", "compose": { "include": [] } }));
    assert_eq!(xis.errand("book_v2", json!({})).await["outcome"], "no_types");

    xis.now_says(TYPES, 200, &types("ValueSet"));
    xis.says(SLOTS, 200, &bundle(&[]));
    assert_eq!(xis.errand("book_v2", json!({})).await["outcome"], "no_slots");
    assert!(xis.to(BOOK).is_empty());
}

#[tokio::test]
async fn m_09_a_cancellation_reads_first_and_then_declines() {
    let xis = Xis::start().await;
    let appointment = json!({ "resourceType": "Appointment", "id": "afs-1", "status": "booked" });
    xis.says("GET /fhir/Appointment", 200, &bundle(std::slice::from_ref(&appointment)));
    xis.says("GET /fhir/Appointment/afs-1", 200, &appointment);
    xis.makes("POST /fhir/AppointmentResponse", "AppointmentResponse/r1", &json!({}));

    let told = xis.errand("cancel", json!({ "with": { "appointment": "afs-1", "comment": "Ziek." } })).await;

    assert_eq!((&told["outcome"], &told["resource_id"]), (&json!("cancelled"), &json!("r1")));
    assert_eq!(xis.lines(), ["GET /fhir/Appointment", "POST /fhir/AppointmentResponse"]);
    assert_eq!(xis.arrived()[1].asked("id"), ["afs-1"]);
    let bsn = json!({ "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019" });
    assert_eq!(
        xis.arrived()[2].json(),
        json!({
            "resourceType": "AppointmentResponse",
            "appointment": { "reference": "Appointment/afs-1" },
            "participantStatus": "declined",
            "actor": { "identifier": bsn },
            "comment": "Ziek.",
        })
    );

    let by_path = json!({ "dialect": "literal", "with": { "appointment": "afs-1", "read_by": "path" } });
    assert_eq!(xis.errand("cancel", by_path).await["outcome"], "cancelled");
    let literal = &xis.to("POST /fhir/AppointmentResponse")[1].json();
    assert_eq!(xis.to("GET /fhir/Appointment/afs-1").len(), 1);
    assert_eq!(literal["actor"], json!({ "reference": { "identifier": [bsn] } }), "Q-01");
    assert_eq!(literal.get("resourceType"), None, "Q-01");
}

#[tokio::test]
async fn m_09_an_appointment_that_is_not_there_is_not_declined() {
    let xis = Xis::start().await;
    let told = xis.errand("cancel", json!({ "with": { "appointment": "x" } })).await;
    assert_eq!((&told["outcome"], &told["status"]), (&json!("not_found"), &json!(404)));

    xis.says("GET /fhir/Appointment", 200, &bundle(&[]));
    let told = xis.errand("cancel", json!({ "with": { "appointment": "x" } })).await;
    assert_eq!((&told["outcome"], &told["status"]), (&json!("not_found"), &json!(200)));
    assert_eq!(xis.lines(), ["GET /fhir/Appointment"; 2]);
}
