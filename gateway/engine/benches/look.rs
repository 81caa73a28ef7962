//! What a look costs that brings 10,000 appointments: all new, and all as they were. Each must be taken in within 5 s on two
//! cores. On SQLite, and on PostgreSQL when `ZORGTOLK_TEST_POSTGRES` names a server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapter_kit::{ExchangeLog, Item, Policy, Poll, Polled};
use async_trait::async_trait;
use divan::Bencher;
use fhir_profiles::{Profiles, Rules};
use gateway_core::{
    CounterpartKey, Draft, Failure, FixedClock, Id, Issue, Key, RandomIds, Resource, ResourceType,
};
use gateway_engine::poll::{Poller, Settings, Source, Tally};
use gateway_engine::{Engine, Parts, Routes};
use gateway_store::{Options, Store};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::runtime::Runtime;

const RECORDS: u64 = 10_000;

fn main() {
    divan::main();
}

/// The stores that are there.
fn stores() -> Vec<&'static str> {
    let server = std::env::var_os("ZORGTOLK_TEST_POSTGRES").is_some();
    if server { vec!["sqlite", "postgres"] } else { vec!["sqlite"] }
}

#[divan::bench(args = stores(), sample_count = 3, sample_size = 1)]
fn all_new(bencher: Bencher<'_, '_>, store: &str) {
    let runtime = Runtime::new().expect("a runtime");
    bencher.with_inputs(|| runtime.block_on(House::new(store))).bench_local_refs(|house| {
        let tally = runtime.block_on(house.look());
        assert_eq!(tally.created, RECORDS);
    });
}

#[divan::bench(args = stores(), sample_count = 3, sample_size = 1)]
fn all_as_they_were(bencher: Bencher<'_, '_>, store: &str) {
    let runtime = Runtime::new().expect("a runtime");
    let house = runtime.block_on(House::new(store));
    runtime.block_on(house.look());
    bencher.bench_local(|| {
        let tally = runtime.block_on(house.look());
        assert_eq!(tally.unchanged, RECORDS);
    });
}

struct House {
    poller: Poller,
    clock: Arc<FixedClock>,
    /// Removed with the house.
    _folder: TempDir,
}

impl House {
    async fn new(store: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match store {
            "postgres" => database().await,
            _ => format!("sqlite://{}", folder.path().join("house.db").display()),
        };
        let options = Options { url, master_key: vec![7; 32].into(), connections: 8 };
        let store = Store::open(&options).await.expect("the database opens");
        store.migrate().await.expect("the schema is made");
        let profiles = Arc::new(Profiles::embedded());
        let clock = Arc::new(FixedClock::at(OffsetDateTime::UNIX_EPOCH));
        let tenant = "de-linde";
        let other: gateway_core::LinkId = "spreekuur".parse().expect("a link");
        let route = (tenant.parse().expect("a tenant"), other, "Appointment".to_owned());
        let engine = Engine::new(Parts {
            store,
            routes: Routes::compile(&profiles, [route]).expect("the route is one"),
            profiles,
            clock: Arc::<FixedClock>::clone(&clock),
            ids: Arc::new(RandomIds),
            rules: Rules::default(),
        });
        let source = Source {
            tenant: tenant.parse().expect("a tenant"),
            poll: Box::new(Practice),
            policy: Policy::default(),
        };
        let sources = BTreeMap::from([("tetra".parse().expect("a link"), source)]);
        let poller = Poller::new(Arc::new(engine), sources, Settings::default());
        Self { poller, clock, _folder: folder }
    }

    async fn look(&self) -> Tally {
        self.clock.advance(time::Duration::HOUR);
        self.poller.drain().await.expect("the store answers")
    }
}

async fn database() -> String {
    let server = std::env::var("ZORGTOLK_TEST_POSTGRES").expect("a server");
    let name = format!("bench_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.expect("the server answers");
    let make = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(make).execute(&mut connection).await.expect("a database can be made");
    let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
    format!("{base}/{name}")
}

/// A practice with so many appointments, which never change.
struct Practice;

#[async_trait]
impl Poll for Practice {
    fn every(&self) -> Duration {
        Duration::from_mins(5)
    }

    async fn poll(&self, _cursor: Option<&str>, _log: &ExchangeLog) -> Result<Polled, Failure> {
        Ok(Polled { items: (0..RECORDS).map(item).collect(), ..Polled::default() })
    }
}

fn item(number: u64) -> Item {
    Item {
        key: CounterpartKey { space: "tetra/Afspraak".to_owned(), value: (880_000 + number).to_string() },
        resource_type: ResourceType::Appointment,
        bsn: None,
        fresh: Id::from(uuid::Uuid::now_v7()),
        place: format!("Afspraken[{number}]"),
        refers: vec![CounterpartKey { space: "tetra/Patient".to_owned(), value: (number % 100).to_string() }],
        lay: Box::new(lay),
    }
}

fn lay(current: Option<&Resource>, _refers: &[Option<Key>]) -> Result<Option<Resource>, Vec<Issue>> {
    let draft = current.map_or_else(|| Draft::new(ResourceType::Appointment), Resource::draft);
    let draft = draft
        .set_text("status", "booked")
        .set("identifier", r#"[{"system":"https://example.test/tetra","value":"880000"}]"#)
        .set_text("start", "2026-09-20T09:00:00+02:00")
        .set_text("end", "2026-09-20T09:10:00+02:00")
        .set_text("description", "Consult kort")
        .set("participant", r#"[{"actor":{"reference":"Patient/p1"},"status":"accepted"}]"#);
    draft.build().map(Some).map_err(|issue| vec![issue])
}
