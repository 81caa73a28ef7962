//! The contract of a notification for Spreekuur: `spreekuur.md` section 7.3, the rules on content.

use fhir_profiles::{BsnCheck, Counting, Rules, Unknown};
use serde_json::json;

use super::support::{Draft, PROFILES, resource};

const EXAMPLE: &str = r##"{
  "resourceType": "Communication",
  "id": "melding-01J9Z6Q2",
  "contained": [
    {
      "resourceType": "Patient",
      "id": "pat1",
      "identifier": [ { "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019" } ],
      "telecom": [ { "system": "email", "value": "testpersoon@example.org" } ]
    }
  ],
  "status": "completed",
  "category": [
    { "coding": [ { "system": "nl.spreekuur.communication-category", "code": "melding" } ] }
  ],
  "topic": { "text": "Uw griepprik" },
  "recipient": [ { "reference": "#pat1" } ],
  "payload": [
    { "contentString": "U bent welkom op 3 oktober tussen 9 en 12 uur." },
    {
      "contentAttachment": {
        "contentType": "application/pdf",
        "data": "JVBERi0xLjQK",
        "title": "uitnodiging.pdf"
      }
    }
  ]
}"##;

const FORMAT: Rules =
    Rules { bsn: BsnCheck::Format, unknown: Unknown::Ignore, counting: Counting::CodePoints };

fn example() -> Draft {
    Draft::of(EXAMPLE)
}

#[track_caller]
fn says(draft: &Draft, expected: &[&str]) {
    assert_eq!(draft.contract("zt-spreekuur-notification", FORMAT), expected, "{}", draft.0);
}

#[test]
fn the_example_passes_as_contract_and_as_r4() {
    says(&example(), &[]);
    says(&example().without("/id"), &[]);
    let profile = "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-notification";
    let full = PROFILES.issues(&resource(EXAMPLE), Some(profile), Rules::default());
    assert!(full.issues.is_empty(), "{:?}", full.issues);
}

#[test]
fn n_03_the_resource_is_a_communication() {
    says(
        &Draft::of(r#"{"resourceType":"Appointment"}"#),
        &["structure Appointment: the resource must be of type Communication"],
    );
}

#[test]
fn n_04_a_category_is_required() {
    says(&example().without("/category"), &["required Communication.category: category is required"]);
    says(&example().with("/category", json!([])), &["required Communication.category: category is required"]);
}

#[test]
fn n_05_a_category_says_melding() {
    let refused = ["code-invalid Communication.category: category.coding.code must be melding"];
    for code in ["notification", "chat", "Melding"] {
        says(&example().with("/category/0/coding/0/code", json!(code)), &refused);
    }
    says(&example().with("/category", json!([{"text": "melding"}])), &refused);
    says(&example().with("/category/0/coding/0/system", json!("https://elsewhere")), &[]);
    says(&example().with("/category/-", json!({"coding": [{"code": "chat"}]})), &[]);
}

#[test]
fn n_06_the_status_is_completed() {
    says(
        &example().with("/status", json!("in-progress")),
        &["code-invalid Communication.status: status must be completed"],
    );
    says(&example().without("/status"), &["required Communication.status: status is required"]);
}

#[test]
fn n_07_a_subject_is_required() {
    let required = ["required Communication.topic.text: topic.text is required"];
    says(&example().without("/topic"), &required);
    says(&example().without("/topic/text"), &required);
    says(&example().with("/topic/text", json!("")), &required);
}

#[test]
fn n_08_a_subject_has_at_most_500_characters() {
    says(&example().with("/topic/text", json!("👩".repeat(500))), &[]);
    says(
        &example().with("/topic/text", json!("x".repeat(501))),
        &["too-long Communication.topic.text: topic.text has 501 characters, at most 500 are allowed"],
    );
}

#[test]
fn the_client_counts_utf_16_units() {
    let draft = example().with("/topic/text", json!("👩".repeat(251)));
    says(&draft, &[]);
    let strict = Rules { counting: Counting::Utf16, ..FORMAT };
    assert_eq!(
        draft.contract("zt-spreekuur-notification", strict),
        ["too-long Communication.topic.text: topic.text has 502 characters, at most 500 are allowed"]
    );
}

#[test]
fn n_09_there_is_exactly_one_text() {
    says(
        &example().without("/payload/0"),
        &["required Communication.payload: payload.contentString is required"],
    );
    says(
        &example().with("/payload/-", json!({"contentString": "nog een"})),
        &["structure Communication.payload: payload.contentString occurs 2 times, at most 1 is allowed"],
    );
    says(&example().without("/payload"), &["required Communication.payload: payload is required"]);
}

#[test]
fn n_10_the_text_is_not_empty() {
    says(&example().with("/payload/0/contentString", json!("x")), &[]);
    says(
        &example().with("/payload/0/contentString", json!("")),
        &["required Communication.payload[0].content: payload.contentString is required"],
    );
}

#[test]
fn n_11_the_text_has_at_most_10000_characters() {
    says(&example().with("/payload/0/contentString", json!("é".repeat(10_000))), &[]);
    says(
        &example().with("/payload/0/contentString", json!("é".repeat(10_001))),
        &[
            "too-long Communication.payload[0].content: payload.contentString has 10001 characters, at most 10000 are allowed",
        ],
    );
}

#[test]
fn n_12_there_are_at_most_five_attachments() {
    let attachment = example().0["payload"][1].clone();
    let five = (0..4).fold(example(), |draft, _| draft.with("/payload/-", attachment.clone()));
    says(&five, &[]);
    says(
        &five.with("/payload/-", attachment),
        &["business-rule Communication.payload: payload has 6 attachments, at most 5 are allowed"],
    );
}

#[test]
fn n_13_an_attachment_has_data_type_and_title() {
    for part in ["contentType", "data", "title"] {
        says(
            &example().without(&format!("/payload/1/contentAttachment/{part}")),
            &[&format!(
                "required Communication.payload[1].content.{part}: payload.contentAttachment.{part} is required"
            )],
        );
    }
}

#[test]
fn n_14_an_attachment_has_one_of_seven_types() {
    for good in [
        "application/pdf",
        "image/jpeg",
        "image/png",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ] {
        says(&example().with("/payload/1/contentAttachment/contentType", json!(good)), &[]);
    }
    for bad in ["image/gif", "text/html", "application/PDF"] {
        let issues = example().with("/payload/1/contentAttachment/contentType", json!(bad));
        let issues = issues.contract("zt-spreekuur-notification", FORMAT);
        assert_eq!(issues.len(), 1);
        assert!(
            issues[0].starts_with("code-invalid Communication.payload[1].content.contentType:"),
            "{issues:?}"
        );
    }
}

#[test]
fn n_15_data_is_base64_and_not_empty() {
    for bad in ["", "JVBERi0xLjQ", "JVBE*i0xLjQK", "   ", "===="] {
        says(
            &example().with("/payload/1/contentAttachment/data", json!(bad)),
            &["value Communication.payload[1].content.data: payload.content.data must be base64"],
        );
    }
    says(&example().with("/payload/1/contentAttachment/data", json!("JVBE\nRi0x")), &[]);
}

#[test]
fn n_16_an_entry_is_a_text_or_an_attachment() {
    let neither =
        "structure Communication.payload[2]: payload must have either contentString or contentAttachment";
    says(&example().with("/payload/-", json!({"id": "x"})), &[neither]);
    says(&example().with("/payload/-", json!({"contentReference": {"reference": "#pat1"}})), &[neither]);
    let attachment = example().0["payload"][1]["contentAttachment"].clone();
    says(
        &example().with("/payload/0/contentAttachment", attachment),
        &["structure Communication.payload[0]: payload must have either contentString or contentAttachment"],
    );
}

#[test]
fn n_17_the_recipient_is_contained() {
    says(&example().without("/recipient"), &["required Communication.recipient: recipient is required"]);
    says(
        &example().with("/recipient/0", json!({"display": "x"})),
        &["required Communication.recipient[0].reference: recipient.reference is required"],
    );
    let lost = [
        "not-found Communication.recipient[0].reference: recipient.reference must be # and the id of a contained Patient",
    ];
    for reference in ["#pat2", "pat1", "Patient/pat1", "#"] {
        says(&example().with("/recipient/0/reference", json!(reference)), &lost);
    }
    says(&example().without("/contained"), &lost);
    says(&example().with("/contained/0/resourceType", json!("Organization")), &lost);
}

#[test]
fn n_18_there_is_one_recipient() {
    says(
        &example().with("/recipient/-", json!({"reference": "#pat1"})),
        &["structure Communication.recipient: recipient occurs 2 times, at most 1 is allowed"],
    );
}

#[test]
fn n_19_the_patient_has_a_bsn() {
    let required =
        ["required Communication.contained[0].identifier: contained.identifier with a BSN is required"];
    says(&example().without("/contained/0/identifier"), &required);
    says(&example().with("/contained/0/identifier/0/system", json!("https://elsewhere")), &required);
    says(&example().without("/contained/0/identifier/0/value"), &required);
}

#[test]
fn n_20_the_bsn_has_its_format() {
    let with = |value: &str| example().with("/contained/0/identifier/0/value", json!(value));
    let refused = [
        "value Communication.contained[0].identifier[0].value: contained.identifier.value must be a BSN: 9 digits",
    ];
    says(&with("123456789"), &[]);
    says(&with("12345672"), &[]);
    for bad in ["1234567", "1234567890", "12345678x", ""] {
        says(&with(bad), &refused);
    }
    let strict = Rules { bsn: BsnCheck::ElevenTest, ..FORMAT };
    assert_eq!(with("123456789").contract("zt-spreekuur-notification", strict).len(), 1);
}

#[test]
fn n_21_contact_points_are_e_mail_addresses() {
    says(&example().without("/contained/0/telecom"), &[]);
    says(
        &example().with("/contained/0/telecom/0/system", json!("phone")),
        &["value Communication.contained[0].telecom[0].system: contained.telecom.system must be email"],
    );
    for bad in ["geen adres", "a@b"] {
        says(
            &example().with("/contained/0/telecom/0/value", json!(bad)),
            &[
                "value Communication.contained[0].telecom[0].value: contained.telecom.value must be an e-mail address",
            ],
        );
    }
}

#[test]
fn n_24_what_is_not_named_is_not_looked_at() {
    let odd = example()
        .with("/contained/-", json!({"resourceType": "Nothing", "id": 5}))
        .with("/contained/-", json!("x"))
        .with("/contained/0/birthDate", json!("gisteren"))
        .with("/contained/0/gender", json!([]))
        .with("/contained/0/foo", json!(null))
        .with("/subject", json!("x"))
        .with("/sent", json!("vandaag"))
        .with("/meta", json!([]))
        .with("/modifierExtension", json!([{"url": "a:b", "valueString": "c"}]));
    says(&odd, &[]);
}

#[test]
fn n_25_blanks_count_as_empty() {
    says(
        &example().with("/topic/text", json!(" \n\t")),
        &["required Communication.topic.text: topic.text is required"],
    );
    says(
        &example().with("/payload/0/contentString", json!("  ")),
        &["required Communication.payload[0].content: payload.contentString is required"],
    );
}
