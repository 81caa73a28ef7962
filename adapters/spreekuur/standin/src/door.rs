//! The way in: the order in which a request is judged (`spreekuur.md` 6.3: authentication, route and method, media
//! type, organisation header, organisation rights, JSON, structure, content).

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use crate::agb::Agb;
use crate::headers::{self, Media};
use crate::outcome::{FHIR_JSON, Refusal};
use crate::played::Played;
use crate::settings::Switches;
use crate::token::Worth;
use crate::world::{Key, Put};
use crate::{appointment, communication, patient};

/// N-26.
const BODY_AT_MOST: usize = 20 << 20;
/// A body beyond N-26 is still read up to here, so that the caller is there to read the refusal.
const DISCARD_AT_MOST: usize = 64 << 20;

/// A request, read as far as it is taken.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// `None` when it is too large, or broke off.
    pub(crate) body: Option<Bytes>,
}

impl Received {
    pub(crate) async fn read(request: Request) -> Self {
        let (head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        Self { method: head.method, path, headers: head.headers, body: read_body(body).await }
    }
}

async fn read_body(body: Body) -> Option<Bytes> {
    let announced = body.size_hint().upper().and_then(|size| usize::try_from(size).ok());
    let whole = axum::body::to_bytes(body, DISCARD_AT_MOST).await.ok()?;
    let fits = whole.len() <= BODY_AT_MOST && announced.is_none_or(|size| size <= BODY_AT_MOST);
    fits.then_some(whole)
}

/// What is offered and played.
#[derive(Debug, PartialEq, Eq)]
enum Operation<'a> {
    PutAppointment { id: &'a str },
    PostCommunication,
    SearchPatient,
    InvitePatient,
}

impl<'a> Operation<'a> {
    fn of(method: &Method, path: &'a str) -> Result<Self, Refusal> {
        let segments: Vec<&str> = path.split('/').collect();
        match (segments.as_slice(), method) {
            (["", "Appointment", id], &Method::PUT) if !id.is_empty() => Ok(Self::PutAppointment { id }),
            (["", "Appointment", id], _) if !id.is_empty() => Err(Refusal::method_not_allowed("PUT")),
            (["", "Communication"], &Method::POST) => Ok(Self::PostCommunication),
            (["", "Patient", "_search"], &Method::POST) => Ok(Self::SearchPatient),
            (["", "Patient"], &Method::POST) => Ok(Self::InvitePatient),
            (["", "Communication"] | ["", "Patient", "_search"], _) => {
                Err(Refusal::method_not_allowed("POST"))
            }
            _ => Err(Refusal::not_found("There is nothing here")),
        }
    }

    fn media(&self) -> Media {
        match self {
            Self::SearchPatient => Media::Form,
            Self::PutAppointment { .. } | Self::PostCommunication | Self::InvitePatient => Media::Fhir,
        }
    }
}

/// Who asks, for whom, under which switches.
#[derive(Debug, Clone, Copy)]
struct Caller {
    client: u16,
    agb: Agb,
    switches: Switches,
}

impl Played {
    /// Judges and carries out a request; `path` is the one under the base.
    pub(crate) fn answer(&self, received: &Received, path: &str) -> Result<Response, Refusal> {
        let (client, switches) = self.authenticate(&received.headers)?;
        let operation = Operation::of(&received.method, path)?;
        headers::accepts(&received.headers)?;
        headers::content_type(&received.headers, operation.media(), switches.mode)?;
        let agb = headers::organisation(&received.headers, switches)?;
        self.may_act_for(client, agb)?;

        let body = received.body.as_ref().ok_or_else(too_large)?;
        let caller = Caller { client, agb, switches };
        match operation {
            Operation::PutAppointment { id } => self.put_appointment(caller, id, &received.headers, body),
            Operation::PostCommunication => self.post_communication(caller, body),
            Operation::SearchPatient => self.search_patient(caller, body),
            Operation::InvitePatient => self.invite_patient(caller, body),
        }
    }

    /// A-01, N-01.
    fn authenticate(&self, headers: &HeaderMap) -> Result<(u16, Switches), Refusal> {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, token) = header.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::unauthenticated("login", "A bearer token is required", "Bearer"));
        }
        let invalid = r#"Bearer error="invalid_token""#;
        let world = self.world();
        match world.tokens.worth(token.trim(), self.now()) {
            Worth::Of(client) => Ok((client, world.switches)),
            Worth::Expired => Err(Refusal::unauthenticated("expired", "The token has expired", invalid)),
            Worth::Nothing => Err(Refusal::unauthenticated("login", "The token is not known", invalid)),
        }
    }

    /// A-04.
    fn may_act_for(&self, client: u16, agb: Agb) -> Result<(), Refusal> {
        if self.clients.may_act_for(client, agb) {
            return Ok(());
        }
        let text = format!("Client is not allowed to act for organisation {agb}");
        Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", text))
    }

    fn put_appointment(
        &self,
        caller: Caller,
        id: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Response, Refusal> {
        let body = parse(body)?;
        let sent = appointment::read(&body, id, caller.switches)?;
        let key = Key { client: caller.client, agb: caller.agb, id: id.into() };
        let if_match = headers.get(IF_MATCH).map(|value| value.to_str().unwrap_or_default());

        let put = self.world().put_appointment(&key, sent, if_match, self.now())?;
        Ok(match put {
            Put::Stored { version, body } => {
                ([(ETAG, format!("W/\"{version}\""))], fhir(&body)).into_response()
            }
            Put::Passed => fhir(&body),
        })
    }

    fn post_communication(&self, caller: Caller, body: &[u8]) -> Result<Response, Refusal> {
        let body = parse(body)?;
        let melding = communication::read(&body, caller.switches)?;
        let id = self.world().post_communication(caller.client, caller.agb, melding, self.now())?;
        Ok(created(&format!("{}/Communication/{id}", self.base_url), &communication::stored(body, &id)))
    }

    /// 8.1.4: the page says 404 when there is no account.
    fn search_patient(&self, caller: Caller, form: &[u8]) -> Result<Response, Refusal> {
        let search = patient::read_search(form, caller.switches)?;
        let world = self.world();
        let account = world.people.find(&search.who).filter(|patient| patient.registered);
        let account = account.ok_or_else(|| Refusal::not_found("This patient has no account"))?;
        Ok(fhir(&patient::found(&search, &account.idp_id)))
    }

    fn invite_patient(&self, caller: Caller, body: &[u8]) -> Result<Response, Refusal> {
        let body = parse(body)?;
        let invitation = patient::read_invitation(&body, caller.switches)?;
        let location = format!("{}/Patient/{}", self.base_url, invitation.id);
        self.world().invite(caller.agb, invitation, self.now())?;
        Ok(created(&location, &body))
    }
}

fn parse(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::bad("structure", "The body is not JSON"))
}

fn too_large() -> Refusal {
    let text = format!("The request is larger than {BODY_AT_MOST} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-long", text)
}

fn fhir(body: &Value) -> Response {
    ([(CONTENT_TYPE, FHIR_JSON)], body.to_string()).into_response()
}

fn created(location: &str, body: &Value) -> Response {
    (StatusCode::CREATED, [(LOCATION, location)], fhir(body)).into_response()
}
