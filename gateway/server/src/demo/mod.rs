//! The demo: a gateway as operators run it, a stand-in for each counterpart, invented people.
//!
//! The gateway is a process of its own (`zorgtolk serve`), so that the scenario can kill it hard and start it again; the
//! stand-ins live in this one, so that they survive that. Credentials are fixed (`contract.md` section 6) and worth
//! nothing elsewhere, which is why the demo listens on loopback only.

mod fixture;
mod gateway;
mod people;
pub(crate) mod place;
pub(crate) mod scenario;
mod sheet;

use std::net::SocketAddr;
use std::path::PathBuf;

use standin_spreekuur::{Running, Settings, Spreekuur};

pub(crate) use gateway::Gateway;
use place::Place;
pub(crate) use sheet::Sheet;

/// What the demo was asked to be.
pub(crate) struct Wish {
    /// Where the gateway listens; port 0 picks a free one.
    pub(crate) listen: SocketAddr,
    /// The stand-ins listen on the ports after this one; port 0 picks free ones.
    pub(crate) listen_base: SocketAddr,
    /// The folder; a temporary one when `None`.
    pub(crate) data: Option<PathBuf>,
}

/// A running demo.
pub(crate) struct Demo {
    /// The gateway's process.
    pub(crate) gateway: Gateway,
    /// Addresses and credentials.
    pub(crate) sheet: Sheet,
    standin: Running,
    place: Place,
}

impl Demo {
    /// Starts the stand-in, fills the database, starts the gateway and waits until it is ready.
    ///
    /// # Errors
    /// When a port is taken, the folder cannot be written, or the gateway does not come up.
    pub(crate) async fn start(wish: Wish) -> anyhow::Result<Self> {
        let place = Place::prepare(wish.data)?;
        let listen = place::free(wish.listen)?;
        let standin = standin(wish.listen_base).await?;
        place.write_config(listen, &standin)?;
        fixture::load(&place).await?;
        let sheet = Sheet::new(listen, &standin, &place);
        place.write_sheet(&sheet)?;
        let gateway = Gateway::start(&place, listen).await?;
        Ok(Self { gateway, sheet, standin, place })
    }

    /// Stops the gateway in order, then the stand-in.
    ///
    /// # Errors
    /// When the gateway did not end well.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let Self { gateway, standin, place, .. } = self;
        let stopped = gateway.stop().await;
        standin.stop().await;
        drop(place);
        stopped
    }
}

/// The stand-in of Spreekuur.nl, on the second port after the base.
///
/// # Errors
/// When the port is taken.
pub(crate) async fn standin(base: SocketAddr) -> anyhow::Result<Running> {
    let listen = place::nth(base, 2)?;
    Ok(Spreekuur::start(Settings { listen, ..Settings::default() }).await?)
}

/// The stand-in of the Tetra Switchboard, on the first port after the base.
///
/// # Errors
/// When the port is taken.
pub(crate) async fn tetra(base: SocketAddr) -> anyhow::Result<standin_tetra::Running> {
    let listen = place::nth(base, 1)?;
    let settings = standin_tetra::Settings { listen, ..standin_tetra::Settings::default() };
    Ok(standin_tetra::Tetra::start(settings).await?)
}
