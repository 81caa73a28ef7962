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
    /// They listen on the ports after this one (spreekuur: the second); port 0 picks free ones
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9100")]
    listen_base: SocketAddr,
}

/// Who can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Counterpart {
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
        match name {
            Counterpart::Spreekuur => {
                let standin = demo::standin(arguments.listen_base).await?;
                say(&format!("spreekuur  {}", standin.base_url()));
                say(&format!("  tokens   {}", standin.token_url()));
                say(&format!("  control  {}/_sim/state", standin.control_url()));
                playing.push(standin);
            }
        }
    }
    stop.cancelled().await;
    for standin in playing {
        standin.stop().await;
    }
    Ok(Verdict::InOrder)
}
