//! Where the script meets a request: the layer around the counterpart's own router.
//!
//! Whatever a fault does to the answer, a processed request is written in the journal in the same step as it was
//! processed, so a test that sees it in the state also sees it in the log.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use tokio::sync::watch;

use super::faults::{Act, Asked, BadRule, Rule};
use super::journal::Entry;
use super::line::Line;
use super::{Sim, StandIn, Twists};

/// A request body of a dropped request, and an answer to be truncated, is read up to here.
const READ_AT_MOST: usize = 64 << 20;

const PAGE: &str = "<!DOCTYPE html><html><head><title>Storing</title></head>\
    <body><h1>Er ging iets mis</h1></body></html>";

/// What the layer needs to know.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) sim: Arc<Sim>,
    pub(super) played: Arc<dyn StandIn>,
    /// Closed when the stand-in stops, so that no delay outlives it.
    pub(super) open: watch::Receiver<()>,
}

pub(super) async fn strike(
    State(scene): State<Scene>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let (asked, request) = scene.asked(request).await;
    match scene.sim.faults.take(&asked, scene.played.base()) {
        None => scene.processed(asked, None, request, next).await,
        Some(rule) => scene.play(&rule, &line, asked, request, next).await,
    }
}

impl Scene {
    /// Replaces the script, when every rule of it can be meant.
    pub(super) fn script(&self, rules: Vec<Rule>) -> Result<(), BadRule> {
        let known = self.played.twists();
        rules.iter().enumerate().try_for_each(|(index, rule)| rule.check_twists(index, known))?;
        self.sim.faults.set(rules)
    }

    /// What is asked; the body is only looked at where it alone tells the operation.
    async fn asked(&self, request: Request) -> (Asked, Request) {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        if !self.played.one_address() {
            return (Asked { method, path, operation: None }, request);
        }
        let (head, body) = request.into_parts();
        let body = to_bytes(body, READ_AT_MOST).await.unwrap_or_default();
        let operation = self.played.operation(&path, &body);
        (Asked { method, path, operation }, Request::from_parts(head, Body::from(body)))
    }

    async fn play(
        &self,
        rule: &Rule,
        line: &Line,
        asked: Asked,
        mut request: Request,
        next: Next,
    ) -> Response {
        let mut answer = if let Some(answer) = self.instead(rule, &asked.path) {
            // Reading it first makes this look the same to every caller: all was sent before anything came back.
            drop(to_bytes(request.into_body(), READ_AT_MOST).await);
            self.record(asked, Some(rule), answer.status());
            answer
        } else {
            request.extensions_mut().insert(Twists(rule.twists.clone()));
            let answer = self.processed(asked, Some(rule), request, next).await;
            if rule.act == Act::Truncate { cut_short(answer).await } else { dressed(rule.act, answer) }
        };
        if let Some(seconds) = rule.retry_after {
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        self.wait(rule.delay_ms).await;
        if cuts(rule.act) {
            line.cut();
        }
        answer
    }

    /// The answer of a request that is not processed; `None` when the rule lets it be processed.
    fn instead(&self, rule: &Rule, path: &str) -> Option<Response> {
        match (rule.act, rule.status_code()) {
            (Act::Drop, _) => Some(StatusCode::NO_CONTENT.into_response()),
            (Act::Status, Some(status)) => Some(self.played.refusal(path, status)),
            (Act::Empty | Act::Html, Some(status)) => Some(dressed(rule.act, status.into_response())),
            _ => None,
        }
    }

    async fn processed(&self, asked: Asked, rule: Option<&Rule>, request: Request, next: Next) -> Response {
        let answer = next.run(request).await;
        self.record(asked, rule, answer.status());
        answer
    }

    fn record(&self, Asked { method, path, operation }: Asked, rule: Option<&Rule>, status: StatusCode) {
        let silent = rule.is_some_and(|rule| cuts(rule.act));
        let fault = rule.map(|rule| rule.act.name());
        let status = (!silent).then_some(status);
        self.sim.journal.record(Entry { method, path, operation, status, at: self.sim.clock.now(), fault });
    }

    async fn wait(&self, delay_ms: Option<u64>) {
        let Some(delay) = delay_ms.map(Duration::from_millis) else { return };
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = closed(self.open.clone()) => {}
        }
    }
}

/// Whether the connection closes without an answer.
fn cuts(act: Act) -> bool {
    matches!(act, Act::Drop | Act::DropAfter)
}

/// Returns when the stand-in stops.
pub(super) async fn closed(mut open: watch::Receiver<()>) {
    while open.changed().await.is_ok() {}
}

fn dressed(act: Act, answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    match act {
        Act::Empty => {
            head.headers.remove(CONTENT_TYPE);
            Response::from_parts(head, Body::empty())
        }
        Act::Html => {
            head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            Response::from_parts(head, Body::from(PAGE))
        }
        Act::Status | Act::Delay | Act::Drop | Act::DropAfter | Act::Truncate | Act::Twist => {
            Response::from_parts(head, body)
        }
    }
}

/// The same answer, of which the last part never comes.
async fn cut_short(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let whole = to_bytes(body, READ_AT_MOST).await.unwrap_or_default();
    // An answer without a body is announced one byte longer than it is.
    head.headers.insert(CONTENT_LENGTH, whole.len().max(1).into());
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(head, Body::from_stream(breaking_off(half)))
}

/// Gives `part`, lets it be flushed, then fails: hyper closes the connection.
fn breaking_off(part: Bytes) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let mut part = Some(part);
    let mut flushed = false;
    stream::poll_fn(move |cx| {
        if let Some(part) = part.take() {
            return Poll::Ready(Some(Ok(part)));
        }
        if !flushed {
            flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionAborted.into())))
    })
}
