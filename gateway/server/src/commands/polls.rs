//! `zorgtolk polls`: how looking at counterparts stands, what was set aside and why, and looking now.

use clap::{Args, Subcommand};
use gateway_core::{Clock, LinkId, SystemClock, TenantId, instant_text};
use gateway_store::{AsideFilter, AsideRow, PollRow, Store};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::cli::ConfigFile;
use crate::house;
use crate::terminal::{Verdict, say, say_json, table};

const HEADS: [&str; 7] = ["LINK", "LAST", "OUTCOME", "FAILED", "NEXT", "ASIDE", "REASON"];

/// What to do with polls.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the links that are looked at
    List(List),
    /// Show one, with what it set aside
    Show(Show),
    /// Have a link looked at now, by the gateway that runs
    Run(Run),
    /// List the records that could not be taken in
    Aside(Aside),
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

/// The link to show.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Its name
    link: LinkId,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// The link to look at.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Its name
    link: LinkId,
    #[command(flatten)]
    file: ConfigFile,
}

/// Which records.
#[derive(Debug, Args)]
pub(crate) struct Aside {
    /// Of this tenant
    #[arg(long)]
    tenant: Option<TenantId>,
    /// From this link
    #[arg(long)]
    link: Option<LinkId>,
    /// Also those that a later look took in
    #[arg(long)]
    solved: bool,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// Does it.
///
/// # Errors
/// When the database does not open, or the link is not one that is looked at.
pub(crate) async fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::List(list) => self::list(&list).await,
        Command::Show(show) => self::show(&show).await,
        Command::Run(run) => look(&run).await,
        Command::Aside(aside) => self::aside(aside).await,
    }
}

async fn list(list: &List) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&list.file.load()?).await?;
    let rows = store.polls().await?;
    store.close().await;
    if list.json {
        say_json(&rows.iter().map(shown).collect::<Vec<_>>())?;
    } else {
        say(&table(&HEADS, &rows.iter().map(columns).collect::<Vec<_>>()));
    }
    Ok(Verdict::InOrder)
}

async fn show(show: &Show) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&show.file.load()?).await?;
    let row = of(&store, &show.link).await?;
    let filter = AsideFilter { link: Some(show.link.clone()), limit: 1000, ..AsideFilter::default() };
    let aside = store.asides(&filter).await?;
    store.close().await;
    if show.json {
        let mut told = shown(&row);
        if let Some(told) = told.as_object_mut() {
            told.insert("set_aside".to_owned(), aside.iter().map(record).collect());
        }
        say_json(&told)?;
    } else {
        say(&table(&HEADS, &[columns(&row)]));
        let figures = row.figures;
        say(&format!(
            "\nthe last look: {} created, {} updated, {} unchanged, {} set aside\n",
            figures.created, figures.updated, figures.unchanged, figures.aside
        ));
        say(&asides(&aside));
    }
    Ok(Verdict::InOrder)
}

async fn look(run: &Run) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&run.file.load()?).await?;
    let row = of(&store, &run.link).await?;
    store.wish_poll(&run.link, SystemClock.now()).await?;
    store.close().await;
    let when = if row.paused.is_some() { "when its pause ends" } else { "as soon as the gateway runs" };
    say(&format!("link {} is looked at {when}", run.link));
    Ok(Verdict::of(row.paused.is_none()))
}

async fn aside(aside: Aside) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&aside.file.load()?).await?;
    let Aside { tenant, link, solved, limit, json, .. } = aside;
    let rows = store.asides(&AsideFilter { tenant, link, solved, limit }).await?;
    store.close().await;
    if json {
        say_json(&rows.iter().map(record).collect::<Vec<_>>())?;
    } else {
        say(&asides(&rows));
    }
    Ok(Verdict::InOrder)
}

async fn of(store: &Store, link: &LinkId) -> anyhow::Result<PollRow> {
    let found = store.polls().await?.into_iter().find(|row| row.link == *link);
    found.ok_or_else(|| anyhow::anyhow!("link {link} is not looked at, or the gateway never ran with it"))
}

fn columns(row: &PollRow) -> Vec<String> {
    let paused = row.paused.as_ref().map(|why| format!("paused: {why}"));
    vec![
        row.link.to_string(),
        time(row.ended),
        if row.leased_until.is_some() {
            "looking".to_owned()
        } else {
            row.outcome.clone().unwrap_or_default()
        },
        row.failures.to_string(),
        if row.wished { "now".to_owned() } else { instant_text(row.due_at) },
        row.waiting_aside.to_string(),
        paused.or_else(|| row.reason.clone()).unwrap_or_default(),
    ]
}

fn shown(row: &PollRow) -> Value {
    let figures = row.figures;
    json!({
        "link": row.link.as_str(),
        "tenant": row.tenant.as_str(),
        "due_at": instant_text(row.due_at),
        "wished": row.wished,
        "looking_until": row.leased_until.map(instant_text),
        "began": row.began.map(instant_text),
        "ended": row.ended.map(instant_text),
        "outcome": row.outcome,
        "reason": row.reason,
        "failures": row.failures,
        "taken_in": row.taken_in.map(instant_text),
        "created": figures.created,
        "updated": figures.updated,
        "unchanged": figures.unchanged,
        "aside": figures.aside,
        "paused": row.paused,
        "waiting_aside": row.waiting_aside,
    })
}

fn asides(rows: &[AsideRow]) -> String {
    let line = |row: &AsideRow| {
        let key = row.key.as_ref().map(|key| format!("{} {}", key.space, key.value)).unwrap_or_default();
        let issues: Vec<_> = row.issues.iter().map(ToString::to_string).collect();
        vec![
            row.id.to_string(),
            row.link.to_string(),
            row.place.clone(),
            key,
            row.times.to_string(),
            instant_text(row.last_seen),
            time(row.solved),
            issues.join("; "),
        ]
    };
    let heads = ["ID", "LINK", "PLACE", "KEY", "TIMES", "LAST SEEN", "SOLVED", "WHY"];
    table(&heads, &rows.iter().map(line).collect::<Vec<_>>())
}

fn record(row: &AsideRow) -> Value {
    let issues: Vec<_> = row
        .issues
        .iter()
        .map(|issue| {
            json!({"severity": issue.severity.as_str(), "code": issue.code.as_str(), "text": issue.text,
                   "expression": issue.expression})
        })
        .collect();
    json!({
        "id": row.id,
        "link": row.link.as_str(),
        "tenant": row.tenant.as_str(),
        "place": row.place,
        "key": row.key.as_ref().map(|key| json!({"space": key.space, "value": key.value})),
        "times": row.times,
        "first_seen": instant_text(row.first_seen),
        "last_seen": instant_text(row.last_seen),
        "solved": row.solved.map(instant_text),
        "exchange": row.exchange,
        "issues": issues,
    })
}

fn time(at: Option<OffsetDateTime>) -> String {
    at.map(instant_text).unwrap_or_default()
}
