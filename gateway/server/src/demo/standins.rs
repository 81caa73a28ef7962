//! The counterparts of the demo, each on its port (`contract.md` section 5). They live in the demo's own process, so that
//! they survive when the gateway is killed.

use std::net::SocketAddr;

use standin_spreekuur::Spreekuur;
use standin_tetra::{Operations, Tetra};

use super::place;

/// Everybody who is played.
pub(crate) struct Standins {
    /// Spreekuur.nl.
    pub(crate) spreekuur: standin_spreekuur::Running,
    /// The Tetra Switchboard with its practices.
    pub(crate) tetra: standin_tetra::Running,
}

impl Standins {
    /// Starts them on the ports after `base`.
    ///
    /// # Errors
    /// When a port is taken.
    pub(super) async fn start(base: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { spreekuur: spreekuur(base).await?, tetra: tetra(base).await? })
    }

    /// Stops them.
    pub(super) async fn stop(self) {
        self.spreekuur.stop().await;
        self.tetra.stop().await;
    }
}

/// The stand-in of Spreekuur.nl, on the second port after the base.
///
/// # Errors
/// When the port is taken.
pub(crate) async fn spreekuur(base: SocketAddr) -> anyhow::Result<standin_spreekuur::Running> {
    let listen = place::nth(base, 2)?;
    let settings = standin_spreekuur::Settings { listen, ..standin_spreekuur::Settings::default() };
    Ok(Spreekuur::start(settings).await?)
}

/// The stand-in of the Tetra Switchboard, on the first port after the base. What is not documented about the real one and
/// the demo needs is offered under the names the stand-in proposes.
///
/// # Errors
/// When the port is taken.
pub(crate) async fn tetra(base: SocketAddr) -> anyhow::Result<standin_tetra::Running> {
    let listen = place::nth(base, 1)?;
    let operations = Operations::invented();
    let settings = standin_tetra::Settings { listen, operations, ..standin_tetra::Settings::default() };
    Ok(Tetra::start(settings).await?)
}
