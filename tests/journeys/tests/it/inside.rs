//! The house without its process: a real store, the real links to both counterparts over loopback, and a clock that a test
//! moves. Looks at an agenda are five minutes apart, also across a restart, so only a clock can make time for a second one.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapter_kit::{Asker, Link, Question};
use fhir_profiles::search::Query;
use fhir_profiles::{Profiles, Rules};
use gateway_core::{
    Bsn, Caller, Clock as _, CounterpartKey, FixedClock, Interaction, Key, LinkId, Origin, RandomIds,
    Resource, ResourceType, Scopes, TenantId,
};
use gateway_engine::dispatch::{self, Dispatcher, Jitter};
use gateway_engine::poll::{self, Poller, Source, Tally};
use gateway_engine::{Change, Engine, Live, LiveLinks, Parts, Routes, Target, Write};
use gateway_store::{DeliveryFilter, DeliveryRow, Options, Paging, Precondition, Store, Total};
use mappings::{Package, Shelf};
use serde_json::{Value, json};
use standin_spreekuur::Spreekuur;
use standin_tetra::{Operations, Settings, Tetra};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

/// The link to the patient platform.
pub(crate) const PLATFORM: &str = "spreekuur-de-linde";
/// Their own number of an appointment.
const NUMBERS: &str = "tetra/01000001/Appointment";
/// From one look to the next.
const BETWEEN_LOOKS: Duration = Duration::minutes(5);

/// A gateway with both counterparts of the practice De Linde.
pub(crate) struct Inside {
    pub(crate) practice: standin_tetra::Running,
    pub(crate) platform: standin_spreekuur::Running,
    clock: Arc<FixedClock>,
    engine: Arc<Engine>,
    dispatcher: Dispatcher,
    poller: Poller,
    /// Removed with the house.
    _folder: TempDir,
}

impl Inside {
    /// With a line to the practice per entry: its name and its settings. One that books is told of appointments. The
    /// agendas are empty.
    pub(crate) async fn with(database: Option<&str>, settings: &[(&str, Value)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = database
            .map_or_else(|| format!("sqlite://{}", folder.path().join("house.db").display()), str::to_owned);
        let practice = Tetra::start(played()).await.expect("the practice is played");
        let platform = Spreekuur::start(standin_spreekuur::Settings::default()).await;
        let platform = platform.expect("the platform is played");
        let clock = Arc::new(FixedClock::at(OffsetDateTime::now_utc()));
        let profiles = Arc::new(Profiles::embedded());
        let own = adapter_spreekuur::link(
            spreekuur(&platform).validate().expect("settings that fit").named(&link(PLATFORM)),
            Arc::clone(&clock) as Arc<_>,
            Arc::clone(&profiles),
        );
        let mut links = BTreeMap::from([(link(PLATFORM), own)]);
        for (name, settings) in settings {
            links.insert(link(name), to_the_practice(&practice, name, settings, &clock, &profiles));
        }
        let told = settings.iter().filter(|(_, one)| one["operations"]["book"].is_object());
        let told = told.map(|(name, _)| *name).chain([PLATFORM]);
        let engine = Arc::new(engine(&url, &profiles, told, &clock).await);
        let (dispatcher, poller) = workers(&engine, links);
        Self { practice, platform, clock, engine, dispatcher, poller, _folder: folder }
    }

    /// Every line that is due looks, and what that brought is carried on.
    pub(crate) async fn look(&self) -> Tally {
        let tally = self.poller.drain().await.expect("the store says what is due");
        self.carried_on().await;
        tally
    }

    /// Everything that waits is delivered. Afterwards it is time for the next look.
    async fn carried_on(&self) {
        self.dispatcher.drain().await;
        self.clock.advance(BETWEEN_LOOKS);
        let seconds = BETWEEN_LOOKS.whole_seconds();
        self.practice.advance(seconds);
        self.platform.advance(seconds);
    }

    /// Staff of the practice act in their GP system; the number of what they made.
    pub(crate) fn staff(&self, order: &Value) -> Option<i64> {
        let acts = json!({"practice": Settings::PRACTICE, "do": [order]});
        self.practice.practice(&acts).expect("staff can do that")["made"][0].as_i64()
    }

    /// The practice asks for a patient by BSN and date of birth, over a line: the way a BSN gets to be known here.
    pub(crate) async fn ask_for(&self, over: &str, bsn: &str, born: &str) {
        let parameters = [("identifier", format!("{}|{bsn}", Bsn::SYSTEM)), ("birthdate", born.to_owned())];
        let question = Question {
            resource_type: ResourceType::Patient,
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            asker: Asker::Practice,
        };
        let answered = self.engine.ask(&xis(), &link(over), question).await.expect("an answer");
        assert_eq!(answered.kept.len(), 1, "the practice knows this patient once");
    }

    /// A XIS writes a resource, and it is carried on.
    pub(crate) async fn put(&self, resource: &Value) {
        let resource = Resource::from_text(resource.to_string()).expect("a resource");
        let id = resource.id().expect("an id").clone();
        let write = Write {
            target: Target::Key(Key::new(resource.resource_type(), id)),
            change: Change::Document(resource),
            precondition: Precondition::Any,
            bind: None,
            interaction: Interaction::Update,
            bsn: None,
        };
        self.engine.write(&xis(), write).await.expect("it is taken");
        self.carried_on().await;
    }

    /// The Appointment that is theirs under this number.
    pub(crate) async fn theirs(&self, number: i64) -> Value {
        let key = CounterpartKey { space: NUMBERS.to_owned(), value: number.to_string() };
        let stored = self.engine.by_counterpart_key(&xis(), &key).await.expect("the store answers");
        let text = stored.and_then(|stored| stored.text).expect("it is here");
        serde_json::from_str(&text).expect("JSON")
    }

    /// How many resources are here that a search finds.
    pub(crate) async fn count(&self, search: &str) -> u64 {
        let query = Query::from_criteria(&self.engine.parts().profiles, search).expect("a search");
        let paging = Paging { count: 1, after: None, total: Total::Accurate, ..Paging::default() };
        self.engine.search(&xis(), &query, &paging).await.expect("an answer").total.expect("they are counted")
    }

    /// What patients were told: kind and resource, oldest first.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let state = self.platform.state();
        let messages = state["patient_messages"].as_array().expect("a list of messages");
        messages.iter().map(|message| (text(&message["kind"]), text(&message["resource_id"]))).collect()
    }

    /// What stands in the agendas of the practice.
    pub(crate) fn practice_appointments(&self) -> Vec<Value> {
        let state = self.practice.state();
        let practices = state["practices"].as_array().expect("a list of practices");
        let own = practices.iter().find(|one| one["agb"] == Settings::AGB).expect("De Linde");
        own["appointments"].as_array().expect("a list of appointments").clone()
    }

    /// The calls to the practice that write.
    pub(crate) fn writes_at_the_practice(&self) -> Vec<String> {
        writes(&self.practice.state())
    }

    /// Everything that was or is to be carried over a link, oldest first.
    pub(crate) async fn deliveries(&self, over: &str) -> Vec<DeliveryRow> {
        let filter = DeliveryFilter { link: Some(link(over)), limit: 1000, ..DeliveryFilter::default() };
        let mut rows = self.engine.parts().store.deliveries(&filter).await.expect("the store answers");
        rows.reverse();
        rows
    }

    /// A local time at the practice, some days from now.
    pub(crate) fn at(&self, days: i64, time: &str) -> String {
        format!("{}T{time}:00", (self.clock.now() + Duration::days(days)).date())
    }
}

/// The operations of a played practice that were called and write.
pub(crate) fn writes(state: &Value) -> Vec<String> {
    const WRITING: [&str; 5] = ["Maak", "Verplaats", "Wis", "Meld", "Nieuwe"];
    let log = state["log"].as_array().expect("a log");
    let operations = log.iter().filter_map(|entry| entry["operation"].as_str());
    operations.filter(|name| WRITING.iter().any(|word| name.contains(word))).map(str::to_owned).collect()
}

/// The demo's practice with nothing in its agendas, where everything can be called under a name of the stand-in's.
pub(crate) fn played() -> Settings {
    Settings { demo_day: false, operations: Operations::invented(), ..Settings::default() }
}

/// A line in JSON that reads only.
pub(crate) fn reading() -> Value {
    json!({"format": "json"})
}

/// A line in JSON that books, moves and cancels.
pub(crate) fn writing() -> Value {
    json!({"format": "json", "operations": {
        "book": {"method": "MaakAfspraak", "container": "Id", "fields": {
            "agenda": "agendaId", "block_type": "blokTypeId", "start": "start", "end": "eind",
            "patient": "patientId", "remark": "opmerkingen"}},
        "move": {"method": "VerplaatsAfspraak", "fields": {
            "appointment": "afspraakId", "agenda": "agendaId", "block_type": "blokTypeId", "start": "start",
            "end": "eind"}},
        "cancel_by_token": {"method": "WisAfspraakByToken", "fields": {"token": "wisAfspraakToken"}},
    }})
}

/// A line in XML that reads only.
pub(crate) fn reading_xml() -> Value {
    json!({"format": "xml", "operations": {
        "block_types": {"container": "BlokTypes"},
        "agendas": {"container": "Agendas"},
        "appointments": {"method": "Tetra_Agenda_GetAfsprakenDeurToegang_Verzoek", "container": "Afspraken",
            "fields": {"agendas": "AgendaIds", "start": "Start", "end": "Eind"}},
    }})
}

fn to_the_practice(
    practice: &standin_tetra::Running,
    name: &str,
    settings: &Value,
    clock: &Arc<FixedClock>,
    profiles: &Arc<Profiles>,
) -> Link {
    let mut config = json!({
        "json_url": practice.json_url(), "xml_url": practice.xml_url(), "target": Settings::AGB,
        "application_name": Settings::APPLICATION, "application_key": Settings::KEY,
        "server_token": Settings::SERVER_TOKEN,
    });
    for (key, value) in settings.as_object().expect("settings") {
        config[key] = value.clone();
    }
    let config: adapter_tetra::Config = serde_json::from_value(config).expect("settings of a line");
    let validated = config.validate().expect("settings that fit").named(&link(name));
    let package = Package::embedded(profiles).expect("the tables that come along");
    adapter_tetra::link(validated, Arc::clone(clock) as Arc<_>, Arc::new(Shelf::new(package)))
}

fn spreekuur(platform: &standin_spreekuur::Running) -> adapter_spreekuur::Config {
    serde_json::from_value(json!({
        "base_url": platform.base_url(), "token_url": platform.token_url(), "agb": Settings::AGB,
        "client_id": "zorgtolk", "client_secret": "zorgtolk-secret",
    }))
    .expect("settings of a line")
}

/// Who carries on and who looks, over these links.
fn workers(engine: &Arc<Engine>, mut links: BTreeMap<LinkId, Link>) -> (Dispatcher, Poller) {
    let (mut sources, mut live) = (BTreeMap::new(), LiveLinks::new());
    for (name, ready) in &mut links {
        sources.extend(Source::of(&tenant(), ready).map(|source| (name.clone(), source)));
        live.extend(Live::of(&tenant(), ready).map(|one| (name.clone(), one)));
    }
    engine.reach(live);
    let looking = poll::Settings { jitter: Jitter::fixed(1.0), ..poll::Settings::default() };
    let carrying = dispatch::Settings { jitter: Jitter::fixed(1.0), ..dispatch::Settings::default() };
    let dispatcher = Dispatcher::new(Arc::clone(engine), links, carrying);
    (dispatcher, Poller::new(Arc::clone(engine), sources, looking))
}

async fn engine(
    url: &str,
    profiles: &Arc<Profiles>,
    told: impl Iterator<Item = &str>,
    clock: &Arc<FixedClock>,
) -> Engine {
    let options = Options { url: url.to_owned(), master_key: vec![7; 32].into(), connections: 4 };
    let store = Store::open(&options).await.expect("the store opens");
    store.migrate().await.expect("the schema is made");
    let routes = told.map(|name| (tenant(), link(name), "Appointment".to_owned()));
    let routes = Routes::compile(profiles, routes).expect("criteria that read");
    Engine::new(Parts {
        store,
        routes,
        profiles: Arc::clone(profiles),
        clock: Arc::clone(clock) as Arc<_>,
        ids: Arc::new(RandomIds),
        rules: Rules::default(),
    })
}

fn link(name: &str) -> LinkId {
    name.parse().expect("a name of a link")
}

fn tenant() -> TenantId {
    "de-linde".parse().expect("a slug")
}

fn xis() -> Caller {
    Caller {
        tenant: tenant(),
        origin: Origin::Client("xis".into()),
        scopes: Scopes::all(),
        request_id: "journey".into(),
    }
}
