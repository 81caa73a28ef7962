//! What the practice's staff do, `POST /_sim/practice`: `{"practice":"de-linde","do":[{"make":{..}},{"cancel":880001}]}`.
//! Orders are carried out one after another; the first that cannot be stops the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use time::Date;

use crate::demo;
use crate::local::{Local, day};
use crate::played::Played;
use crate::practice::{Account, Agenda, Appointment, BlockType, Patient, Status};
use crate::world::{Place, World};

pub(crate) fn routes(played: Arc<Played>) -> Router {
    Router::new().route("/_sim/practice", post(practice)).with_state(played)
}

async fn practice(State(played): State<Arc<Played>>, body: Bytes) -> Response {
    let acts = serde_json::from_slice(&body).map_err(|error: serde_json::Error| error.to_string());
    match acts.and_then(|acts| played.staff(&acts)) {
        Ok(answer) => Json(answer).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Orders {
    practice: String,
    #[serde(rename = "do")]
    orders: Vec<Order>,
}

/// One thing that staff do.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Make(Box<Appointment>),
    Move(Move),
    Change(Change),
    Cancel(i64),
    Status(SetStatus),
    /// Adds or renames.
    Agenda(Agenda),
    RemoveAgenda(i64),
    /// Adds or changes.
    BlockType(BlockType),
    RemoveBlockType(i64),
    /// Adds or changes.
    Patient(Box<Patient>),
    RemovePatient(i64),
    /// Adds or changes.
    Account(Account),
    Offline(bool),
    SlowMs(u64),
    Generate(Generate),
    /// Erases all appointments.
    Clear,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    id: i64,
    agenda: Option<i64>,
    start: Option<Local>,
    end: Option<Local>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    id: i64,
    patient: Option<i64>,
    block_type: Option<i64>,
    remark: Option<String>,
    raw: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetStatus {
    id: i64,
    to: Status,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Generate {
    count: usize,
    /// Today when absent.
    #[serde(default, deserialize_with = "day")]
    from: Option<Date>,
}

/// Carries them out; gives the keys of what was made.
pub(crate) fn act(world: &mut World, acts: &Value, today: Date) -> Result<Value, String> {
    let Orders { practice, orders } = Orders::deserialize(acts).map_err(|error| error.to_string())?;
    let at = world.find(&practice).ok_or_else(|| format!("there is no practice {practice}"))?;
    let place = &mut world.places[at];
    let mut made = Vec::new();
    for order in orders {
        made.extend(carry_out(place, order, today)?);
    }
    Ok(json!({ "made": made, "appointments": place.appointments.len() }))
}

fn carry_out(place: &mut Place, order: Order, today: Date) -> Result<Option<i64>, String> {
    match order {
        Order::Make(appointment) => return place.make(*appointment).map(Some),
        Order::Move(to) => moved(appointment(place, to.id)?, &to),
        Order::Change(change) => changed(appointment(place, change.id)?, change),
        Order::Cancel(id) => place.erase(id).map_err(|_| unknown(id))?,
        Order::Status(set) => appointment(place, set.id)?.status = set.to,
        Order::Agenda(it) => put(&mut place.agendas, it, |it| it.id),
        Order::RemoveAgenda(id) => place.agendas.retain(|it| it.id != id),
        Order::BlockType(it) => put(&mut place.block_types, it, |it| it.id),
        Order::RemoveBlockType(id) => place.block_types.retain(|it| it.id != id),
        Order::Patient(it) => drop(place.patients.insert(it.id, *it)),
        Order::RemovePatient(id) => drop(place.patients.remove(&id)),
        Order::Account(it) => put(&mut place.accounts, it, |it| it.username.clone()),
        Order::Offline(offline) => place.offline = offline,
        Order::SlowMs(slow_ms) => place.slow_ms = slow_ms,
        Order::Generate(it) => generated(place, it.count, it.from.unwrap_or(today))?,
        Order::Clear => place.appointments.clear(),
    }
    Ok(None)
}

fn appointment(place: &mut Place, id: i64) -> Result<&mut Appointment, String> {
    place.appointment(id).map_err(|_| unknown(id))
}

fn unknown(id: i64) -> String {
    format!("there is no appointment {id}")
}

/// It keeps its length when only its start is given.
fn moved(it: &mut Appointment, to: &Move) {
    let length = it.end.0 - it.start.0;
    it.agenda = to.agenda.unwrap_or(it.agenda);
    it.start = to.start.unwrap_or(it.start);
    it.end = to.end.unwrap_or_else(|| Local(it.start.0.saturating_add(length)));
}

fn changed(it: &mut Appointment, to: Change) {
    it.patient = to.patient.unwrap_or(it.patient);
    it.block_type = to.block_type.unwrap_or(it.block_type);
    it.remark = to.remark.or(it.remark.take());
    it.raw = to.raw.unwrap_or_else(|| std::mem::take(&mut it.raw));
}

fn put<T, K: PartialEq>(list: &mut Vec<T>, it: T, key: impl Fn(&T) -> K) {
    match list.iter_mut().find(|known| key(known) == key(&it)) {
        Some(known) => *known = it,
        None => list.push(it),
    }
}

fn generated(place: &mut Place, count: usize, from: Date) -> Result<(), String> {
    let agendas: Vec<i64> = place.agendas.iter().map(|it| it.id).collect();
    let patients: Vec<i64> = place.patients.keys().copied().collect();
    let kinds: Vec<i64> = place.block_types.iter().map(|it| it.id).collect();
    place.fill(demo::many(count, from, &agendas, &patients, &kinds))
}
