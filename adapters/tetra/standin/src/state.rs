//! What the control side shows of the world and lays into it: `GET /_sim/state`, `POST /_sim/seed`. BSNs, passwords,
//! session ids and cancel tokens are not shown; the codes of SMSes are, as their readers see them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::operations::Operations;
use crate::practice::{Appointment, Patient, Practice};
use crate::world::{Place, World};

/// The stand-in's own part of the state.
pub(crate) fn of(world: &World) -> Map<String, Value> {
    let sent = world.sessions.sent().map(|sms| {
        json!({
            "practice": world.places.get(sms.place).map(|place| &place.name),
            "username": sms.username,
            "code": sms.code,
        })
    });
    let state = json!({
        "practices": world.places.iter().map(practice).collect::<Vec<_>>(),
        "sessions": world.sessions.len(),
        "sms": sent.collect::<Vec<_>>(),
        "switches": world.switches,
        "operations": world.operations,
    });
    let Value::Object(state) = state else { return Map::new() };
    state
}

fn practice(place: &Place) -> Value {
    let mut shown = json!({
        "name": place.name,
        "agb": place.agb,
        "offline": place.offline,
        "slow_ms": place.slow_ms,
        "agendas": place.agendas,
        "block_types": place.block_types,
        "patients": place.patients.values().map(patient).collect::<Vec<_>>(),
        "appointments": place.appointments.values().map(appointment).collect::<Vec<_>>(),
        "counts": {
            "agendas": place.agendas.len(),
            "block_types": place.block_types.len(),
            "patients": place.patients.len(),
            "appointments": place.appointments.len(),
            "erased": place.erased,
            "alerts": place.alerts,
        },
    });
    if let Value::Object(pace) = place.pace.shown() {
        pace.into_iter().for_each(|(name, value)| shown[name] = value);
    }
    shown
}

fn patient(it: &Patient) -> Value {
    json!({ "id": it.id, "name": it.name(), "has_bsn": it.bsn.is_some() })
}

fn appointment(it: &Appointment) -> Value {
    json!({
        "id": it.id,
        "patient": it.patient,
        "agenda": it.agenda,
        "start": it.start,
        "end": it.end,
        "block_type": it.block_type,
        "status": it.status,
        "remark": it.remark,
        "portal": it.portal,
        "by_practice": it.by_practice,
        "has_token": it.token.is_some(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(default)]
    practices: Vec<Practice>,
    #[serde(default)]
    switches: Map<String, Value>,
    #[serde(default)]
    operations: Operations,
}

/// Adds practices (one of the same name is replaced), turns switches, offers operations.
pub(crate) fn sow(world: &mut World, seed: &Value) -> Result<(), String> {
    let seed = Seed::deserialize(seed).map_err(|error| error.to_string())?;
    let mut switches = json!(world.switches);
    seed.switches.into_iter().for_each(|(name, value)| switches[name] = value);
    world.switches = serde_json::from_value(switches).map_err(|error| error.to_string())?;
    world.operations.extend(seed.operations);
    seed.practices.into_iter().try_for_each(|practice| world.settle(practice))
}
