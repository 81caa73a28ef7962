//! A XIS on loopback with its token endpoint: it answers as it was told and keeps what arrived.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::stage::{Answer, Stage};

pub(super) const TOKEN: &str = "/oauth/token";

/// A request as it came in.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    pub(super) line: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Arrived {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON expected: {self:?}"))
    }

    /// The fields of a token request.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let mut fields = url::form_urlencoded::parse(&self.body);
        fields.find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
    }

    pub(super) fn asked(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(it, _)| it == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// What it answers to one line, `METHOD /path`; the last answer stays.
type Script = Vec<(&'static str, VecDeque<Said>)>;

#[derive(Debug, Clone)]
struct Said {
    status: u16,
    location: Option<&'static str>,
    body: String,
}

#[derive(Default)]
struct Seen {
    arrived: Vec<Arrived>,
    script: Script,
}

/// A XIS that was started, and the Spreekuur.nl that will call it.
pub(super) struct Xis {
    pub(super) stage: Stage,
    addr: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Xis {
    pub(super) async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let addr = listener.local_addr().expect("an address");
        let app = Router::new().fallback(answer).with_state(seen.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let xis = Self { stage: Stage::start().await, addr, seen };
        xis.says("POST /oauth/token", 200, &json!({ "access_token": "for-the-xis", "token_type": "Bearer" }));
        xis
    }

    /// From now on `line` is answered so, after what it was told to say before.
    pub(super) fn says(&self, line: &'static str, status: u16, body: &Value) {
        self.says_text(line, status, &body.to_string());
    }

    pub(super) fn says_text(&self, line: &'static str, status: u16, body: &str) {
        self.add(line, Said { status, location: None, body: body.to_owned() });
    }

    pub(super) fn makes(&self, line: &'static str, location: &'static str, body: &Value) {
        self.add(line, Said { status: 201, location: Some(location), body: body.to_string() });
    }

    /// Instead of what it was told to say before.
    pub(super) fn now_says(&self, line: &'static str, status: u16, body: &Value) {
        self.seen.lock().expect("whole").script.retain(|(it, _)| *it != line);
        self.says(line, status, body);
    }

    fn add(&self, line: &'static str, said: Said) {
        let script = &mut self.seen.lock().expect("whole").script;
        match script.iter_mut().find(|(it, _)| *it == line) {
            Some((_, answers)) => answers.push_back(said),
            None => script.push((line, VecDeque::from([said]))),
        }
    }

    /// Sends Spreekuur.nl on an errand; `with` and other members are added to the order.
    pub(super) async fn order(&self, operation: &str, more: Value) -> Answer {
        let mut order = json!({
            "operation": operation,
            "base_url": format!("http://{}/fhir", self.addr),
            "token_url": format!("http://{}{TOKEN}", self.addr),
            "client_id": "spreekuur",
            "client_secret": "geheim:1",
            "agb": "01000001",
            "patient": { "bsn": "999990019", "name": "T. Testpersoon" },
        });
        let Value::Object(more) = more else { panic!("an object is expected") };
        merge(order.as_object_mut().expect("it is one"), more);
        self.stage.control("xis", &order).await
    }

    /// The same, for an errand that is carried out.
    pub(super) async fn errand(&self, operation: &str, more: Value) -> Value {
        let answer = self.order(operation, more).await;
        answer.is(200);
        answer.json()
    }

    /// What arrived besides token requests, `METHOD /path`.
    pub(super) fn lines(&self) -> Vec<String> {
        let arrived = self.arrived();
        arrived.into_iter().map(|it| it.line).filter(|line| !line.ends_with(TOKEN)).collect()
    }

    pub(super) fn arrived(&self) -> Vec<Arrived> {
        self.seen.lock().expect("whole").arrived.clone()
    }

    /// The requests to this line.
    pub(super) fn to(&self, line: &str) -> Vec<Arrived> {
        self.arrived().into_iter().filter(|it| it.line == line).collect()
    }
}

fn merge(order: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        if value.is_null() {
            order.remove(&name)
        } else {
            order.insert(name, value)
        };
    }
}

async fn answer(State(seen): State<Arc<Mutex<Seen>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.expect("a whole body");
    let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
    let line = format!("{} {}", head.method, head.uri.path());
    let arrived = Arrived { line, query: query.into_owned().collect(), headers: head.headers, body };

    let mut seen = seen.lock().expect("whole");
    let said = said(&mut seen.script, &arrived.line);
    seen.arrived.push(arrived);
    let Said { status, location, body } = said;
    let location = location.map(|location| [("location", location)]);
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [("content-type", "application/fhir+json")], location, body).into_response()
}

fn said(script: &mut Script, line: &str) -> Said {
    let nothing = Said { status: 404, location: None, body: String::new() };
    let Some((_, answers)) = script.iter_mut().find(|(it, _)| *it == line) else { return nothing };
    let said = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
    said.unwrap_or(nothing)
}

pub(super) fn bundle(resources: &[Value]) -> Value {
    let entries = resources.iter().map(|it| json!({ "resource": it })).collect::<Vec<_>>();
    json!({ "resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries })
}
