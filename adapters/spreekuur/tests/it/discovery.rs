//! SU-06 and SU-08: who has an account, and inviting who has none.

use adapter_kit::ExchangeLog;
use adapter_kit::standin::{Act, Rule};
use adapter_spreekuur::{Invitation, Invited, Registration};
use gateway_core::{Bsn, Failure};
use serde_json::json;

use crate::setting::{BSN, Setting};

const STRANGER: &str = "123456782";

fn bsn(text: &str) -> Bsn {
    text.parse().unwrap()
}

#[tokio::test]
async fn su_06_a_registered_patient_is_found_and_another_is_not() {
    let setting = Setting::start().await;
    let client = setting.client(&json!({}));
    let log = ExchangeLog::default();
    assert_eq!(client.find_patient(&bsn(BSN), &log).await, Ok(Registration::Registered));
    assert_eq!(client.find_patient(&bsn(STRANGER), &log).await, Ok(Registration::Unknown));
    assert_eq!(setting.requests("POST", "/Patient/_search"), 2);
    assert_eq!(setting.requests("GET", ""), 0, "a BSN stands in no URL");
}

#[tokio::test]
async fn su_06_what_is_no_answer_is_asked_again_later() {
    let setting = Setting::start().await;
    let client = setting.client(&json!({}));
    for act in [Act::Html, Act::Empty] {
        setting.script(Rule::on("POST", "/Patient/_search", act));
        let found = client.find_patient(&bsn(BSN), &ExchangeLog::default()).await;
        assert_eq!(found, Err(Failure::Later { after: None }), "{act:?}");
    }
    setting.script(Rule::on("POST", "/Patient/_search", Act::Status).with_status(503));
    let found = client.find_patient(&bsn(BSN), &ExchangeLog::default()).await;
    assert_eq!(found, Err(Failure::Later { after: None }));
}

#[tokio::test]
async fn su_08_a_stranger_is_invited_and_a_registered_patient_is_no_failure() {
    let setting = Setting::start().await;
    let client = setting.client(&json!({}));
    let invitation = |number: &str| Invitation {
        id: "p-1".parse().unwrap(),
        bsn: bsn(number),
        email: "testpersoon@example.org".to_owned(),
    };
    let log = ExchangeLog::default();
    assert_eq!(client.invite(&invitation(STRANGER), &log).await, Ok(Invited::Sent));
    assert_eq!(client.invite(&invitation(BSN), &log).await, Ok(Invited::AlreadyRegistered));
    assert_eq!(setting.told().iter().filter(|(kind, _)| kind == "invitation").count(), 1);
}
