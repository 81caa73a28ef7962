//! What a `PUT /Appointment/{id}` does: the eight rows of `spreekuur.md` 6.2, duties V-03 to V-05 and V-09.

use std::collections::BTreeSet;

use gateway_api::spreekuur::UnknownCancel;
use gateway_core::{DeliveryState, ResourceType, Version};
use serde_json::{Value, json};

use crate::house::{House, LINDE, URO};
use crate::spreekuur::{APPOINTMENTS, BSN, LINK, XIS, appointment, cancelled, refused, with};

async fn versions(house: &House) -> usize {
    house.versions("de-linde", ResourceType::Appointment).await.len()
}

// The eight rows of 6.2.

#[tokio::test]
async fn row_1_booked_and_unknown_is_new() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    assert_eq!(house.xis().await.put("afs-1", &appointment("afs-1")).await.status, 200);
    assert_eq!((versions(&house).await, house.deliveries().await.len()), (1, 1));
}

#[tokio::test]
async fn row_2_booked_known_and_changed_is_updated() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let xis = house.xis().await;
    let base = appointment("afs-1");
    xis.put("afs-1", &base).await;
    let other = json!({"actor": {"reference": "Location/k3", "display": "Kamer 3"}, "status": "accepted"});
    let changes = [
        with(&base, "/start", json!("2026-09-14T09:00:00+02:00")),
        with(&base, "/end", json!("2026-09-14T09:30:00+02:00")),
        with(&base, "/comment", Value::Null),
        with(&base, "/serviceCategory/0/coding/0/code", json!("VISITE")),
        with(&base, "/participant/1/actor/display", json!("Dr. B. Voorbeeld")),
        with(&base, "/participant/2", other),
        with(&base, "/participant/1", Value::Null),
    ];
    for (n, body) in changes.iter().enumerate() {
        assert_eq!(xis.put("afs-1", body).await.header("etag"), format!("W/\"{}\"", n + 2), "{body}");
    }
    assert_eq!((versions(&house).await, house.deliveries().await.len()), (8, 8));
}

#[tokio::test]
async fn row_3_booked_known_and_the_same_is_not_processed() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let xis = house.xis().await;
    let base = appointment("afs-1");
    xis.put("afs-1", &base).await;
    let first = &base["serviceCategory"][0];
    for same in [
        base.clone(),
        with(&base, "/participant", json!([base["participant"][1], base["participant"][0]])),
        with(&base, "/serviceCategory", json!([first, first])),
        with(&base, "/participant/0/actor/display", json!("Testpersoon")),
        with(&base, "/participant/0/actor/reference", json!("Patient/other")),
    ] {
        assert_eq!(xis.put("afs-1", &same).await.header("etag"), "W/\"1\"", "{same}");
    }
    assert_eq!((versions(&house).await, house.deliveries().await.len()), (1, 1));
}

#[tokio::test]
async fn row_4_cancelled_and_known_is_cancelled() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let xis = house.xis().await;
    xis.put("afs-1", &appointment("afs-1")).await;
    assert_eq!(xis.put("afs-1", &cancelled(&appointment("afs-1"))).await.status, 200);
    assert_eq!(house.stored("de-linde", "Appointment/afs-1").await["status"], "cancelled");
    assert_eq!(house.deliveries().await.len(), 2);
}

#[tokio::test]
async fn row_5_cancelled_and_unknown_stores_nothing() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let reply = house.xis().await.put("afs-1", &cancelled(&appointment("afs-1"))).await;
    assert_eq!((reply.status, reply.header("etag")), (200, ""));
    assert_eq!((house.count("de-linde").await, house.deliveries().await.len()), (0, 0));
    let strict =
        House::with(|settings| settings.spreekuur.unknown_cancel = UnknownCancel::NotFound, &[]).await;
    let reply = strict.xis().await.put("afs-1", &cancelled(&appointment("afs-1"))).await;
    assert_eq!(reply.refusal(), (404, "not-found".into()));
    assert_eq!(strict.count("de-linde").await, 0);
}

#[tokio::test]
async fn row_6_cancelled_again_is_not_processed() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let xis = house.xis().await;
    xis.put("afs-1", &appointment("afs-1")).await;
    for _ in 0..2 {
        assert_eq!(xis.put("afs-1", &cancelled(&appointment("afs-1"))).await.header("etag"), "W/\"2\"");
    }
    assert_eq!(house.deliveries().await.len(), 2);
}

#[tokio::test]
async fn row_7_booked_after_cancelled_is_a_change() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let xis = house.xis().await;
    let base = appointment("afs-1");
    for (n, body) in [base.clone(), cancelled(&base), base.clone()].iter().enumerate() {
        assert_eq!(xis.put("afs-1", body).await.header("etag"), format!("W/\"{}\"", n + 1));
    }
    assert_eq!(house.deliveries().await.len(), 3);
}

#[tokio::test]
async fn row_8_any_other_status_is_refused() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let body = with(&appointment("afs-1"), "/status", json!("pending"));
    refused(&house, &body, "code-invalid", "Appointment.status").await;
    assert_eq!(house.deliveries().await.len(), 0);
}

#[tokio::test]
async fn create_identical_modified_cancelled_identical_cancel_make_three_messages() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let xis = house.xis().await;
    let base = appointment("afs-1");
    let moved = with(&base, "/end", json!("2026-09-14T09:30:00+02:00"));
    for body in [&base, &base, &moved, &cancelled(&moved), &cancelled(&moved)] {
        assert_eq!(xis.put("afs-1", body).await.status, 200);
    }
    let versions: BTreeSet<_> = house.deliveries().await.iter().map(|delivery| delivery.version).collect();
    assert_eq!(versions, BTreeSet::from([Version(1), Version(2), Version(3)]));
}

// The duties.

#[tokio::test]
async fn v_03_a_key_is_client_organisation_and_id() {
    let house = House::new().await;
    let (xis, other) = (house.xis().await, house.sender("other-xis", LINDE).await);
    let (linde, uro) = (house.sender("all", LINDE).await, house.sender("all", URO).await);
    let base = appointment("afs-1");
    for sender in [&xis, &other, &linde, &uro] {
        assert_eq!(sender.put("afs-1", &base).await.header("etag"), "W/\"1\"");
    }
    assert_eq!(versions(&house).await, 3);
    assert_eq!(house.versions("uro-kliniek", ResourceType::Appointment).await.len(), 1);
    let moved = with(&base, "/comment", json!("Kamer 3"));
    let reply = other.put("afs-1", &moved).await;
    assert_eq!((reply.header("etag"), &reply.json()["id"]), ("W/\"2\"", &json!("afs-1")));
    assert_eq!(house.stored("de-linde", "Appointment/afs-1").await["comment"], base["comment"]);
    assert_eq!(house.stored("uro-kliniek", "Appointment/afs-1").await["comment"], base["comment"]);
    for sender in [&xis, &linde, &uro] {
        assert_eq!(sender.put("afs-1", &base).await.header("etag"), "W/\"1\"", "untouched");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn v_03_concurrent_puts_on_one_key_are_serialised() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let xis = house.xis().await;
    let bodies: Vec<_> =
        (0..20).map(|n| with(&appointment("afs-1"), "/comment", json!(format!("Kamer {n}")))).collect();
    let replies = futures_util::future::join_all(bodies.iter().map(|body| xis.put("afs-1", body))).await;
    let tags: BTreeSet<_> = replies.iter().map(|reply| reply.header("etag").to_owned()).collect();
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert_eq!(tags, (1..=20).map(|n| format!("W/\"{n}\"")).collect());
    assert_eq!((versions(&house).await, house.deliveries().await.len()), (20, 20));
    let newest = &house.versions("de-linde", ResourceType::Appointment).await[0];
    let last = replies.iter().find(|reply| reply.header("etag") == "W/\"20\"").unwrap();
    assert_eq!(newest.version, Version(20));
    let stored: Value = serde_json::from_str(newest.text.as_ref().unwrap()).unwrap();
    assert_eq!(stored["comment"], last.json()["comment"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn v_04_two_first_puts_at_once_make_one_patient() {
    let house = House::new().await;
    let xis = house.xis().await;
    let ids: Vec<_> = (0..12).map(|n| format!("afs-{n}")).collect();
    let bodies: Vec<_> = ids.iter().map(|id| appointment(id)).collect();
    let puts = ids.iter().zip(&bodies).map(|(id, body)| xis.put(id, body));
    let replies = futures_util::future::join_all(puts).await;
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert_eq!(versions(&house).await, 12);
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 1);
}

#[tokio::test]
async fn v_04_the_stored_appointment_is_native_fhir() {
    let house = House::new().await;
    house.xis().await.put("afs-1", &appointment("afs-1")).await;
    let patients = house.versions("de-linde", ResourceType::Patient).await;
    let patient = house.stored("de-linde", &patients[0].key.to_string()).await;
    assert_eq!(patient["identifier"], json!([{"system": BSN, "value": "999990019"}]));
    assert_eq!(patient["name"], json!([{"text": "T. van Testpersoon"}]));
    let id = patients[0].key.id.as_str();
    assert!(!id.contains("999990019") && id.len() == 36, "{id}");

    let stored = house.stored("de-linde", "Appointment/afs-1").await;
    assert_eq!(stored["identifier"], json!([{"system": XIS, "value": "afs-1"}]));
    assert_eq!(stored["meta"]["source"], "https://zorgtolk.example/client/xis");
    assert_eq!(stored["start"], "2026-09-14T09:10:00+02:00");
    let display = "T. van Testpersoon";
    assert_eq!(
        stored["participant"][0],
        json!({"actor": {"reference": format!("Patient/{id}"), "display": display}, "status": "accepted"})
    );
    assert!(!stored.to_string().contains("999990019"));
}

#[tokio::test]
async fn v_04_a_known_patient_is_found_by_bsn() {
    let house = House::new().await;
    let xis = house.xis().await;
    for id in ["afs-1", "afs-2"] {
        assert_eq!(xis.put(id, &appointment(id)).await.status, 200);
    }
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 1);
    let actor = async |id: &str| {
        house.stored("de-linde", &format!("Appointment/{id}")).await["participant"][0].clone()
    };
    assert_eq!(actor("afs-1").await, actor("afs-2").await);
}

#[tokio::test]
async fn v_04_history_is_kept() {
    let house = House::new().await;
    let xis = house.xis().await;
    xis.put("afs-1", &appointment("afs-1")).await;
    xis.put("afs-1", &cancelled(&appointment("afs-1"))).await;
    let versions = house.versions("de-linde", ResourceType::Appointment).await;
    let states: Vec<_> =
        versions.iter().map(|v| v.text.as_ref().unwrap().contains("\"cancelled\"")).collect();
    assert_eq!(states, [true, false]);
}

#[tokio::test]
async fn v_05_only_what_is_processed_is_told() {
    let house = House::with(|_| {}, &[(LINK, "Appointment"), ("patients", "Patient")]).await;
    let xis = house.xis().await;
    let base = appointment("afs-1");
    xis.put("afs-1", &cancelled(&base)).await;
    assert_eq!(house.deliveries().await.len(), 0, "nothing was processed");
    xis.put("afs-1", &base).await;
    assert_eq!(house.deliveries().await.len(), 2, "the appointment and its new patient");
    xis.put("afs-1", &base).await;
    xis.put("afs-1", &with(&base, "/id", Value::Null)).await;
    assert_eq!(house.deliveries().await.len(), 2);
}

#[tokio::test]
async fn v_09_the_answer_does_not_wait_for_the_link() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    assert_eq!(house.xis().await.put("afs-1", &appointment("afs-1")).await.status, 200);
    let deliveries = house.deliveries().await;
    assert_eq!(deliveries.len(), 1);
    assert_eq!((deliveries[0].link.as_str(), deliveries[0].state), (LINK, DeliveryState::Due));
    assert_eq!(deliveries[0].key.to_string(), "Appointment/afs-1");
}

#[tokio::test]
async fn an_id_that_is_taken_gets_another_one_inside() {
    let house = House::new().await;
    let all = house.sender("all", LINDE).await;
    all.put("afs-1", &appointment("afs-1")).await;
    let xis = house.xis().await;
    let reply = xis.put("afs-1", &appointment("afs-1")).await;
    assert_eq!((reply.status, &reply.json()["id"]), (200, &json!("afs-1")));
    let keys: BTreeSet<_> = house
        .versions("de-linde", ResourceType::Appointment)
        .await
        .iter()
        .map(|v| v.key.to_string())
        .collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(xis.put("afs-1", &appointment("afs-1")).await.header("etag"), "W/\"1\"");
    assert_eq!(versions(&house).await, 2);
}
