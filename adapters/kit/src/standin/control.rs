//! The control side, `/_sim/...`: look, reset, seed, script faults, move the clock. `contract.md` section 5.
//!
//! A body is read as JSON whatever its `Content-Type`, since `curl -d` sends one that is wrong.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::faults::Rule;
use super::strike::Scene;

pub(super) fn routes(scene: Scene) -> Router {
    Router::new()
        .route("/_sim/state", get(state))
        .route("/_sim/reset", post(reset))
        .route("/_sim/seed", post(seed))
        .route("/_sim/faults", get(faults).post(script))
        .route("/_sim/clock", get(clock).post(advance))
        .with_state(scene)
}

async fn state(State(scene): State<Scene>) -> Json<Value> {
    Json(scene.state())
}

async fn reset(State(scene): State<Scene>) -> StatusCode {
    scene.reset();
    StatusCode::NO_CONTENT
}

async fn seed(State(scene): State<Scene>, body: Bytes) -> Response {
    let sown = read::<Value>(&body).and_then(|seed| scene.played.seed(&seed));
    match sown {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => refused(&why),
    }
}

async fn faults(State(scene): State<Scene>) -> Json<Value> {
    Json(json!({ "rules": scene.sim.faults.left() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    rules: Vec<Rule>,
}

async fn script(State(scene): State<Scene>, body: Bytes) -> Response {
    let set =
        read::<Script>(&body).and_then(|script| scene.script(script.rules).map_err(|bad| bad.to_string()));
    match set {
        Ok(()) => faults(State(scene)).await.into_response(),
        Err(why) => refused(&why),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: i64,
}

async fn clock(State(scene): State<Scene>) -> Json<Value> {
    Json(json!({ "now": scene.now() }))
}

async fn advance(State(scene): State<Scene>, body: Bytes) -> Response {
    match read::<Advance>(&body) {
        Ok(advance) => {
            scene.sim.clock.advance(advance.advance_seconds);
            clock(State(scene)).await.into_response()
        }
        Err(why) => refused(&why),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn refused(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response()
}

impl Scene {
    pub(super) fn state(&self) -> Value {
        let mut state = self.played.state();
        state.insert("requests".to_owned(), self.sim.journal.requests().into());
        state.insert("log".to_owned(), self.sim.journal.log().into());
        state.insert("now".to_owned(), self.now().into());
        Value::Object(state)
    }

    pub(super) fn reset(&self) {
        self.sim.faults.set(Vec::new()).expect("an empty script has no bad rule");
        self.sim.clock.reset();
        self.sim.journal.reset();
        self.played.reset();
    }

    fn now(&self) -> String {
        self.sim.clock.now().format(&Rfc3339).unwrap_or_default()
    }
}
