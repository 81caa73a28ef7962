//! A counterpart that is looked at: it answers with records as a script says, and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapter_kit::{Aside, Exchange, ExchangeLog, Item, Poll, Polled};
use async_trait::async_trait;
use gateway_core::{
    Bsn, CounterpartKey, Draft, Failure, Id, Issue, IssueCode, Key, LinkId, Resource, ResourceType,
};
use gateway_engine::poll::{Poller, Settings, Source};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, watch};

use crate::house::{House, link, policy};

/// One of their records.
#[derive(Debug, Clone)]
pub(crate) enum Record {
    /// An appointment with this key and status, of this patient.
    Visit { key: String, status: &'static str, patient: Option<&'static str> },
    /// A person with this key and family name, who is known to have this BSN.
    Person { key: &'static str, family: &'static str, bsn: Option<&'static str> },
    /// An appointment the adapter cannot lay.
    Odd(&'static str),
    /// An appointment on which the adapter panics.
    Panics(&'static str),
    /// An appointment of which nothing is to be made.
    Skipped(&'static str),
}

/// What is answered to a look.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    Records(Vec<Record>),
    /// The same, with this many that cannot be read.
    Spoilt(Vec<Record>, usize),
    Fails(Failure),
    Panics,
    Silence,
    /// Answers once [`Ledger::let_go`] says so.
    Hold(Vec<Record>),
}

pub(crate) struct Ledger {
    script: Mutex<VecDeque<Told>>,
    cursors: Mutex<Vec<Option<String>>>,
    looks: watch::Sender<usize>,
    held: Semaphore,
    every: Duration,
}

impl Ledger {
    pub(crate) fn new(script: &[Told]) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.iter().cloned().collect()),
            cursors: Mutex::default(),
            looks: watch::Sender::new(0),
            held: Semaphore::new(0),
            every: Duration::from_mins(5),
        })
    }

    pub(crate) fn let_go(&self) {
        self.held.add_permits(1);
    }

    /// The cursors it was looked at with, in order.
    pub(crate) fn cursors(&self) -> Vec<Option<String>> {
        self.cursors.lock().unwrap().clone()
    }

    /// Waits until it was looked at so often.
    pub(crate) async fn looked_at(&self, count: usize) {
        let mut seen = self.looks.subscribe();
        let wait = tokio::time::timeout(Duration::from_mins(1), seen.wait_for(|now| *now >= count));
        wait.await.expect("it is looked at within a minute").expect("the ledger lives");
    }

    pub(crate) fn source(self: &Arc<Self>) -> Source {
        let poll = Box::new(Pages(Arc::clone(self)));
        Source { tenant: "de-linde".parse().unwrap(), poll, policy: policy() }
    }
}

impl House {
    /// A poller for these ledgers.
    pub(crate) fn poller(&self, ledgers: &[(&str, &Arc<Ledger>)]) -> Poller {
        self.poller_with(ledgers, looking())
    }

    pub(crate) fn poller_with(&self, ledgers: &[(&str, &Arc<Ledger>)], settings: Settings) -> Poller {
        let sources = ledgers.iter().map(|(name, ledger)| (link(name), ledger.source()));
        let sources: BTreeMap<LinkId, Source> = sources.collect();
        Poller::new(Arc::clone(&self.engine), sources, settings)
    }
}

/// Pauses without chance.
pub(crate) fn looking() -> Settings {
    Settings {
        jitter: gateway_engine::dispatch::Jitter::fixed(1.0),
        watch: Duration::from_millis(20),
        ..Settings::default()
    }
}

struct Pages(Arc<Ledger>);

#[async_trait]
impl Poll for Pages {
    fn every(&self) -> Duration {
        self.0.every
    }

    async fn poll(&self, cursor: Option<&str>, log: &ExchangeLog) -> Result<Polled, Failure> {
        let number = {
            let mut cursors = self.0.cursors.lock().unwrap();
            cursors.push(cursor.map(str::to_owned));
            cursors.len()
        };
        self.0.looks.send_modify(|looks| *looks += 1);
        let told = self.0.script.lock().unwrap().pop_front().unwrap_or_else(|| Told::Records(Vec::new()));
        log.add(exchange());
        let (records, spoilt) = match told {
            Told::Records(records) => (records, 0),
            Told::Spoilt(records, count) => (records, count),
            Told::Fails(failure) => return Err(failure),
            Told::Panics => panic!("a bug in the adapter"),
            Told::Silence => std::future::pending().await,
            Told::Hold(records) => {
                self.0.held.acquire().await.unwrap().forget();
                (records, 0)
            }
        };
        let aside = (0..spoilt).map(unreadable).collect();
        Ok(Polled { items: items(&records), aside, cursor: format!("look {number}") })
    }
}

fn exchange() -> Exchange {
    Exchange {
        at: OffsetDateTime::UNIX_EPOCH,
        took: Duration::from_millis(3),
        method: "POST".to_owned(),
        address: "https://ledger.test/".to_owned(),
        status: Some(200),
        request: b"which?".to_vec(),
        response: b"secret words".to_vec(),
    }
}

fn unreadable(number: usize) -> Aside {
    let issue = Issue::error(IssueCode::Structure, "no number");
    Aside { place: format!("Afspraken[{}]", 900 + number), key: None, issues: vec![issue] }
}

pub(crate) fn items(records: &[Record]) -> Vec<Item> {
    records.iter().enumerate().map(|(place, record)| item(place, record.clone())).collect()
}

pub(crate) fn visit(key: &str, status: &'static str) -> Record {
    Record::Visit { key: key.to_owned(), status, patient: None }
}

/// So many visits.
pub(crate) fn visits(keys: std::ops::Range<u32>, status: &'static str) -> Vec<Record> {
    keys.map(|key| visit(&key.to_string(), status)).collect()
}

pub(crate) fn theirs(kind: &str, value: &str) -> CounterpartKey {
    CounterpartKey { space: format!("ledger/{kind}"), value: value.to_owned() }
}

fn item(place: usize, record: Record) -> Item {
    let (resource_type, key, bsn) = match &record {
        Record::Visit { key, .. } => (ResourceType::Appointment, key.as_str(), None),
        Record::Person { key, bsn, .. } => (ResourceType::Patient, *key, *bsn),
        Record::Odd(key) | Record::Panics(key) | Record::Skipped(key) => {
            (ResourceType::Appointment, *key, None)
        }
    };
    let refers = match &record {
        Record::Visit { patient: Some(patient), .. } => vec![theirs("Patient", patient)],
        _ => Vec::new(),
    };
    Item {
        key: theirs(resource_type.as_str(), key),
        resource_type,
        bsn: bsn.map(|digits| digits.parse::<Bsn>().unwrap()),
        fresh: Id::from(uuid::Uuid::now_v7()),
        place: format!("Afspraken[{place}]"),
        refers,
        lay: Box::new(move |current, refers| lay(&record, current, refers)),
    }
}

fn lay(
    record: &Record,
    current: Option<&Resource>,
    refers: &[Option<Key>],
) -> Result<Option<Resource>, Vec<Issue>> {
    let draft = |resource_type| current.map_or_else(|| Draft::new(resource_type), Resource::draft);
    let next = match record {
        Record::Visit { status, .. } => {
            let who = refers.first().map_or_else(
                || r#"{"display":"somebody"}"#.to_owned(),
                |key| {
                    key.as_ref().map_or(r#"{"display":"unknown"}"#.to_owned(), |key| {
                        format!(r#"{{"reference":"{key}"}}"#)
                    })
                },
            );
            draft(ResourceType::Appointment)
                .set_text("status", status)
                .set_text("start", "2026-09-20T09:00:00+02:00")
                .set_text("end", "2026-09-20T09:10:00+02:00")
                .set("participant", format!(r#"[{{"actor":{who},"status":"accepted"}}]"#))
        }
        Record::Person { family, bsn, .. } => {
            let mut draft = draft(ResourceType::Patient).set("name", format!(r#"[{{"family":"{family}"}}]"#));
            if let Some(bsn) = bsn {
                let system = Bsn::SYSTEM;
                draft = draft.set("identifier", format!(r#"[{{"system":"{system}","value":"{bsn}"}}]"#));
            }
            draft
        }
        Record::Odd(_) => {
            let issue = Issue::error(IssueCode::CodeInvalid, "no such status").at("Appointment.status");
            return Err(vec![issue]);
        }
        Record::Panics(_) => panic!("a bug in the adapter"),
        Record::Skipped(_) => return Ok(None),
    };
    next.build().map(Some).map_err(|issue| vec![issue])
}
