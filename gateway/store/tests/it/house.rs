//! A store of its own for each test, on each engine.
//!
//! `ZORGTOLK_TEST_POSTGRES` names a server on which databases and a plain role may be made; row-level security does not
//! bind a superuser, so the store connects as that plain role. Without it the tests run on SQLite only and say so, unless
//! `ZORGTOLK_TEST_REQUIRE` asks for `postgres`.

use std::sync::Once;

use fhir_profiles::search::Query;
use fhir_profiles::{Profiles, Rules};
use gateway_core::{Caller, Interaction, Key, LinkId, Origin, Resource, Scopes, TenantId, Version};
use gateway_store::{
    CommitError, Content, CounterpartKey, Options, Page, Paging, Precondition, Put, Room, Store, Total, View,
    WriteSet, Written,
};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

/// The role the store connects as.
const ROLE: &str = "zorgtolk_store_test";

/// A store and what tests do with it.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) options: Options,
    pub(crate) profiles: Profiles,
    /// The folder of the SQLite file; absent on PostgreSQL.
    pub(crate) folder: Option<TempDir>,
    database: Option<String>,
}

/// Runs a test on both engines.
#[expect(clippy::needless_pass_by_value, reason = "a test is written in place")]
pub(crate) fn both(test: impl AsyncFn(&House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let house = House::sqlite().await;
        test(&house).await;
        house.end().await;
        if let Some(server) = server() {
            let house = House::postgres(&server).await;
            test(&house).await;
            house.end().await;
        }
    });
}

/// Runs a test on PostgreSQL, when there is a server.
#[expect(clippy::needless_pass_by_value, reason = "a test is written in place")]
pub(crate) fn on_postgres(test: impl AsyncFn(&House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(server) = server() else { return };
        let house = House::postgres(&server).await;
        test(&house).await;
        house.end().await;
    });
}

/// Runs a test on SQLite.
#[expect(clippy::needless_pass_by_value, reason = "a test is written in place")]
pub(crate) fn on_sqlite(test: impl AsyncFn(&House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let house = House::sqlite().await;
        test(&house).await;
        house.end().await;
    });
}

fn server() -> Option<String> {
    static SAID: Once = Once::new();
    let server = std::env::var("ZORGTOLK_TEST_POSTGRES").ok();
    if server.is_none() {
        let required = std::env::var("ZORGTOLK_TEST_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|r| r.trim() == "postgres"), "ZORGTOLK_TEST_POSTGRES is not set");
        SAID.call_once(|| eprintln!("skipped: store tests on PostgreSQL"));
    }
    server
}

impl House {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("new/zorgtolk.db").display());
        Self::open(options(url), Some(folder), None).await
    }

    async fn postgres(server: &str) -> Self {
        let name = format!("zorgtolk_{}", uuid::Uuid::now_v7().simple());
        let mut admin = PgConnection::connect(server).await.unwrap();
        // Several test processes may make the role at once.
        let role = format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}' NOSUPERUSER NOBYPASSRLS");
        admin.execute(AssertSqlSafe(role)).await.ok();
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name} OWNER {ROLE}"))).await.unwrap();
        admin.close().await.unwrap();
        let to: PgConnectOptions = server.parse().unwrap();
        let url = format!("postgres://{ROLE}:{ROLE}@{}:{}/{name}", to.get_host(), to.get_port());
        let mut house = Self::open(options(url), None, Some(name)).await;
        house.folder = None;
        house
    }

    async fn open(options: Options, folder: Option<TempDir>, database: Option<String>) -> Self {
        let store = Store::open(&options).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, options, profiles: Profiles::embedded(), folder, database }
    }

    async fn end(self) {
        self.store.close().await;
        if let (Some(name), Some(server)) = (self.database, server()) {
            let mut admin = PgConnection::connect(&server).await.unwrap();
            admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
            admin.close().await.unwrap();
        }
    }

    /// Another store on the same database, as another process would have.
    pub(crate) async fn again(&self) -> Store {
        Store::open(&self.options).await.unwrap()
    }

    /// What tenant `de-linde` sees.
    pub(crate) fn view(&self) -> View {
        self.store.of(&caller("de-linde"))
    }

    /// What another tenant sees.
    pub(crate) fn other_view(&self) -> View {
        self.store.of(&caller("uro-kliniek"))
    }

    /// A write of a document under its own id.
    pub(crate) fn put(&self, text: &str) -> Put {
        let resource = Resource::parse(text.as_bytes()).unwrap();
        let key = Key::new(resource.resource_type(), resource.id().cloned().unwrap());
        let index = self.profiles.index(&resource);
        let valid = self.profiles.check(resource, Rules::default()).unwrap();
        Put { index, ..put(key, Content::Document(valid)) }
    }

    /// A write of a small patient.
    pub(crate) fn patient(&self, id: &str, family: &str) -> Put {
        self.put(&format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{family}"}}]}}"#))
    }

    /// Commits a write at the beginning of time.
    pub(crate) async fn write(&self, put: Put) -> Result<Written, CommitError> {
        commit(&self.view(), at(0), put).await
    }

    /// Searches with FHIR syntax.
    pub(crate) async fn search(&self, criteria: &str) -> Vec<String> {
        ids(&self.page(criteria, 1000, None).await)
    }

    /// A page of a search.
    pub(crate) async fn page(&self, criteria: &str, count: u32, after: Option<String>) -> Page {
        let query = Query::from_criteria(&self.profiles, criteria).unwrap();
        self.view()
            .search(&query, &Paging { count, after, total: Total::Accurate, ..Paging::default() })
            .await
            .unwrap()
    }
}

/// Looking behind the store's back.
impl House {
    pub(crate) fn is_postgres(&self) -> bool {
        self.folder.is_none()
    }

    /// Runs a statement.
    pub(crate) async fn raw(&self, sql: &str) {
        if self.is_postgres() {
            let mut on = PgConnection::connect(&self.options.url).await.unwrap();
            on.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
            on.close().await.unwrap();
        } else {
            let mut on = SqliteConnection::connect(&self.options.url).await.unwrap();
            on.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
            on.close().await.unwrap();
        }
    }

    /// The texts a statement finds, with the eyes of tenant `de-linde`.
    pub(crate) async fn raw_texts(&self, sql: &str) -> Vec<String> {
        self.raw_texts_of("de-linde", sql).await
    }

    /// The texts a statement finds, with the eyes of a tenant where the database tells them apart.
    pub(crate) async fn raw_texts_of(&self, tenant: &str, sql: &str) -> Vec<String> {
        if self.is_postgres() {
            let mut on = PgConnection::connect(&self.options.url).await.unwrap();
            let set = format!("SET gateway.tenant = '{tenant}'");
            on.execute(AssertSqlSafe(set)).await.unwrap();
            let texts = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut on).await.unwrap();
            on.close().await.unwrap();
            return texts;
        }
        let mut on = SqliteConnection::connect(&self.options.url).await.unwrap();
        let texts = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut on).await.unwrap();
        on.close().await.unwrap();
        texts
    }

    /// How many connections to this database stay in a transaction without working.
    pub(crate) async fn open_transactions(&self) -> usize {
        if !self.is_postgres() {
            // A writing transaction that is open would keep this one out.
            self.raw("PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; COMMIT").await;
            return 0;
        }
        let open = "SELECT pid::text FROM pg_stat_activity
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        // One that was dropped just now is still on its way back to the pool.
        for _ in 0..100 {
            if self.raw_texts(open).await.is_empty() {
                return 0;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        self.raw_texts(open).await.len()
    }
}

/// Commits one write.
pub(crate) async fn commit(view: &View, at: OffsetDateTime, put: Put) -> Result<Written, CommitError> {
    view.commit(WriteSet { at, puts: vec![put], unless: Vec::new() })
        .await
        .map(|mut written| written.remove(0))
}

/// A write without conditions, index and links.
pub(crate) fn put(key: Key, content: Content) -> Put {
    let interaction = match content {
        Content::Document(_) => Interaction::Update,
        Content::Deleted => Interaction::Delete,
    };
    Put {
        key,
        content,
        precondition: Precondition::Any,
        index: Vec::new(),
        links: Vec::new(),
        bind: Vec::new(),
        release: Vec::new(),
        interaction,
    }
}

/// A write that deletes.
pub(crate) fn deletion(reference: &str) -> Put {
    put(key(reference), Content::Deleted)
}

pub(crate) fn key(reference: &str) -> Key {
    Key::from_reference(reference).unwrap()
}

pub(crate) fn link(name: &str) -> LinkId {
    name.parse().unwrap()
}

pub(crate) fn counterpart(value: &str) -> CounterpartKey {
    CounterpartKey { space: "demo-xis/Patient".to_owned(), value: value.to_owned() }
}

/// Room for ten lanes on each link.
pub(crate) fn room(links: &[&str]) -> Room {
    links.iter().map(|name| (link(name), 10)).collect()
}

/// An instant of the tests.
pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap() + Duration::seconds(seconds)
}

pub(crate) fn caller(tenant: &str) -> Caller {
    Caller {
        tenant: tenant.parse::<TenantId>().unwrap(),
        origin: Origin::Client("demo-xis".into()),
        scopes: Scopes::all(),
        request_id: "r-1".into(),
    }
}

pub(crate) fn ids(page: &Page) -> Vec<String> {
    page.entries.iter().map(|stored| stored.key.id.to_string()).collect()
}

pub(crate) fn versions(page: &Page) -> Vec<u32> {
    page.entries.iter().map(|stored| stored.version.0).collect()
}

pub(crate) const V1: Version = Version::FIRST;

fn options(url: String) -> Options {
    Options { url, master_key: vec![7; 32].into(), connections: 8 }
}
