//! The edge cases of `tetra.md` section 5 that are about records and resources, by their numbers; and the golden pairs.

mod appointments;
mod golden;
mod people;
mod statuses;
mod telling;
mod times;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use adapter_kit::Item;
use fhir_profiles::{Profiles, Rules};
use gateway_core::{Issue, Key, Resource, Zone};
use mappings::{Package, Shelf};
use serde_json::Value;

use super::appointment::Asked;
use super::{Composer, Record};
use crate::config::Format;
use crate::wire::{Answer, Operation, Spelling};

static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::embedded);
static SHELF: LazyLock<Arc<Shelf>> =
    LazyLock::new(|| Arc::new(Shelf::new(Package::embedded(&PROFILES).unwrap())));

/// The practice of the reference, in a zone.
pub(crate) fn composer_in(zone: &str) -> Arc<Composer> {
    let owners = BTreeMap::from([("72".to_owned(), Key::from_reference("Location/spreekkamer-2").unwrap())]);
    Arc::new(Composer::of(Arc::clone(&SHELF), "01999999", Zone::named(zone).unwrap(), owners))
}

pub(crate) fn composer() -> Arc<Composer> {
    composer_in("Europe/Amsterdam")
}

/// The records of an answer.
pub(crate) fn records(operation: Operation, format: Format, body: &[u8]) -> Vec<Record> {
    let spelling = Spelling::of(operation, format, None).unwrap().unwrap();
    let answer = Answer::read(&spelling, body, None).unwrap_or_else(|odd| panic!("{odd}"));
    Record::all(&Arc::new(answer)).collect()
}

/// A JSON answer around these records.
pub(crate) fn json(operation: Operation, container: &str, list: &str) -> Vec<Record> {
    let body = format!(
        r#"{{"{container}":[{list}],"ReturnValue":{{"ResponseCode":200,"ResponseText":"OK","Melding":"OK","Gelukt":true}}}}"#
    );
    records(operation, Format::Json, body.as_bytes())
}

/// An appointment at 10:20 on 2 June with these members besides (`,"PatientId":1`).
fn afspraak(members: &str) -> Record {
    let start = if members.contains("\"Start\"") { "" } else { r#","Start":"2026-06-02T10:20:00""# };
    let end = if members.contains("\"Eind\"") { "" } else { r#","Eind":"2026-06-02T10:30:00""# };
    let text = format!(r#"{{"Id":880001,"AgendaId":71,"AgendaNaam":"Mw. Proefarts"{start}{end}{members}}}"#);
    json(Operation::Appointments, "afspraken", &text).remove(0)
}

/// An appointment over XML with these children.
fn afspraak_xml(children: &str) -> Record {
    let body = format!(
        "<Tetra_Agenda_GetPatientAfspraken_Antwoord><CommunicatieStatus>OZB_Communicatie_Status_Verzoek_is_geslaagd\
         </CommunicatieStatus><Afspraken><Tetra_Agenda_Afspraak Id=\"880001\"><AgendaId>71</AgendaId>\
         <Start>2026-06-02T10:20:00</Start><Eind>2026-06-02T10:30:00</Eind>{children}</Tetra_Agenda_Afspraak>\
         </Afspraken></Tetra_Agenda_GetPatientAfspraken_Antwoord>"
    );
    records(Operation::OwnAppointments, Format::Xml, body.as_bytes()).remove(0)
}

fn lay_with(item: &Item, current: Option<&Resource>, refers: &[Option<Key>]) -> Result<Resource, Vec<Issue>> {
    (item.lay)(current, refers).map(|laid| laid.expect("there is something to do"))
}

/// The item laid, with the patient it refers to under a fresh id; checked against R4, and laid again without a change.
fn laid(item: &Item, current: Option<&Resource>) -> Resource {
    let refers: Vec<_> = item.refers.iter().map(fresh).collect();
    let laid = lay_with(item, current, &refers).unwrap_or_else(|issues| panic!("{issues:?}"));
    let refusal = PROFILES.issues(&laid, None, Rules::default());
    let refused: Vec<_> = refusal.issues.iter().filter(|issue| issue.refuses()).collect();
    assert!(refused.is_empty(), "{refused:?} in {}", laid.text());
    let again = lay_with(item, Some(&laid), &refers).unwrap();
    assert_eq!(again.text(), laid.text(), "laid twice is laid once");
    laid
}

/// The Patient of a key; nothing was booked from here.
fn fresh(key: &gateway_core::CounterpartKey) -> Option<Key> {
    let patient = Key::from_reference(&format!("Patient/pat-01999999-{}", key.value));
    patient.filter(|_| key.space.ends_with("/Patient"))
}

fn appointment(record: Record, current: Option<&Resource>) -> Resource {
    laid(&composer().appointment(record, Asked::Agendas).unwrap_or_else(|a| panic!("{a:?}")), current)
}

fn value(resource: &Resource) -> Value {
    serde_json::from_str(resource.text()).unwrap()
}

fn resource(text: &str) -> Resource {
    Resource::from_text(text).unwrap()
}

/// The value of an extension, whatever its type.
fn extension(of: &Value, name: &str) -> Option<Value> {
    let url = format!("https://zorgtolk.example/fhir/StructureDefinition/{name}");
    let found = of["extension"].as_array()?.iter().find(|extension| extension["url"] == url)?;
    found.as_object()?.iter().find(|(key, _)| key.starts_with("value")).map(|(_, value)| value.clone())
}
