//! Starting and stopping the played Spreekuur.nl.

use std::net::SocketAddr;
use std::sync::Arc;

use adapter_kit::standin::{self, BadRule, Bound, Rule, Sim, StartError};
use serde_json::Value;

use crate::played::{BASE, Played, REALM, TOKEN};
use crate::settings::Settings;

/// Spreekuur.nl, played.
#[derive(Debug)]
pub struct Spreekuur;

impl Spreekuur {
    /// Starts it; protocol and control side share one port.
    pub async fn start(settings: Settings) -> Result<Running, StartError> {
        let bound = Bound::on(settings.listen).await?;
        let sim = Arc::new(Sim::default());
        let played = Arc::new(Played::new(settings, bound.addr(), sim.clone())?);
        Ok(Running { running: bound.play(sim, played) })
    }
}

/// A Spreekuur.nl that is playing. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    running: standin::Running,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    /// The FHIR base, `http://127.0.0.1:PORT/fhir/r4`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE}", self.addr())
    }

    /// The token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("http://{}{TOKEN}", self.addr())
    }

    /// The issuer, for discovery.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://{}{REALM}", self.addr())
    }

    /// What `/_sim/...` is put after.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// What `GET /_sim/state` answers.
    #[must_use]
    pub fn state(&self) -> Value {
        self.running.state()
    }

    /// What `POST /_sim/faults` does.
    pub fn script(&self, rules: Vec<Rule>) -> Result<(), BadRule> {
        self.running.script(rules)
    }

    /// What `POST /_sim/clock` does.
    pub fn advance(&self, seconds: i64) {
        self.running.advance(seconds);
    }

    /// What `POST /_sim/reset` does.
    pub fn reset(&self) {
        self.running.reset();
    }

    /// Stops; the address is free afterwards.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}
