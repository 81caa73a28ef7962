//! A played Spreekuur.nl, a clock, and what is delivered to it. All people are invented.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use adapter_kit::conformance::Setup;
use adapter_kit::standin::Rule;
use adapter_kit::{Exchange, ExchangeLog, Link};
use adapter_spreekuur::{Client, Config, Validated, link};
use fhir_profiles::Profiles;
use gateway_core::{Delivery, Failure, FixedClock, Key, Receipt, Resource, Version};
use serde_json::{Value, json};
use standin_spreekuur::{Running, Settings, Spreekuur};
use time::OffsetDateTime;

pub(crate) const BSN_SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
pub(crate) const BSN: &str = "999990019";
pub(crate) const NAME: &str = "T. Testpersoon";
pub(crate) const SECRET: &str = "zorgtolk-secret";
pub(crate) const WRONG_SECRET: &str = "not-the-secret";

static PROFILES: LazyLock<Arc<Profiles>> = LazyLock::new(|| Arc::new(Profiles::embedded()));

/// Spreekuur.nl, played, and the time both sides share at the start.
pub(crate) struct Setting {
    pub(crate) played: Running,
    pub(crate) clock: Arc<FixedClock>,
}

impl Setting {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let played = Spreekuur::start(settings).await.unwrap();
        Self { played, clock: Arc::new(FixedClock::at(OffsetDateTime::now_utc())) }
    }

    /// The settings for this stand-in, with `changes` laid over them.
    pub(crate) fn config(&self, changes: &Value) -> Config {
        let mut config = json!({
            "base_url": self.played.base_url(), "token_url": self.played.token_url(), "agb": "01000001",
            "client_id": "zorgtolk", "client_secret": SECRET,
        });
        for (key, value) in changes.as_object().unwrap() {
            config[key] = value.clone();
        }
        serde_json::from_value(config).unwrap()
    }

    pub(crate) fn validated(&self, changes: &Value) -> Validated {
        self.config(changes).validate().unwrap()
    }

    pub(crate) fn link_with(&self, changes: &Value) -> Link {
        link(self.validated(changes), Arc::clone(&self.clock) as Arc<_>, Arc::clone(&PROFILES))
    }

    pub(crate) fn link(&self, setup: &Setup) -> Link {
        self.link_with(&match setup {
            Setup::Right => json!({}),
            Setup::WrongSecret => json!({"client_secret": WRONG_SECRET}),
            Setup::At(origin) => json!({"base_url": format!("{origin}/fhir/r4")}),
        })
    }

    pub(crate) fn client(&self, changes: &Value) -> Client {
        Client::new(self.validated(changes), Arc::clone(&self.clock) as Arc<_>)
    }

    pub(crate) fn script(&self, rule: Rule) {
        self.played.script(vec![rule]).unwrap();
    }

    /// How many requests came in with this method and a path with this in it.
    pub(crate) fn requests(&self, method: &str, path: &str) -> usize {
        let state = self.played.state();
        let log = state["log"].as_array().unwrap();
        let fits =
            |entry: &&Value| entry["method"] == method && entry["path"].as_str().unwrap().contains(path);
        log.iter().filter(fits).count()
    }

    /// What patients were told: kind and resource.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let state = self.played.state();
        let messages = state["patient_messages"].as_array().unwrap();
        messages.iter().map(|message| (text(&message["kind"]), text(&message["resource_id"]))).collect()
    }
}

pub(crate) fn resource(value: &Value) -> Resource {
    Resource::from_text(value.to_string()).unwrap()
}

pub(crate) fn key(value: &Value) -> Key {
    let part = |name: &str| value[name].as_str().unwrap().to_owned();
    Key::from_reference(&format!("{}/{}", part("resourceType"), part("id"))).unwrap()
}

pub(crate) fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p-1", "name": [{"text": NAME}],
           "identifier": [{"system": BSN_SYSTEM, "value": BSN}]})
}

/// The first version of `value`, which refers to `referenced`.
pub(crate) fn delivery(value: &Value, referenced: &[Value]) -> Delivery {
    Delivery {
        id: 1,
        tenant: "de-linde".parse().unwrap(),
        link: "spreekuur".parse().unwrap(),
        key: key(value),
        version: Version::FIRST,
        attempt: 1,
        resource: Some(resource(value)),
        before: None,
        referenced: referenced.iter().map(|value| (key(value), resource(value))).collect::<BTreeMap<_, _>>(),
        note: None,
        sent_before: false,
    }
}

pub(crate) fn appointment(id: &str) -> Value {
    json!({
        "resourceType": "Appointment", "id": id, "status": "booked",
        "serviceCategory": [{"coding": [{"system": "https://xis.example/soort", "code": "CONSULT", "display": "Consult"}]}],
        "start": "2026-09-14T09:10:00+02:00", "end": "2026-09-14T09:20:00+02:00",
        "comment": "Neem uw medicatielijst mee.",
        "participant": [{"actor": {"reference": "Patient/p-1"}, "status": "accepted"}],
    })
}

pub(crate) fn notification(id: &str) -> Value {
    json!({
        "resourceType": "Communication", "id": id, "status": "completed",
        "category": [{"coding": [{"system": "nl.spreekuur.communication-category", "code": "melding"}]}],
        "topic": {"text": "Uw griepprik"}, "subject": {"reference": "Patient/p-1"},
        "recipient": [{"reference": "Patient/p-1"}],
        "payload": [{"contentString": "U bent welkom op 3 oktober."}],
    })
}

/// Delivers and keeps what went over the wire.
pub(crate) async fn deliver(link: &Link, delivery: &Delivery) -> (Result<Receipt, Failure>, Vec<Exchange>) {
    let log = ExchangeLog::default();
    let outcome = link.deliver.as_ref().unwrap().deliver(delivery, &log).await;
    (outcome, log.take())
}

/// What was written down about a delivered change.
pub(crate) fn note(outcome: Result<Receipt, Failure>) -> Option<String> {
    match outcome {
        Ok(Receipt::Delivered { note }) => note,
        other => panic!("not delivered: {other:?}"),
    }
}
