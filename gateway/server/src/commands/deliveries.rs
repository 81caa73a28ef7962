//! `zorgtolk deliveries`: what is on its way, what is stuck and why, and sending it again.

use clap::{Args, Subcommand};
use gateway_core::{Clock, DeliveryState, Key, LinkId, SystemClock, TenantId, instant_text};
use gateway_store::{DeliveryFilter, DeliveryRow};
use serde_json::{Value, json};

use crate::cli::ConfigFile;
use crate::house;
use crate::terminal::{Usage, Verdict, say, say_json, table};

/// What to do with deliveries.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List deliveries, newest first
    List(List),
    /// Show one with its attempts
    Show(Show),
    /// Make deliveries that ended due again
    Replay(Replay),
}

/// Which deliveries.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Of this tenant
    #[arg(long)]
    tenant: Option<TenantId>,
    /// Over this link
    #[arg(long)]
    link: Option<LinkId>,
    /// In this state: due, delivered, superseded, refused, withheld or dead
    #[arg(long, value_parser = state)]
    state: Option<DeliveryState>,
    /// Of this resource, for instance Appointment/1
    #[arg(long, value_name = "TYPE/ID", value_parser = key)]
    resource: Option<Key>,
}

/// How to list.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    filter: Filter,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// The delivery to show.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Its number
    id: i64,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// The deliveries to replay.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Its number; without one a filter says which
    id: Option<i64>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    file: ConfigFile,
}

/// Does it.
///
/// # Errors
/// When the database does not open, or a replay would be of everything.
pub(crate) async fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::List(list) => self::list(list).await,
        Command::Show(show) => self::show(&show).await,
        Command::Replay(replay) => self::replay(replay).await,
    }
}

async fn list(list: List) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&list.file.load()?).await?;
    let rows = store.deliveries(&list.filter.of(None, list.limit)).await?;
    store.close().await;
    if list.json {
        say_json(&rows.iter().map(shown).collect::<Vec<_>>())?;
    } else {
        let rows: Vec<_> = rows.iter().map(columns).collect();
        say(&table(&["ID", "STATE", "TRIES", "LINK", "RESOURCE", "ACCEPTED", "REASON"], &rows));
    }
    Ok(Verdict::InOrder)
}

async fn show(show: &Show) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&show.file.load()?).await?;
    let one = DeliveryFilter { id: Some(show.id), limit: 1, ..DeliveryFilter::default() };
    let found = store.deliveries(&one).await?;
    store.close().await;
    let Some(row) = found.first() else {
        anyhow::bail!("there is no delivery {}", show.id);
    };
    if show.json {
        say_json(&shown(row))?;
    } else {
        say(&table(&["ID", "STATE", "TRIES", "LINK", "RESOURCE", "ACCEPTED", "REASON"], &[columns(row)]));
        let attempts: Vec<_> = row
            .attempts
            .iter()
            .map(|a| {
                let took = format!("{} ms", a.took.as_millis());
                let reason = a.reason.clone().unwrap_or_default();
                vec![a.number.to_string(), instant_text(a.at), took, a.outcome.clone(), reason]
            })
            .collect();
        say(&format!("\n{}", table(&["TRY", "AT", "TOOK", "OUTCOME", "REASON"], &attempts)));
    }
    Ok(Verdict::InOrder)
}

async fn replay(replay: Replay) -> anyhow::Result<Verdict> {
    if replay.id.is_none() && replay.filter.is_empty() {
        let why = "say which: a number, or one of --tenant, --link, --state, --resource";
        return Err(Usage(why.to_owned()).into());
    }
    let store = house::open_ready_store(&replay.file.load()?).await?;
    let again = store.replay(&replay.filter.of(replay.id, u32::MAX), SystemClock.now()).await?;
    store.close().await;
    say(&format!("{again} made due again"));
    Ok(Verdict::of(again > 0))
}

impl Filter {
    fn is_empty(&self) -> bool {
        self.tenant.is_none() && self.link.is_none() && self.state.is_none() && self.resource.is_none()
    }

    fn of(self, id: Option<i64>, limit: u32) -> DeliveryFilter {
        let Self { tenant, link, state, resource: key } = self;
        DeliveryFilter { tenant, link, state, key, id, limit }
    }
}

fn columns(row: &DeliveryRow) -> Vec<String> {
    vec![
        row.id.to_string(),
        row.state.as_str().to_owned(),
        row.attempt_count.to_string(),
        row.link.to_string(),
        format!("{}/_history/{}", row.key, row.version),
        instant_text(row.created),
        row.reason.clone().unwrap_or_default(),
    ]
}

fn shown(row: &DeliveryRow) -> Value {
    let attempts: Vec<_> = row
        .attempts
        .iter()
        .map(|a| {
            json!({"number": a.number, "at": instant_text(a.at), "milliseconds": a.took.as_millis(),
                   "outcome": a.outcome, "reason": a.reason})
        })
        .collect();
    json!({
        "id": row.id,
        "tenant": row.tenant.as_str(),
        "link": row.link.as_str(),
        "resource": row.key.to_string(),
        "version": row.version.0,
        "state": row.state.as_str(),
        "reason": row.reason,
        "created": instant_text(row.created),
        "settled": row.settled.map(instant_text),
        "due_at": row.due_at.map(instant_text),
        "attempt_count": row.attempt_count,
        "attempts": attempts,
    })
}

fn state(word: &str) -> Result<DeliveryState, String> {
    DeliveryState::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = DeliveryState::ALL.into_iter().map(DeliveryState::as_str).collect();
        format!("the states are {}", words.join(", "))
    })
}

fn key(text: &str) -> Result<Key, &'static str> {
    Key::from_reference(text).ok_or("a resource is named as Type/id")
}
