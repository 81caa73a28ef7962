//! A counterpart that answers as a script says, and remembers what arrived.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapter_kit::{Check, Deliver, Exchange, ExchangeLog, Link, Policy};
use async_trait::async_trait;
use gateway_core::{CounterpartKey, Delivery, Failure, Issue, IssueCode, Key, Receipt, ResourceType};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, watch};

use crate::house::{link, policy};

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Accept,
    Note(&'static str),
    /// Accepts and gives it a key.
    Name(&'static str),
    Withhold,
    Refuse,
    Later(Option<u64>),
    Unsure,
    Broken,
    Panic,
    /// Never.
    Silence,
    /// Accepts once [`Counterpart::let_go`] says so.
    Hold,
}

/// What arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) reference: String,
    pub(crate) key: Key,
    pub(crate) version: u32,
    pub(crate) attempt: u32,
    /// `status` of the content, or of the content before the deletion.
    pub(crate) status: Option<String>,
    pub(crate) deleted: bool,
    pub(crate) referenced: Vec<String>,
    pub(crate) note: Option<String>,
    pub(crate) sent_before: bool,
}

/// Whether a newer version replaces older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matter {
    States,
    Events,
}

pub(crate) struct Counterpart {
    matter: Matter,
    script: Mutex<VecDeque<Answer>>,
    arrivals: Mutex<Vec<Arrival>>,
    count: watch::Sender<usize>,
    held: Semaphore,
    /// What the next checks say; then they pass.
    checks: Mutex<VecDeque<Failure>>,
    checked: Mutex<u32>,
    in_flight: Mutex<BTreeMap<Key, u32>>,
    policy: Policy,
}

impl Counterpart {
    pub(crate) fn new(matter: Matter, script: &[Answer]) -> Arc<Self> {
        Self::with(matter, script, policy())
    }

    pub(crate) fn with(matter: Matter, script: &[Answer], policy: Policy) -> Arc<Self> {
        Arc::new(Self {
            matter,
            script: Mutex::new(script.iter().cloned().collect()),
            arrivals: Mutex::default(),
            count: watch::Sender::new(0),
            held: Semaphore::new(0),
            checks: Mutex::default(),
            checked: Mutex::default(),
            in_flight: Mutex::default(),
            policy,
        })
    }

    pub(crate) fn link(self: &Arc<Self>) -> Link {
        Link {
            check: Box::new(Line(Arc::clone(self))),
            deliver: Some(Box::new(Line(Arc::clone(self)))),
            poll: None,
            ask: None,
            sign_in: None,
            policy: self.policy.clone(),
        }
    }

    pub(crate) fn fail_checks(&self, failures: &[Failure]) {
        self.checks.lock().unwrap().extend(failures.iter().cloned());
    }

    pub(crate) fn checked(&self) -> u32 {
        *self.checked.lock().unwrap()
    }

    pub(crate) fn let_go(&self, deliveries: usize) {
        self.held.add_permits(deliveries);
    }

    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap().clone()
    }

    /// The versions that arrived, in order.
    pub(crate) fn versions(&self) -> Vec<u32> {
        self.arrivals().iter().map(|arrival| arrival.version).collect()
    }

    /// Waits until so many arrived.
    pub(crate) async fn arrived(&self, count: usize) {
        let mut seen = self.count.subscribe();
        let wait = tokio::time::timeout(Duration::from_mins(1), seen.wait_for(|now| *now >= count));
        wait.await.expect("they arrive within a minute").expect("the counterpart lives");
    }

    fn arrive(&self, delivery: &Delivery) {
        let content = delivery.resource.as_ref().or(delivery.before.as_ref());
        let arrival = Arrival {
            reference: delivery.reference(),
            key: delivery.key.clone(),
            version: delivery.version.0,
            attempt: delivery.attempt,
            status: content.and_then(|c| c.root().text("status")).map(str::to_owned),
            deleted: delivery.resource.is_none(),
            referenced: delivery.referenced.keys().map(ToString::to_string).collect(),
            note: delivery.note.clone(),
            sent_before: delivery.sent_before,
        };
        let flying = {
            let mut in_flight = self.in_flight.lock().unwrap();
            let flying = in_flight.entry(delivery.key.clone()).or_default();
            *flying += 1;
            *flying
        };
        assert_eq!(flying, 1, "one in flight per resource");
        self.arrivals.lock().unwrap().push(arrival);
        self.count.send_modify(|count| *count += 1);
    }

    async fn answer(&self, delivery: &Delivery, log: &ExchangeLog) -> Result<Receipt, Failure> {
        let answer = self.script.lock().unwrap().pop_front().unwrap_or(Answer::Accept);
        let mut status = Some(200);
        let answer = match answer {
            Answer::Accept => Ok(Receipt::Delivered { note: None }),
            Answer::Note(note) => Ok(Receipt::Delivered { note: Some(note.to_owned()) }),
            Answer::Name(name) => {
                let key = CounterpartKey { space: "first/Appointment".to_owned(), value: name.to_owned() };
                Ok(Receipt::Named { note: Some(name.to_owned()), names: vec![(delivery.key.clone(), key)] })
            }
            Answer::Withhold => return Ok(Receipt::Withheld("they have it already")),
            Answer::Refuse => {
                status = Some(400);
                let issue = Issue::error(IssueCode::Value, "not a day").at("Appointment.start");
                Err(Failure::Never(vec![issue]))
            }
            Answer::Later(after) => {
                status = Some(503);
                Err(Failure::Later { after: after.map(Duration::from_secs) })
            }
            Answer::Unsure => {
                status = None;
                Err(Failure::Unsure)
            }
            Answer::Broken => return Err(Failure::Broken("the certificate is not trusted".to_owned())),
            Answer::Panic => panic!("a bug in the adapter"),
            Answer::Silence => std::future::pending().await,
            Answer::Hold => {
                self.held.acquire().await.unwrap().forget();
                Ok(Receipt::Delivered { note: None })
            }
        };
        log.add(exchange(status));
        answer
    }
}

fn exchange(status: Option<u16>) -> Exchange {
    Exchange {
        at: OffsetDateTime::UNIX_EPOCH,
        took: Duration::from_millis(3),
        method: "PUT".to_owned(),
        address: "https://counterpart.test/".to_owned(),
        status,
        request: b"secret words".to_vec(),
        response: Vec::new(),
    }
}

struct Line(Arc<Counterpart>);

/// Leaves the lane when an attempt ends, however it does.
struct Flight<'a>(&'a Counterpart, Key);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.lock().unwrap().remove(&self.1);
    }
}

#[async_trait]
impl Deliver for Line {
    fn states(&self, _resource_type: ResourceType) -> bool {
        self.0.matter == Matter::States
    }

    async fn deliver(&self, delivery: &Delivery, log: &ExchangeLog) -> Result<Receipt, Failure> {
        assert_ne!(delivery.link, link("nobody"), "a delivery knows its link");
        self.0.arrive(delivery);
        let _flight = Flight(&self.0, delivery.key.clone());
        self.0.answer(delivery, log).await
    }
}

#[async_trait]
impl Check for Line {
    async fn check(&self) -> Result<(), Failure> {
        *self.0.checked.lock().unwrap() += 1;
        self.0.checks.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }
}
