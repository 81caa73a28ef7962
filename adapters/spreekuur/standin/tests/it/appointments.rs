//! A-01 to A-26 (`spreekuur.md` 6.3): each rule, what breaks it, and what keeps it.

use reqwest::Method;
use serde_json::{Value, json};
use standin_spreekuur::{BsnCheck, Mode, Settings, Switches};

use crate::stage::{Answer, LINDE, ORGANISATION, OTHER, Stage, booked, cancelled, headers, with, without};

const PATIENT: &str = "Appointment.participant[0].actor.identifier.value";

/// Sends `body` to a stand-in of its own; it is refused with `issue` and leaves no trace.
async fn refused(body: Value, issue: &str) {
    let stage = Stage::start().await;
    stage.put(&body).await.refuses(400, issue);
    stage.assert_untouched().await;
}

async fn taken(body: Value) {
    Stage::start().await.put(&body).await.is(200);
}

async fn strict() -> Stage {
    let switches = Switches { mode: Mode::Strict, ..Switches::default() };
    Stage::with(Settings { switches, ..Settings::default() }).await
}

/// The booked appointment as text, with one change to it that JSON values cannot express.
async fn put_text(stage: &Stage, text: String) -> Answer {
    Answer::to(stage.request(Method::PUT, "/Appointment/a1").body(text)).await
}

#[tokio::test]
async fn a_01_token_present_and_valid() {
    let mut stage = Stage::start().await;
    let url = format!("{}/Appointment/a1", stage.running.base_url());
    let bare = Answer::to(stage.http.put(url).body(booked().to_string())).await;
    bare.refuses(401, "login");
    assert_eq!(bare.header("www-authenticate"), "Bearer");

    let good = stage.token.clone();
    stage.token = "forged".to_owned();
    let forged = stage.put(&booked()).await;
    forged.refuses(401, "login");
    assert!(forged.header("www-authenticate").starts_with("Bearer"));

    stage.token = good;
    stage.running.advance(301);
    stage.put(&booked()).await.refuses(401, "expired");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_02_organisation_header_present() {
    let stage = Stage::start().await;
    let request = stage.request(Method::PUT, "/Appointment/a1").body(booked().to_string());
    Answer::to(request.headers(headers(&[(ORGANISATION, "")]))).await.refuses(400, "required");

    let url = format!("{}/Appointment/a1", stage.running.base_url());
    let request = stage.http.put(url).bearer_auth(&stage.token);
    let request = request.header("content-type", "application/fhir+json").body(booked().to_string());
    Answer::to(request).await.refuses(400, "required");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_03_organisation_header_is_an_agb_token() {
    let lenient = Stage::start().await;
    let strict = strict().await;
    let cases = [
        (LINDE, true, true),
        (" http://fhir.nl/fhir/NamingSystem/agb-z|01000001 ", true, true),
        ("01000001", true, false),
        ("http://fhir.nl/fhir/NamingSystem/agb-z\\|01000001", false, false),
        ("http://fhir.nl/fhir/NamingSystem/agb|01000001", false, false),
        ("http://fhir.nl/fhir/NamingSystem/agb-z|1000001", false, false),
        ("http://fhir.nl/fhir/NamingSystem/agb-z|010000011", false, false),
        ("http://fhir.nl/fhir/NamingSystem/agb-z|0100000x", false, false),
        ("http://fhir.nl/fhir/NamingSystem/agb-z|01000001,01000001", false, false),
        ("|01000001", false, false),
    ];
    for (value, in_lenient, in_strict) in cases {
        for (stage, taken) in [(&lenient, in_lenient), (&strict, in_strict)] {
            let answer = stage.put_for(value, &booked()).await;
            if taken { answer.is(200) } else { answer.refuses(400, "value") }
        }
    }
}

#[tokio::test]
async fn a_04_client_may_act_for_the_organisation() {
    let stage = Stage::start().await;
    stage.put_for(OTHER, &booked()).await.refuses(403, "forbidden");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_05_content_type_is_fhir_json() {
    let lenient = Stage::start().await;
    let strict = strict().await;
    let cases = [
        ("application/fhir+json", true, true),
        ("Application/FHIR+JSON; charset=UTF-8", true, true),
        ("application/json", true, false),
        ("application/fhir+json; charset=iso-8859-1", false, false),
        ("application/fhir+xml", false, false),
        ("text/plain", false, false),
        ("", false, false),
    ];
    for (value, in_lenient, in_strict) in cases {
        for (stage, taken) in [(&lenient, in_lenient), (&strict, in_strict)] {
            let request = stage.request(Method::PUT, "/Appointment/a1").body(booked().to_string());
            let answer = Answer::to(request.headers(headers(&[("content-type", value)]))).await;
            if taken { answer.is(200) } else { answer.refuses(415, "not-supported") }
        }
    }
}

#[tokio::test]
async fn a_06_body_is_a_json_appointment() {
    let stage = Stage::start().await;
    let deep = "[".repeat(300);
    for text in ["", "{", "nonsense", r#"{"resourceType":"Appointment",}"#, deep.as_str()] {
        put_text(&stage, text.to_owned()).await.refuses(400, "structure");
    }
    for body in
        [with(booked(), "/resourceType", json!("Slot")), without(booked(), "/resourceType"), json!([])]
    {
        let answer = put_text(&stage, body.to_string()).await;
        answer.refuses(400, "structure at Appointment.resourceType");
    }
    let mut latin: Vec<u8> = booked().to_string().into_bytes();
    let place = latin.iter().position(|&byte| byte == b'N').unwrap();
    latin[place] = 0xe9;
    let answer = Answer::to(stage.request(Method::PUT, "/Appointment/a1").body(latin)).await;
    answer.refuses(400, "structure");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_06_a_wrong_json_type_is_structure() {
    for (pointer, value, place) in [
        ("/status", json!(1), "status"),
        ("/start", json!({}), "start"),
        ("/comment", json!(["x"]), "comment"),
        ("/serviceCategory", json!({ "coding": [] }), "serviceCategory"),
        ("/serviceCategory/0/coding", json!("CONSULT"), "serviceCategory[0].coding"),
        ("/participant/1", json!("PractitionerRole/pr-12"), "participant[1]"),
    ] {
        refused(with(booked(), pointer, value), &format!("structure at Appointment.{place}")).await;
    }
}

#[tokio::test]
async fn a_07_id_present() {
    refused(without(booked(), "/id"), "required at Appointment.id").await;
    let stage = Stage::start().await;
    let answer = put_text(&stage, with(booked(), "/id", json!("")).to_string()).await;
    answer.refuses(400, "required at Appointment.id");
}

#[tokio::test]
async fn a_08_id_is_that_of_the_path() {
    let stage = Stage::start().await;
    let answer = put_text(&stage, with(booked(), "/id", json!("a2")).to_string()).await;
    answer.refuses(400, "invalid at Appointment.id");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_09_id_has_the_form_of_an_id() {
    let stage = Stage::start().await;
    let longest = "x".repeat(64);
    for id in ["afs-2026.07", "A", longest.as_str(), "12345"] {
        stage.put(&with(booked(), "/id", json!(id))).await.is(200);
    }
    let too_long = "x".repeat(65);
    for id in ["a_1", too_long.as_str(), "a~1"] {
        stage.put(&with(booked(), "/id", json!(id))).await.refuses(400, "value at Appointment.id");
    }
}

#[tokio::test]
async fn a_10_status_is_booked_or_cancelled() {
    refused(without(booked(), "/status"), "required at Appointment.status").await;
    for code in ["proposed", "pending", "arrived", "fulfilled", "noshow", "entered-in-error", "Booked", "x"] {
        refused(with(booked(), "/status", json!(code)), "code-invalid at Appointment.status").await;
    }
}

#[tokio::test]
async fn a_11_start_and_end_are_moments_with_an_offset() {
    for name in ["start", "end"] {
        let (pointer, place) = (format!("/{name}"), format!("Appointment.{name}"));
        refused(without(booked(), &pointer), &format!("required at {place}")).await;
        for text in [
            "2026-09-14",
            "2026-09-14T09:10:00",
            "2026-09-14 09:10:00+02:00",
            "2026-09-14T09:10+02:00",
            "2026-02-30T09:10:00Z",
            "2026-09-14T25:10:00Z",
            "14-09-2026 09:10",
        ] {
            refused(with(booked(), &pointer, json!(text)), &format!("value at {place}")).await;
        }
    }
    let utc = with(booked(), "/start", json!("2026-09-14T07:10:00Z"));
    taken(with(utc, "/end", json!("2026-09-14T07:20:00.123456Z"))).await;
}

#[tokio::test]
async fn a_12_end_is_later_than_start() {
    for end in ["2026-09-14T09:10:00+02:00", "2026-09-14T07:10:00Z", "2026-09-14T09:09:59+02:00"] {
        refused(with(booked(), "/end", json!(end)), "business-rule at Appointment.end").await;
    }
    taken(with(booked(), "/end", json!("2026-09-14T07:10:01Z"))).await;
}

#[tokio::test]
async fn a_13_service_category_has_whole_codings() {
    for (pointer, place) in [
        ("/serviceCategory", "serviceCategory"),
        ("/serviceCategory/0", "serviceCategory"),
        ("/serviceCategory/0/coding", "serviceCategory[0].coding"),
        ("/serviceCategory/0/coding/0", "serviceCategory[0].coding"),
        ("/serviceCategory/0/coding/0/system", "serviceCategory[0].coding[0].system"),
        ("/serviceCategory/0/coding/0/code", "serviceCategory[0].coding[0].code"),
        ("/serviceCategory/0/coding/0/display", "serviceCategory[0].coding[0].display"),
    ] {
        refused(without(booked(), pointer), &format!("required at Appointment.{place}")).await;
    }
    let text_only = with(booked(), "/serviceCategory/0", json!({ "text": "Consult" }));
    refused(text_only, "required at Appointment.serviceCategory[0].coding").await;
}

#[tokio::test]
async fn a_14_participant_has_an_entry() {
    refused(without(booked(), "/participant"), "required at Appointment.participant").await;
    refused(with(booked(), "/participant", json!([])), "required at Appointment.participant").await;
}

#[tokio::test]
async fn a_15_participants_are_whole() {
    for n in [0, 1] {
        for (pointer, place) in
            [("actor/reference", "actor.reference"), ("actor/display", "actor.display"), ("status", "status")]
        {
            let body = without(booked(), &format!("/participant/{n}/{pointer}"));
            refused(body, &format!("required at Appointment.participant[{n}].{place}")).await;
        }
    }
}

#[tokio::test]
async fn a_16_participants_have_accepted() {
    for n in [0, 1] {
        let body = with(booked(), &format!("/participant/{n}/status"), json!("needs-action"));
        refused(body, &format!("code-invalid at Appointment.participant[{n}].status")).await;
    }
}

#[tokio::test]
async fn a_17_exactly_one_bsn() {
    let identifier = booked()["participant"][0]["actor"]["identifier"].clone();
    let place = "Appointment.participant.actor.identifier";

    refused(without(booked(), "/participant/0/actor/identifier"), &format!("required at {place}")).await;
    let foreign = with(booked(), "/participant/0/actor/identifier/system", json!("urn:other"));
    refused(foreign, &format!("required at {place}")).await;
    let two = with(booked(), "/participant/1/actor/identifier", identifier);
    refused(two, &format!("multiple-matches at {place}")).await;

    let agb = json!({ "system": "http://fhir.nl/fhir/NamingSystem/agb-z", "value": "01012345" });
    taken(with(booked(), "/participant/1/actor/identifier", agb)).await;
}

#[tokio::test]
async fn a_18_bsn_has_nine_digits() {
    let bsn = |value: Value| with(booked(), "/participant/0/actor/identifier/value", value);
    for text in ["1234567", "1234567890", "99999001a", "999.99.001", "-99999001"] {
        refused(bsn(json!(text)), &format!("value at {PATIENT}")).await;
    }
    refused(bsn(json!("")), &format!("required at {PATIENT}")).await;

    let stage = Stage::start().await;
    stage.put(&bsn(json!("12345678"))).await.is(200);
    assert!(stage.state().await["overviews"]["012345678"].is_array(), "eight digits are padded");
    stage.put(&bsn(json!(12_345_678))).await.is(200);
    assert_eq!(stage.told().await, ["new a1"], "a number is the same BSN");
    strict().await.put(&bsn(json!(12_345_678))).await.refuses(400, &format!("structure at {PATIENT}"));
}

#[tokio::test]
async fn a_19_eleven_test_only_when_asked_for() {
    let body = with(booked(), "/participant/0/actor/identifier/value", json!("123456789"));
    taken(body.clone()).await;

    let switches = Switches { bsn_check: BsnCheck::Elfproef, ..Switches::default() };
    let stage = Stage::with(Settings { switches, ..Settings::default() }).await;
    stage.put(&body).await.refuses(400, &format!("value at {PATIENT}"));
    stage.put(&booked()).await.is(200);
}

#[tokio::test]
async fn a_20_a_cancellation_is_as_whole_as_a_booking() {
    for (pointer, issue) in [
        ("/start", "required at Appointment.start"),
        ("/end", "required at Appointment.end"),
        ("/serviceCategory", "required at Appointment.serviceCategory"),
        ("/participant", "required at Appointment.participant"),
        ("/participant/0/actor/identifier", "required at Appointment.participant.actor.identifier"),
    ] {
        let stage = Stage::start().await;
        stage.put(&booked()).await.is(200);
        stage.put(&without(cancelled(), pointer)).await.refuses(400, issue);
        assert_eq!(stage.told().await, ["new a1"]);
    }
}

#[tokio::test]
async fn a_21_the_patient_of_a_known_appointment_stays() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    let other = with(booked(), "/participant/0/actor/identifier/value", json!("123456782"));
    let other = with(other, "/comment", json!("Voor een ander"));

    stage.put(&other).await.refuses(400, "business-rule at Appointment.participant");

    assert_eq!(stage.told().await, ["new a1"]);
    assert_eq!(stage.state().await["appointments"][0]["comment"], "Neem uw medicatielijst mee.");
}

#[tokio::test]
async fn a_22_what_is_not_known_is_ignored() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    for (pointer, value) in [
        ("/meta", json!({ "versionId": "99", "tag": [{ "code": "x" }] })),
        ("/text", json!({ "status": "generated", "div": "<div/>" })),
        ("/extension", json!([{ "url": "urn:x", "valueString": "y" }])),
        ("/description", json!("medisch")),
        ("/minutesDuration", json!(10)),
        ("/contained", json!([{ "resourceType": "Patient", "id": "p" }])),
        ("/unheardOf", json!({ "of": [1, 2, 3] })),
    ] {
        stage.put(&with(booked(), pointer, value)).await.is(200);
    }
    assert_eq!(stage.told().await, ["new a1"]);
}

#[tokio::test]
async fn a_23_comment_is_at_most_ten_thousand_characters() {
    taken(with(booked(), "/comment", json!("é".repeat(10_000)))).await;
    refused(with(booked(), "/comment", json!("é".repeat(10_001))), "too-long at Appointment.comment").await;
}

#[tokio::test]
async fn a_24_the_same_content_again_is_no_message() {
    let stage = Stage::start().await;
    for _ in 0..3 {
        let answer = stage.put(&booked()).await;
        answer.is(200);
        assert_eq!(answer.header("etag"), r#"W/"1""#);
    }
    assert_eq!(stage.told().await, ["new a1"]);
    assert_eq!(stage.state().await["appointments"][0]["deliveries"], 3);
}

#[tokio::test]
async fn a_25_the_same_moment_in_another_zone_is_no_change() {
    let stage = Stage::start().await;
    stage.put(&booked()).await.is(200);
    let utc = with(booked(), "/start", json!("2026-09-14T07:10:00Z"));
    let utc = with(utc, "/end", json!("2026-09-14T03:20:00.000-04:00"));

    stage.put(&utc).await.is(200);

    assert_eq!(stage.told().await, ["new a1"]);
}

#[tokio::test]
async fn a_26_success_is_always_200() {
    let stage = Stage::start().await;
    let moved = with(booked(), "/end", json!("2026-09-14T09:30:00+02:00"));
    for (body, version) in [(booked(), "1"), (moved, "2"), (cancelled(), "3")] {
        let answer = stage.put(&body).await;
        answer.is(200);
        assert_eq!(answer.header("content-type"), "application/fhir+json");
        assert_eq!(answer.header("etag"), format!("W/\"{version}\""));
        let stored = answer.json();
        assert_eq!((&stored["id"], &stored["status"]), (&body["id"], &body["status"]));
        assert_eq!(stored["meta"]["versionId"], version);
        assert!(stored["meta"]["lastUpdated"].is_string());
        assert_eq!(stored["participant"], body["participant"]);
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let stage = Stage::start().await;
    let body = without(without(booked(), "/status"), "/serviceCategory/0/coding/0/display");
    let body = with(body, "/participant/1/status", json!("declined"));

    let answer = stage.put(&body).await;

    let expected = [
        "required at Appointment.status",
        "required at Appointment.serviceCategory[0].coding[0].display",
        "code-invalid at Appointment.participant[1].status",
    ];
    assert_eq!(answer.issues(), expected);
}

#[tokio::test]
async fn a_refusal_does_not_name_the_patient() {
    let stage = Stage::start().await;
    let body = with(booked(), "/participant/0/actor/identifier/value", json!("99999001x"));
    let answer = stage.put(&with(body, "/status", json!("noshow"))).await;
    answer.is(400);
    assert!(!answer.text.contains("99999001") && !answer.text.contains("Testpersoon"), "{}", answer.text);
}
