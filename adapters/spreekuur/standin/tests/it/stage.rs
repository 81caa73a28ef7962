//! A stand-in that was started, a XIS that talks to it, and the bodies it sends.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use standin_spreekuur::{Running, Settings, Spreekuur};

pub(crate) const LINDE: &str = "http://fhir.nl/fhir/NamingSystem/agb-z|01000001";
pub(crate) const URO: &str = "http://fhir.nl/fhir/NamingSystem/agb-z|12345678";
pub(crate) const OTHER: &str = "http://fhir.nl/fhir/NamingSystem/agb-z|88888888";
pub(crate) const ORGANISATION: &str = "x-organization-identifier";

/// A stand-in and a XIS with a token.
pub(crate) struct Stage {
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        Self { status, headers, text: answer.text().await.expect("a whole answer") }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON expected: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The codes and places of all issues, as `code at expression`.
    pub(crate) fn issues(&self) -> Vec<String> {
        let body = self.json();
        assert_eq!(body["resourceType"], "OperationOutcome", "{self:?}");
        let issues = body["issue"].as_array().expect("issues");
        issues.iter().map(issue).collect()
    }

    /// Asserts a refusal with this one issue.
    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, issue: &str) {
        assert_eq!((self.status.as_u16(), self.issues()), (status, vec![issue.to_owned()]), "{}", self.text);
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
    }
}

fn issue(issue: &Value) -> String {
    assert_eq!(issue["severity"], "error");
    assert!(issue["details"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{issue}");
    let code = issue["code"].as_str().expect("a code");
    match issue["expression"][0].as_str() {
        Some(expression) => format!("{code} at {expression}"),
        None => code.to_owned(),
    }
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let running = Spreekuur::start(settings).await.expect("it starts");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut stage = Self { running, http, token: String::new() };
        stage.token = stage.token_of("zorgtolk", "zorgtolk-secret").await;
        stage
    }

    pub(crate) async fn token_of(&self, client: &str, secret: &str) -> String {
        let request = self.http.post(self.running.token_url()).basic_auth(client, Some(secret));
        let answer = Answer::to(request.form(&[("grant_type", "client_credentials")])).await;
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// A request as it should be: token, organisation, media type.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.running.base_url());
        let request = self.http.request(method, url).bearer_auth(&self.token);
        request.headers(headers(&[(ORGANISATION, LINDE), ("content-type", "application/fhir+json")]))
    }

    pub(crate) async fn put(&self, body: &Value) -> Answer {
        self.put_for(LINDE, body).await
    }

    pub(crate) async fn put_for(&self, organisation: &str, body: &Value) -> Answer {
        let path = format!("/Appointment/{}", body["id"].as_str().unwrap_or("a1"));
        let request = self.request(Method::PUT, &path).body(body.to_string());
        Answer::to(request.headers(headers(&[(ORGANISATION, organisation)]))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::POST, path).body(body.to_string())).await
    }

    pub(crate) async fn tell(&self, body: &Value) -> Answer {
        self.post("/Communication", body).await
    }

    pub(crate) async fn search(&self, identifier: &str) -> Answer {
        let request = self.http.post(format!("{}/Patient/_search", self.running.base_url()));
        let request = request.bearer_auth(&self.token).header(ORGANISATION, LINDE);
        Answer::to(request.form(&[("identifier", identifier)])).await
    }

    pub(crate) async fn control(&self, path: &str, body: &Value) -> Answer {
        let url = format!("{}/_sim/{path}", self.running.control_url());
        Answer::to(self.http.post(url).json(body)).await
    }

    pub(crate) async fn state(&self) -> Value {
        let url = format!("{}/_sim/state", self.running.control_url());
        Answer::to(self.http.get(url)).await.json()
    }

    /// What patients were told, as `kind resource_id`.
    pub(crate) async fn told(&self) -> Vec<String> {
        let state = self.state().await;
        let messages = state["patient_messages"].as_array().expect("messages").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        messages.map(|it| format!("{} {}", text(&it["kind"]), text(&it["resource_id"]))).collect()
    }

    /// Nothing of what was refused is anywhere.
    pub(crate) async fn assert_untouched(&self) {
        let counts = &self.state().await["counts"];
        for name in ["appointments", "communications", "patient_messages", "invitations"] {
            assert_eq!(counts[name], 0, "{name}: {counts}");
        }
    }
}

pub(crate) fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pair = |&(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
    };
    pairs.iter().map(pair).collect()
}

/// A booked appointment with id `a1`, as in 6.4.
pub(crate) fn booked() -> Value {
    json!({
        "resourceType": "Appointment",
        "id": "a1",
        "status": "booked",
        "serviceCategory": [{ "coding": [{
            "system": "https://gateway.example/fhir/CodeSystem/afspraaktype",
            "code": "CONSULT",
            "display": "Consult 10 minuten",
        }]}],
        "start": "2026-09-14T09:10:00+02:00",
        "end": "2026-09-14T09:20:00+02:00",
        "comment": "Neem uw medicatielijst mee.",
        "participant": [
            {
                "actor": {
                    "reference": "Patient/p-4711",
                    "identifier": {
                        "system": "http://fhir.nl/fhir/NamingSystem/bsn",
                        "value": "999990019",
                    },
                    "display": "T. van Testpersoon",
                },
                "status": "accepted",
            },
            {
                "actor": { "reference": "PractitionerRole/pr-12", "display": "Mw. dr. A. Voorbeeld" },
                "status": "accepted",
            },
        ],
    })
}

/// A notification with id `m1` and one attachment, as in 7.4.
pub(crate) fn melding() -> Value {
    json!({
        "resourceType": "Communication",
        "id": "m1",
        "contained": [{
            "resourceType": "Patient",
            "id": "pat1",
            "identifier": [{ "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019" }],
            "telecom": [{ "system": "email", "value": "testpersoon@example.org" }],
        }],
        "status": "completed",
        "category": [{ "coding": [{
            "system": "nl.spreekuur.communication-category",
            "code": "melding",
        }]}],
        "topic": { "text": "Uw griepprik" },
        "recipient": [{ "reference": "#pat1" }],
        "payload": [{ "contentString": "U bent welkom op 3 oktober." }, attachment()],
    })
}

pub(crate) fn attachment() -> Value {
    json!({ "contentAttachment": {
        "contentType": "application/pdf",
        "data": "JVBERi0xLjQK",
        "title": "uitnodiging.pdf",
    }})
}

/// `body` with the element at `pointer` changed; `null` takes it away.
pub(crate) fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer} has a parent"));
    match (parent, value) {
        (Value::Object(members), Value::Null) => drop(members.remove(name)),
        (Value::Object(members), value) => drop(members.insert(name.to_owned(), value)),
        (Value::Array(members), Value::Null) => drop(members.remove(name.parse().expect("an index"))),
        (Value::Array(members), value) => members[name.parse::<usize>().expect("an index")] = value,
        (other, _) => panic!("{pointer}: {other} has no members"),
    }
    body
}

pub(crate) fn without(body: Value, pointer: &str) -> Value {
    with(body, pointer, Value::Null)
}

pub(crate) fn cancelled() -> Value {
    with(booked(), "/status", json!("cancelled"))
}
