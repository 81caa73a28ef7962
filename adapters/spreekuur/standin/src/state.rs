//! What the control side shows of the world and lays into it: `GET /_sim/state`, `POST /_sim/seed`, and the patient's
//! own view, `POST /_sim/overview` (M-05; the BSN travels in the body, so it lands in no log).

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::appointment::Status;
use crate::bsn::Bsn;
use crate::settings::{BsnCheck, Switches};
use crate::spreekuur::Played;
use crate::world::{Appointment, Channel, Communication, Invited, Key, Message, Patient, World};

pub(crate) fn routes(played: Arc<Played>) -> Router {
    Router::new()
        .route("/_sim/counts", get(show_counts))
        .route("/_sim/overview", post(show_overview))
        .with_state(played)
}

/// The stand-in's own part of the state; `keep` limits the lists to the newest.
pub(crate) fn of(world: &World, keep: Option<usize>) -> Map<String, Value> {
    let appointments = world.appointments.newest(keep);
    let overviews = overviews(appointments);
    let patients = world.people.iter().map(|(bsn, patient)| person(bsn, patient)).collect::<Vec<_>>();

    let state = json!({
        "counts": counts(world),
        "switches": world.switches,
        "appointments": appointments.iter().map(appointment).collect::<Vec<_>>(),
        "communications": world.communications.newest(keep).iter().map(communication).collect::<Vec<_>>(),
        "patient_messages": world.outbox.iter().map(message).collect::<Vec<_>>(),
        "patients": patients,
        "invitations": world.invitations.iter().map(invitation).collect::<Vec<_>>(),
        "overviews": overviews,
    });
    let Value::Object(state) = state else { return Map::new() };
    state
}

/// Figures that cost nothing to ask, however much there is.
fn counts(world: &World) -> Value {
    json!({
        "appointments": world.appointments.len(),
        "communications": world.communications.len(),
        "patient_messages": world.outbox.sent(),
        "invitations": world.invitations.len(),
        "unknown_cancels": world.unknown_cancels,
    })
}

fn appointment((key, it): &(Key, Appointment)) -> Value {
    json!({
        "agb": key.agb.to_string(),
        "id": key.id,
        "status": it.content.status.code(),
        "start": it.content.start.text,
        "end": it.content.end.text,
        "comment": it.content.comment,
        "badge": it.badge,
        "deliveries": it.deliveries,
    })
}

fn communication((key, it): &(Key, Communication)) -> Value {
    json!({
        "agb": key.agb.to_string(),
        "id": key.id,
        "topic": it.topic,
        "attachments": it.attachments,
        "way": it.way.name(),
        "deliveries": it.deliveries,
    })
}

fn message(it: &Message) -> Value {
    json!({
        "kind": it.kind.name(),
        "agb": it.agb.to_string(),
        "resource_id": it.resource_id,
        "at": text(it.at),
        "channel": it.channel.name(),
    })
}

fn invitation(it: &Invited) -> Value {
    json!({ "agb": it.agb.to_string(), "resource_id": it.id, "email": it.email, "at": text(it.at) })
}

fn person(bsn: Bsn, it: &Patient) -> Value {
    json!({
        "bsn": bsn.reveal(),
        "registered": it.registered,
        "channel": it.channel.name(),
        "idp_id": it.idp_id,
    })
}

fn text(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// M-05: what each patient sees.
fn overviews(appointments: &[(Key, Appointment)]) -> HashMap<String, Vec<Value>> {
    let mut overviews: HashMap<String, Vec<Value>> = HashMap::new();
    for entry in appointments {
        overviews.entry(entry.1.content.bsn.reveal()).or_default().push(overview_line(entry));
    }
    overviews
}

fn overview_line((key, it): &(Key, Appointment)) -> Value {
    let label = (it.content.status == Status::Cancelled).then_some("Cancelled");
    let kinds = it.content.categories.iter().flatten().map(|coding| coding.display.as_str());
    json!({
        "agb": key.agb.to_string(),
        "resource_id": key.id,
        "label": label,
        "badge": it.badge,
        "start": it.content.start.text,
        "end": it.content.end.text,
        "comment": it.content.comment,
        "kinds": kinds.collect::<Vec<_>>(),
        "with": it.content.others.iter().map(|actor| actor.display.as_str()).collect::<Vec<_>>(),
    })
}

async fn show_counts(State(played): State<Arc<Played>>) -> Json<Value> {
    Json(counts(&played.world()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    bsn: String,
}

/// The patient opens the overview: it is answered as it stood, and its badges are gone.
async fn show_overview(
    State(played): State<Arc<Played>>,
    body: Result<Json<Opened>, JsonRejection>,
) -> Response {
    let bsn = body.ok().and_then(|Json(opened)| Bsn::parse(&opened.bsn, BsnCheck::Format));
    let Some(bsn) = bsn else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "bsn must have 9 digits" }))).into_response();
    };
    let mut lines = Vec::new();
    for entry in played.world().appointments.iter_mut().filter(|(_, it)| it.content.bsn == bsn) {
        lines.push(overview_line(entry));
        entry.1.badge = false;
    }
    Json(json!({ "appointments": lines })).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(default)]
    patients: Vec<Sown>,
    #[serde(default)]
    switches: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sown {
    bsn: String,
    #[serde(default = "yes")]
    registered: bool,
    #[serde(default)]
    channel: Channel,
}

fn yes() -> bool {
    true
}

/// Adds patients and sets switches.
pub(crate) fn sow(world: &mut World, seed: &Value) -> Result<(), String> {
    let seed = Seed::deserialize(seed).map_err(|error| error.to_string())?;
    for patient in &seed.patients {
        world.register(&patient.bsn, patient.registered, patient.channel)?;
    }
    world.switches = turned(world.switches, seed.switches)?;
    Ok(())
}

/// The switches that a seed does not name stay as they are.
fn turned(switches: Switches, seed: Map<String, Value>) -> Result<Switches, String> {
    let mut all = json!(switches);
    for (name, value) in seed {
        all[name] = value;
    }
    serde_json::from_value(all).map_err(|error| error.to_string())
}
