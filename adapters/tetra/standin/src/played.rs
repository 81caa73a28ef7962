//! What holds the played Switchboard together: its two doors, its clock, its memory.

mod outcome;

use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use adapter_kit::standin::{Sim, StandIn, StartError, Twists};
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::StatusCode;
use serde_json::{Map, Value};
use time::{Date, OffsetDateTime};

use crate::desk::{Ask, Desk, Reply, Who};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::world::{Place, World};
use crate::{json, staff, state, xml};
use outcome::Outcome;

/// Where JSON is posted; the vendor's own path is not known (`tetra.md` section 1.2).
pub(crate) const JSON: &str = "/json";
/// Where XML is posted.
pub(crate) const XML: &str = "/xml";

/// A request is not longer.
const BODY_AT_MOST: usize = 1 << 20;

/// What can go wrong in Tetra's own way; the last ones are of the bytes, whatever the format.
static TWISTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut all: Vec<&str> = json::TWISTS.iter().chain(xml::TWISTS).chain(outcome::TWISTS).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
});

/// The stand-in behind the doors.
#[derive(Debug)]
pub(crate) struct Played {
    settings: Settings,
    sim: Arc<Sim>,
    zone: jiff::tz::TimeZone,
    world: Mutex<World>,
}

impl Played {
    pub(crate) fn new(settings: Settings, sim: Arc<Sim>) -> Result<Self, StartError> {
        let wrong = |why: String| StartError::Settings { why };
        let zone = jiff::tz::TimeZone::get(&settings.zone).map_err(|error| wrong(error.to_string()))?;
        let world = World::new(&settings, today(&zone, sim.clock.now())).map_err(wrong)?;
        Ok(Self { settings, sim, zone, world: Mutex::new(world) })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no one panics while holding the world")
    }

    /// Staff act.
    pub(crate) fn staff(&self, acts: &Value) -> Result<Value, String> {
        staff::act(&mut self.world(), acts, self.today())
    }

    /// Lays down what a test wants.
    pub(crate) fn sow(&self, seed: &Value) -> Result<(), String> {
        state::sow(&mut self.world(), seed)
    }

    fn today(&self) -> Date {
        today(&self.zone, self.sim.clock.now())
    }

    fn json(&self, body: &[u8], twists: &Twists) -> Outcome {
        let mut world = self.world();
        let (replied, slow_ms) = match json::Envelope::read(body) {
            Err(why) => (Err(why), 0),
            Ok(envelope) => self.ask_json(&mut world, &envelope),
        };
        Outcome::json(replied, &world, twists).after(slow_ms)
    }

    fn ask_json(&self, world: &mut World, envelope: &json::Envelope) -> (Result<Reply, Refusal>, u64) {
        if !envelope.is_from(&self.settings.application, &self.settings.key) {
            return (Err(Refusal::Stranger), 0);
        }
        let target = envelope.target().and_then(|target| world.find(target));
        let operation = envelope.operation(&world.operations);
        let call = called(world, target, operation);
        let (place, slow_ms) = match call {
            Ok(call) => call,
            Err(why) => return (Err(why), 0),
        };
        let asked = envelope.ask(&world.operations);
        let replied = asked.and_then(|(ask, needs, who)| self.desk(world, place, who).answer(ask, needs));
        (replied, slow_ms)
    }

    fn xml(&self, body: &[u8], twists: &Twists) -> Outcome {
        let mut world = self.world();
        let request = match xml::Request::read(body) {
            Ok(request) => request,
            Err(why) => return Outcome::unreadable(why),
        };
        let (replied, slow_ms) = self.ask_xml(&mut world, &request);
        Outcome::xml(&request.stem, replied, &world, self.today(), twists).after(slow_ms)
    }

    fn ask_xml(&self, world: &mut World, request: &xml::Request) -> (Result<Reply, Refusal>, u64) {
        let read = request.who(&self.settings.server_token, world.switches.token_child).and_then(|who| {
            let (ask, needs) = request.ask(&world.operations)?;
            let place = place(world, request.target(), &who, &ask)?;
            Ok((who, ask, needs, place))
        });
        let (who, ask, needs, place) = match read {
            Ok(read) => read,
            Err(why) => return (Err(why), 0),
        };
        let operation = request.operation(&world.operations);
        match called(world, Some(place), operation) {
            Ok((place, slow_ms)) => (self.desk(world, place, who).answer(ask, needs), slow_ms),
            Err(why) => (Err(why), 0),
        }
    }

    fn desk<'a>(&self, world: &'a mut World, place: usize, who: Who) -> Desk<'a> {
        let lifetime =
            time::Duration::try_from(self.settings.session_lifetime).unwrap_or(time::Duration::MAX);
        Desk { world, place, who, now: self.sim.clock.now(), lifetime }
    }
}

/// Rings at a practice: which one, and how long it takes.
fn called(
    world: &mut World,
    place: Option<usize>,
    operation: Option<String>,
) -> Result<(usize, u64), Refusal> {
    let at = place.ok_or(Refusal::Unreached)?;
    let place = &mut world.places[at];
    if place.offline {
        return Err(Refusal::Unreached);
    }
    if let Some(operation) = operation {
        place.pace.count(&operation);
    }
    Ok((at, place.slow_ms))
}

/// Which practice an XML call means: the one it names, else the session's, else the one where that account is,
/// with that password (session calls send no practice, section 1.4).
fn place(world: &World, target: Option<&str>, who: &Who, ask: &Ask) -> Result<usize, Refusal> {
    if let Some(target) = target {
        return world.find(target).ok_or(Refusal::Unreached);
    }
    match (who, ask) {
        (Who::User(session), _) => world.sessions.place_of(session).ok_or(Refusal::Session),
        (Who::Anonymous, Ask::Login { username, password }) => {
            let opens = |place: &Place| place.account(username).is_some_and(|it| it.password == *password);
            world.places.iter().position(opens).ok_or(Refusal::Password)
        }
        (Who::Anonymous, _) => Err(Refusal::Identification),
        (Who::Application, _) => Err(Refusal::Field),
    }
}

fn today(zone: &jiff::tz::TimeZone, now: OffsetDateTime) -> Date {
    let here = jiff::Timestamp::from_second(now.unix_timestamp()).unwrap_or_default().to_zoned(zone.clone());
    let month = u8::try_from(here.month()).ok().and_then(|month| time::Month::try_from(month).ok());
    let day = u8::try_from(here.day()).unwrap_or(1);
    let date = month.and_then(|month| Date::from_calendar_date(here.year().into(), month, day).ok());
    date.unwrap_or_else(|| now.date())
}

impl StandIn for Played {
    fn protocol(self: Arc<Self>) -> Router {
        Router::new()
            .route(JSON, post(take_json))
            .route(XML, post(take_xml))
            .fallback(async || StatusCode::NOT_FOUND)
            .with_state(self)
    }

    fn control(self: Arc<Self>) -> Router {
        staff::routes(self)
    }

    fn state(&self) -> Map<String, Value> {
        state::of(&self.world())
    }

    /// Sessions end with it; the demo's day begins again.
    fn reset(&self) {
        let fresh = World::new(&self.settings, self.today()).expect("the settings held at the start");
        *self.world() = fresh;
    }

    fn seed(&self, seed: &Value) -> Result<(), String> {
        self.sow(seed)
    }

    fn one_address(&self) -> bool {
        true
    }

    fn operation(&self, path: &str, body: &[u8]) -> Option<String> {
        let world = self.world();
        match path {
            JSON => json::Envelope::read(body).ok()?.operation(&world.operations),
            XML => xml::Request::read(body).ok()?.operation(&world.operations),
            _ => None,
        }
    }

    fn twists(&self) -> &'static [&'static str] {
        &TWISTS
    }

    fn refusal(&self, path: &str, status: StatusCode) -> Response {
        Outcome::scripted(path == JSON, status).into_response()
    }
}

async fn take_json(State(played): State<Arc<Played>>, request: Request) -> Response {
    let (twists, body) = taken(request).await;
    played.json(&body, &twists).in_time().await
}

async fn take_xml(State(played): State<Arc<Played>>, request: Request) -> Response {
    let (twists, body) = taken(request).await;
    played.xml(&body, &twists).in_time().await
}

/// A body that is too long is as good as none.
async fn taken(request: Request) -> (Twists, bytes::Bytes) {
    let twists = request.extensions().get::<Twists>().cloned().unwrap_or_default();
    (twists, to_bytes(request.into_body(), BODY_AT_MOST).await.unwrap_or_default())
}
