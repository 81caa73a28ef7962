//! A played Switchboard with the demo's practice behind it, a clock, and lines to it. All people are invented.

use std::sync::Arc;

use adapter_kit::standin::Rule;
use adapter_kit::{Exchange, ExchangeLog, Link};
use adapter_tetra::{Config, link};
use fhir_profiles::Profiles;
use gateway_core::{Failure, FixedClock, Issue};
use mappings::{Package, Shelf};
use serde_json::{Value, json};
use standin_tetra::{Operations, Running, Settings, Tetra};
use time::OffsetDateTime;

pub(crate) const KEY: &str = Settings::KEY;
pub(crate) const TOKEN: &str = Settings::SERVER_TOKEN;
pub(crate) const WRONG_SECRET: &str = "not-the-secret";

/// The practice, played, and the time both sides share at the start.
pub(crate) struct Setting {
    pub(crate) played: Running,
    pub(crate) clock: Arc<FixedClock>,
}

impl Setting {
    /// Everything is offered, under names of the stand-in's own invention.
    pub(crate) async fn start() -> Self {
        Self::with(Settings { operations: Operations::invented(), ..Settings::default() }).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let played = Tetra::start(settings).await.unwrap();
        Self { played, clock: Arc::new(FixedClock::at(OffsetDateTime::now_utc())) }
    }

    /// A line in JSON, with `changes` laid over its settings.
    pub(crate) fn json(&self, changes: &Value) -> Link {
        self.link(json!({"format": "json"}), changes)
    }

    /// A line in XML, with `changes` laid over its settings.
    pub(crate) fn xml(&self, changes: &Value) -> Link {
        self.link(json!({"format": "xml"}), changes)
    }

    fn link(&self, mut config: Value, changes: &Value) -> Link {
        let all = json!({
            "json_url": self.played.json_url(), "xml_url": self.played.xml_url(), "target": Settings::AGB,
            "application_name": Settings::APPLICATION, "application_key": KEY, "server_token": TOKEN,
        });
        for (key, value) in all.as_object().unwrap().iter().chain(changes.as_object().unwrap()) {
            config[key] = value.clone();
        }
        let config: Config = serde_json::from_value(config).unwrap();
        let package = Package::embedded(&Profiles::embedded()).unwrap();
        link(config.validate().unwrap(), Arc::clone(&self.clock) as Arc<_>, Arc::new(Shelf::new(package)))
    }

    pub(crate) fn script(&self, rules: Vec<Rule>) {
        self.played.script(rules).unwrap();
    }

    /// How many calls of this operation came in.
    pub(crate) fn calls(&self, operation: &str) -> usize {
        let state = self.played.state();
        state["log"].as_array().unwrap().iter().filter(|entry| entry["operation"] == operation).count()
    }
}

/// The first issue of a final refusal.
pub(crate) fn issue<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> Issue {
    match outcome {
        Err(Failure::Never(mut issues)) => issues.remove(0),
        other => panic!("not refused: {other:?}"),
    }
}

/// All of what went over the wire, as it was recorded.
pub(crate) fn recorded(log: &ExchangeLog) -> String {
    let text = |exchange: &Exchange| {
        let parts =
            [&exchange.request, &exchange.response].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        format!("{} {}", exchange.address, parts.join(" "))
    };
    log.take().iter().map(text).collect::<Vec<_>>().join("\n")
}

/// What Tetra would have to tell an operator before anything can be written; the names are the stand-in's.
pub(crate) fn writing() -> Value {
    json!({"operations": {
        "book": {"method": "MaakAfspraak", "container": "Id", "fields": {
            "agenda": "agendaId", "block_type": "blokTypeId", "start": "start", "end": "eind",
            "patient": "patientId", "remark": "opmerkingen"}},
        "move": {"method": "VerplaatsAfspraak", "fields": {
            "appointment": "afspraakId", "agenda": "agendaId", "block_type": "blokTypeId", "start": "start", "end": "eind"}},
        "cancel_by_token": {"method": "WisAfspraakByToken", "fields": {"token": "wisAfspraakToken"}},
        "arrive": {"method": "MeldAanwezig", "fields": {"appointment": "afspraakId"}},
    }})
}

/// The same in XML.
pub(crate) fn writing_xml() -> Value {
    json!({"operations": {
        "appointments": {"method": "Tetra_Agenda_GetAfsprakenDeurToegang_Verzoek", "fields": {
            "start": "Start", "end": "Eind", "agendas": "AgendaIds"}},
        "find_patient": {"method": "Tetra_Agenda_ZoekAfspraakPatient_Verzoek", "fields": {"identifier": "Identifier"}},
        "book": {"method": "Tetra_Agenda_MaakAfspraak_Verzoek", "container": "AfspraakId", "fields": {
            "agenda": "AgendaId", "block_type": "BlokTypeId", "start": "Start", "end": "Eind",
            "patient": "PatientId", "remark": "Opmerkingen"}},
        "move": {"method": "Tetra_Agenda_VerplaatsAfspraak_Verzoek", "fields": {
            "appointment": "AfspraakId", "agenda": "AgendaId", "block_type": "BlokTypeId", "start": "Start", "end": "Eind"}},
        "cancel_by_token": {"method": "Tetra_Agenda_WisAfspraakByToken_Verzoek", "fields": {"token": "WisAfspraakToken"}},
        "arrive": {"method": "Tetra_Agenda_MeldAanwezig_Verzoek", "fields": {"appointment": "AfspraakId"}},
    }})
}
