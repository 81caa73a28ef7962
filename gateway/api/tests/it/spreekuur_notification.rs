//! `POST /Communication`: rules N-01 to N-26, duty V-06 and section 10, point 2, of `spreekuur.md`.

use gateway_core::ResourceType;
use http::Method;
use serde_json::{Value, json};

use crate::house::{BASE, House, LINDE, Reply, URO};
use crate::spreekuur::{BSN, notification, refused, with};

const ROUTES: &[(&str, &str)] = &[("spreekuur-linde", "Communication?category=melding")];

async fn post_with(house: &House, change: &[(&str, &str)]) -> Reply {
    let body = notification("m-1").to_string();
    house.xis().await.send(Method::POST, "/Communication", change, &body).await
}

fn attachment() -> Value {
    json!({"contentAttachment": {"contentType": "image/png", "data": "iVBORw==", "title": "foto.png"}})
}

fn attachments(count: usize) -> Value {
    let all = std::iter::once(json!({"contentString": "Zie de bijlagen."}));
    let payload: Vec<_> = all.chain(std::iter::repeat_n(attachment(), count)).collect();
    with(&notification("m-1"), "/payload", json!(payload))
}

#[tokio::test]
async fn n_01_a_good_token() {
    let house = House::new().await;
    assert_eq!(post_with(&house, &[("authorization", "")]).await.refusal(), (401, "login".into()));
    assert_eq!(post_with(&house, &[("authorization", "Bearer x")]).await.refusal(), (401, "login".into()));
}

#[tokio::test]
async fn n_02_the_organisation_header_is_there_valid_and_allowed() {
    let house = House::new().await;
    for (value, expected) in [("", (400, "required")), ("x", (400, "value")), (URO, (403, "forbidden"))] {
        let reply = post_with(&house, &[("x-organization-identifier", value)]).await;
        assert_eq!(reply.refusal(), (expected.0, expected.1.to_owned()), "{value}");
    }
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn n_03_the_body_is_a_communication() {
    let house = House::new().await;
    let xis = house.xis().await;
    for body in ["{", "{}", r#"{"resourceType":"Appointment","id":"1"}"#] {
        let reply = xis.send(Method::POST, "/Communication", &[], body).await;
        assert_eq!(reply.refusal(), (400, "structure".into()), "{body}");
    }
}

#[tokio::test]
async fn n_04_a_category_is_there() {
    let house = House::new().await;
    let bad = with(&notification("m-1"), "/category", Value::Null);
    refused(&house, &bad, "required", "Communication.category").await;
}

#[tokio::test]
async fn n_05_some_category_is_melding() {
    let house = House::new().await;
    for code in ["chat", "notification", "Melding"] {
        let bad = with(&notification("m-1"), "/category/0/coding/0/code", json!(code));
        assert_eq!(house.xis().await.post(&bad).await.refusal(), (400, "code-invalid".into()), "{code}");
    }
    let system = with(&notification("m-1"), "/category/0/coding/0/system", json!("urn:other"));
    assert_eq!(house.xis().await.post(&system).await.status, 201, "the system is not looked at");
    let chat = json!({"coding": [{"system": "nl.spreekuur.communication-type", "code": "x"}]});
    let two = with(&notification("m-2"), "/category/1", chat);
    assert_eq!(house.xis().await.post(&two).await.status, 201);
}

#[tokio::test]
async fn n_06_the_status_is_completed() {
    let house = House::new().await;
    for status in ["in-progress", "preparation", "x"] {
        let bad = with(&notification("m-1"), "/status", json!(status));
        refused(&house, &bad, "code-invalid", "Communication.status").await;
    }
}

#[tokio::test]
async fn n_07_a_subject_is_there_and_not_blank() {
    let house = House::new().await;
    let base = notification("m-1");
    for bad in [with(&base, "/topic", Value::Null), with(&base, "/topic/text", Value::Null)] {
        assert_eq!(house.xis().await.post(&bad).await.refusal(), (400, "required".into()), "{bad}");
    }
    refused(&house, &with(&base, "/topic/text", json!("  \t ")), "required", "Communication.topic.text")
        .await;
}

#[tokio::test]
async fn n_08_a_subject_has_at_most_500_characters() {
    let house = House::new().await;
    let of = |id: &str, length: usize| with(&notification(id), "/topic/text", json!("é".repeat(length)));
    refused(&house, &of("m-1", 501), "too-long", "Communication.topic.text").await;
    assert_eq!(house.xis().await.post(&of("m-1", 500)).await.status, 201);
    let emoji = with(&notification("m-2"), "/topic/text", json!("😀".repeat(500)));
    assert_eq!(house.xis().await.post(&emoji).await.status, 201, "code points are counted");
}

#[tokio::test]
async fn n_09_exactly_one_text() {
    let house = House::new().await;
    let base = notification("m-1");
    let none = with(&base, "/payload/0", Value::Null);
    assert_eq!(house.xis().await.post(&none).await.refusal(), (400, "required".into()));
    let two = with(&base, "/payload/2", json!({"contentString": "Nog een."}));
    assert_eq!(house.xis().await.post(&two).await.refusal(), (400, "structure".into()));
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn n_10_the_text_is_not_empty() {
    let house = House::new().await;
    let text = |text: &str| with(&notification("m-1"), "/payload/0/contentString", json!(text));
    refused(&house, &text(""), "required", "Communication.payload[0].content").await;
    assert_eq!(house.xis().await.post(&text("x")).await.status, 201);
}

#[tokio::test]
async fn n_11_the_text_has_at_most_10000_characters() {
    let house = House::new().await;
    let text = |n: usize| with(&notification("m-1"), "/payload/0/contentString", json!("é".repeat(n)));
    refused(&house, &text(10_001), "too-long", "Communication.payload[0].content").await;
    assert_eq!(house.xis().await.post(&text(10_000)).await.status, 201);
}

#[tokio::test]
async fn n_12_at_most_five_attachments() {
    let house = House::new().await;
    assert_eq!(house.xis().await.post(&attachments(6)).await.refusal(), (400, "business-rule".into()));
    assert_eq!(house.count("de-linde").await, 0);
    assert_eq!(house.xis().await.post(&attachments(5)).await.status, 201);
}

#[tokio::test]
async fn n_13_an_attachment_has_data_type_and_title() {
    let house = House::new().await;
    for member in ["data", "contentType", "title"] {
        let bad = with(&notification("m-1"), &format!("/payload/1/contentAttachment/{member}"), Value::Null);
        refused(&house, &bad, "required", &format!("Communication.payload[1].content.{member}")).await;
    }
}

#[tokio::test]
async fn n_14_one_of_seven_content_types() {
    let house = House::new().await;
    let of = |id: &str, kind: &str| {
        with(&notification(id), "/payload/1/contentAttachment/contentType", json!(kind))
    };
    let place = "Communication.payload[1].content.contentType";
    for bad in ["text/plain", "image/gif", "application/PDF2"] {
        refused(&house, &of("m-1", bad), "code-invalid", place).await;
    }
    let office = "application/vnd.openxmlformats-officedocument";
    for (n, good) in [
        "application/pdf",
        "image/jpeg",
        "image/png",
        "application/msword",
        &format!("{office}.wordprocessingml.document"),
        "application/vnd.ms-excel",
        &format!("{office}.spreadsheetml.sheet"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("m-{n}");
        assert_eq!(house.xis().await.post(&of(&id, good)).await.status, 201, "{good}");
    }
}

#[tokio::test]
async fn n_15_data_is_base64_and_not_empty() {
    let house = House::new().await;
    for bad in ["", "a", "$$$$", "JVBERi0xLjQ"] {
        let body = with(&notification("m-1"), "/payload/1/contentAttachment/data", json!(bad));
        refused(&house, &body, "value", "Communication.payload[1].content.data").await;
    }
}

#[tokio::test]
async fn n_16_a_payload_is_text_or_attachment() {
    let house = House::new().await;
    let mut both = attachment();
    both["contentString"] = json!("x");
    for bad in [both, json!({"id": "x"})] {
        let body = with(&notification("m-1"), "/payload/1", bad);
        let reply = house.xis().await.post(&body).await;
        assert!(reply.issues().iter().any(|(code, _)| code == "structure"), "{reply:?}");
        assert_eq!(reply.status, 400);
    }
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn n_17_the_recipient_is_a_contained_patient() {
    let house = House::new().await;
    let base = notification("m-1");
    refused(&house, &with(&base, "/recipient", Value::Null), "required", "Communication.recipient").await;
    for bad in ["#other", "Patient/pat1"] {
        let body = with(&base, "/recipient/0/reference", json!(bad));
        let reply = house.xis().await.post(&body).await;
        assert!(reply.issues().iter().any(|(code, _)| code == "not-found"), "{bad}: {reply:?}");
        assert_eq!(reply.status, 400);
    }
    let none = house.xis().await.post(&with(&base, "/contained", Value::Null)).await;
    assert_eq!(none.status, 400);
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn n_18_exactly_one_recipient() {
    let house = House::new().await;
    let bad = with(&notification("m-1"), "/recipient/1", json!({"reference": "#pat1"}));
    let reply = house.xis().await.post(&bad).await;
    assert!(reply.issues().iter().any(|(code, _)| code == "structure"), "{reply:?}");
    assert_eq!((reply.status, house.count("de-linde").await), (400, 0));
}

#[tokio::test]
async fn n_19_the_patient_has_a_bsn() {
    let house = House::new().await;
    let base = notification("m-1");
    for bad in [
        with(&base, "/contained/0/identifier", Value::Null),
        with(&base, "/contained/0/identifier/0/system", json!("urn:other")),
    ] {
        let reply = house.xis().await.post(&bad).await;
        assert_eq!(reply.refusal(), (400, "required".into()), "{reply:?}");
    }
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn n_20_the_bsn_has_nine_digits() {
    let house = House::new().await;
    let bsn = |value: &str| with(&notification("m-1"), "/contained/0/identifier/0/value", json!(value));
    for bad in ["1234567", "12345678x"] {
        assert_eq!(house.xis().await.post(&bsn(bad)).await.refusal(), (400, "value".into()), "{bad}");
    }
    assert_eq!(house.xis().await.post(&bsn("123456789")).await.status, 201, "the eleven-test is off");
}

#[tokio::test]
async fn n_21_telecom_is_a_plausible_email_address() {
    let house = House::new().await;
    let base = notification("m-1");
    let system = with(&base, "/contained/0/telecom/0/system", json!("phone"));
    assert_eq!(house.xis().await.post(&system).await.refusal(), (400, "value".into()));
    for bad in ["", "x", "x@", "@example.org", "a b@example.org"] {
        let body = with(&base, "/contained/0/telecom/0/value", json!(bad));
        assert_eq!(house.xis().await.post(&body).await.refusal(), (400, "value".into()), "{bad}");
    }
    let without = with(&base, "/contained/0/telecom", Value::Null);
    assert_eq!(house.xis().await.post(&without).await.status, 201);
}

#[tokio::test]
async fn n_22_success_is_201_with_a_location() {
    let house = House::new().await;
    let reply = house.xis().await.post(&notification("m-1")).await;
    assert_eq!((reply.status, reply.header("etag")), (201, "W/\"1\""));
    assert_eq!(reply.header("location"), format!("{BASE}/spreekuur/fhir/r4/Communication/m-1"));
    let body = reply.json();
    assert_eq!((&body["id"], &body["meta"]["versionId"]), (&json!("m-1"), &json!("1")));
    assert_eq!(body["topic"]["text"], "Uw griepprik");
    assert_eq!(body["payload"][1]["contentAttachment"]["title"], "uitnodiging.pdf");
    assert_eq!(body["payload"][1]["contentAttachment"]["data"], Value::Null);
}

#[tokio::test]
async fn n_23_an_id_is_kept_or_made() {
    let house = House::new().await;
    let xis = house.xis().await;
    assert_eq!(xis.post(&notification("m-1")).await.json()["id"], "m-1");
    assert_eq!(house.stored("de-linde", "Communication/m-1").await["status"], "completed");
    let without = with(&notification("x"), "/id", Value::Null);
    let (first, second) = (xis.post(&without).await, xis.post(&without).await);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    assert!(first.header("location").ends_with(&format!("/Communication/{id}")));
    assert_ne!(first.json()["id"], second.json()["id"], "without an id each is a new one");
    assert_eq!(house.stored("de-linde", &format!("Communication/{id}")).await["status"], "completed");
    refused(&house, &notification("a_b"), "value", "Communication.id").await;
}

#[tokio::test]
async fn n_24_other_contained_resources_are_ignored() {
    let house = House::new().await;
    let mut body = notification("m-1");
    let organisation = json!({"resourceType": "Organization", "id": "org", "name": "x"});
    let strange = json!({"resourceType": "Strange", "id": "s"});
    body["contained"].as_array_mut().unwrap().extend([organisation, strange]);
    assert_eq!(house.xis().await.post(&body).await.status, 201);
    assert_eq!(house.stored("de-linde", "Communication/m-1").await["contained"], Value::Null);
}

#[tokio::test]
async fn n_25_blanks_are_no_text() {
    let house = House::new().await;
    let bad = with(&notification("m-1"), "/payload/0/contentString", json!(" \n\t "));
    refused(&house, &bad, "required", "Communication.payload[0].content").await;
}

#[tokio::test]
async fn n_26_a_request_has_at_most_20_mib() {
    let house = House::new().await;
    let xis = house.xis().await;
    let body = " ".repeat(20 * 1024 * 1024 + 1);
    let reply = xis.send(Method::POST, "/Communication", &[], &body).await;
    assert_eq!(reply.refusal(), (413, "too-long".into()));
    let announced = xis.send(Method::POST, "/Communication", &[("content-length", "50000000")], "").await;
    assert_eq!(announced.refusal(), (413, "too-long".into()));
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn v_06_a_notification_is_kept_about_the_patient() {
    let house = House::new().await;
    house.xis().await.post(&notification("m-1")).await;
    let patients = house.versions("de-linde", ResourceType::Patient).await;
    assert_eq!(patients.len(), 1);
    let patient = house.stored("de-linde", &patients[0].key.to_string()).await;
    assert_eq!(patient["identifier"], json!([{"system": BSN, "value": "999990019"}]));

    let stored = house.stored("de-linde", "Communication/m-1").await;
    let reference = json!({"reference": patients[0].key.to_string()});
    assert_eq!((&stored["subject"], &stored["recipient"]), (&reference, &json!([reference])));
    assert_eq!(stored["contained"], Value::Null);
    assert_eq!(stored["payload"], notification("m-1")["payload"]);
    assert_eq!(stored["meta"]["source"], "https://zorgtolk.example/client/xis");
    let email = json!({"system": "email", "value": "testpersoon@example.org"});
    let url = "https://zorgtolk.example/fhir/StructureDefinition/zt-invitation-email";
    assert_eq!(stored["extension"], json!([{"url": url, "valueContactPoint": email}]));
    assert!(!stored.to_string().contains("999990019"));
}

#[tokio::test]
async fn the_same_notification_again_is_one_and_another_one_is_a_conflict() {
    let house = House::with(|_| {}, ROUTES).await;
    let (xis, other) = (house.xis().await, house.sender("other-xis", LINDE).await);
    for _ in 0..3 {
        let reply = xis.post(&notification("m-1")).await;
        assert_eq!((reply.status, reply.header("etag")), (201, "W/\"1\""));
        assert!(reply.header("location").ends_with("/Communication/m-1"));
    }
    assert_eq!(house.deliveries().await.len(), 1);
    for changed in [
        with(&notification("m-1"), "/topic/text", json!("Iets anders")),
        with(&notification("m-1"), "/contained/0/telecom", Value::Null),
        with(&notification("m-1"), "/contained/0/identifier/0/value", json!("123456782")),
    ] {
        assert_eq!(xis.post(&changed).await.refusal(), (409, "conflict".into()));
    }
    assert_eq!((house.count("de-linde").await, house.deliveries().await.len()), (2, 1));
    let reply = other.post(&with(&notification("m-1"), "/topic/text", json!("Van een ander"))).await;
    assert_eq!((reply.status, &reply.json()["id"]), (201, &json!("m-1")), "another client's id is its own");
    assert_eq!(house.deliveries().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_resend_at_the_same_moment_is_one_notification() {
    let house = House::with(|_| {}, ROUTES).await;
    let xis = house.xis().await;
    let body = notification("m-1");
    let replies = futures_util::future::join_all((0..10).map(|_| xis.post(&body))).await;
    assert!(replies.iter().all(|reply| reply.status == 201), "{replies:?}");
    assert_eq!((house.count("de-linde").await, house.deliveries().await.len()), (2, 1));
}

#[tokio::test]
async fn v_09_a_notification_is_on_its_way_without_waiting() {
    let house = House::with(|_| {}, ROUTES).await;
    house.xis().await.post(&notification("m-1")).await;
    let deliveries = house.deliveries().await;
    assert_eq!(deliveries[0].key.to_string(), "Communication/m-1");
    assert_eq!(deliveries[0].attempt_count, 0);
}
