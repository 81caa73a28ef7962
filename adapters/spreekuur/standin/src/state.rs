//! What the control side shows of the world and lays into it: `GET /_sim/state`, `POST /_sim/seed`, and the patient's
//! own view, `POST /_sim/overview` (M-05; the BSN travels in the body, so it lands in no log).

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::appointment::{Content, Status};
use crate::bsn::Bsn;
use crate::played::Played;
use crate::settings::{BsnCheck, Switches};
use crate::world::{Appointment, Channel, Communication, Invited, Key, Message, Patient, World};
use crate::xis::{self, Errand};

pub(crate) fn routes(played: Arc<Played>) -> Router {
    Router::new()
        .route("/_sim/counts", get(show_counts))
        .route("/_sim/overview", post(show_overview))
        .route("/_sim/xis", post(xis::go))
        .with_state(played)
}

/// The stand-in's own part of the state.
pub(crate) fn of(world: &World) -> Map<String, Value> {
    let keep = world.keep;
    let appointments = world.appointments.newest(keep);
    let overviews = overviews(appointments);
    let patients = world.people.iter().map(|(bsn, patient)| person(bsn, patient)).collect::<Vec<_>>();

    let state = json!({
        "counts": counts(world),
        "switches": world.switches,
        "appointments": appointments.iter().filter_map(appointment).collect::<Vec<_>>(),
        "communications": world.communications.newest(keep).iter().map(communication).collect::<Vec<_>>(),
        "patient_messages": world.outbox.iter().map(message).collect::<Vec<_>>(),
        "patients": patients,
        "invitations": world.invitations.iter().map(invitation).collect::<Vec<_>>(),
        "overviews": overviews,
        "xis": world.errands.iter().map(Errand::json).collect::<Vec<_>>(),
    });
    let Value::Object(state) = state else { return Map::new() };
    state
}

/// Figures that cost nothing to ask, however much there is.
fn counts(world: &World) -> Value {
    json!({
        "appointments": world.appointments.len(),
        "communications": world.communications.len(),
        "patient_messages": world.outbox.came(),
        "invitations": world.invitations.came(),
        "xis": world.errands.came(),
        "unknown_cancels": world.unknown_cancels,
    })
}

fn appointment((key, it): &(Key, Appointment)) -> Option<Value> {
    let content = it.content.as_deref()?;
    Some(json!({
        "agb": key.agb.to_string(),
        "id": &*key.id,
        "status": content.status.code(),
        "start": content.start.text,
        "end": content.end.text,
        "comment": content.comment,
        "badge": it.badge,
        "deliveries": it.deliveries,
    }))
}

fn communication((key, it): &(Key, Communication)) -> Value {
    json!({
        "agb": key.agb.to_string(),
        "id": &*key.id,
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
        "resource_id": &*it.resource_id,
        "at": text(it.at),
        "channel": it.channel.name(),
    })
}

fn invitation(it: &Invited) -> Value {
    json!({ "agb": it.agb.to_string(), "resource_id": &*it.id, "email": it.email, "at": text(it.at) })
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
    for (key, it) in appointments {
        let Some(content) = it.content.as_deref() else { continue };
        overviews.entry(content.bsn.reveal()).or_default().push(overview_line(key, it.badge, content));
    }
    overviews
}

fn overview_line(key: &Key, badge: bool, content: &Content) -> Value {
    let label = (content.status == Status::Cancelled).then_some("Cancelled");
    let kinds = content.categories.iter().flatten().map(|coding| coding.display.as_str());
    json!({
        "agb": key.agb.to_string(),
        "resource_id": &*key.id,
        "label": label,
        "badge": badge,
        "start": content.start.text,
        "end": content.end.text,
        "comment": content.comment,
        "kinds": kinds.collect::<Vec<_>>(),
        "with": content.others.iter().map(|actor| actor.display.as_str()).collect::<Vec<_>>(),
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
async fn show_overview(State(played): State<Arc<Played>>, body: Bytes) -> Response {
    let opened = serde_json::from_slice::<Opened>(&body).ok();
    let bsn = opened.and_then(|opened| Bsn::parse(&opened.bsn, BsnCheck::Format));
    let Some(bsn) = bsn else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "bsn must have 9 digits" }))).into_response();
    };
    let lines = played.world().open_overview(bsn);
    Json(json!({ "appointments": lines })).into_response()
}

impl World {
    fn open_overview(&mut self, bsn: Bsn) -> Vec<Value> {
        let mut lines = Vec::new();
        for (key, it) in self.appointments.newest_mut(self.keep) {
            let Some(content) = it.content.as_deref().filter(|content| content.bsn == bsn) else { continue };
            lines.push(overview_line(key, it.badge, content));
            it.badge = false;
        }
        lines
    }
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
