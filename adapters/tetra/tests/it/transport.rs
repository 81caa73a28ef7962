//! Odd answers (`tetra.md` section 5, 1 to 20): each seen through the cheapest read there is, the check of the line.

use adapter_kit::conformance::Logs;
use adapter_kit::standin::{Act, Rule};
use gateway_core::{Failure, IssueCode};
use serde_json::json;
use standin_tetra::{Settings, Switches, TokenChild};

use crate::setting::{KEY, Setting, TOKEN, WRONG_SECRET, issue};

const JSON: &str = "GetAgendas";

const LATER: Result<(), Failure> = Err(Failure::Later { after: None });

async fn json_check(setting: &Setting, twists: &[&str]) -> Result<(), Failure> {
    setting.script(vec![Rule::twisting(JSON, twists)]);
    setting.json(&json!({})).check.check().await
}

async fn xml_check(setting: &Setting, twists: &[&str]) -> Result<(), Failure> {
    setting.script(vec![Rule::twisting("*", twists)]);
    setting.xml(&json!({})).check.check().await
}

#[tokio::test]
async fn a_practice_that_answers_is_reached_in_either_format() {
    let setting = Setting::start().await;
    assert_eq!(setting.json(&json!({})).check.check().await, Ok(()));
    assert_eq!(setting.xml(&json!({})).check.check().await, Ok(()));
}

#[tokio::test]
async fn edge_01_no_in_a_good_answer_is_an_error() {
    let setting = Setting::start().await;
    assert_eq!(issue(json_check(&setting, &["refused"]).await).code, IssueCode::BusinessRule);
    assert_eq!(issue(xml_check(&setting, &["refused"]).await).code, IssueCode::BusinessRule);
}

#[tokio::test]
async fn edge_02_a_yes_with_another_code_is_an_error() {
    let setting = Setting::start().await;
    assert_eq!(issue(json_check(&setting, &["other_code"]).await).code, IssueCode::BusinessRule);
    assert_eq!(issue(json_check(&setting, &["gelukt_false"]).await).code, IssueCode::BusinessRule);
    assert_eq!(json_check(&setting, &["code_text"]).await, Ok(()));
}

#[tokio::test]
async fn edge_03_nothing_and_a_page_are_no_answer() {
    let setting = Setting::start().await;
    assert_eq!(json_check(&setting, &["bare"]).await, LATER);
    for act in [Act::Empty, Act::Html] {
        setting.script(vec![Rule::on("POST", "*", act).times(2)]);
        assert_eq!(setting.json(&json!({})).check.check().await, LATER, "{act:?}");
        assert_eq!(setting.xml(&json!({})).check.check().await, LATER, "{act:?}");
    }
}

#[tokio::test]
async fn edge_04_a_failure_on_the_way_is_tried_again() {
    let setting = Setting::start().await;
    for rule in [
        Rule::on("POST", "*", Act::Status).with_status(500),
        Rule::on("POST", "*", Act::Empty).with_status(500),
        Rule::on("POST", "*", Act::Drop),
        Rule::on("POST", "*", Act::Truncate),
    ] {
        setting.script(vec![rule.times(2)]);
        assert_eq!(setting.json(&json!({})).check.check().await, LATER);
        assert_eq!(setting.xml(&json!({})).check.check().await, LATER);
    }
}

#[tokio::test]
async fn edge_05_a_missing_container_is_an_error() {
    let setting = Setting::start().await;
    for twist in ["no_container", "null_container", "no_return_value", "null_return_value"] {
        assert_eq!(json_check(&setting, &[twist]).await, LATER, "{twist}");
    }
    assert_eq!(xml_check(&setting, &["no_container"]).await, LATER);
}

#[tokio::test]
async fn edge_07_more_members_another_order_and_another_case_change_nothing() {
    let setting = Setting::start().await;
    assert_eq!(json_check(&setting, &["extra_members", "reversed", "other_case"]).await, Ok(()));
    assert_eq!(xml_check(&setting, &["extra_members", "reversed"]).await, Ok(()));
    assert_eq!(json_check(&setting, &["both_cases"]).await, LATER);
}

#[tokio::test]
async fn edge_08_and_09_neither_mark_nor_content_type_matters() {
    let setting = Setting::start().await;
    for twist in ["bom", "wrong_content_type", "no_content_type"] {
        assert_eq!(json_check(&setting, &[twist]).await, Ok(()), "{twist}");
        assert_eq!(xml_check(&setting, &[twist]).await, Ok(()), "{twist}");
    }
}

#[tokio::test]
async fn edge_11_to_13_xml_is_read_in_every_dress() {
    let setting = Setting::start().await;
    for twist in [
        "utf16_declared",
        "utf8_declared",
        "single_quoted",
        "no_prolog",
        "utf16le_bom",
        "utf16be_bom",
        "utf16le",
        "utf16be",
        "self_closed",
    ] {
        assert_eq!(xml_check(&setting, &[twist]).await, Ok(()), "{twist}");
    }
    assert_eq!(xml_check(&setting, &["invalid_utf8"]).await, LATER);
}

#[tokio::test]
async fn edge_14_only_the_one_word_of_success_counts() {
    let setting = Setting::start().await;
    assert_eq!(issue(xml_check(&setting, &["status_unknown"]).await).code, IssueCode::BusinessRule);
    assert_eq!(xml_check(&setting, &["status_missing"]).await, LATER);
    assert_eq!(xml_check(&setting, &["status_spaced"]).await, Ok(()));
}

#[tokio::test]
async fn edge_15_an_answer_to_another_call_is_an_error() {
    let setting = Setting::start().await;
    assert_eq!(xml_check(&setting, &["other_root"]).await, LATER);
}

#[tokio::test]
async fn edge_16_what_could_blow_up_is_refused() {
    let setting = Setting::start().await;
    for twist in ["dtd", "entities", "deep"] {
        assert_eq!(xml_check(&setting, &[twist]).await, LATER, "{twist}");
    }
    assert_eq!(json_check(&setting, &["deep"]).await, LATER);
    assert_eq!(json_check(&setting, &["huge"]).await, LATER);
}

#[tokio::test]
async fn edge_20_the_server_token_goes_where_it_is_wanted() {
    let switches = Switches { token_child: TokenChild::Sessie, ..Switches::default() };
    let setting = Setting::with(Settings {
        switches,
        operations: standin_tetra::Operations::invented(),
        ..Settings::default()
    })
    .await;
    assert_eq!(setting.xml(&json!({"token_element": "sessie"})).check.check().await, Ok(()));
    assert!(setting.xml(&json!({})).check.check().await.is_err());
}

#[tokio::test]
async fn xml_is_understood_in_every_encoding_we_can_write() {
    let setting = Setting::start().await;
    for encoding in ["utf-8", "utf-16", "utf-8-declared-utf-16"] {
        let link = setting.xml(&json!({"xml_encoding": encoding}));
        assert_eq!(link.check.check().await, Ok(()), "{encoding}");
    }
}

#[tokio::test]
async fn a_caller_they_do_not_know_pauses_the_link() {
    let setting = Setting::start().await;
    let wrong = json!({"application_key": WRONG_SECRET});
    assert!(matches!(setting.json(&wrong).check.check().await, Err(Failure::Broken(_))));
    let word = "OZB_Communicatie_Status_Identificatie_onjuist";
    let wrong = json!({"server_token": WRONG_SECRET, "unknown_caller_codes": [word]});
    assert!(matches!(setting.xml(&wrong).check.check().await, Err(Failure::Broken(_))));
}

#[tokio::test]
async fn a_practice_that_is_off_is_tried_again() {
    let setting = Setting::start().await;
    setting.played.practice(&json!({"practice": Settings::PRACTICE, "do": [{"offline": true}]})).unwrap();
    assert_eq!(setting.json(&json!({})).check.check().await, LATER);
    assert_eq!(setting.xml(&json!({})).check.check().await, LATER);
}

#[tokio::test]
async fn edge_10_no_log_line_and_no_failure_holds_a_secret() {
    let logs = Logs::capture();
    let setting = Setting::start().await;
    let mut told = Vec::new();
    for twists in [&["refused"][..], &["bare"], &["both_cases"], &[]] {
        setting.script(if twists.is_empty() { vec![] } else { vec![Rule::twisting("*", twists).times(2)] });
        told.push(format!("{:?}", setting.json(&json!({})).check.check().await));
        told.push(format!("{:?}", setting.xml(&json!({})).check.check().await));
        told.push(format!(
            "{:?}",
            setting.json(&json!({"application_key": WRONG_SECRET})).check.check().await
        ));
    }
    let text = format!("{}{}", logs.text(), told.join(" "));
    for secret in [KEY, TOKEN, WRONG_SECRET] {
        assert!(!text.contains(secret), "{secret} shows");
    }
}
