//! `zorgtolk links`: how the lines to counterparts stand, pausing one and letting it run again.

use clap::{Args, Subcommand};
use gateway_core::{Clock, LinkId, SystemClock, instant_text};
use serde_json::json;

use crate::cli::ConfigFile;
use crate::house;
use crate::terminal::{Verdict, say, say_json, table};

/// What to do with links.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the links that have deliveries or are paused
    List(List),
    /// Pause a link: what is due for it waits
    Pause(Pause),
    /// Let a paused link run again
    Resume(Resume),
}

/// How to list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// The link to pause.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    /// Its name
    name: LinkId,
    /// Why, for whoever reads it later; nothing personal
    #[arg(long, default_value = "paused by an operator")]
    reason: String,
    #[command(flatten)]
    file: ConfigFile,
}

/// The link to resume.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// Its name
    name: LinkId,
    #[command(flatten)]
    file: ConfigFile,
}

/// Does it.
///
/// # Errors
/// When the database does not open.
pub(crate) async fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::List(list) => self::list(&list).await,
        Command::Pause(pause) => self::pause(&pause).await,
        Command::Resume(resume) => self::resume(&resume).await,
    }
}

async fn list(list: &List) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&list.file.load()?).await?;
    let states = store.link_states().await?;
    store.close().await;
    if list.json {
        let states: Vec<_> = states
            .iter()
            .map(|s| {
                json!({"link": s.link.as_str(), "paused": s.paused, "due": s.due,
                       "oldest": s.oldest.map(instant_text)})
            })
            .collect();
        say_json(&states)?;
    } else {
        let rows: Vec<_> = states
            .into_iter()
            .map(|s| {
                let oldest = s.oldest.map(instant_text).unwrap_or_default();
                vec![s.link.to_string(), s.due.to_string(), oldest, s.paused.unwrap_or_default()]
            })
            .collect();
        say(&table(&["LINK", "DUE", "OLDEST", "PAUSED BECAUSE"], &rows));
    }
    Ok(Verdict::InOrder)
}

async fn pause(pause: &Pause) -> anyhow::Result<Verdict> {
    let config = pause.file.load()?;
    if !config.links.iter().any(|link| link.name == pause.name) {
        anyhow::bail!("the configuration has no link {}", pause.name);
    }
    let store = house::open_ready_store(&config).await?;
    store.pause_link(&pause.name, Some(&pause.reason), SystemClock.now()).await?;
    store.close().await;
    say(&format!("link {} is paused", pause.name));
    Ok(Verdict::InOrder)
}

async fn resume(resume: &Resume) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&resume.file.load()?).await?;
    let states = store.link_states().await?;
    let paused = states.iter().any(|state| state.link == resume.name && state.paused.is_some());
    if paused {
        store.pause_link(&resume.name, None, SystemClock.now()).await?;
    }
    store.close().await;
    say(&format!("link {} {}", resume.name, if paused { "runs again" } else { "is not paused" }));
    Ok(Verdict::of(paused))
}
