//! Starting and stopping the played Switchboard.

use std::net::SocketAddr;
use std::sync::Arc;

use adapter_kit::standin::{self, BadRule, Bound, Rule, Sim, StartError};
use serde_json::Value;

use crate::played::{JSON, Played, XML};
use crate::settings::Settings;

/// The Tetra Switchboard, played.
#[derive(Debug)]
pub struct Tetra;

impl Tetra {
    /// Starts it; both formats and the control side share one port.
    pub async fn start(settings: Settings) -> Result<Running, StartError> {
        let bound = Bound::on(settings.listen).await?;
        let sim = Arc::new(Sim::default());
        let played = Arc::new(Played::new(settings, sim.clone())?);
        Ok(Running { running: bound.play(sim, played.clone()), played })
    }
}

/// A Switchboard that is playing. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    running: standin::Running,
    played: Arc<Played>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    /// Where JSON (v2) is posted.
    #[must_use]
    pub fn json_url(&self) -> String {
        format!("http://{}{JSON}", self.addr())
    }

    /// Where XML (v1) is posted.
    #[must_use]
    pub fn xml_url(&self) -> String {
        format!("http://{}{XML}", self.addr())
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

    /// What `POST /_sim/practice` does: staff act. Gives what it answers; the error is a sentence for a test's author.
    pub fn practice(&self, acts: &Value) -> Result<Value, String> {
        self.played.staff(acts)
    }

    /// What `POST /_sim/seed` does.
    pub fn seed(&self, seed: &Value) -> Result<(), String> {
        self.played.sow(seed)
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
