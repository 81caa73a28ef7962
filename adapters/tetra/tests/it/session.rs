//! Signing in, the code, and the end (`tetra.md` section 1.6), in either format.

use adapter_kit::conformance::Logs;
use adapter_kit::{ExchangeLog, Link, SignIn};
use gateway_core::IssueCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use standin_tetra::Settings;

use crate::setting::{Setting, issue, recorded};

/// What Tetra would have to tell an operator.
fn told() -> Value {
    json!({"operations": {
        "send_code": {"method": "StuurSMS"},
        "confirm": {"method": "UpgradeSessie", "fields": {"code": "code"}},
    }})
}

fn told_xml() -> Value {
    let upgrade = "Tetra_Switchboard_Security_UpgradeSession_Verzoek";
    json!({"operations": {"confirm": {"method": upgrade, "fields": {"code": "Code"}}}})
}

fn sign_in(link: &Link) -> &dyn SignIn {
    link.sign_in.as_deref().unwrap()
}

fn password() -> SecretString {
    SecretString::from(Settings::PASSWORD)
}

fn code(setting: &Setting) -> SecretString {
    let state = setting.played.state();
    SecretString::from(state["sms"].as_array().unwrap().last().unwrap()["code"].as_str().unwrap())
}

#[tokio::test]
async fn both_factors_and_the_end_work_in_either_format() {
    for xml in [false, true] {
        let setting = Setting::start().await;
        let link = if xml { setting.xml(&told_xml()) } else { setting.json(&told()) };
        let log = ExchangeLog::default();
        let session = sign_in(&link).open(Settings::USERNAME, &password(), &log).await.unwrap();
        assert_eq!(setting.played.state()["sessions"], 1);
        sign_in(&link).send_code(&session, &log).await.unwrap();
        let code = code(&setting);
        let wrong = SecretString::from("000000x");
        let refused = sign_in(&link).confirm(&session, &wrong, &log).await;
        assert_eq!(issue(refused).code, IssueCode::Login);
        sign_in(&link).confirm(&session, &code, &log).await.unwrap();
        sign_in(&link).close(&session, &log).await.unwrap();
        assert_eq!(setting.played.state()["sessions"], 0);
        let recorded = recorded(&log);
        for secret in
            [session.0.expose_secret(), code.expose_secret(), Settings::PASSWORD, Settings::USERNAME]
        {
            assert!(!recorded.contains(secret), "a secret is recorded");
        }
    }
}

#[tokio::test]
async fn edge_58_after_the_end_signing_in_is_asked_for_and_never_done_silently() {
    for xml in [false, true] {
        let setting = Setting::start().await;
        let link = if xml { setting.xml(&told_xml()) } else { setting.json(&told()) };
        let log = ExchangeLog::default();
        let session = sign_in(&link).open(Settings::USERNAME, &password(), &log).await.unwrap();
        sign_in(&link).close(&session, &log).await.unwrap();
        assert_eq!(issue(sign_in(&link).send_code(&session, &log).await).code, IssueCode::Login);
        assert_eq!(setting.played.state()["sessions"], 0, "nobody was signed in again");
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_login_issue() {
    let setting = Setting::start().await;
    for link in [setting.json(&json!({})), setting.xml(&json!({}))] {
        let wrong = SecretString::from("guess");
        let refused = sign_in(&link).open(Settings::USERNAME, &wrong, &ExchangeLog::default()).await;
        assert_eq!(issue(refused.map(drop)).code, IssueCode::Login);
    }
}

#[tokio::test]
async fn what_is_not_published_is_not_supported_until_it_is_configured() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    let log = ExchangeLog::default();
    let session = sign_in(&link).open(Settings::USERNAME, &password(), &log).await.unwrap();
    assert_eq!(issue(sign_in(&link).send_code(&session, &log).await).code, IssueCode::NotSupported);
    let code = SecretString::from("1");
    assert_eq!(issue(sign_in(&link).confirm(&session, &code, &log).await).code, IssueCode::NotSupported);
}

#[tokio::test]
async fn every_session_is_another_one() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    let log = ExchangeLog::default();
    let one = sign_in(&link).open(Settings::USERNAME, &password(), &log).await.unwrap();
    let two = sign_in(&link).open(Settings::USERNAME, &password(), &log).await.unwrap();
    assert_ne!(one.0.expose_secret(), two.0.expose_secret());
    assert_eq!(setting.played.state()["sessions"], 2);
}

#[tokio::test]
async fn edge_10_nothing_of_a_session_is_logged() {
    let logs = Logs::capture();
    let setting = Setting::start().await;
    let link = setting.json(&told());
    let log = ExchangeLog::default();
    let session = sign_in(&link).open(Settings::USERNAME, &password(), &log).await.unwrap();
    sign_in(&link).send_code(&session, &log).await.unwrap();
    let code = code(&setting);
    sign_in(&link).confirm(&session, &code, &log).await.unwrap();
    let text = format!("{} {session:?}", logs.text());
    for secret in [session.0.expose_secret(), Settings::PASSWORD, Settings::USERNAME, Settings::KEY] {
        assert!(!text.contains(secret), "a secret is logged");
    }
}
