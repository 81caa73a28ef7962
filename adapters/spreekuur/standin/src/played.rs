//! What holds the played Spreekuur.nl together: clients, clock, world, addresses, and the routes to them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use adapter_kit::standin::{Sim, StandIn, StartError};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get, post};
use http::StatusCode;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use crate::bsn::Bsn;
use crate::clients::Clients;
use crate::door::Received;
use crate::outcome::Refusal;
use crate::patient::Who;
use crate::settings::Settings;
use crate::state;
use crate::token::{self, Asked, Login, Proof, TokenRefusal};
use crate::world::World;

pub(crate) const BASE: &str = "/fhir/r4";
pub(crate) const REALM: &str = "/auth/realms/Spreekuur";
pub(crate) const TOKEN: &str = "/auth/realms/Spreekuur/protocol/openid-connect/token";
const CERTS: &str = "/auth/realms/Spreekuur/protocol/openid-connect/certs";
const DISCOVERY: &str = "/auth/realms/Spreekuur/.well-known/openid-configuration";

/// The stand-in behind the doors.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
    pub(crate) base_url: String,
    origin: String,
    login: Login,
    pub(crate) sim: Arc<Sim>,
    world: Mutex<World>,
}

impl Played {
    pub(crate) fn new(settings: Settings, addr: SocketAddr, sim: Arc<Sim>) -> Result<Self, StartError> {
        let wrong = |why| StartError::Settings { why };
        let clients = Clients::new(&settings.clients).map_err(wrong)?;
        let world = Mutex::new(World::new(&settings).map_err(wrong)?);
        let login = Login::new().map_err(wrong)?;
        let origin = format!("http://{addr}");
        Ok(Self { clients, base_url: format!("{origin}{BASE}"), origin, login, sim, world, settings })
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.sim.clock.now()
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no one panics while holding the world")
    }

    /// The token endpoint, section 3.
    fn token(&self, received: &Received) -> Result<Response, TokenRefusal> {
        let body = received.body.as_deref().unwrap_or_default();
        let asked = Asked::read(&received.headers, body)?;
        let client = self.proved(&asked.proof).ok_or_else(|| TokenRefusal::client(&received.headers))?;
        if asked.grant_type != "client_credentials" {
            return Err(TokenRefusal::grant_type());
        }
        let lifetime = Duration::try_from(self.settings.token_lifetime).unwrap_or(Duration::MAX);
        let token = self.world().tokens.issue(client, self.now(), lifetime);
        Ok(token::granted(&token, lifetime, asked.scope.as_deref()))
    }

    fn proved(&self, proof: &Proof) -> Option<u16> {
        match proof {
            Proof::Secret { client_id, secret } => {
                let (index, client) = self.clients.find(client_id)?;
                (client.client_secret == *secret).then_some(index)
            }
            Proof::Assertion { jwt, client_id } => {
                let claimed = token::claimed_client(jwt)?;
                let (index, client) = self.clients.find(client_id.as_ref().unwrap_or(&claimed))?;
                let audience = format!("{}{TOKEN}", self.origin);
                let mut world = self.world();
                world.tokens.assertions.proves(client, jwt, &audience, self.now()).then_some(index)
            }
        }
    }

    /// The access token of a patient that has just logged in.
    pub(crate) fn login_of(&self, bsn: Bsn) -> String {
        let mut world = self.world();
        let known = world.people.find(&Who::Bsn(bsn)).map(|patient| patient.idp_id.clone());
        let subject = known.unwrap_or_else(|| world.next_id().to_string());
        self.login.token(&format!("{}{REALM}", self.origin), &subject, bsn, self.now())
    }

    fn discovery(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.origin);
        json!({
            "issuer": at(REALM),
            "token_endpoint": at(TOKEN),
            "jwks_uri": at(CERTS),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported":
                ["client_secret_basic", "client_secret_post", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        })
    }
}

impl StandIn for Played {
    fn protocol(self: Arc<Self>) -> Router {
        Router::new()
            .route(TOKEN, post(give_token))
            .route(DISCOVERY, get(discover))
            .route(CERTS, get(show_keys))
            .route(&format!("{BASE}/{{*path}}"), any(fhir))
            .fallback(async || Refusal::not_found("There is nothing here"))
            .with_state(self)
    }

    fn control(self: Arc<Self>) -> Router {
        state::routes(self)
    }

    fn base(&self) -> &'static str {
        BASE
    }

    fn state(&self) -> Map<String, Value> {
        state::of(&self.world())
    }

    /// Tokens outlive a reset: they are the callers' state as much as ours.
    fn reset(&self) {
        let mut fresh = World::new(&self.settings).expect("the settings held at the start");
        let mut world = self.world();
        fresh.tokens = std::mem::take(&mut world.tokens);
        *world = fresh;
    }

    fn seed(&self, seed: &Value) -> Result<(), String> {
        state::sow(&mut self.world(), seed)
    }

    fn refusal(&self, path: &str, status: StatusCode) -> Response {
        if path == TOKEN {
            TokenRefusal::scripted(status).into_response()
        } else {
            Refusal::scripted(status).into_response()
        }
    }
}

async fn give_token(State(played): State<Arc<Played>>, request: Request) -> Response {
    let received = Received::read(request).await;
    played.token(&received).unwrap_or_else(IntoResponse::into_response)
}

async fn discover(State(played): State<Arc<Played>>) -> Json<Value> {
    Json(played.discovery())
}

async fn show_keys(State(played): State<Arc<Played>>) -> Json<Value> {
    Json(played.login.keys())
}

async fn fhir(State(played): State<Arc<Played>>, request: Request) -> Response {
    let received = Received::read(request).await;
    let path = received.path.strip_prefix(BASE).unwrap_or_default();
    played.answer(&received, path).unwrap_or_else(IntoResponse::into_response)
}
