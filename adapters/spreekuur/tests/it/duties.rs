//! The duties C-01 to C-14 (`spreekuur.md` section 11a) that show on the wire. C-06, C-08, C-12 and C-14's queue age are
//! the engine's; the adapter's part of them is here. C-04 and C-05 row by row stand beside the map, C-07 beside the
//! verdict table.

use adapter_kit::conformance::{Logs, Setup, pem};
use adapter_kit::standin::{Act, Rule};
use gateway_core::{Failure, Receipt, ResourceType, Version};
use serde_json::{Value, json};
use standin_spreekuur::Settings;

use crate::setting::{
    BSN, NAME, SECRET, Setting, appointment, deliver, delivery, note, notification, patient,
};

#[tokio::test]
async fn c_01_the_token_comes_by_every_method_and_by_discovery() {
    let setting = Setting::start().await;
    for changes in [
        json!({}),
        json!({"auth_method": "client_secret_post"}),
        json!({"token_url": null, "issuer": setting.played.issuer()}),
        json!({"scope": "spreekuur/appointment.write", "audience": "https://api.example"}),
    ] {
        let link = setting.link_with(&changes);
        assert_eq!(link.check.check().await, Ok(()), "{changes}");
    }
}

#[tokio::test]
async fn c_01_a_private_key_proves_who_we_are() {
    let key = rcgen::KeyPair::generate().unwrap();
    let client = standin_spreekuur::Client {
        public_key_pem: Some(pem("PUBLIC KEY", &rcgen::PublicKeyData::subject_public_key_info(&key))),
        ..standin_spreekuur::Client::new("zorgtolk", SECRET, &["01000001"])
    };
    let setting = Setting::with(Settings { clients: vec![client], ..Settings::default() }).await;
    let keyed = |algorithm: &str, pem: String| json!({"auth_method": "private_key_jwt", "private_key": pem, "private_key_id": "1", "private_key_algorithm": algorithm});
    let link = setting.link_with(&keyed("ES256", pem("PRIVATE KEY", &key.serialize_der())));
    assert_eq!(link.check.check().await, Ok(()));
    let stranger = rcgen::KeyPair::generate().unwrap();
    let link = setting.link_with(&keyed("ES256", pem("PRIVATE KEY", &stranger.serialize_der())));
    assert!(matches!(link.check.check().await, Err(Failure::Broken(_))));
}

#[tokio::test]
async fn c_02_the_organisation_stands_in_the_header_in_either_form() {
    let setting = Setting::start().await;
    let bare = json!({"org_header_value": {"appointment": "bare"}});
    for (n, changes) in [json!({}), bare].iter().enumerate() {
        let change = delivery(&appointment(&format!("afs-{n}")), &[patient()]);
        note(deliver(&setting.link_with(changes), &change).await.0);
    }
    let state = setting.played.state();
    let agbs: Vec<&Value> = state["appointments"].as_array().unwrap().iter().map(|it| &it["agb"]).collect();
    assert_eq!(agbs, [&json!("01000001"), &json!("01000001")]);
}

#[tokio::test]
async fn c_03_what_breaks_their_contract_is_refused_here_and_not_sent() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    let appointment_with = |name: &str, value: Value| {
        let mut appointment = appointment("afs-1");
        appointment[name] = value;
        appointment
    };
    let notification_with = |name: &str, value: Value| {
        let mut notification = notification("melding-1");
        notification[name] = value;
        notification
    };
    let string = |text: String| json!([{"contentString": text}]);
    let attachments = |count: usize| {
        let file =
            json!({"contentAttachment": {"contentType": "image/png", "data": "AA==", "title": "a.png"}});
        let mut all = vec![json!({"contentString": "Zie bijlage."})];
        all.extend(vec![file; count]);
        Value::Array(all)
    };
    for (broken, path) in [
        (appointment_with("end", json!("2026-09-14T09:10:00+02:00")), "Appointment.end"),
        (appointment_with("end", Value::Null), "Appointment.end"),
        (appointment_with("comment", json!("x".repeat(10_001))), "Appointment.comment"),
        (appointment_with("participant", json!([])), "Appointment.participant"),
        (notification_with("topic", json!({"text": "x".repeat(501)})), "Communication.topic.text"),
        (notification_with("topic", json!({"text": "😀".repeat(251)})), "Communication.topic.text"),
        (notification_with("topic", json!({"text": " "})), "Communication.topic.text"),
        (notification_with("payload", string("x".repeat(10_001))), "Communication.payload"),
        (notification_with("payload", string(" ".to_owned())), "Communication.payload"),
        (notification_with("payload", attachments(6)), "Communication.payload"),
    ] {
        let (outcome, exchanges) = deliver(&link, &delivery(&broken, &[patient()])).await;
        let Err(Failure::Never(issues)) = &outcome else { panic!("{path}: {outcome:?}") };
        let paths: Vec<_> = issues.iter().filter_map(|issue| issue.expression.as_deref()).collect();
        assert!(paths.iter().any(|found| found.starts_with(path)), "{path}: {issues:?}");
        assert!(exchanges.is_empty(), "{path}: something was sent");
    }
    for fits in [
        appointment_with("comment", json!("x".repeat(10_000))),
        notification_with("topic", json!({"text": "😀".repeat(250)})),
    ] {
        note(deliver(&link, &delivery(&fits, &[patient()])).await.0);
    }
}

#[tokio::test]
async fn c_03_the_eleven_test_is_applied_when_it_is_asked_for() {
    let setting = Setting::start().await;
    let mut odd = patient();
    odd["identifier"][0]["value"] = json!("123456789");
    let change = delivery(&appointment("afs-1"), &[odd]);
    for (check, passes) in [("format", true), ("warn", true), ("elfproef", false)] {
        let (outcome, _) = deliver(&setting.link_with(&json!({"bsn_check": check})), &change).await;
        assert_eq!(outcome.is_ok(), passes, "{check}: {outcome:?}");
    }
}

#[tokio::test]
async fn c_05_created_repeated_modified_cancelled_repeated_makes_three_messages() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    let mut last = None;
    let mut version = Version::FIRST;
    let steps = [
        (json!({}), true),
        (json!({"start": "2026-09-14T07:10:00Z"}), false),
        (json!({"start": "2026-09-14T09:15:00+02:00"}), true),
        (json!({"status": "fulfilled"}), false),
        (json!({"status": "cancelled"}), true),
        (json!({"status": "entered-in-error"}), false),
    ];
    let mut current = appointment("afs-1");
    for (changes, goes) in steps {
        for (name, value) in changes.as_object().unwrap() {
            current[name] = value.clone();
        }
        let mut change = delivery(&current, &[patient()]);
        (change.version, change.note, change.sent_before) = (version, last.clone(), last.is_some());
        let (outcome, exchanges) = deliver(&link, &change).await;
        assert_eq!(!exchanges.is_empty(), goes, "{changes}: {outcome:?}");
        if goes {
            last = note(outcome);
        } else {
            assert!(matches!(outcome, Ok(Receipt::Withheld(_))), "{changes}: {outcome:?}");
        }
        version = version.next();
    }
    let kinds: Vec<_> = setting.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["new", "modified", "cancelled"]);
}

#[tokio::test]
async fn c_06_and_c_08_states_replace_each_other_and_notifications_do_not() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    let deliver = link.deliver.as_ref().unwrap();
    for kind in ResourceType::ALL {
        assert_eq!(deliver.states(*kind), *kind == ResourceType::Appointment, "{kind}");
    }
}

#[tokio::test]
async fn c_07_every_status_they_can_answer_has_its_reaction() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    let change = delivery(&appointment("afs-1"), &[patient()]);
    for status in [400, 403, 404, 405, 406, 409, 413, 415] {
        setting.script(Rule::on("PUT", "/Appointment/*", Act::Status).with_status(status));
        let (outcome, _) = deliver(&link, &change).await;
        assert!(matches!(outcome, Err(Failure::Never(_))), "{status}: {outcome:?}");
    }
    for status in [412, 429, 500, 502, 503, 504] {
        setting.script(Rule::on("PUT", "/Appointment/*", Act::Status).with_status(status));
        let (outcome, _) = deliver(&link, &change).await;
        assert_eq!(outcome, Err(Failure::Later { after: None }), "{status}");
    }
    for status in [200, 201, 202, 204] {
        setting.script(Rule::on("PUT", "/Appointment/*", Act::Empty).with_status(status));
        assert!(deliver(&link, &change).await.0.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn c_07_a_foreign_organisation_is_refused_with_the_place_of_the_fault() {
    let setting = Setting::start().await;
    let change = delivery(&appointment("afs-1"), &[patient()]);
    let (outcome, _) = deliver(&setting.link_with(&json!({"agb": "88888888"})), &change).await;
    let Err(Failure::Never(issues)) = outcome else { panic!("{outcome:?}") };
    assert!(issues.iter().any(|issue| issue.code == gateway_core::IssueCode::Forbidden), "{issues:?}");
    assert!(setting.told().is_empty());
}

#[tokio::test]
async fn c_07_another_content_under_a_sent_notifications_id_is_a_conflict() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    note(deliver(&link, &delivery(&notification("melding-1"), &[patient()])).await.0);
    let mut other = notification("melding-1");
    other["topic"]["text"] = json!("Anders");
    let (outcome, _) = deliver(&link, &delivery(&other, &[patient()])).await;
    assert!(matches!(outcome, Err(Failure::Never(_))), "{outcome:?}");
    assert_eq!(setting.told().len(), 1);
}

#[tokio::test]
async fn c_09_a_deletion_is_a_cancellation_of_what_was_there() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    let first = note(deliver(&link, &delivery(&appointment("afs-1"), &[patient()])).await.0);
    let mut deleted = delivery(&appointment("afs-1"), &[patient()]);
    (deleted.before, deleted.resource) = (deleted.resource.take(), None);
    (deleted.note, deleted.sent_before, deleted.version) = (first, true, Version(2));
    let cancelled = note(deliver(&link, &deleted).await.0);
    deleted.note = cancelled;
    assert!(matches!(deliver(&link, &deleted).await.0, Ok(Receipt::Withheld(_))));
    let told: Vec<_> = setting.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, ["new", "cancelled"]);
}

#[tokio::test]
async fn c_10_a_stranger_is_invited_only_where_the_source_allows_it() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    let mut stranger = patient();
    stranger["identifier"][0]["value"] = json!("123456782");
    stranger["telecom"] = json!([{"system": "email", "value": "eigen@example.org"}]);
    let silent = delivery(&notification("melding-1"), std::slice::from_ref(&stranger));
    note(deliver(&link, &silent).await.0);
    assert!(setting.told().is_empty(), "the patient's own address is no permission");

    let mut allowed = notification("melding-2");
    allowed["extension"] = json!([{
        "url": "https://zorgtolk.example/fhir/StructureDefinition/zt-invitation-email",
        "valueContactPoint": {"system": "email", "value": "mag@example.org"},
    }]);
    note(deliver(&link, &delivery(&allowed, &[stranger])).await.0);
    assert_eq!(setting.told(), [("invitation".to_owned(), "melding-2".to_owned())]);
}

#[tokio::test]
async fn c_11_a_call_is_logged_with_organisation_resource_status_and_time_and_no_more() {
    let setting = Setting::start().await;
    let logs = Logs::capture();
    note(deliver(&setting.link(&Setup::Right), &delivery(&appointment("afs-1"), &[patient()])).await.0);
    let text = logs.text();
    let line = text.lines().find(|line| line.contains("Spreekuur.nl was called")).unwrap();
    for part in ["01000001", "Appointment/afs-1", "200", "took_ms"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!text.contains(BSN) && !text.contains(NAME) && !text.contains("medicatielijst"));
}

#[tokio::test]
async fn c_13_a_redirect_pauses_the_line_and_is_not_followed() {
    let setting = Setting::start().await;
    setting.script(Rule::on("PUT", "/Appointment/*", Act::Status).with_status(307));
    let (outcome, _) =
        deliver(&setting.link(&Setup::Right), &delivery(&appointment("afs-1"), &[patient()])).await;
    assert!(matches!(outcome, Err(Failure::Broken(_))), "{outcome:?}");
    assert_eq!(setting.requests("PUT", "/Appointment/"), 1);
}

#[tokio::test]
async fn c_13_an_issuer_cannot_send_us_to_a_host_that_is_not_listed() {
    let setting = Setting::start().await;
    let elsewhere = setting.played.issuer().replace("127.0.0.1", "localhost");
    let link = setting.link_with(&json!({"token_url": null, "issuer": elsewhere}));
    assert!(matches!(link.check.check().await, Err(Failure::Broken(_))));
}

#[tokio::test]
async fn what_they_have_no_word_for_is_withheld() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    let (outcome, exchanges) = deliver(&link, &delivery(&patient(), &[])).await;
    assert!(matches!(outcome, Ok(Receipt::Withheld(_))), "{outcome:?}");
    assert!(exchanges.is_empty());
}
