//! A gateway without a network: router, engine and a SQLite store in a folder of its own, two tenants, a few clients, a
//! clock that stands still.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use fhir_profiles::{Profiles, Rules};
use gateway_api::{App, Settings, router};
use gateway_core::{Caller, FixedClock, Key, Origin, RandomIds, ResourceType, Scopes};
use gateway_engine::{Engine, Parts, Routes};
use gateway_store::{
    Client, ClientAuth, DeliveryFilter, DeliveryRow, History, Options, Paging, Store, Stored, Tenant, Total,
};
use http::{HeaderMap, Method, Request};
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;
use tower::ServiceExt as _;

/// Where the gateway thinks it is.
pub(crate) const BASE: &str = "https://gateway.example";
/// When the clock stands still.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-09-01 08:00 UTC);
/// The AGB codes of the tenants `de-linde` and `uro-kliniek`, and one that no tenant has.
pub(crate) const LINDE: &str = "01000001";
/// See [`LINDE`].
pub(crate) const URO: &str = "12345678";
/// See [`LINDE`].
pub(crate) const NOBODY: &str = "88888888";

const SECRET: &str = "s3cr3t";

pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<FixedClock>,
    router: Router,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The status, and the code of the first issue.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.json()["issue"][0]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Each issue's code and where it is.
    pub(crate) fn issues(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let body = self.json();
        let issues = body["issue"].as_array().cloned().unwrap_or_default();
        issues.iter().map(|issue| (text(&issue["code"]), text(&issue["expression"][0]))).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, &[]).await
    }

    /// With settings changed, and routes for tenant `de-linde`: link and criteria.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings), routes: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        let profiles = Arc::new(Profiles::embedded());
        let lines = routes.iter().map(|(link, criteria)| {
            ("de-linde".parse().unwrap(), link.parse().unwrap(), (*criteria).to_owned())
        });
        let routes = Routes::compile(&profiles, lines).unwrap();
        let clock = Arc::new(FixedClock::at(NOW));
        let engine = Engine::new(Parts {
            store,
            profiles,
            routes,
            clock: clock.clone(),
            ids: Arc::new(RandomIds),
            rules: Rules::default(),
        });
        let mut settings = Settings::new(BASE.parse().unwrap());
        (settings.rate_per_second, settings.rate_burst) = (10_000, 10_000);
        change(&mut settings);
        let app = App::new(Arc::new(engine), settings, None).await.unwrap();
        let house = Self { router: router(app.clone()), app, clock, _folder: folder };
        house.settle_in().await;
        house
    }

    async fn settle_in(&self) {
        for (id, agb) in [("de-linde", LINDE), ("uro-kliniek", URO)] {
            let tenant = Tenant {
                id: id.parse().unwrap(),
                agb: agb.parse().unwrap(),
                name: id.to_owned(),
                host: None,
            };
            self.store().put_tenant(&tenant).await.unwrap();
        }
        let spreekuur = "spreekuur/appointment.write spreekuur/notification.write";
        self.register("xis", spreekuur, &[LINDE]).await;
        self.register("other-xis", spreekuur, &[LINDE]).await;
        self.register("uro", spreekuur, &[URO]).await;
        self.register("all", "system/*.cruds", &[LINDE, URO, NOBODY]).await;
        self.register("reader", "system/*.rs", &[LINDE]).await;
    }

    /// Registers a client with the secret all have.
    pub(crate) async fn register(&self, id: &str, scope: &str, agbs: &[&str]) {
        let hash = self.store().keyed_hash("client-secret", SECRET);
        self.register_with(id, ClientAuth::SecretHash(hash), scope, agbs).await;
    }

    pub(crate) async fn register_with(&self, id: &str, auth: ClientAuth, scope: &str, agbs: &[&str]) {
        let agbs = agbs.iter().map(|agb| agb.parse().unwrap()).collect();
        let client = Client { id: id.to_owned(), auth, scope: scope.to_owned(), agbs, revoked: None };
        self.store().put_client(&client).await.unwrap();
    }

    pub(crate) fn store(&self) -> &Store {
        &self.app.engine.parts().store
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// A request with these headers.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A token for a client with all its scopes.
    pub(crate) async fn token(&self, client: &str) -> String {
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret={SECRET}");
        let reply = self.ask_token(&[], &form).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ask_token(&self, headers: &[(&str, &str)], form: &str) -> Reply {
        let content_type = ("content-type", "application/x-www-form-urlencoded");
        let headers: Vec<_> = headers.iter().copied().chain([content_type]).collect();
        self.call(Method::POST, "/oauth/token", &headers, form.to_owned()).await
    }

    /// What the gateway itself can see of a tenant.
    fn inside(tenant: &str) -> Caller {
        Caller {
            tenant: tenant.parse().unwrap(),
            origin: Origin::System,
            scopes: Scopes::all(),
            request_id: "test".into(),
        }
    }

    /// Every version of a type that a tenant has, newest first.
    pub(crate) async fn versions(&self, tenant: &str, resource_type: ResourceType) -> Vec<Stored> {
        let paging = Paging { count: 1_000, after: None, total: Total::Accurate, ..Paging::default() };
        let of = History::Type(resource_type);
        self.app.engine.history(&Self::inside(tenant), &of, &paging).await.unwrap().entries
    }

    /// The current text of a resource.
    pub(crate) async fn stored(&self, tenant: &str, reference: &str) -> Value {
        let key = Key::from_reference(reference).unwrap();
        let stored = self.app.engine.read(&Self::inside(tenant), &key).await.unwrap();
        serde_json::from_str(&stored.text.unwrap()).unwrap()
    }

    pub(crate) async fn deliveries(&self) -> Vec<DeliveryRow> {
        self.store().deliveries(&DeliveryFilter { limit: 1_000, ..DeliveryFilter::default() }).await.unwrap()
    }

    /// How many living or dead versions there are of anything a XIS can make.
    pub(crate) async fn count(&self, tenant: &str) -> usize {
        let mut count = 0;
        for resource_type in [ResourceType::Appointment, ResourceType::Communication, ResourceType::Patient] {
            count += self.versions(tenant, resource_type).await.len();
        }
        count
    }
}

async fn open(folder: &tempfile::TempDir) -> Store {
    let options = Options {
        url: format!("sqlite://{}", folder.path().join("zorgtolk.db").display()),
        master_key: vec![7; 32].into(),
        connections: 4,
    };
    let store = Store::open(&options).await.unwrap();
    store.migrate().await.unwrap();
    store
}
