//! `zorgtolk standin`: counterparts played on loopback, without a gateway.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use crate::demo;
use crate::stop;
use crate::terminal::{Verdict, say};

/// What to play.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Whom
    #[arg(required = true, value_name = "NAME")]
    names: Vec<Counterpart>,
    /// They listen on the ports after this one (tetra the first, spreekuur the second); port 0 picks free ones
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9100")]
    listen_base: SocketAddr,
}

/// Who can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Counterpart {
    /// The Tetra Switchboard with GP practices behind it
    Tetra,
    /// Spreekuur.nl
    Spreekuur,
}

/// Plays until it is told to stop.
///
/// # Errors
/// When a port is taken.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let stop = stop::at_signal()?;
    let names: BTreeSet<Counterpart> = arguments.names.iter().copied().collect();
    let mut playing = Vec::new();
    for name in names {
        playing.push(Playing::start(name, arguments.listen_base).await?);
    }
    stop.cancelled().await;
    for standin in playing {
        standin.stop().await;
    }
    Ok(Verdict::InOrder)
}

/// A stand-in that plays.
enum Playing {
    Tetra(standin_tetra::Running),
    Spreekuur(standin_spreekuur::Running),
}

impl Playing {
    /// Starts it and says where it is.
    async fn start(name: Counterpart, base: SocketAddr) -> anyhow::Result<Self> {
        Ok(match name {
            Counterpart::Tetra => {
                let standin = demo::standins::tetra(base).await?;
                say(&format!("tetra      {}", standin.json_url()));
                say(&format!("  xml      {}", standin.xml_url()));
                say(&format!("  control  {}/_sim/state", standin.control_url()));
                Self::Tetra(standin)
            }
            Counterpart::Spreekuur => {
                let standin = demo::standins::spreekuur(base).await?;
                say(&format!("spreekuur  {}", standin.base_url()));
                say(&format!("  tokens   {}", standin.token_url()));
                say(&format!("  control  {}/_sim/state", standin.control_url()));
                Self::Spreekuur(standin)
            }
        })
    }

    async fn stop(self) {
        match self {
            Self::Tetra(standin) => standin.stop().await,
            Self::Spreekuur(standin) => standin.stop().await,
        }
    }
}
