//! N-01 to N-26 (`spreekuur.md` 7.3), the effects of 7.2 and the resends of section 10.

use reqwest::Method;
use serde_json::{Value, json};
use standin_spreekuur::{BsnCheck, Settings, Switches};

use crate::stage::{Answer, ORGANISATION, OTHER, Stage, attachment, headers, melding, with, without};

const BSN: &str = "/contained/0/identifier/0/value";

async fn refused(body: Value, issue: &str) {
    let stage = Stage::start().await;
    stage.tell(&body).await.refuses(400, issue);
    stage.assert_untouched().await;
}

async fn taken(body: Value) {
    let answer = Stage::start().await.tell(&body).await;
    answer.is(201);
}

fn unregistered() -> Value {
    with(melding(), BSN, json!("123456782"))
}

fn files(number: usize) -> Value {
    let text = json!({ "contentString": "Zie de bijlagen." });
    let payload: Vec<Value> = std::iter::once(text).chain((0..number).map(|_| attachment())).collect();
    with(melding(), "/payload", json!(payload))
}

#[tokio::test]
async fn n_01_token_valid() {
    let mut stage = Stage::start().await;
    stage.token = "forged".to_owned();
    stage.tell(&melding()).await.refuses(401, "login");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn n_02_organisation_header_present_valid_and_allowed() {
    let stage = Stage::start().await;
    for (value, status, issue) in
        [("", 400, "required"), ("urn:x|01000001", 400, "value"), (OTHER, 403, "forbidden")]
    {
        let request = stage.request(Method::POST, "/Communication").body(melding().to_string());
        Answer::to(request.headers(headers(&[(ORGANISATION, value)]))).await.refuses(status, issue);
    }
    stage.assert_untouched().await;
}

#[tokio::test]
async fn n_03_body_is_a_json_communication() {
    let stage = Stage::start().await;
    let answer = Answer::to(stage.request(Method::POST, "/Communication").body("{")).await;
    answer.refuses(400, "structure");
    let place = "structure at Communication.resourceType";
    refused(with(melding(), "/resourceType", json!("Appointment")), place).await;
    refused(without(melding(), "/resourceType"), place).await;
}

#[tokio::test]
async fn n_04_category_present() {
    refused(without(melding(), "/category"), "required at Communication.category").await;
}

#[tokio::test]
async fn n_05_a_category_has_code_melding() {
    let code = "/category/0/coding/0/code";
    for body in [
        with(melding(), code, json!("notification")),
        with(melding(), code, json!("Melding")),
        without(melding(), code),
        with(melding(), "/category/0", json!({ "text": "melding" })),
    ] {
        refused(body, "code-invalid at Communication.category").await;
    }
    let chat = json!({ "coding": [{ "code": "chat" }] });
    let second = json!([chat, melding()["category"][0]]);
    taken(with(melding(), "/category", second)).await;
    taken(with(melding(), "/category/0/coding/0/system", json!("urn:other"))).await;

    let stage = Stage::start().await;
    stage.tell(&with(melding(), "/category/0", chat)).await.refuses(404, "not-found");
}

#[tokio::test]
async fn n_06_status_is_completed() {
    let place = "code-invalid at Communication.status";
    refused(with(melding(), "/status", json!("in-progress")), place).await;
    refused(without(melding(), "/status"), place).await;
}

#[tokio::test]
async fn n_07_topic_present_and_not_blank() {
    let place = "required at Communication.topic.text";
    for body in [
        without(melding(), "/topic"),
        without(melding(), "/topic/text"),
        with(melding(), "/topic/text", json!("")),
        with(melding(), "/topic/text", json!(" \t\n")),
    ] {
        refused(body, place).await;
    }
}

#[tokio::test]
async fn n_08_topic_is_at_most_500_characters() {
    taken(with(melding(), "/topic/text", json!("💉".repeat(500)))).await;
    refused(with(melding(), "/topic/text", json!("x".repeat(501))), "too-long at Communication.topic.text")
        .await;

    let stage = Stage::start().await;
    let answer = stage.tell(&with(melding(), "/topic/text", json!("x".repeat(501)))).await;
    let text = &answer.json()["issue"][0]["details"]["text"];
    assert_eq!(text, "topic.text has 501 characters, at most 500 are allowed");
}

#[tokio::test]
async fn n_09_exactly_one_text() {
    let place = "Communication.payload";
    refused(without(melding(), "/payload"), &format!("required at {place}")).await;
    refused(with(melding(), "/payload", json!([attachment()])), &format!("required at {place}")).await;
    let two = json!([{ "contentString": "a" }, { "contentString": "b" }]);
    refused(with(melding(), "/payload", two), &format!("structure at {place}")).await;
}

#[tokio::test]
async fn n_10_text_is_not_empty() {
    let place = "required at Communication.payload[0].contentString";
    refused(with(melding(), "/payload/0/contentString", json!("")), place).await;
    taken(with(melding(), "/payload/0/contentString", json!("x"))).await;
}

#[tokio::test]
async fn n_11_text_is_at_most_10_000_characters() {
    taken(with(melding(), "/payload/0/contentString", json!("💉".repeat(10_000)))).await;
    let long = with(melding(), "/payload/0/contentString", json!("x".repeat(10_001)));
    refused(long, "too-long at Communication.payload[0].contentString").await;
}

#[tokio::test]
async fn n_12_at_most_five_attachments() {
    taken(files(0)).await;
    taken(files(5)).await;
    refused(files(6), "business-rule at Communication.payload").await;
}

#[tokio::test]
async fn n_13_attachments_are_whole() {
    for name in ["data", "contentType", "title"] {
        let body = without(melding(), &format!("/payload/1/contentAttachment/{name}"));
        refused(body, &format!("required at Communication.payload[1].contentAttachment.{name}")).await;
    }
}

#[tokio::test]
async fn n_14_attachments_are_of_seven_types() {
    let kind = |text: &str| with(melding(), "/payload/1/contentAttachment/contentType", json!(text));
    for text in [
        "application/pdf",
        "image/jpeg",
        "image/png",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ] {
        taken(kind(text)).await;
    }
    for text in ["image/gif", "text/html", "application/zip", "APPLICATION/PDF"] {
        refused(kind(text), "code-invalid at Communication.payload[1].contentAttachment.contentType").await;
    }
}

#[tokio::test]
async fn n_15_data_is_base64_and_not_empty() {
    let data = |text: &str| with(melding(), "/payload/1/contentAttachment/data", json!(text));
    let place = "Communication.payload[1].contentAttachment.data";
    for text in ["JVBERi0xLjQ", "niet base64!", "JVBE-i0_", "===="] {
        refused(data(text), &format!("value at {place}")).await;
    }
    refused(data(""), &format!("required at {place}")).await;
    taken(data("JVBE\nRi0xLjQK")).await;
}

#[tokio::test]
async fn n_16_a_payload_is_either_text_or_attachment() {
    let both = with(melding(), "/payload/1/contentString", json!("ook tekst"));
    refused(both, "structure at Communication.payload[1]").await;
    let neither = with(melding(), "/payload/1", json!({ "id": "x" }));
    refused(neither, "structure at Communication.payload[1]").await;
}

#[tokio::test]
async fn n_17_recipient_refers_to_a_contained_patient() {
    refused(without(melding(), "/recipient"), "required at Communication.recipient").await;
    let place = "Communication.recipient[0].reference";
    refused(without(melding(), "/recipient/0/reference"), &format!("required at {place}")).await;
    for text in ["#pat2", "pat1", "Patient/pat1", "#"] {
        let body = with(melding(), "/recipient/0/reference", json!(text));
        refused(body, &format!("not-found at {place}")).await;
    }
    refused(without(melding(), "/contained"), &format!("not-found at {place}")).await;
    let device = with(melding(), "/contained/0/resourceType", json!("Device"));
    refused(device, &format!("not-found at {place}")).await;
}

#[tokio::test]
async fn n_18_exactly_one_recipient() {
    let twice = json!([{ "reference": "#pat1" }, { "reference": "#pat1" }]);
    refused(with(melding(), "/recipient", twice), "structure at Communication.recipient").await;
}

#[tokio::test]
async fn n_19_the_patient_has_a_bsn() {
    let place = "required at Communication.contained[0].identifier";
    refused(without(melding(), "/contained/0/identifier"), place).await;
    refused(with(melding(), "/contained/0/identifier/0/system", json!("urn:x")), place).await;
}

#[tokio::test]
async fn n_20_bsn_has_nine_digits() {
    let place = "Communication.contained[0].identifier[0].value";
    refused(with(melding(), BSN, json!("1234567")), &format!("value at {place}")).await;
    refused(without(melding(), BSN), &format!("required at {place}")).await;
    taken(with(melding(), BSN, json!("123456789"))).await;

    let switches = Switches { bsn_check: BsnCheck::Elfproef, ..Switches::default() };
    let stage = Stage::with(Settings { switches, ..Settings::default() }).await;
    stage.tell(&with(melding(), BSN, json!("123456789"))).await.refuses(400, &format!("value at {place}"));
}

#[tokio::test]
async fn n_21_telecom_is_an_email_address() {
    let place = "Communication.contained[0].telecom[0]";
    let phone = with(melding(), "/contained/0/telecom/0/system", json!("phone"));
    refused(phone, &format!("value at {place}.system")).await;
    for text in ["", "x", "x@", "@example.org", "x@example", "x y@example.org", "x@y@example.org", "x@.org"] {
        let body = with(melding(), "/contained/0/telecom/0/value", json!(text));
        refused(body, &format!("value at {place}.value")).await;
    }
    taken(without(melding(), "/contained/0/telecom")).await;
}

#[tokio::test]
async fn n_22_success_is_201_with_a_location() {
    let stage = Stage::start().await;
    let answer = stage.tell(&melding()).await;

    answer.is(201);
    assert_eq!(answer.header("location"), format!("{}/Communication/m1", stage.running.base_url()));
    let stored = answer.json();
    assert_eq!(stored["id"], "m1");
    assert_eq!(stored["payload"][1]["contentAttachment"]["title"], "uitnodiging.pdf");
    assert!(stored["payload"][1]["contentAttachment"].get("data").is_none(), "bytes are not sent back");
}

#[tokio::test]
async fn n_23_a_given_id_is_kept_and_a_missing_one_made() {
    let stage = Stage::start().await;
    assert_eq!(stage.tell(&melding()).await.json()["id"], "m1");
    refused(with(melding(), "/id", json!("m_1")), "value at Communication.id").await;

    for _ in 0..2 {
        let answer = stage.tell(&without(melding(), "/id")).await;
        answer.is(201);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert!(!id.is_empty() && answer.header("location").ends_with(&format!("/Communication/{id}")));
    }
    assert_eq!(stage.state().await["counts"]["communications"], 3, "without an id each one is a new one");
}

#[tokio::test]
async fn n_24_other_contained_resources_are_passed_over() {
    let patient = melding()["contained"][0].clone();
    let contained = json!([{ "resourceType": "Organization", "id": "o1" }, patient]);
    taken(with(melding(), "/contained", contained)).await;
}

#[tokio::test]
async fn n_25_blanks_only_count_as_empty() {
    let place = "required at Communication.payload[0].contentString";
    refused(with(melding(), "/payload/0/contentString", json!(" \r\n\t\u{a0}")), place).await;
}

#[tokio::test]
async fn n_26_a_request_is_at_most_20_mib() {
    let stage = Stage::start().await;
    let sized = |size: usize| {
        let text = melding().to_string();
        let padding = " ".repeat(size - text.len());
        stage.request(Method::POST, "/Communication").body(text + &padding)
    };

    Answer::to(sized((20 << 20) + 1)).await.refuses(413, "too-long");
    stage.assert_untouched().await;
    Answer::to(sized(20 << 20)).await.is(201);
}

#[tokio::test]
async fn a_registered_patient_is_told() {
    let stage = Stage::start().await;
    stage.tell(&melding()).await.is(201);

    let shown = stage.state().await;
    assert_eq!(stage.told().await, ["melding m1"]);
    assert_eq!(shown["patient_messages"][0]["channel"], "mail+push");
    let kept = &shown["communications"][0];
    assert_eq!(
        (&kept["agb"], &kept["id"], &kept["topic"]),
        (&json!("01000001"), &json!("m1"), &json!("Uw griepprik"))
    );
    assert_eq!((&kept["way"], &kept["attachments"]), (&json!("melding"), &json!(1)));
}

#[tokio::test]
async fn a_patient_without_account_but_with_email_is_invited() {
    let stage = Stage::start().await;
    stage.tell(&unregistered()).await.is(201);

    assert_eq!(stage.told().await, ["invitation m1"]);
    let shown = stage.state().await;
    assert_eq!(shown["communications"][0]["way"], "invitation");
    assert_eq!(shown["invitations"][0]["email"], "testpersoon@example.org");
}

#[tokio::test]
async fn a_patient_without_account_and_email_is_not_told() {
    let stage = Stage::start().await;
    stage.tell(&without(unregistered(), "/contained/0/telecom")).await.is(201);

    assert!(stage.told().await.is_empty());
    assert_eq!(stage.state().await["communications"][0]["way"], "undeliverable");
}

#[tokio::test]
async fn the_same_notification_again_is_one_message_and_another_under_its_id_a_conflict() {
    let stage = Stage::start().await;
    for _ in 0..3 {
        stage.tell(&melding()).await.is(201);
    }
    stage.tell(&with(melding(), "/meta", json!({ "tag": [] }))).await.is(201);
    for (pointer, value) in [
        ("/topic/text", json!("Iets anders")),
        ("/payload/0/contentString", json!("Iets anders")),
        ("/payload/1/contentAttachment/title", json!("anders.pdf")),
        ("/contained/0/identifier/0/value", json!("123456782")),
    ] {
        stage.tell(&with(melding(), pointer, value)).await.refuses(409, "conflict");
    }
    assert_eq!(stage.told().await, ["melding m1"]);
    assert_eq!(stage.state().await["communications"][0]["deliveries"], 4);
}
