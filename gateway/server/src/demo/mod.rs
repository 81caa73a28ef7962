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
pub(crate) mod standins;

use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) use gateway::Gateway;
use place::Place;
pub(crate) use sheet::Sheet;
use standins::Standins;

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
    standins: Standins,
    place: Place,
}

impl Demo {
    /// Starts the stand-ins, fills the database, starts the gateway and waits until it is ready and the world is quiet.
    ///
    /// # Errors
    /// When a port is taken, the folder cannot be written, or the gateway does not come up.
    pub(crate) async fn start(wish: Wish) -> anyhow::Result<Self> {
        let place = Place::prepare(wish.data)?;
        let listen = place::free(wish.listen)?;
        let standins = Standins::start(wish.listen_base).await?;
        place.write_config(listen, &standins)?;
        fixture::load(&place).await?;
        let gateway = Gateway::start(&place, listen).await?;
        gateway.settled().await?;
        let sheet = Sheet::new(listen, &standins, &place);
        place.write_sheet(&sheet)?;
        Ok(Self { gateway, sheet, standins, place })
    }

    /// Stops the gateway in order, then the stand-ins.
    ///
    /// # Errors
    /// When the gateway did not end well.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let Self { gateway, standins, place, .. } = self;
        let stopped = gateway.stop().await;
        standins.stop().await;
        drop(place);
        stopped
    }
}
