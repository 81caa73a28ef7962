//! The control side, `/_sim/...`: look, reset, seed, script faults, move the clock. `contract.md` section 5.

use axum::Router;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde::Deserialize;
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

async fn seed(State(scene): State<Scene>, body: Result<Json<Value>, JsonRejection>) -> Response {
    let sown = body.map_err(|error| error.body_text()).and_then(|Json(seed)| scene.played.seed(&seed));
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

async fn script(State(scene): State<Scene>, body: Result<Json<Script>, JsonRejection>) -> Response {
    let set = body
        .map_err(|error| error.body_text())
        .and_then(|Json(script)| scene.sim.faults.set(script.rules).map_err(|bad| bad.to_string()));
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

async fn advance(State(scene): State<Scene>, body: Result<Json<Advance>, JsonRejection>) -> Response {
    match body {
        Ok(Json(advance)) => {
            scene.sim.clock.advance(advance.advance_seconds);
            clock(State(scene)).await.into_response()
        }
        Err(error) => refused(&error.body_text()),
    }
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
