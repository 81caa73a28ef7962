//! Appointments that are told to the practice. All people are invented.

use std::collections::BTreeMap;

use adapter_kit::{Exchange, ExchangeLog, Link};
use gateway_core::{Delivery, Failure, Key, Receipt, Resource, Version};
use serde_json::{Value, json};
use standin_tetra::Settings;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use crate::setting::Setting;

pub(crate) const PATIENT: i64 = 4711;
pub(crate) const BSN: &str = "999990019";
pub(crate) const REMARK: &str = "Graag de uitslag bespreken";

/// Three days from now, well within what is looked at and with nothing of the demo on it.
pub(crate) fn day() -> Date {
    (OffsetDateTime::now_utc() + Duration::days(3)).date()
}

/// An instant on that day, in UTC: `at(9, 10)`.
pub(crate) fn at(hour: u8, minute: u8) -> String {
    let format = format_description!("[year]-[month]-[day]");
    format!("{}T{hour:02}:{minute:02}:00Z", day().format(format).unwrap())
}

fn system(name: &str) -> String {
    format!("https://zorgtolk.example/fhir/NamingSystem/{name}/{}", Settings::AGB)
}

pub(crate) fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p-1", "name": [{"text": "T. Testpersoon"}],
           "identifier": [{"system": system("tetra-patient-id"), "value": PATIENT.to_string()}]})
}

pub(crate) fn patient_by_bsn() -> Value {
    json!({"resourceType": "Patient", "id": "p-1",
           "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN}]})
}

/// Booked from `hour`:`minute` UTC for ten minutes.
pub(crate) fn appointment(id: &str, hour: u8, minute: u8) -> Value {
    let types = format!("https://zorgtolk.example/fhir/CodeSystem/tetra-bloktype/{}", Settings::AGB);
    json!({
        "resourceType": "Appointment", "id": id, "status": "booked",
        "serviceType": [{"coding": [{"system": types, "code": "501"}]}],
        "start": at(hour, minute), "end": at(hour, minute + 10), "comment": REMARK,
        "participant": [
            {"actor": {"reference": "Patient/p-1"}, "status": "accepted"},
            {"actor": {"identifier": {"system": system("tetra-agenda-id"), "value": "71"}}, "status": "accepted"},
        ],
    })
}

/// The same with their number on it, as it is after a look at the agenda.
pub(crate) fn known(mut appointment: Value, number: i64) -> Value {
    appointment["identifier"] =
        json!([{"system": system("tetra-appointment-id"), "value": number.to_string()}]);
    appointment
}

pub(crate) fn with(mut appointment: Value, element: &str, value: Value) -> Value {
    appointment[element] = value;
    appointment
}

fn key(value: &Value) -> Key {
    let part = |name: &str| value[name].as_str().unwrap().to_owned();
    Key::from_reference(&format!("{}/{}", part("resourceType"), part("id"))).unwrap()
}

pub(crate) fn change(value: &Value) -> Delivery {
    change_about(value, &patient())
}

/// The first version of `value`.
pub(crate) fn change_about(value: &Value, patient: &Value) -> Delivery {
    let resource = |value: &Value| Resource::from_text(value.to_string()).unwrap();
    Delivery {
        id: 1,
        tenant: "de-linde".parse().unwrap(),
        link: "tetra".parse().unwrap(),
        key: key(value),
        version: Version::FIRST,
        attempt: 1,
        resource: Some(resource(value)),
        before: None,
        referenced: BTreeMap::from([(key(patient), resource(patient))]),
        note: None,
        sent_before: false,
    }
}

/// The next version, after what became of the one before.
pub(crate) fn next(value: &Value, before: &Result<Receipt, Failure>) -> Delivery {
    let Ok(Receipt::Delivered { note } | Receipt::Named { note, .. }) = before else {
        panic!("not delivered: {before:?}")
    };
    Delivery { version: Version(2), note: note.clone(), sent_before: true, ..change(value) }
}

/// The same change again, when nobody knows whether it arrived.
pub(crate) fn again(delivery: &Delivery) -> Delivery {
    Delivery { attempt: delivery.attempt + 1, sent_before: true, note: None, ..delivery.clone() }
}

/// Delivers and keeps what went over the wire.
pub(crate) async fn deliver(link: &Link, delivery: &Delivery) -> (Result<Receipt, Failure>, Vec<Exchange>) {
    let log = ExchangeLog::default();
    let outcome = link.deliver.as_ref().unwrap().deliver(delivery, &log).await;
    (outcome, log.take())
}

impl Setting {
    /// What stands in the agenda of the practice on the day of the tests.
    pub(crate) fn standing(&self) -> Vec<Value> {
        let state = self.played.state();
        let practices = state["practices"].as_array().unwrap();
        let practice = practices.iter().find(|it| it["agb"] == Settings::AGB).unwrap();
        let day = at(0, 0).replace("T00:00:00Z", "");
        let on_the_day = |it: &&Value| it["start"].as_str().unwrap().starts_with(&day);
        practice["appointments"].as_array().unwrap().iter().filter(on_the_day).cloned().collect()
    }

    /// Staff act.
    pub(crate) fn staff(&self, orders: &Value) -> Value {
        self.played.practice(&json!({"practice": Settings::PRACTICE, "do": orders})).unwrap()
    }
}

pub(crate) fn delivered(outcome: &Result<Receipt, Failure>) {
    assert!(matches!(outcome, Ok(Receipt::Delivered { .. } | Receipt::Named { .. })), "{outcome:?}");
}

pub(crate) fn withheld(outcome: &Result<Receipt, Failure>) {
    assert!(matches!(outcome, Ok(Receipt::Withheld(_))), "{outcome:?}");
}
