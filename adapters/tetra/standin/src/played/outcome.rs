//! From a reply to bytes: HTTP status (`tetra.md` section 1.2: 200 when the practice answered, 500 when the call did
//! not come that far), content type, and what a twist does to the bytes.

use std::time::Duration;

use adapter_kit::standin::Twists;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use time::Date;

use crate::desk::Reply;
use crate::refusal::Refusal;
use crate::switches::Layout;
use crate::world::World;
use crate::{json, xml};

const JSON_TYPE: &str = "application/json; charset=utf-8";

/// The twists of the bytes.
pub(super) const TWISTS: &[&str] = &["bom", "wrong_content_type", "no_content_type", "huge"];

/// How much white space a huge answer has.
const HUGE: usize = 100 << 20;

/// An answer, ready to go.
#[derive(Debug)]
pub(super) struct Outcome {
    status: StatusCode,
    content_type: Option<&'static str>,
    body: Vec<u8>,
    slow_ms: u64,
}

impl Outcome {
    pub(super) fn json(replied: Result<Reply, Refusal>, world: &World, twists: &Twists) -> Self {
        let status = status(&replied);
        let answer = match replied {
            Ok(reply) => json::answer(reply, world.switches, &world.operations),
            Err(why) => json::refusal(why),
        };
        let text = json::spoil(answer, twists).print(world.switches.layout);
        Self::new(status, JSON_TYPE, text.into_bytes()).spoilt(twists)
    }

    pub(super) fn xml(
        stem: &str,
        replied: Result<Reply, Refusal>,
        world: &World,
        today: Date,
        twists: &Twists,
    ) -> Self {
        let status = status(&replied);
        let words = xml::Words { switches: world.switches, operations: &world.operations, today };
        let root = match replied {
            Ok(reply) => xml::answer(stem, reply, &words),
            Err(why) => xml::refusal(stem, why),
        };
        let dress = xml::Dress::of(twists, world.switches.prolog);
        let text = document(&xml::spoil(root, twists), world.switches.layout, twists);
        Self::new(status, dress.content_type(), dress.encode(&text)).spoilt(twists)
    }

    /// Without a body: there is no root to name it after.
    pub(super) fn unreadable(why: Refusal) -> Self {
        let status = if why.is_general() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
        Self { status, content_type: None, body: Vec::new(), slow_ms: 0 }
    }

    /// A status that a fault asks for.
    pub(super) fn scripted(is_json: bool, status: StatusCode) -> Self {
        if !is_json {
            return Self { status, ..Self::unreadable(Refusal::Unreached) };
        }
        let text = json::refusal(Refusal::Unreached).print(Layout::Compact);
        Self::new(status, JSON_TYPE, text.into_bytes())
    }

    fn new(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, content_type: Some(content_type), body, slow_ms: 0 }
    }

    fn spoilt(mut self, twists: &Twists) -> Self {
        if twists.has("bom") {
            self.body.splice(..0, *b"\xEF\xBB\xBF");
        }
        if twists.has("invalid_utf8") {
            let middle = self.body.len() / 2;
            self.body.splice(middle..middle, [0xC3, 0x28]);
        }
        if twists.has("huge") {
            self.body.resize(self.body.len() + HUGE, b' ');
        }
        if twists.has("wrong_content_type") {
            self.content_type = Some("text/html");
        }
        if twists.has("no_content_type") {
            self.content_type = None;
        }
        self
    }

    /// The practice's machine takes that long.
    pub(super) fn after(self, slow_ms: u64) -> Self {
        Self { slow_ms, ..self }
    }

    /// The answer, when its time has come.
    pub(super) async fn in_time(self) -> Response {
        if self.slow_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.slow_ms)).await;
        }
        self.into_response()
    }
}

fn status(replied: &Result<Reply, Refusal>) -> StatusCode {
    match replied {
        Err(why) if why.is_general() => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::OK,
    }
}

fn document(root: &xml::Tag, layout: Layout, twists: &Twists) -> String {
    let mut text = xml::preface(&root.name, twists);
    root.write(&mut text, layout);
    xml::inlay(text, twists)
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        let mut answer = Response::new(Body::from(self.body));
        *answer.status_mut() = self.status;
        if let Some(content_type) = self.content_type {
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        answer
    }
}
