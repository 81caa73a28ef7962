//! `zorgtolk tenant`: whose data the gateway keeps.

use clap::{Args, Subcommand};
use gateway_core::{Agb, TenantId};
use gateway_store::Tenant;
use serde_json::json;

use crate::cli::ConfigFile;
use crate::house;
use crate::terminal::{Verdict, say, say_json, table};

/// What to do with tenants.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add a tenant, or change the one with this slug
    Add(Add),
    /// List the tenants
    List(List),
}

/// The tenant to add.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Its slug: 1 to 63 of a-z 0-9 -
    slug: TenantId,
    /// Its AGB code
    #[arg(long)]
    agb: Agb,
    /// Its name, as patients know it
    #[arg(long)]
    name: String,
    /// The host name its pages answer to
    #[arg(long)]
    host: Option<String>,
    #[command(flatten)]
    file: ConfigFile,
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

/// Does it.
///
/// # Errors
/// When the database does not open or refuses.
pub(crate) async fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Add(add) => self::add(add).await,
        Command::List(list) => self::list(&list).await,
    }
}

async fn add(add: Add) -> anyhow::Result<Verdict> {
    let config = add.file.load()?;
    let store = house::open_ready_store(&config).await?;
    let tenant = Tenant { id: add.slug, agb: add.agb, name: add.name, host: add.host };
    house::add_tenant(&*house::engine(&config, &store)?, &tenant).await?;
    say(&format!("tenant {} has AGB code {}", tenant.id, tenant.agb));
    store.close().await;
    Ok(Verdict::InOrder)
}

async fn list(list: &List) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&list.file.load()?).await?;
    let tenants = store.tenants().await?;
    store.close().await;
    if list.json {
        let tenants: Vec<_> = tenants
            .iter()
            .map(|t| json!({"slug": t.id.as_str(), "agb": t.agb.as_str(), "name": t.name, "host": t.host}))
            .collect();
        say_json(&tenants)?;
    } else {
        let rows: Vec<_> = tenants
            .into_iter()
            .map(|t| vec![t.id.to_string(), t.agb.to_string(), t.host.unwrap_or_default(), t.name])
            .collect();
        say(&table(&["TENANT", "AGB", "HOST", "NAME"], &rows));
    }
    Ok(Verdict::InOrder)
}
