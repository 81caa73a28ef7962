//! The contract of an appointment for Spreekuur: `spreekuur.md` section 6.3, the rules on content.

use fhir_profiles::{BsnCheck, Rules, Unknown};
use serde_json::json;

use super::support::{Draft, PROFILES, resource};

const EXAMPLE: &str = r#"{
  "resourceType": "Appointment",
  "id": "afs-20260914-0007",
  "status": "booked",
  "serviceCategory": [
    { "coding": [ { "system": "https://gateway.example/fhir/CodeSystem/afspraaktype", "code": "CONSULT", "display": "Consult 10 minuten" } ] }
  ],
  "start": "2026-09-14T09:10:00+02:00",
  "end": "2026-09-14T09:20:00+02:00",
  "comment": "Neem uw medicatielijst mee.",
  "participant": [
    {
      "actor": {
        "reference": "Patient/p-4711",
        "identifier": { "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019" },
        "display": "T. van Testpersoon"
      },
      "status": "accepted"
    },
    {
      "actor": { "reference": "PractitionerRole/pr-12", "display": "Mw. dr. A. Voorbeeld" },
      "status": "accepted"
    }
  ]
}"#;

const FORMAT: Rules =
    Rules { bsn: BsnCheck::Format, unknown: Unknown::Ignore, counting: fhir_profiles::Counting::CodePoints };

fn example() -> Draft {
    Draft::of(EXAMPLE)
}

#[track_caller]
fn says(draft: &Draft, expected: &[&str]) {
    assert_eq!(draft.contract("zt-spreekuur-appointment", FORMAT), expected, "{}", draft.0);
}

#[test]
fn the_example_passes_as_contract_and_as_r4() {
    says(&example(), &[]);
    let profile = "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-appointment";
    let full = PROFILES.issues(&resource(EXAMPLE), Some(profile), Rules::default());
    assert!(full.issues.is_empty(), "{:?}", full.issues);
}

#[test]
fn a_06_the_resource_is_an_appointment() {
    says(
        &Draft::of(r#"{"resourceType":"Patient","id":"a"}"#),
        &["structure Patient: the resource must be of type Appointment"],
    );
}

#[test]
fn a_07_the_id_is_required() {
    says(&example().without("/id"), &["required Appointment.id: id is required"]);
}

#[test]
fn a_10_the_status_is_booked_or_cancelled() {
    says(&example().with("/status", json!("cancelled")), &[]);
    says(&example().without("/status"), &["required Appointment.status: status is required"]);
    for status in ["proposed", "pending", "arrived", "Booked", "nonsense"] {
        says(
            &example().with("/status", json!(status)),
            &["code-invalid Appointment.status: status must be one of booked, cancelled"],
        );
    }
    says(&example().with("/status", json!(1)), &["structure Appointment.status: status must be a string"]);
}

#[test]
fn a_11_start_and_end_are_moments_with_a_zone() {
    for name in ["start", "end"] {
        says(
            &example().without(&format!("/{name}")),
            &[&format!("required Appointment.{name}: {name} is required")],
        );
        for bad in
            ["2026-09-14T09:10:00", "2026-09-14", "2026-02-30T09:10:00Z", "2026-09-14T09:10Z", "morgen"]
        {
            says(
                &example().with(&format!("/{name}"), json!(bad)),
                &[&format!(
                    "value Appointment.{name}: {name} must be a date that exists with a time in seconds and its zone"
                )],
            );
        }
    }
    says(
        &example().without("/start").without("/end"),
        &["required Appointment.start: start is required", "required Appointment.end: end is required"],
    );
}

#[test]
fn a_12_the_end_is_later_than_the_start() {
    let late = ["business-rule Appointment.end: end must be later than start"];
    says(&example().with("/end", json!("2026-09-14T09:10:00+02:00")), &late);
    says(&example().with("/end", json!("2026-09-14T07:10:00Z")), &late);
    says(&example().with("/end", json!("2026-09-14T09:00:00+02:00")), &late);
    says(&example().with("/end", json!("2026-09-14T07:10:00.001Z")), &[]);
}

#[test]
fn a_13_a_service_category_has_system_code_and_display() {
    let required = |path: &str, name: &str| vec![format!("required Appointment.{path}: {name} is required")];
    let check = |draft: Draft, path: &str, name: &str| {
        assert_eq!(draft.contract("zt-spreekuur-appointment", FORMAT), required(path, name));
    };
    check(example().without("/serviceCategory"), "serviceCategory", "serviceCategory");
    check(example().with("/serviceCategory", json!([])), "serviceCategory", "serviceCategory");
    check(example().with("/serviceCategory", json!([{}])), "serviceCategory", "serviceCategory");
    check(
        example().with("/serviceCategory/0", json!({"text": "x"})),
        "serviceCategory[0].coding",
        "serviceCategory.coding",
    );
    for part in ["system", "code", "display"] {
        let path = format!("serviceCategory[0].coding[0].{part}");
        let name = format!("serviceCategory.coding.{part}");
        check(example().without(&format!("/serviceCategory/0/coding/0/{part}")), &path, &name);
        check(example().with(&format!("/serviceCategory/0/coding/0/{part}"), json!("  ")), &path, &name);
    }
    says(
        &example().with("/serviceCategory", json!({})),
        &["required Appointment.serviceCategory: serviceCategory is required"],
    );
    says(
        &example().with("/serviceCategory", json!({"coding": []})),
        &["structure Appointment.serviceCategory: serviceCategory must be a list"],
    );
}

#[test]
fn a_14_there_is_a_participant() {
    for draft in [example().without("/participant"), example().with("/participant", json!([]))] {
        let issues = draft.contract("zt-spreekuur-appointment", FORMAT);
        assert_eq!(issues, ["required Appointment.participant: participant is required"]);
    }
}

#[test]
fn a_15_a_participant_has_reference_display_and_status() {
    for part in ["actor/reference", "actor/display", "status"] {
        let name = part.replace('/', ".");
        says(
            &example().without(&format!("/participant/1/{part}")),
            &[&format!("required Appointment.participant[1].{name}: participant.{name} is required")],
        );
    }
    says(
        &example().without("/participant/1/actor"),
        &[
            "required Appointment.participant[1].actor.reference: participant.actor.reference is required",
            "required Appointment.participant[1].actor.display: participant.actor.display is required",
        ],
    );
}

#[test]
fn a_16_a_participant_has_accepted() {
    says(
        &example().with("/participant/1/status", json!("tentative")),
        &["code-invalid Appointment.participant[1].status: participant.status must be accepted"],
    );
}

#[test]
fn a_17_exactly_one_bsn() {
    let bsn = json!({"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999911120"});
    says(
        &example().with("/participant/1/actor/identifier", bsn),
        &[
            "multiple-matches Appointment.participant: participant with a BSN as identifier occurs 2 times, at most 1 is allowed",
        ],
    );
    let none = ["required Appointment.participant: participant with a BSN as identifier is required"];
    says(&example().without("/participant/0/actor/identifier"), &none);
    says(&example().with("/participant/0/actor/identifier/system", json!("https://elsewhere/bsn")), &none);
    says(
        &example().without("/participant/0/actor/identifier/value"),
        &[
            "required Appointment.participant[0].actor.identifier.value: participant.actor.identifier.value is required",
        ],
    );
}

#[test]
fn a_18_a_bsn_has_nine_digits_and_may_lack_its_zero() {
    let with = |value: &str| example().with("/participant/0/actor/identifier/value", json!(value));
    says(&with("12345672"), &[]);
    says(&with("123456789"), &[]);
    for bad in ["1234567", "1234567890", "12345678a", "123 456 782", "123.456.782"] {
        says(
            &with(bad),
            &[
                "value Appointment.participant[0].actor.identifier.value: participant.actor.identifier.value must be a BSN: 9 digits",
            ],
        );
    }
}

#[test]
fn a_19_the_eleven_test_is_asked_for_or_not() {
    let rules = |bsn| Rules { bsn, ..FORMAT };
    let draft = example().with("/participant/0/actor/identifier/value", json!("123456789"));
    let codes = |bsn| draft.contract("zt-spreekuur-appointment", rules(bsn)).len();
    assert_eq!([codes(BsnCheck::Format), codes(BsnCheck::Warn), codes(BsnCheck::ElevenTest)], [0, 1, 1]);
    let good = example().with("/participant/0/actor/identifier/value", json!("10464554"));
    assert!(good.contract("zt-spreekuur-appointment", rules(BsnCheck::ElevenTest)).is_empty());
}

#[test]
fn a_20_a_cancellation_is_as_complete_as_a_booking() {
    says(
        &example().with("/status", json!("cancelled")).without("/start").without("/serviceCategory"),
        &[
            "required Appointment.serviceCategory: serviceCategory is required",
            "required Appointment.start: start is required",
        ],
    );
}

#[test]
fn a_22_what_is_not_named_is_not_looked_at() {
    let odd = example()
        .with("/foo", json!({"bar": []}))
        .with("/meta", json!("x"))
        .with("/text", json!({"div": "<script>"}))
        .with("/extension", json!([{"valueString": null}]))
        .with("/modifierExtension", json!([{"url": "a:b", "valueString": "c"}]))
        .with("/implicitRules", json!("a:b"))
        .with("/contained", json!([{"resourceType": "Nothing"}]))
        .with("/minutesDuration", json!("ten"))
        .with("/_status", json!([]))
        .with("/comment", json!(null))
        .with("/participant/0/required", json!("misschien"))
        .with("/participant/0/actor/type", json!("Device"))
        .with("/participant/0/urn:extension:actor", json!(1));
    says(&odd, &[]);
}

#[test]
fn a_23_a_comment_has_at_most_10000_characters() {
    says(&example().with("/comment", json!("é".repeat(10_000))), &[]);
    says(&example().without("/comment"), &[]);
    says(
        &example().with("/comment", json!("é".repeat(10_001))),
        &["too-long Appointment.comment: comment has 10001 characters, at most 10000 are allowed"],
    );
    says(
        &example().with("/comment", json!(["x"])),
        &["structure Appointment.comment: comment must be one value, not a list"],
    );
}

#[test]
fn every_broken_rule_is_told_at_once() {
    let draft = example()
        .without("/id")
        .with("/status", json!("arrived"))
        .without("/serviceCategory/0/coding/0/display")
        .with("/participant/0/status", json!("declined"));
    assert_eq!(draft.contract("zt-spreekuur-appointment", FORMAT).len(), 4);
}
