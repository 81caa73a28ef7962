//! A house to test in: a real store, a clock that stands still, two links of one tenant and one of another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapter_kit::{Link, Policy};
use fhir_profiles::{Profiles, Rules};
use gateway_core::{
    Caller, DeliveryState, FixedClock, Interaction, Key, LinkId, Origin, Problem, RandomIds, Resource,
    Scopes, Version,
};
use gateway_engine::dispatch::{BreakerSettings, Dispatcher, Jitter, Settings};
use gateway_engine::{Change, Engine, Parts, Routes, Target, Write};
use gateway_store::{DeliveryFilter, DeliveryRow, Options, Precondition, Store, Written};
use sqlx::{Connection as _, PgConnection};
use time::macros::datetime;

use crate::counterpart::Counterpart;

/// Runs each test on SQLite, and on PostgreSQL when there is one.
macro_rules! on_each_store {
    ($($(#[$meta:meta])* async fn $name:ident($house:ident: House) $body:block)*) => { $(
        mod $name {
            use super::*;

            $(#[$meta])*
            async fn check($house: House) $body

            #[tokio::test]
            async fn on_sqlite() {
                check(House::on_sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(house) = House::on_postgres().await {
                    check(house).await;
                }
            }
        }
    )* };
}

/// Who is told about what: `first` and `second` are links of `de-linde`, `elsewhere` is one of `de-eik`.
const ROUTES: &[(&str, &str, &str)] = &[
    ("de-linde", "first", "Appointment"),
    ("de-linde", "first", "Communication"),
    ("de-linde", "second", "Appointment?status=booked"),
    ("de-eik", "elsewhere", "Appointment"),
];

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) store: Store,
    /// Removed with the house.
    _folder: tempfile::TempDir,
    url: String,
}

impl House {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("house.db").display());
        Self::at(url, folder).await
    }

    pub(crate) async fn on_postgres() -> Option<Self> {
        Some(Self::at(database().await?, tempfile::tempdir().unwrap()).await)
    }

    async fn at(url: String, folder: tempfile::TempDir) -> Self {
        let store = open(&url).await;
        store.migrate().await.unwrap();
        let profiles = Arc::new(Profiles::embedded());
        let clock = Arc::new(FixedClock::at(datetime!(2026-09-14 07:10:00 UTC)));
        let engine = Engine::new(Parts {
            store: store.clone(),
            routes: routes(&profiles),
            profiles,
            clock: Arc::<FixedClock>::clone(&clock),
            ids: Arc::new(RandomIds),
            rules: Rules::default(),
        });
        Self { engine: Arc::new(engine), clock, store, _folder: folder, url }
    }

    /// The engine of another gateway on the same database.
    pub(crate) async fn beside(&self) -> Arc<Engine> {
        let profiles = Arc::new(Profiles::embedded());
        Arc::new(Engine::new(Parts {
            store: open(&self.url).await,
            routes: routes(&profiles),
            profiles,
            clock: Arc::<FixedClock>::clone(&self.clock),
            ids: Arc::new(RandomIds),
            rules: Rules::default(),
        }))
    }

    /// The engine of another node on the same database.
    pub(crate) async fn another_engine(&self) -> Arc<Engine> {
        let options = Options { url: self.url.clone(), master_key: vec![7; 32].into(), connections: 4 };
        let profiles = Arc::new(Profiles::embedded());
        Arc::new(Engine::new(Parts {
            store: Store::open(&options).await.unwrap(),
            routes: routes(&profiles),
            profiles,
            clock: Arc::<FixedClock>::clone(&self.clock),
            ids: Arc::new(RandomIds),
            rules: Rules::default(),
        }))
    }

    /// Writes an Appointment as a client of `de-linde`.
    pub(crate) async fn put(&self, id: &str, status: &str) -> Written {
        self.put_as(&client(), id, status).await.unwrap()
    }

    pub(crate) async fn put_as(&self, caller: &Caller, id: &str, status: &str) -> Result<Written, Problem> {
        self.engine.write(caller, update(&appointment(id, status))).await
    }

    pub(crate) async fn delete(&self, key: &str) -> Written {
        self.engine.write(&client(), deletion(key)).await.unwrap()
    }

    /// A dispatcher for these links.
    pub(crate) fn dispatcher(&self, links: &[(&str, &Arc<Counterpart>)]) -> Dispatcher {
        self.dispatcher_with(links, settings())
    }

    pub(crate) fn dispatcher_with(
        &self,
        links: &[(&str, &Arc<Counterpart>)],
        settings: Settings,
    ) -> Dispatcher {
        let links = links.iter().map(|(name, counterpart)| (link(name), counterpart.link()));
        self.dispatcher_for(links.collect(), settings)
    }

    pub(crate) fn dispatcher_for(&self, links: BTreeMap<LinkId, Link>, settings: Settings) -> Dispatcher {
        Dispatcher::new(Arc::clone(&self.engine), links, settings)
    }

    pub(crate) fn now(&self) -> time::OffsetDateTime {
        gateway_core::Clock::now(&*self.clock)
    }

    /// Rows of a table, looked at behind the store's back.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let text = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        if self.url.starts_with("sqlite") {
            let mut on = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            return sqlx::query_scalar(text).fetch_one(&mut on).await.unwrap();
        }
        let mut on = PgConnection::connect(&self.url).await.unwrap();
        sqlx::query_scalar(text).fetch_one(&mut on).await.unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(time::Duration::seconds(seconds));
    }

    /// The deliveries over a link, oldest first.
    pub(crate) async fn deliveries(&self, over: &str) -> Vec<DeliveryRow> {
        let filter = DeliveryFilter { link: Some(link(over)), limit: 10_000, ..DeliveryFilter::default() };
        let mut rows = self.store.deliveries(&filter).await.unwrap();
        rows.reverse();
        rows
    }

    /// The same as versions and states.
    pub(crate) async fn states(&self, over: &str) -> Vec<(u32, DeliveryState)> {
        self.deliveries(over).await.iter().map(|row| (row.version.0, row.state)).collect()
    }

    /// One delivery with its attempts.
    pub(crate) async fn delivery(&self, id: i64) -> DeliveryRow {
        let filter = DeliveryFilter { id: Some(id), limit: 1, ..DeliveryFilter::default() };
        self.store.deliveries(&filter).await.unwrap().remove(0)
    }

    /// Why a link is paused.
    pub(crate) async fn pause_of(&self, name: &str) -> Option<String> {
        let states = self.store.link_states().await.unwrap();
        states.into_iter().find(|state| state.link == link(name)).and_then(|state| state.paused)
    }
}

async fn open(url: &str) -> Store {
    let options = Options { url: url.to_owned(), master_key: vec![7; 32].into(), connections: 4 };
    Store::open(&options).await.unwrap()
}

fn routes(profiles: &Profiles) -> Routes {
    let lines = ROUTES
        .iter()
        .map(|(tenant, over, criteria)| (tenant.parse().unwrap(), link(over), (*criteria).to_owned()));
    Routes::compile(profiles, lines).unwrap()
}

/// A breaker that never opens and pauses without chance, unless a test wants otherwise.
pub(crate) fn settings() -> Settings {
    Settings {
        breaker: BreakerSettings { failures: u32::MAX, ..BreakerSettings::default() },
        jitter: Jitter::fixed(1.0),
        poll: Duration::from_millis(20),
        ..Settings::default()
    }
}

pub(crate) fn policy() -> Policy {
    Policy::default()
}

pub(crate) fn link(name: &str) -> LinkId {
    name.parse().unwrap()
}

pub(crate) fn client() -> Caller {
    caller("de-linde", Origin::Client("demo-xis".into()))
}

pub(crate) fn caller(tenant: &str, origin: Origin) -> Caller {
    Caller { tenant: tenant.parse().unwrap(), origin, scopes: Scopes::all(), request_id: "request-1".into() }
}

pub(crate) fn key(reference: &str) -> Key {
    Key::from_reference(reference).unwrap()
}

pub(crate) fn resource(text: &str) -> Resource {
    Resource::parse(text.as_bytes()).unwrap()
}

pub(crate) fn appointment(id: &str, status: &str) -> Resource {
    resource(&format!(
        r#"{{"resourceType":"Appointment","id":"{id}","status":"{status}",
            "start":"2026-09-20T09:00:00+02:00","end":"2026-09-20T09:10:00+02:00",
            "participant":[{{"actor":{{"reference":"Patient/p1"}},"status":"accepted"}}]}}"#
    ))
}

pub(crate) fn patient(id: &str, bsn: &str) -> Resource {
    resource(&format!(
        r#"{{"resourceType":"Patient","id":"{id}","identifier":[
            {{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"{bsn}"}}],
            "name":[{{"family":"Zonnebloem","given":["Puck"]}}],"gender":"female","birthDate":"1980-05-01"}}"#
    ))
}

pub(crate) fn update(resource: &Resource) -> Write {
    let key = Key::new(resource.resource_type(), resource.id().unwrap().clone());
    Write {
        target: Target::Key(key),
        change: Change::Document(resource.clone()),
        precondition: Precondition::Any,
        bind: None,
        interaction: Interaction::Update,
        bsn: None,
    }
}

pub(crate) fn deletion(reference: &str) -> Write {
    Write {
        target: Target::Key(key(reference)),
        change: Change::Deleted,
        precondition: Precondition::Any,
        bind: None,
        interaction: Interaction::Delete,
        bsn: None,
    }
}

pub(crate) fn version(number: u32) -> Version {
    Version(number)
}

/// The address of a new, empty database; `None` without a server, which `ZORGTOLK_TEST_REQUIRE=postgres` forbids.
async fn database() -> Option<String> {
    let Ok(server) = std::env::var("ZORGTOLK_TEST_POSTGRES") else {
        let required = std::env::var("ZORGTOLK_TEST_REQUIRE").unwrap_or_default();
        assert!(!required.contains("postgres"), "ZORGTOLK_TEST_POSTGRES is not set");
        return None;
    };
    let name = format!("engine_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let statement = format!("CREATE DATABASE {name}");
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    let base = server.rsplit_once('/').unwrap().0;
    Some(format!("{base}/{name}"))
}
