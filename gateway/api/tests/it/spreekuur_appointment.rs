//! `PUT /Appointment/{id}`: rules of `spreekuur.md` 6.3. What it does, `spreekuur_effects` shows.

use fhir_profiles::BsnCheck;
use gateway_core::ResourceType;
use http::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::house::{House, LINDE, Reply, URO};
use crate::spreekuur::{APPOINTMENTS, BSN, appointment, cancelled, refused, with};

async fn put_with(house: &House, change: &[(&str, &str)]) -> Reply {
    let body = appointment("afs-1").to_string();
    house.xis().await.send(Method::PUT, "/Appointment/afs-1", change, &body).await
}

async fn versions(house: &House) -> usize {
    house.versions("de-linde", ResourceType::Appointment).await.len()
}

#[tokio::test]
async fn a_01_a_good_token() {
    let house = House::new().await;
    assert_eq!(put_with(&house, &[("authorization", "")]).await.refusal(), (401, "login".into()));
    assert_eq!(put_with(&house, &[("authorization", "Bearer x")]).await.refusal(), (401, "login".into()));
    let xis = house.xis().await;
    house.clock.advance(Duration::minutes(5));
    assert_eq!(xis.put("afs-1", &appointment("afs-1")).await.refusal(), (401, "expired".into()));
}

#[tokio::test]
async fn a_02_the_organisation_header_is_there() {
    let house = House::new().await;
    let reply = put_with(&house, &[("x-organization-identifier", "")]).await;
    assert_eq!(reply.refusal(), (400, "required".into()));
}

#[tokio::test]
async fn a_03_the_organisation_header_is_a_token_or_bare() {
    let house = House::new().await;
    let organisation = "x-organization-identifier";
    for bad in
        ["1000001", "http://elsewhere.example/agb|01000001", "http://fhir.nl/fhir/NamingSystem/agb-z|1"]
    {
        assert_eq!(put_with(&house, &[(organisation, bad)]).await.refusal(), (400, "value".into()), "{bad}");
    }
    assert_eq!(put_with(&house, &[(organisation, LINDE)]).await.status, 200);
    let strict = House::with(|settings| settings.spreekuur.lenient = false, &[]).await;
    assert_eq!(put_with(&strict, &[(organisation, LINDE)]).await.refusal(), (400, "value".into()));
    assert_eq!(put_with(&strict, &[]).await.status, 200);
}

#[tokio::test]
async fn a_04_the_client_may_act_for_the_organisation() {
    let house = House::new().await;
    let reply = put_with(&house, &[("x-organization-identifier", URO)]).await;
    assert_eq!(reply.refusal(), (403, "forbidden".into()));
    assert_eq!((house.count("de-linde").await, house.count("uro-kliniek").await), (0, 0));
}

#[tokio::test]
async fn a_05_the_media_type() {
    let house = House::new().await;
    for (sent, status) in
        [("application/json", 200), ("application/fhir+json; charset=utf-8", 200), ("text/json+x", 415)]
    {
        assert_eq!(put_with(&house, &[("content-type", sent)]).await.status, status, "{sent}");
    }
    assert_eq!(put_with(&house, &[("content-type", "")]).await.refusal(), (415, "not-supported".into()));
    let strict = House::with(|settings| settings.spreekuur.lenient = false, &[]).await;
    assert_eq!(put_with(&strict, &[("content-type", "application/json")]).await.status, 415);
}

#[tokio::test]
async fn a_06_the_body_is_an_appointment() {
    let house = House::new().await;
    for other in [json!("Communication"), json!("Nothing"), json!(1), Value::Null] {
        let body = with(&appointment("afs-1"), "/resourceType", other).to_string();
        let reply = house.xis().await.send(Method::PUT, "/Appointment/afs-1", &[], &body).await;
        assert_eq!(reply.refusal(), (400, "structure".into()), "{body}");
    }
}

#[tokio::test]
async fn a_07_the_id_is_there() {
    let house = House::new().await;
    refused(&house, &with(&appointment("afs-1"), "/id", Value::Null), "required", "Appointment.id").await;
}

#[tokio::test]
async fn a_08_the_id_is_the_paths() {
    let house = House::new().await;
    let reply = house.xis().await.put("afs-2", &appointment("afs-1")).await;
    assert_eq!(reply.refusal(), (400, "invalid".into()));
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn a_09_the_id_has_allowed_characters() {
    let house = House::new().await;
    let xis = house.xis().await;
    let long = "x".repeat(65);
    for (path, id) in [("a_b", "a_b"), (long.as_str(), long.as_str()), ("a%20b", "a b"), ("%FF", "x")] {
        let reply = xis.put(path, &appointment(id)).await;
        assert_eq!(reply.refusal(), (400, "value".into()), "{path}");
    }
    let longest = "x".repeat(64);
    assert_eq!(xis.put(&longest, &appointment(&longest)).await.status, 200);
    assert_eq!(xis.put("A-1.b", &appointment("A-1.b")).await.status, 200);
}

#[tokio::test]
async fn a_10_the_status_is_booked_or_cancelled() {
    let house = House::new().await;
    let base = appointment("afs-1");
    refused(&house, &with(&base, "/status", Value::Null), "required", "Appointment.status").await;
    for bad in ["proposed", "arrived", "fulfilled", "noshow", "entered-in-error", "Booked", "x"] {
        refused(&house, &with(&base, "/status", json!(bad)), "code-invalid", "Appointment.status").await;
    }
}

#[tokio::test]
async fn a_11_start_and_end_are_there_with_an_offset() {
    let house = House::new().await;
    let base = appointment("afs-1");
    for element in ["start", "end"] {
        let (pointer, place) = (format!("/{element}"), format!("Appointment.{element}"));
        refused(&house, &with(&base, &pointer, Value::Null), "required", &place).await;
        for bad in ["2026-09-14T09:10:00", "2026-09-14", "14-09-2026 09:10", "2026-02-30T09:10:00Z"] {
            refused(&house, &with(&base, &pointer, json!(bad)), "value", &place).await;
        }
    }
}

#[tokio::test]
async fn a_12_the_end_is_after_the_start() {
    let house = House::new().await;
    let base = appointment("afs-1");
    for bad in ["2026-09-14T09:10:00+02:00", "2026-09-14T07:10:00Z", "2026-09-14T09:00:00+02:00"] {
        let reply = house.xis().await.put("afs-1", &with(&base, "/end", json!(bad))).await;
        assert_eq!(reply.refusal(), (400, "business-rule".into()), "{bad}");
    }
}

#[tokio::test]
async fn a_13_a_service_category_has_codings_with_all_three() {
    let house = House::new().await;
    let base = appointment("afs-1");
    refused(&house, &with(&base, "/serviceCategory", Value::Null), "required", "Appointment.serviceCategory")
        .await;
    let none = with(&base, "/serviceCategory/0", json!({"text": "Consult"}));
    refused(&house, &none, "required", "Appointment.serviceCategory[0].coding").await;
    for member in ["system", "code", "display"] {
        let bad = with(&base, &format!("/serviceCategory/0/coding/0/{member}"), Value::Null);
        refused(&house, &bad, "required", &format!("Appointment.serviceCategory[0].coding[0].{member}"))
            .await;
    }
}

#[tokio::test]
async fn a_14_there_is_a_participant() {
    let house = House::new().await;
    let bad = with(&appointment("afs-1"), "/participant", Value::Null);
    refused(&house, &bad, "required", "Appointment.participant").await;
}

#[tokio::test]
async fn a_15_a_participant_has_reference_display_and_status() {
    let house = House::new().await;
    let base = appointment("afs-1");
    for n in 0..2 {
        for path in ["actor/reference", "actor/display", "status"] {
            let bad = with(&base, &format!("/participant/{n}/{path}"), Value::Null);
            let place = format!("Appointment.participant[{n}].{}", path.replace('/', "."));
            refused(&house, &bad, "required", &place).await;
        }
    }
}

#[tokio::test]
async fn a_16_every_participant_accepted() {
    let house = House::new().await;
    for bad in ["needs-action", "declined", "tentative", "x"] {
        let bad = with(&appointment("afs-1"), "/participant/1/status", json!(bad));
        refused(&house, &bad, "code-invalid", "Appointment.participant[1].status").await;
    }
}

#[tokio::test]
async fn a_17_exactly_one_bsn_participant() {
    let house = House::new().await;
    let base = appointment("afs-1");
    for none in [
        with(&base, "/participant/0/actor/identifier", Value::Null),
        with(&base, "/participant/0/actor/identifier/system", json!("http://elsewhere.example/id")),
    ] {
        let reply = house.xis().await.put("afs-1", &none).await;
        assert_eq!(reply.refusal(), (400, "required".into()));
    }
    let two = with(&base, "/participant/1/actor/identifier", json!({"system": BSN, "value": "123456782"}));
    assert_eq!(house.xis().await.put("afs-1", &two).await.refusal(), (400, "multiple-matches".into()));
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn a_18_a_bsn_is_nine_digits_or_eight_and_a_zero() {
    let house = House::new().await;
    let bsn =
        |value: &str| with(&appointment("afs-1"), "/participant/0/actor/identifier/value", json!(value));
    for bad in ["1234567", "1234567890", "12345678x", "123 456 782"] {
        let reply = house.xis().await.put("afs-1", &bsn(bad)).await;
        assert_eq!(reply.refusal(), (400, "value".into()), "{bad}");
        assert!(!String::from_utf8_lossy(&reply.body).contains(bad), "the number is repeated");
    }
    let xis = house.xis().await;
    assert_eq!(xis.put("afs-1", &bsn("10464554")).await.status, 200);
    assert_eq!(xis.put("afs-1", &bsn("010464554")).await.status, 200, "the same number: no change of BSN");
    assert_eq!(versions(&house).await, 1);
    let patient = &house.versions("de-linde", ResourceType::Patient).await[0];
    assert!(patient.text.as_ref().unwrap().contains("\"010464554\""));
}

#[tokio::test]
async fn a_19_the_eleven_test_counts_only_when_switched_on() {
    let body = with(&appointment("afs-1"), "/participant/0/actor/identifier/value", json!("123456789"));
    let house = House::new().await;
    assert_eq!(house.xis().await.put("afs-1", &body).await.status, 200);
    let strict = House::with(|settings| settings.spreekuur.bsn_check = BsnCheck::ElevenTest, &[]).await;
    assert_eq!(strict.xis().await.put("afs-1", &body).await.refusal(), (400, "value".into()));
    assert_eq!(strict.xis().await.put("afs-1", &appointment("afs-1")).await.status, 200);
}

#[tokio::test]
async fn a_20_a_cancellation_has_the_same_elements() {
    let house = House::new().await;
    let xis = house.xis().await;
    assert_eq!(xis.put("afs-1", &appointment("afs-1")).await.status, 200);
    let base = cancelled(&appointment("afs-1"));
    for element in ["start", "end", "serviceCategory", "participant"] {
        let bad = with(&base, &format!("/{element}"), Value::Null);
        refused(&house, &bad, "required", &format!("Appointment.{element}")).await;
    }
    assert_eq!(xis.put("afs-1", &base).await.status, 200);
}

#[tokio::test]
async fn a_21_the_bsn_of_a_known_appointment_does_not_change() {
    let house = House::new().await;
    let xis = house.xis().await;
    let base = appointment("afs-1");
    assert_eq!(xis.put("afs-1", &base).await.status, 200);
    for other in ["123456782", "999911120"] {
        let body = with(&base, "/participant/0/actor/identifier/value", json!(other));
        for body in [cancelled(&body), body] {
            assert_eq!(xis.put("afs-1", &body).await.refusal(), (400, "business-rule".into()));
        }
    }
    assert_eq!((versions(&house).await, house.count("de-linde").await), (1, 2));
}

#[tokio::test]
async fn a_22_what_the_contract_does_not_name_is_ignored() {
    let house = House::new().await;
    let xis = house.xis().await;
    let mut body = appointment("afs-1");
    body["meta"] = json!({"versionId": "7", "tag": [{"code": "x"}]});
    body["text"] =
        json!({"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"});
    body["extension"] = json!([{"url": "urn:x", "valueString": "x"}]);
    body["contained"] = json!([{"resourceType": "Patient", "id": "x"}]);
    body["description"] = json!("klacht");
    body["unknown"] = json!({"a": [1, null]});
    body["participant"][0]["actor"]["required"] = json!(true);
    body["participant"][1]["unknown"] = json!(1);
    assert_eq!(xis.put("afs-1", &body).await.status, 200);
    let stored = house.stored("de-linde", "Appointment/afs-1").await.to_string();
    for gone in ["tag", "div", "urn:x", "contained", "klacht", "unknown", "required"] {
        assert!(!stored.contains(gone), "{gone} was kept");
    }
    assert_eq!(xis.put("afs-1", &appointment("afs-1")).await.status, 200);
    assert_eq!(versions(&house).await, 1);
}

#[tokio::test]
async fn a_23_a_comment_has_at_most_10000_characters() {
    let house = House::new().await;
    let base = appointment("afs-1");
    refused(&house, &with(&base, "/comment", json!("é".repeat(10_001))), "too-long", "Appointment.comment")
        .await;
    let longest = with(&base, "/comment", json!("é".repeat(10_000)));
    assert_eq!(house.xis().await.put("afs-1", &longest).await.status, 200);
}

#[tokio::test]
async fn a_24_the_same_again_is_200_and_no_message() {
    let house = House::with(|_| {}, APPOINTMENTS).await;
    let xis = house.xis().await;
    for _ in 0..3 {
        let reply = xis.put("afs-1", &appointment("afs-1")).await;
        assert_eq!((reply.status, reply.header("etag")), (200, "W/\"1\""));
    }
    assert_eq!((versions(&house).await, house.deliveries().await.len()), (1, 1));
}

#[tokio::test]
async fn a_25_the_same_moment_in_another_offset_is_no_change() {
    let house = House::new().await;
    let xis = house.xis().await;
    let base = appointment("afs-1");
    assert_eq!(xis.put("afs-1", &base).await.status, 200);
    let other = with(
        &with(&base, "/start", json!("2026-09-14T07:10:00Z")),
        "/end",
        json!("2026-09-14T07:20:00.000Z"),
    );
    assert_eq!(xis.put("afs-1", &other).await.header("etag"), "W/\"1\"");
    assert_eq!(versions(&house).await, 1);
}

#[tokio::test]
async fn a_26_success_is_always_200() {
    let house = House::new().await;
    let xis = house.xis().await;
    let base = appointment("afs-1");
    let moved = with(&base, "/comment", json!("Kamer 3"));
    for (n, body) in [base.clone(), moved.clone(), cancelled(&moved)].iter().enumerate() {
        let reply = xis.put("afs-1", body).await;
        assert_eq!((reply.status, reply.header("location")), (200, ""));
        assert_eq!(reply.header("etag"), format!("W/\"{}\"", n + 1));
        assert!(reply.header("content-type").starts_with("application/fhir+json"));
        let answer = reply.json();
        assert_eq!(answer["id"], "afs-1");
        assert_eq!(answer["meta"]["versionId"], (n + 1).to_string());
        assert_eq!(answer["meta"]["lastUpdated"], "2026-09-01T08:00:00.000Z");
        for element in ["status", "start", "end", "serviceCategory", "participant", "comment"] {
            assert_eq!(answer[element], body[element], "{element}");
        }
    }
}

#[tokio::test]
async fn return_minimal_answers_without_a_body() {
    let house = House::new().await;
    let reply = put_with(&house, &[("prefer", "return=minimal")]).await;
    assert_eq!((reply.status, reply.body.len(), reply.header("etag")), (200, 0, "W/\"1\""));
}

#[tokio::test]
async fn q_09_the_published_example_without_quotes_is_taken() {
    let mut body = with(&appointment("x"), "/id", json!(12345));
    body["participant"][0]["actor"]["identifier"]["value"] = json!(123_456_789);
    let house = House::new().await;
    let reply = house.xis().await.put("12345", &body).await;
    assert_eq!((reply.status, &reply.json()["id"]), (200, &json!("12345")));
    let strict = House::with(|settings| settings.spreekuur.lenient = false, &[]).await;
    assert_eq!(strict.xis().await.put("12345", &body).await.refusal(), (400, "value".into()));
}
