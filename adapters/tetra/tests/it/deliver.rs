//! What becomes of an appointment that is told to the practice (`tetra.md` sections 3.12, 4.4, 4.5; edge cases 37, 38, 43,
//! 50 to 54).

use adapter_kit::standin::{Act, Rule};
use gateway_core::{Failure, IssueCode, Receipt};
use serde_json::{Value, json};

use crate::appointments::{
    PATIENT, REMARK, again, appointment, at, change, change_about, deliver, delivered, known, next,
    patient_by_bsn, with, withheld,
};
use crate::setting::{Setting, issue, writing, writing_xml};

const BORN: &str = "1986-09-29";
const BOOK: &str = "MaakAfspraak";
const MOVE: &str = "VerplaatsAfspraak";
const CANCEL: &str = "WisAfspraakByToken";

fn anew() -> Value {
    let mut changes = writing();
    changes["operations"].as_object_mut().unwrap().remove("move");
    changes["book_then_cancel"] = json!(true);
    changes
}

fn number(setting: &Setting) -> i64 {
    setting.standing()[0]["id"].as_i64().unwrap()
}

#[tokio::test]
async fn an_appointment_is_booked_moved_arrived_and_cancelled_in_either_format() {
    for xml in [false, true] {
        let setting = Setting::start().await;
        let link = if xml { setting.xml(&writing_xml()) } else { setting.json(&writing()) };
        let booked = deliver(&link, &change(&appointment("a", 9, 10))).await.0;
        delivered(&booked);
        let there = setting.standing();
        assert_eq!((there.len(), &there[0]["patient"]), (1, &json!(PATIENT)));
        assert_eq!(there[0]["remark"], REMARK);

        let moved = deliver(&link, &next(&appointment("a", 11, 0), &booked)).await.0;
        delivered(&moved);
        assert_eq!((setting.standing().len(), number(&setting)), (1, there[0]["id"].as_i64().unwrap()));
        assert_ne!(setting.standing()[0]["start"], there[0]["start"]);

        let here = with(appointment("a", 11, 0), "status", json!("arrived"));
        let arrived = deliver(&link, &next(&here, &moved)).await.0;
        delivered(&arrived);
        assert_eq!(setting.standing()[0]["status"], "Aanwezig");
        withheld(&deliver(&link, &next(&here, &arrived)).await.0);

        let over = with(appointment("a", 11, 0), "status", json!("cancelled"));
        let cancelled = deliver(&link, &next(&over, &arrived)).await.0;
        delivered(&cancelled);
        assert!(setting.standing().is_empty());
        withheld(&deliver(&link, &next(&over, &cancelled)).await.0);
    }
}

#[tokio::test]
async fn what_is_booked_is_known_by_the_number_they_gave() {
    let setting = Setting::start().await;
    let booked = deliver(&setting.json(&writing()), &change(&appointment("a", 9, 10))).await.0;
    assert_eq!(
        names(&booked),
        [("Appointment/a tetra/01000001/Appointment".to_owned(), number(&setting).to_string())]
    );
}

/// What a receipt names, each with space and value.
fn names(booked: &Result<Receipt, Failure>) -> Vec<(String, String)> {
    let Ok(Receipt::Named { names, .. }) = booked else { panic!("not named: {booked:?}") };
    names.iter().map(|(key, name)| (format!("{key} {}", name.space), name.value.clone())).collect()
}

#[tokio::test]
async fn a_patient_is_known_by_the_practices_number_only_when_two_facts_agree() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    for (born, hour, known) in
        [(json!(BORN), 9, true), (json!("1986-09-30"), 10, false), (Value::Null, 11, false)]
    {
        let mut patient = patient_by_bsn();
        patient["birthDate"] = born;
        let booked = deliver(&link, &change_about(&appointment("a", hour, 10), &patient)).await.0;
        let person = ("Patient/p-1 tetra/01000001/Patient".to_owned(), PATIENT.to_string());
        assert_eq!(names(&booked).contains(&person), known, "{patient}");
    }
}

#[tokio::test]
async fn what_they_have_already_is_not_told_again() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    let booked = deliver(&link, &change(&appointment("a", 9, 10))).await.0;
    let (same, wire) = deliver(&link, &next(&appointment("a", 9, 10), &booked)).await;
    withheld(&same);
    assert!(wire.is_empty(), "nobody was asked");
    let polled = known(appointment("a", 9, 10), number(&setting));
    withheld(&deliver(&link, &change(&polled)).await.0);
    assert_eq!(setting.calls(MOVE), 0);
}

#[tokio::test]
async fn nothing_is_written_that_is_not_configured() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    for (value, path) in [
        (appointment("a", 9, 10), "Appointment.status"),
        (known(with(appointment("a", 9, 10), "status", json!("arrived")), 1), "Appointment.status"),
        (known(with(appointment("a", 9, 10), "status", json!("cancelled")), 1), "Appointment.status"),
    ] {
        let (outcome, wire) = deliver(&link, &change(&value)).await;
        let issue = issue(outcome);
        assert_eq!((issue.code, issue.expression.as_deref()), (IssueCode::NotSupported, Some(path)));
        assert!(wire.is_empty(), "the practice was asked");
    }
}

#[tokio::test]
async fn edge_37_and_38_what_cannot_be_said_is_refused_before_anybody_is_called() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    for status in ["fulfilled", "noshow", "entered-in-error", "proposed", "pending", "waitlist"] {
        let value = known(with(appointment("a", 9, 10), "status", json!(status)), 1);
        let (outcome, wire) = deliver(&link, &change(&value)).await;
        let issue = issue(outcome);
        assert_eq!(
            (issue.code, issue.expression.as_deref()),
            (IssueCode::NotSupported, Some("Appointment.status"))
        );
        assert!(wire.is_empty(), "{status}: the practice was asked");
    }
    let raw = json!([{"url": "https://zorgtolk.example/fhir/StructureDefinition/tetra-appointment-status",
        "valueCoding": {"system": "https://zorgtolk.example/fhir/CodeSystem/tetra-afspraakstatus", "code": "Bezig"}}]);
    let under_way =
        known(with(with(appointment("a", 9, 10), "status", json!("checked-in")), "extension", raw), 1);
    let (outcome, wire) = deliver(&link, &change(&under_way)).await;
    withheld(&outcome);
    assert!(wire.is_empty(), "a round trip of Bezig is no call");
}

#[tokio::test]
async fn edge_43_an_instant_is_the_same_local_time_however_it_is_written() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    let shifted = |hour: i64, offset: &str| at(u8::try_from(hour).unwrap(), 10).replace('Z', offset);
    let mut starts = Vec::new();
    for (id, start, end) in [
        ("z", shifted(9, "Z"), shifted(10, "Z")),
        ("east", shifted(11, "+02:00"), shifted(12, "+02:00")),
        ("west", shifted(4, "-05:00"), shifted(5, "-05:00")),
    ] {
        let value = with(with(appointment(id, 9, 10), "start", json!(start)), "end", json!(end));
        let booked = deliver(&link, &change(&value)).await.0;
        delivered(&booked);
        starts.push(setting.standing()[0]["start"].clone());
        let over = with(value, "status", json!("cancelled"));
        delivered(&deliver(&link, &next(&over, &booked)).await.0);
    }
    assert!(starts.iter().all(|start| *start == starts[0]), "{starts:?}");
}

#[tokio::test]
async fn a_patient_known_by_bsn_is_looked_up_and_the_bsn_is_not_recorded() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    let (outcome, wire) = deliver(&link, &change_about(&appointment("a", 9, 10), &patient_by_bsn())).await;
    delivered(&outcome);
    assert_eq!(setting.standing()[0]["patient"], PATIENT);
    let all: String = wire.iter().map(|it| String::from_utf8_lossy(&it.request).into_owned()).collect();
    assert!(!all.contains(crate::appointments::BSN), "the BSN is recorded");
    let stranger = json!({"resourceType": "Patient", "id": "p-1",
        "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "123456782"}]});
    let nobody = deliver(&link, &change_about(&appointment("b", 12, 0), &stranger)).await.0;
    assert_eq!(issue(nobody).code, IssueCode::NotFound);
}

#[tokio::test]
async fn edge_51_a_time_that_was_taken_is_a_conflict_and_not_tried_again() {
    for told_by_code in [true, false] {
        let setting = Setting::start().await;
        let mut changes = writing();
        if !told_by_code {
            changes["taken_codes"] = json!([]);
        }
        let link = setting.json(&changes);
        delivered(&deliver(&link, &change(&appointment("a", 9, 10))).await.0);
        let refused = issue(deliver(&link, &change(&appointment("b", 9, 10))).await.0);
        assert_eq!(refused.code, IssueCode::Conflict);
        assert_eq!((setting.standing().len(), setting.calls(BOOK)), (1, 2));
    }
}

#[tokio::test]
async fn edge_52_a_booking_whose_answer_was_lost_is_booked_once() {
    for act in [Act::DropAfter, Act::Drop, Act::Html, Act::Truncate] {
        let setting = Setting::start().await;
        let link = setting.json(&writing());
        setting.script(vec![Rule::on("POST", "*", act).of(BOOK)]);
        let first = change(&appointment("a", 9, 10));
        assert_eq!(deliver(&link, &first).await.0, Err(Failure::Unsure), "{act:?}");
        let second = deliver(&link, &again(&first)).await.0;
        delivered(&second);
        assert_eq!(setting.standing().len(), 1, "{act:?}");
        delivered(&deliver(&link, &next(&appointment("a", 11, 0), &second)).await.0);
        assert_eq!(setting.standing().len(), 1, "it is known by its number");
    }
}

#[tokio::test]
async fn edge_04_a_booking_is_never_repeated_blindly() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    for status in [500, 503] {
        setting.script(vec![Rule::on("POST", "*", Act::Status).with_status(status).of(BOOK)]);
        let first = change(&appointment("a", 9, 10));
        assert_eq!(deliver(&link, &first).await.0, Err(Failure::Later { after: None }));
        setting.script(vec![Rule::on("POST", "*", Act::Drop).of("GetAfsprakenDeurToegang")]);
        let asked = deliver(&link, &again(&first)).await.0;
        assert_eq!(asked, Err(Failure::Later { after: None }), "it cannot be looked for, so it is not sent");
    }
    assert_eq!(setting.calls(BOOK), 2);
    assert!(setting.standing().is_empty());
}

#[tokio::test]
async fn a_later_version_in_doubt_is_not_booked_beside_the_patient_s_other_appointment() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    let booked = deliver(&link, &change(&appointment("a", 9, 10))).await.0;
    setting.script(vec![Rule::on("POST", "*", Act::Drop).of(MOVE)]);
    let moving = next(&appointment("a", 11, 0), &booked);
    assert_eq!(deliver(&link, &moving).await.0, Err(Failure::Unsure));
    let lost = issue(deliver(&link, &again(&moving)).await.0);
    assert_eq!(lost.code, IssueCode::Conflict);
    assert!(lost.text.contains(&number(&setting).to_string()), "it says which: {}", lost.text);
    assert_eq!(setting.standing().len(), 1);
}

#[tokio::test]
async fn a_move_that_was_lost_is_sent_again_when_the_number_is_known() {
    for act in [Act::Drop, Act::DropAfter] {
        let setting = Setting::start().await;
        let link = setting.json(&writing());
        delivered(&deliver(&link, &change(&appointment("a", 9, 10))).await.0);
        setting.script(vec![Rule::on("POST", "*", act).of(MOVE)]);
        let moving = change(&known(appointment("a", 11, 0), number(&setting)));
        assert_eq!(deliver(&link, &moving).await.0, Err(Failure::Unsure));
        delivered(&deliver(&link, &again(&moving)).await.0);
        assert_eq!(
            (setting.standing().len(), setting.calls(MOVE)),
            (1, if act == Act::Drop { 2 } else { 1 })
        );
    }
}

#[tokio::test]
async fn without_a_call_to_move_it_is_booked_anew_and_then_cancelled() {
    let setting = Setting::start().await;
    let link = setting.json(&anew());
    let booked = deliver(&link, &change(&appointment("a", 9, 10))).await.0;
    let old = number(&setting);
    let moved = deliver(&link, &next(&known(appointment("a", 11, 0), old), &booked)).await.0;
    delivered(&moved);
    assert_eq!(setting.standing().len(), 1);
    assert_ne!(number(&setting), old, "its number changes");
    delivered(&deliver(&link, &next(&known(appointment("a", 13, 0), old), &moved)).await.0);
    assert_eq!(
        setting.standing().len(),
        1,
        "it is known by its new number though the resource has the old one"
    );

    let mut neither = anew();
    neither["book_then_cancel"] = json!(false);
    let moving = change(&known(appointment("a", 12, 0), number(&setting)));
    let refused = issue(deliver(&setting.json(&neither), &moving).await.0);
    assert_eq!(refused.code, IssueCode::NotSupported);
}

#[tokio::test]
async fn edge_53_when_the_second_step_fails_both_appointments_are_told() {
    let setting = Setting::start().await;
    let link = setting.json(&anew());
    delivered(&deliver(&link, &change(&appointment("a", 9, 10))).await.0);
    let old = number(&setting);
    setting.script(vec![Rule::twisting(CANCEL, &["refused"])]);
    let moving = change(&known(appointment("a", 11, 0), old));
    let (outcome, _) = deliver(&link, &moving).await;
    let told = issue(outcome);
    assert_eq!(told.code, IssueCode::Conflict);
    assert!(told.text.contains(&old.to_string()), "{}", told.text);

    for (act, standing) in [(Act::Drop, 2), (Act::DropAfter, 1)] {
        let setting = Setting::start().await;
        let link = setting.json(&anew());
        delivered(&deliver(&link, &change(&appointment("a", 9, 10))).await.0);
        setting.script(vec![Rule::on("POST", "*", act).of(CANCEL)]);
        let moving = change(&known(appointment("a", 11, 0), number(&setting)));
        assert_eq!(deliver(&link, &moving).await.0, Err(Failure::Unsure));
        assert_eq!(setting.standing().len(), standing);
        delivered(&deliver(&link, &again(&moving)).await.0);
        assert_eq!((setting.standing().len(), setting.calls(BOOK)), (1, 2), "the next attempt only cancels");
    }
}

#[tokio::test]
async fn edge_54_without_a_token_nobody_cancels_and_what_is_gone_is_gone() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    let (start, end) = (at(8, 0).replace('Z', ""), at(8, 10).replace('Z', ""));
    let by_staff = json!({"patient": PATIENT, "agenda": 71, "block_type": 501, "start": start, "end": end});
    let number = setting.staff(&json!([{"make": by_staff}]))["made"][0].as_i64().unwrap();
    let over = known(with(appointment("a", 8, 0), "status", json!("cancelled")), number);
    assert_eq!(setting.standing()[0]["has_token"], false);
    assert_eq!(issue(deliver(&link, &change(&over)).await.0).code, IssueCode::NotSupported);
    assert_eq!(setting.calls(CANCEL), 0);
    setting.staff(&json!(["clear"]));
    let (twice, _) = deliver(&link, &change(&over)).await;
    assert_eq!(twice, Ok(Receipt::Withheld("it is gone there already")));
    let never = with(appointment("b", 8, 0), "status", json!("cancelled"));
    let (never, wire) = deliver(&link, &change(&never)).await;
    withheld(&never);
    assert!(wire.is_empty(), "what never stood there needs no call");
}

#[tokio::test]
async fn a_cancellation_whose_answer_was_lost_happens_once() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    delivered(&deliver(&link, &change(&appointment("a", 9, 10))).await.0);
    setting.script(vec![Rule::on("POST", "*", Act::DropAfter).of(CANCEL)]);
    let over = change(&known(with(appointment("a", 9, 10), "status", json!("cancelled")), number(&setting)));
    assert_eq!(deliver(&link, &over).await.0, Err(Failure::Unsure));
    delivered(&deliver(&link, &again(&over)).await.0);
    assert_eq!((setting.standing().len(), setting.calls(CANCEL)), (0, 1));
}

#[tokio::test]
async fn edge_10_the_cancel_token_is_in_no_record() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    let booked = deliver(&link, &change(&appointment("a", 9, 10))).await;
    let over = with(appointment("a", 9, 10), "status", json!("cancelled"));
    let cancelled = deliver(&link, &next(&over, &booked.0)).await;
    delivered(&cancelled.0);
    for exchange in booked.1.iter().chain(&cancelled.1) {
        for side in [&exchange.request, &exchange.response] {
            let text = String::from_utf8_lossy(side).to_lowercase();
            let shown = text
                .split("wisafspraaktoken\":")
                .skip(1)
                .all(|rest| rest.starts_with("\"(masked)\"") || rest.starts_with("null"));
            assert!(shown, "a token shows");
        }
    }
}

#[tokio::test]
async fn other_resources_are_withheld() {
    let setting = Setting::start().await;
    let link = setting.json(&writing());
    let (outcome, wire) = deliver(&link, &change(&crate::appointments::patient())).await;
    withheld(&outcome);
    assert!(wire.is_empty());
}
