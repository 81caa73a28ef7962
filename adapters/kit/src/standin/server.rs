//! Starting and stopping a stand-in.
//!
//! Binding and playing are two steps, because a counterpart's own answers name its address (`Location`, discovery)
//! and port 0 is only known once bound.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::faults::{BadRule, Rule};
use super::line::{Line, Lines};
use super::strike::{Scene, closed, strike};
use super::{Sim, StandIn, control};

/// What is in flight gets this long when a stand-in stops.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a stand-in did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The control side can do anything, so it is never put where others can reach it.
    #[error("a stand-in listens on loopback only, not on {addr}")]
    NotLoopback {
        /// The address asked for.
        addr: SocketAddr,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {addr}")]
    Bind {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What it should start with cannot be.
    #[error("the stand-in's settings do not hold: {why}")]
    Settings {
        /// Which setting, and what is wrong with it.
        why: String,
    },
}

/// An address that is taken, on which nothing is played yet.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
}

impl Bound {
    /// Takes an address; port 0 picks a free one.
    pub async fn on(addr: SocketAddr) -> Result<Self, StartError> {
        if !addr.ip().is_loopback() {
            return Err(StartError::NotLoopback { addr });
        }
        let failed = |source| StartError::Bind { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, addr })
    }

    /// The address taken.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Starts to play on it: the protocol and the control side on one port.
    #[must_use]
    pub fn play<S: StandIn>(self, sim: Arc<Sim>, played: Arc<S>) -> Running {
        let (open, door) = watch::channel(());
        let scene = Scene { sim, played: played.clone(), open: door.clone() };
        let app = stage(&scene, played).into_make_service_with_connect_info::<Line>();

        let serving = axum::serve(Lines(self.listener), app).with_graceful_shutdown(closed(door));
        let task = tokio::spawn(serving.into_future());
        Running { addr: self.addr, scene, open, task }
    }
}

fn stage<S: StandIn>(scene: &Scene, played: Arc<S>) -> Router {
    let protocol = played.clone().protocol().layer(from_fn_with_state(scene.clone(), strike));
    control::routes(scene.clone()).merge(played.control()).fallback_service(protocol)
}

/// A stand-in that is playing. Dropping it stops it as well, without waiting.
pub struct Running {
    addr: SocketAddr,
    scene: Scene,
    open: watch::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What `GET /_sim/state` answers.
    #[must_use]
    pub fn state(&self) -> Value {
        self.scene.state()
    }

    /// What `POST /_sim/faults` does.
    pub fn script(&self, rules: Vec<Rule>) -> Result<(), BadRule> {
        self.scene.script(rules)
    }

    /// What `POST /_sim/clock` does.
    pub fn advance(&self, seconds: i64) {
        self.scene.sim.clock.advance(seconds);
    }

    /// What `POST /_sim/reset` does.
    pub fn reset(&self) {
        self.scene.reset();
    }

    /// Stops: nothing new is accepted, what is in flight is answered, connections close. The address is free after it.
    pub async fn stop(self) {
        let Self { open, mut task, .. } = self;
        drop(open);
        if tokio::time::timeout(PATIENCE, &mut task).await.is_err() {
            task.abort();
            tracing::debug!("A stand-in's connection did not close in time and was left");
        }
    }
}
