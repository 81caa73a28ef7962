//! `zorgtolk reindex`: what the search index was made by, and making it anew.

use clap::{Args, Subcommand};
use gateway_core::{Clock, SystemClock};
use gateway_store::{IndexState, Reindexed};
use serde_json::json;

use crate::cli::ConfigFile;
use crate::terminal::{Verdict, say, say_json};
use crate::{house, reindex};

/// Resources in a batch when nothing else is to be spared.
const BATCH: u32 = 500;

/// What to do with the index.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show whether it is complete, and how far it is made anew
    Status(Status),
    /// Make it anew now, as far as that is due
    Run(Run),
}

/// How to show.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// How to make it.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// All of it, also when it is complete
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// Does it.
///
/// # Errors
/// When the database does not open or fails.
pub(crate) async fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Status(status) => self::status(&status).await,
        Command::Run(run) => make(&run).await,
    }
}

async fn status(status: &Status) -> anyhow::Result<Verdict> {
    let config = status.file.load()?;
    let store = house::open_ready_store(&config).await?;
    let state = store.index_state().await?;
    store.close().await;
    let complete = state.made.as_deref() == Some(&*house::served(&config).search_fingerprint());
    if status.json {
        say_json(&shown(&state, complete))?;
    } else {
        say(&told(&state, complete));
    }
    Ok(Verdict::of(complete))
}

fn told(state: &IndexState, complete: bool) -> String {
    match (&state.target, complete) {
        (_, true) => "the search index is complete".to_owned(),
        (Some(_), _) => format!(
            "the search index is being made anew: {} resources are done, now {} of {}",
            state.done, state.r#type, state.tenant
        ),
        (None, _) => {
            "the search index was made by another version; `zorgtolk reindex run` or the next start of the \
                      gateway makes it anew"
                .to_owned()
        }
    }
}

fn shown(state: &IndexState, complete: bool) -> serde_json::Value {
    json!({
        "complete": complete,
        "running": state.target.is_some(),
        "done": state.done,
        "tenant": state.tenant,
        "type": state.r#type,
    })
}

async fn make(run: &Run) -> anyhow::Result<Verdict> {
    let config = run.file.load()?;
    let store = house::open_ready_store(&config).await?;
    if run.again {
        store.forget_index().await?;
    }
    let profiles = house::served(&config);
    let worker = reindex::worker();
    let mut due = reindex::is_due(&store, &profiles).await?;
    let mut verdict = Verdict::InOrder;
    while due {
        match store.reindex(&profiles, &worker, SystemClock.now(), BATCH).await? {
            Reindexed::More(_) => {}
            Reindexed::All => due = false,
            Reindexed::Elsewhere => {
                say(
                    "a gateway that runs is making the search index anew; `zorgtolk reindex status` tells how far",
                );
                verdict = Verdict::of(false);
                due = false;
            }
        }
    }
    let state = store.index_state().await?;
    store.close().await;
    if verdict == Verdict::InOrder {
        say(&format!(
            "the search index is complete; {} resources were looked at when it was made",
            state.done
        ));
    }
    Ok(verdict)
}
