//! Asking the practice, played: `tetra.md` section 5, the cases about searching and free time, by their numbers.

use adapter_kit::{Answer, Asker, ExchangeLog, Link, Question, Session};
use gateway_core::{Failure, IssueCode, ResourceType};
use secrecy::SecretString;
use serde_json::{Value, json};
use standin_tetra::Settings;
use time::Duration;

use crate::setting::{Setting, issue, recorded};
use crate::shelf::Kept;

const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
const HIS: &str = "https://zorgtolk.example/fhir/NamingSystem/tetra-patient-id/01000001";

fn question(resource_type: ResourceType, asker: Asker, parameters: &[(&str, &str)]) -> Question {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Question { resource_type, parameters: parameters.collect(), asker }
}

async fn ask(link: &Link, question: &Question) -> Result<Answer, Failure> {
    link.ask.as_ref().unwrap().ask(question, &ExchangeLog::default()).await
}

async fn people(link: &Link, parameters: &[(&str, &str)]) -> Result<Answer, Failure> {
    ask(link, &question(ResourceType::Patient, Asker::Practice, parameters)).await
}

/// The numbers of those who were found.
async fn numbers(link: &Link, parameters: &[(&str, &str)]) -> Vec<String> {
    let answer = people(link, parameters).await.unwrap();
    assert!(answer.passing.is_empty() && answer.aside.is_empty());
    answer.items.into_iter().map(|item| item.key.value).collect()
}

fn refusal(outcome: Result<Answer, Failure>) -> IssueCode {
    issue(outcome.map(drop)).code
}

#[tokio::test]
async fn edge_46_a_person_is_found_by_what_names_them() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    for (name, value) in [
        ("identifier", format!("{BSN}|999993653")),
        ("identifier", format!("{HIS}|4715")),
        ("birthdate", "eq1990-04-17".to_owned()),
        ("birthdate", "1990-04-17".to_owned()),
        ("name", "fictief".to_owned()),
        ("name", "Dilara Fic".to_owned()),
    ] {
        assert_eq!(numbers(&link, &[(name, &value)]).await, ["4715"], "{name}={value}");
    }
    let calls = setting.calls("ZoekAfspraakPatient");
    let wrong = format!("{BSN}|123456789");
    assert_eq!(refusal(people(&link, &[("identifier", &wrong)]).await), IssueCode::NotSupported);
    assert_eq!(setting.calls("ZoekAfspraakPatient"), calls, "a number that is no BSN is not sent");
}

#[tokio::test]
async fn edge_47_an_identifier_goes_as_a_text_and_is_in_no_record() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    let log = ExchangeLog::default();
    let identifier = format!("{BSN}|10464554");
    let asked = question(ResourceType::Patient, Asker::Practice, &[("identifier", &identifier)]);
    let answer = link.ask.as_ref().unwrap().ask(&asked, &log).await.unwrap();
    assert!(answer.items.is_empty());
    let text = recorded(&log);
    assert!(text.contains("ZoekAfspraakPatient") && !text.contains("10464554"), "{text}");
}

#[tokio::test]
async fn edge_48_several_are_all_of_them_and_none_is_none() {
    let setting = Setting::start().await;
    let twin = json!({"id": 4799, "given": "Deniz", "family": "Fictief", "born": "1990-04-17"});
    setting.played.practice(&json!({"practice": Settings::PRACTICE, "do": [{"patient": twin}]})).unwrap();
    let link = setting.json(&json!({}));
    let mut found = numbers(&link, &[("birthdate", "1990-04-17")]).await;
    found.sort();
    assert_eq!(found, ["4715", "4799"]);
    assert!(numbers(&link, &[("birthdate", "1900-01-02")]).await.is_empty());
    assert_eq!(numbers(&link, &[("birthdate", "1990-04-17"), ("name", "deniz")]).await, ["4799"]);
}

#[tokio::test]
async fn edge_49_a_bsn_needs_a_second_fact() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    let bsn = format!("{BSN}|999993653");
    let alone = people(&link, &[("identifier", &bsn)]).await.unwrap();
    assert!(alone.items[0].bsn.is_none());
    assert_eq!(alone.warnings.len(), 1);
    let mut kept = Kept::default();
    kept.take(alone.items);
    assert!(!kept.get("Patient", 4715).unwrap().to_string().contains("999993653"));
    let certain = people(&link, &[("identifier", &bsn), ("birthdate", "1990-04-17")]).await.unwrap();
    assert!(certain.items[0].bsn.is_some() && certain.warnings.is_empty());
    kept.take(certain.items);
    assert!(kept.get("Patient", 4715).unwrap().to_string().contains("999993653"));
    let other = people(&link, &[("identifier", &bsn), ("birthdate", "1990-04-18")]).await.unwrap();
    assert!(other.items.is_empty());
}

#[tokio::test]
async fn edge_50_a_patient_looks_nobody_up() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    let patient = Asker::Patient(Session(SecretString::from("s-EXAMPLE")));
    for parameter in [("name", "fictief"), ("birthdate", "1990-04-17")] {
        let asked = question(ResourceType::Patient, patient.clone(), &[parameter]);
        assert_eq!(refusal(ask(&link, &asked).await), IssueCode::Forbidden);
    }
    assert_eq!(setting.calls("Zoek") + setting.calls("ZoekAfspraakPatient"), 0);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_without_a_call() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    assert_eq!(refusal(people(&link, &[]).await), IssueCode::TooCostly);
    assert_eq!(refusal(people(&link, &[("address-city", "Ede")]).await), IssueCode::NotSupported);
    let appointments = question(ResourceType::Appointment, Asker::Practice, &[]);
    assert_eq!(refusal(ask(&link, &appointments).await), IssueCode::NotSupported);
    let xml = setting.xml(&json!({}));
    assert_eq!(refusal(people(&xml, &[("phone", "0612345678")]).await), IssueCode::NotSupported);
}

#[tokio::test]
async fn somebody_who_is_signed_in_sees_their_own_appointments() {
    let setting = Setting::start().await;
    let link = setting.json(&json!({}));
    let log = ExchangeLog::default();
    let password = SecretString::from(Settings::PASSWORD);
    let session = link.sign_in.as_ref().unwrap().open(Settings::USERNAME, &password, &log).await.unwrap();
    let asked = question(ResourceType::Appointment, Asker::Patient(session.clone()), &[]);
    let own = ask(&link, &asked).await.unwrap();
    let appointments = own.items.iter().filter(|item| item.resource_type == ResourceType::Appointment);
    assert!(appointments.count() > 0);
    let mut kept = Kept::default();
    kept.take(own.items);
    assert!(kept.refused.is_empty(), "{:?}", kept.refused);
    link.sign_in.as_ref().unwrap().close(&session, &log).await.unwrap();
    assert_eq!(
        refusal(ask(&link, &asked).await),
        IssueCode::Login,
        "edge 58: nobody signs in again for them"
    );
}

/// A line that knows the played call for free time.
fn with_slots(setting: &Setting, bookable: &Value) -> Link {
    let fields =
        json!({"agendas": "agendaIds", "block_types": "blokTypeIds", "start": "start", "end": "eind"});
    setting.json(&json!({"bookable_block_types": bookable, "operations": {
        "slots": {"method": "GetVrijeTijden", "fields": fields, "container": "vrijeTijden"},
    }}))
}

#[tokio::test]
async fn edge_59_free_time_is_passed_on_and_only_what_is_for_booking() {
    use gateway_core::Clock as _;

    let setting = Setting::start().await;
    let link = with_slots(&setting, &json!([501, 502]));
    let today = (setting.clock.now() + Duration::days(3)).date();
    let (from, until) = (format!("ge{today}T00:00:00Z"), format!("lt{today}T23:59:00Z"));
    let period = [("start", from.as_str()), ("start", until.as_str())];
    let asked = question(ResourceType::Slot, Asker::Practice, &period);
    let free = ask(&link, &asked).await.unwrap();
    assert!(free.items.is_empty(), "an offer is never kept");
    let types: Vec<Value> =
        free.passing.iter().map(|slot| serde_json::from_str(slot.text()).unwrap()).collect();
    assert!(!types.is_empty());
    for slot in &types {
        assert_eq!(slot["status"], "free");
        assert!(slot["schedule"]["reference"].as_str().unwrap().starts_with("Schedule/agenda-01000001-"));
        let code = slot["serviceType"][0]["coding"][0]["code"].as_str().unwrap();
        assert!(["501", "502"].contains(&code), "{slot}");
    }
    let one = [period[0], period[1], ("schedule", "Schedule/agenda-01000001-71"), ("service-type", "502")];
    let fewer = ask(&link, &question(ResourceType::Slot, Asker::Practice, &one)).await.unwrap();
    assert!(!fewer.passing.is_empty() && fewer.passing.len() < types.len());
    let not_for_booking = [period[0], period[1], ("service-type", "504")];
    let none = ask(&link, &question(ResourceType::Slot, Asker::Practice, &not_for_booking)).await.unwrap();
    assert!(none.passing.is_empty());
}

#[tokio::test]
async fn free_time_needs_a_period() {
    let setting = Setting::start().await;
    let link = with_slots(&setting, &json!([501]));
    for parameters in [
        &[][..],
        &[("start", "ge2026-06-02T00:00:00Z")],
        &[("start", "ge2026-06-02T00:00:00Z"), ("start", "lt2026-08-02T00:00:00Z")],
    ] {
        let asked = question(ResourceType::Slot, Asker::Practice, parameters);
        assert_eq!(refusal(ask(&link, &asked).await), IssueCode::TooCostly);
    }
    assert!(!setting.json(&json!({})).ask.unwrap().answers(ResourceType::Slot), "off until it is configured");
}
