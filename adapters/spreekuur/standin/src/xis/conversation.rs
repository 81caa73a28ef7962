//! The calls of one errand: each with the token, the organisation and the media types, each kept with its answer.

use adapter_kit::ExchangeLog;
use adapter_kit::http::{HttpClient, Record};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use super::ending::Ending;
use super::order::{Dialect, HeaderForm, Order, Patient};
use crate::headers::AGB_SYSTEM;
use crate::outcome::FHIR_JSON;

/// RFC 6902.
const JSON_PATCH: HeaderValue = HeaderValue::from_static("application/json-patch+json");

/// A talk with one XIS.
pub(super) struct Conversation<'o> {
    order: &'o Order,
    http: HttpClient,
    /// When the errand began.
    pub(super) at: OffsetDateTime,
    bearer: Option<HeaderValue>,
    calls: Vec<Call>,
}

/// One call and what came back.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Option<String>,
    pub(super) status: Option<u16>,
    location: Option<String>,
    body: Value,
}

impl Call {
    pub(super) fn json(&self) -> Value {
        json!({
            "method": self.method.as_str(),
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "location": self.location,
            "body": self.body,
        })
    }

    /// The id of what was made: in `Location` after the type (8.2.5), else in the body.
    pub(super) fn resource_id(&self) -> Option<&str> {
        let segments = self.location.as_deref().map(|location| location.split('/'));
        let kind = self.path.rsplit('/').next();
        let named = segments.and_then(|mut it| it.find(|&part| Some(part) == kind).and_then(|_| it.next()));
        named.or_else(|| self.body.get("id").and_then(Value::as_str))
    }
}

impl<'o> Conversation<'o> {
    pub(super) fn new(order: &'o Order, http: HttpClient, at: OffsetDateTime) -> Self {
        Self { order, http, at, bearer: None, calls: Vec::new() }
    }

    pub(super) fn authorize(&mut self, bearer: HeaderValue) {
        self.bearer = Some(bearer);
    }

    pub(super) fn into_calls(self) -> Vec<Call> {
        self.calls
    }

    pub(super) fn patient(&self) -> &Patient {
        self.order.patient.as_ref().expect("an order about a patient has one")
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.order.dialect
    }

    /// The organisation as a FHIR token.
    pub(super) fn organisation(&self) -> (&'static str, String) {
        (AGB_SYSTEM, self.order.agb.to_string())
    }

    /// Asks for `segments` under the base; an answer is JSON.
    pub(super) async fn get(&mut self, segments: &[&str], query: &[(&str, &str)]) -> Result<Value, Ending> {
        let url = self.url(segments, query);
        self.call(Method::GET, url, None).await?;
        self.last_body().ok_or(Ending::Unreadable)
    }

    /// Sends a new resource.
    pub(super) async fn post(&mut self, kind: &str, body: &Value) -> Result<(), Ending> {
        let url = self.url(&[kind], &[]);
        self.call(Method::POST, url, Some((FHIR_JSON, body))).await
    }

    pub(super) async fn patch(&mut self, segments: &[&str], body: &Value) -> Result<(), Ending> {
        let url = self.url(segments, &[]);
        self.call(Method::PATCH, url, Some((JSON_PATCH, body))).await
    }

    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.order.base_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn last_body(&self) -> Option<Value> {
        self.calls.last().map(|call| call.body.clone()).filter(Value::is_object)
    }

    async fn call(
        &mut self,
        method: Method,
        url: Url,
        body: Option<(HeaderValue, &Value)>,
    ) -> Result<(), Ending> {
        let request = self.request(&method, &url, body).ok_or(Ending::Unreachable)?;
        self.send(method, &url, request, Record::Bodies).await.map(drop)
    }

    fn request(
        &self,
        method: &Method,
        url: &Url,
        body: Option<(HeaderValue, &Value)>,
    ) -> Option<Request<Vec<u8>>> {
        let (system, code) = self.organisation();
        let organisation = match self.order.header_form {
            HeaderForm::Token => format!("{system}|{code}"),
            HeaderForm::Bare => code,
        };
        let mut request = Request::builder()
            .method(method.clone())
            .uri(url.as_str())
            .header(ACCEPT, FHIR_JSON)
            .header("X-Organization-Identifier", organisation);
        if let Some(bearer) = &self.bearer {
            request = request.header(AUTHORIZATION, bearer);
        }
        if let Some((media, _)) = &body {
            request = request.header(CONTENT_TYPE, media);
        }
        request.body(body.map(|(_, body)| body.to_string().into_bytes()).unwrap_or_default()).ok()
    }

    /// Sends and keeps. A masked call is kept without its body, which holds a token.
    pub(super) async fn send(
        &mut self,
        method: Method,
        url: &Url,
        request: Request<Vec<u8>>,
        record: Record,
    ) -> Result<Response<Vec<u8>>, Ending> {
        let sent = self.http.send(request, record, &ExchangeLog::default()).await;
        let answer = sent.as_ref().ok();
        self.calls.push(Call {
            method,
            path: url.path().to_owned(),
            query: url.query().map(str::to_owned),
            status: answer.map(|it| it.status().as_u16()),
            location: answer.and_then(|it| it.headers().get(LOCATION)?.to_str().ok()).map(str::to_owned),
            body: answer.filter(|_| record == Record::Bodies).map(body_of).unwrap_or_default(),
        });
        match sent {
            Ok(answer) if answer.status().is_success() || record == Record::Masked => Ok(answer),
            Ok(answer) => Err(Ending::of(answer.status())),
            Err(fault) => Err(Ending::of_fault(&fault)),
        }
    }
}

/// JSON as JSON, everything else as text: an answer may be empty, plain text or a web page (section 9).
fn body_of(answer: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(answer.body())
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(answer.body()).into_owned()))
}
