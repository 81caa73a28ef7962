//! Answers in JSON: names, order and types as the vendor prints them (`tetra.md` sections 2.1 to 2.9). What is not
//! printed has a shape of ours, under configured names.

use serde_json::Value;

use super::value::Json;
use crate::desk::Reply;
use crate::local::midnight;
use crate::operations::{Kind, Operations};
use crate::practice::{Agenda, Appointment, BlockType, Patient, Status};
use crate::refusal::Refusal;
use crate::switches::{List, StatusAs, Switches};
use crate::world::{Block, Shown, Slot};

/// A raw member with this value is left out.
const ABSENT: &str = "(absent)";

/// The members of an answer that is a success.
pub(crate) fn answer(reply: Reply, switches: Switches, operations: &Operations) -> Json {
    let listed = |kind: Kind, items: Vec<Json>| list(&operations.name(kind, "list"), items);
    match reply {
        Reply::Done => Json::Object(vec![returned("OK")]),
        Reply::LoggedIn(_) => Json::Object(vec![returned("Ingelogd")]),
        Reply::Bare => Json::Object(Vec::new()),
        Reply::BlockTypes(kinds) => list("bloktypes", kinds.iter().map(block_type).collect()),
        Reply::Agendas(agendas) => list("agendas", agendas.iter().map(agenda).collect()),
        Reply::OwnAppointments(shown) => {
            list("Afspraken", shown.iter().map(|it| own(it, switches)).collect())
        }
        Reply::Appointments(shown, kind) => {
            let items = shown.iter().map(|it| by_agenda(it, switches)).collect();
            if kind == Kind::Statuses { listed(kind, items) } else { list("afspraken", items) }
        }
        Reply::Hits(patients, kind) => {
            let items = patients.iter().map(|it| Json::Object(hit(it))).collect();
            if kind == Kind::FindByPhone { listed(kind, items) } else { list("zoekresultaten", items) }
        }
        Reply::WideHits(patients) => list("zoekresultaten", patients.iter().map(wide_hit).collect()),
        Reply::Slots(slots) => listed(Kind::Slots, slots.iter().map(slot).collect()),
        Reply::Enrolled(id) => Json::Object(vec![("PatientId".to_owned(), Json::Number(id)), returned("OK")]),
        Reply::Booked { id, token } => Json::Object(vec![
            ("Id".to_owned(), Json::Number(id)),
            ("WisAfspraakToken".to_owned(), Json::maybe(token.as_deref())),
            returned("OK"),
        ]),
    }
}

/// An answer that is a failure; without the container, which is not documented either way.
pub(crate) fn refusal(why: Refusal) -> Json {
    let (code, text) = why.code();
    Json::Object(vec![("ReturnValue".to_owned(), return_value(code, text, why.melding(), false))])
}

fn returned(melding: &str) -> (String, Json) {
    ("ReturnValue".to_owned(), return_value(200, "OK", melding, true))
}

fn return_value(code: i64, text: &str, melding: &str, succeeded: bool) -> Json {
    Json::object([
        ("ResponseCode", Json::Number(code)),
        ("ResponseText", Json::text(text)),
        ("Melding", Json::text(melding)),
        ("Gelukt", Json::Flag(succeeded)),
    ])
}

fn list(container: &str, items: Vec<Json>) -> Json {
    Json::Object(vec![(container.to_owned(), Json::List(items)), returned("OK")])
}

fn block_type(it: &BlockType) -> Json {
    Json::object([
        ("Id", Json::Number(it.id)),
        ("Naam", Json::text(&*it.name)),
        ("Kleur", Json::text(&*it.colour)),
        ("AfspraakDuurMinuten", Json::Number(it.tenths)),
    ])
}

fn agenda(it: &Agenda) -> Json {
    Json::object([("Id", Json::Number(it.id)), ("Naam", Json::text(&*it.name))])
}

fn slot(it: &Slot) -> Json {
    Json::object([
        ("Start", Json::text(it.start.to_string())),
        ("Eind", Json::text(it.end.to_string())),
        ("AgendaId", Json::Number(it.agenda)),
        ("BlokTypeId", Json::Number(it.block_type)),
    ])
}

fn hit(it: &Patient) -> Vec<(String, Json)> {
    vec![
        ("Naam".to_owned(), Json::text(it.name())),
        ("GeboorteDatum".to_owned(), Json::text(midnight(it.born))),
        ("PatientId".to_owned(), Json::Number(it.id)),
    ]
}

fn wide_hit(it: &Patient) -> Json {
    let mut members = hit(it);
    members.push(("Email".to_owned(), Json::text(it.email.as_deref().unwrap_or_default())));
    let phones = it.phones.iter().map(|phone| Json::text(&**phone)).collect();
    members.push(("Telefoonnummers".to_owned(), Json::List(phones)));
    Json::Object(members)
}

/// Section 2.5.
fn own(it: &Shown, switches: Switches) -> Json {
    let is = &it.appointment;
    let told = switches.own_list == List::Filled;
    let mut members = vec![
        ("Id", Json::Number(is.id)),
        ("PatientId", Json::Number(if told { is.patient } else { 0 })),
        ("AgendaId", Json::Number(is.agenda)),
        ("AgendaNaam", Json::text(&*it.agenda_name)),
        ("Start", Json::text(is.start.to_string())),
        ("Eind", Json::text(is.end.to_string())),
        ("AfspraakStatus", status(is.status, switches.status_as)),
        ("WisAfspraakToken", Json::maybe(is.token.as_deref())),
        ("Metas", metas(is)),
        ("BlokType", block(it.block.as_ref())),
    ];
    members.extend(person(it.patient.as_ref().filter(|_| told)));
    item(members, is)
}

/// Section 2.6; what follows the token is not printed there and taken from section 2.5.
fn by_agenda(it: &Shown, switches: Switches) -> Json {
    let is = &it.appointment;
    let mut members = vec![
        ("Id", Json::Number(is.id)),
        ("PatientId", Json::Number(is.patient)),
        ("AgendaId", Json::Number(is.agenda)),
        ("AgendaNaam", Json::text(&*it.agenda_name)),
        ("Opmerkingen", Json::maybe(is.remark.as_deref())),
        ("PortaalAfspraak", Json::Flag(is.portal)),
        ("GemaaktDoorPraktijk", Json::Flag(is.by_practice)),
        ("Start", Json::text(is.start.to_string())),
        ("Eind", Json::text(is.end.to_string())),
        ("AfspraakStatus", status(is.status, switches.status_as)),
        ("wisAfspraakToken", Json::maybe(is.token.as_deref())),
    ];
    if switches.agenda_list == List::Filled {
        members.push(("Metas", metas(is)));
        members.push(("BlokType", block(it.block.as_ref())));
        members.extend(person(it.patient.as_ref()));
    }
    item(members, is)
}

fn metas(is: &Appointment) -> Json {
    Json::Raw(Value::Object(is.metas.clone()).to_string())
}

fn block(block: Option<&Block>) -> Json {
    block.map_or(Json::Null, |block| {
        Json::object([
            ("Id", Json::Number(block.id)),
            ("Naam", Json::text(&*block.name)),
            ("Kleur", Json::text(&*block.colour)),
            ("AfspraakDuurMinuten10", Json::Number(block.tenths)),
        ])
    })
}

fn person(patient: Option<&Patient>) -> [(&'static str, Json); 4] {
    let some = |text: fn(&Patient) -> &str| Json::maybe(patient.map(text).filter(|text| !text.is_empty()));
    [
        ("Email", some(|it| it.email.as_deref().unwrap_or_default())),
        ("Voornaam", some(|it| &it.given)),
        ("Achternaam", some(|it| &it.family)),
        ("Geslacht", Json::text(patient.map_or("O", |it| it.gender.letter()))),
    ]
}

fn status(status: Status, form: StatusAs) -> Json {
    match form {
        StatusAs::Number => Json::Number(status.number()),
        StatusAs::Word | StatusAs::Digits | StatusAs::Prefixed => Json::Text(form.text(status)),
    }
}

impl StatusAs {
    /// The status as text.
    pub(crate) fn text(self, status: Status) -> String {
        match (self, status) {
            (Self::Word, _) | (Self::Digits, Status::None) => status.word().to_owned(),
            (Self::Number | Self::Digits, _) => status.number().to_string(),
            (Self::Prefixed, Status::None) => "OZB_NietGevuld".to_owned(),
            (Self::Prefixed, _) => format!("OZB_Tetra_Agenda_AfspraakStatus_{}", status.word()),
        }
    }
}

/// The members, with those laid down raw in place of their own.
fn item(members: Vec<(&str, Json)>, is: &Appointment) -> Json {
    let mut object: Vec<(String, Json)> =
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for (path, value) in &is.raw {
        lay(&mut object, path, value);
    }
    Json::Object(object)
}

fn lay(object: &mut Vec<(String, Json)>, path: &str, value: &Value) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let at = object.iter().position(|(known, _)| known == name);
    match (at, rest) {
        (Some(at), Some(rest)) => {
            if let Json::Object(inner) = &mut object[at].1 {
                lay(inner, rest, value);
            }
        }
        (Some(at), None) if value == ABSENT => drop(object.remove(at)),
        (Some(at), None) => object[at].1 = Json::Raw(value.to_string()),
        (None, _) => {}
    }
}
