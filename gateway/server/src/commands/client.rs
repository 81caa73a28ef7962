//! `zorgtolk client`: who may ask for tokens, for which organisations, to do what.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use gateway_core::{Agb, Clock, Scopes, SystemClock};
use gateway_store::{Client, ClientAuth, Store};
use serde_json::{Value, json};

use crate::cli::ConfigFile;
use crate::config::master_key::random_hex;
use crate::house;
use crate::terminal::{Usage, Verdict, say, say_json, table};

/// What to do with clients.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add a client; its secret is made here and shown once
    Add(Add),
    /// List the clients
    List(List),
    /// Take a client's access away; tokens it holds run out by themselves
    Revoke(Revoke),
}

/// The client to add.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Its `client_id`
    id: String,
    /// An organisation it may act for; may be given more than once
    #[arg(long, required = true)]
    agb: Vec<Agb>,
    /// What it may ask for, separated by blanks
    #[arg(long, default_value = "spreekuur/appointment.write spreekuur/notification.write")]
    scope: String,
    /// A JWKS file with its public keys, for `private_key_jwt`; no secret is made then
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Replace the client that has this id
    #[arg(long)]
    replace: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
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

/// The client to revoke.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Its `client_id`
    id: String,
    #[command(flatten)]
    file: ConfigFile,
}

/// Does it.
///
/// # Errors
/// When the database does not open or refuses, or the arguments do not fit what is there.
pub(crate) async fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Add(add) => self::add(add).await,
        Command::List(list) => self::list(&list).await,
        Command::Revoke(revoke) => self::revoke(&revoke).await,
    }
}

async fn add(add: Add) -> anyhow::Result<Verdict> {
    Scopes::parse(&add.scope).map_err(|_| Usage("--scope names a scope that there is not".to_owned()))?;
    if add.id.is_empty() || add.id.len() > 128 || !add.id.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
        return Err(Usage("a client id is 1 to 128 visible ASCII characters without `:`".to_owned()).into());
    }
    let jwks = add.jwks.as_deref().map(public_keys).transpose()?;
    let store = house::open_ready_store(&add.file.load()?).await?;
    refuse_surprises(&store, &add).await?;
    let secret = jwks.is_none().then(random_hex);
    let auth = match (&secret, jwks) {
        (Some(secret), _) => ClientAuth::SecretHash(store.keyed_hash("client-secret", secret)),
        (None, keys) => ClientAuth::Jwks(keys.unwrap_or_default()),
    };
    let client = Client { id: add.id, auth, scope: add.scope, agbs: add.agb, revoked: None };
    store.put_client(&client).await?;
    store.close().await;
    tell(&client, secret.as_deref(), add.json)?;
    Ok(Verdict::InOrder)
}

/// A client of this id that is there already, or an organisation that is not, is a slip of the hand.
async fn refuse_surprises(store: &Store, add: &Add) -> anyhow::Result<()> {
    if !add.replace && store.client(&add.id).await?.is_some() {
        anyhow::bail!("client {} is there already; --replace gives it new settings", add.id);
    }
    for agb in &add.agb {
        if store.tenant_by_agb(agb).await?.is_none() {
            anyhow::bail!("no tenant has AGB code {agb}; `zorgtolk tenant add` makes one");
        }
    }
    Ok(())
}

fn tell(client: &Client, secret: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let mut told = shown(client);
        told["client_secret"] = json!(secret);
        return say_json(&told);
    }
    say(&format!("client_id      {}", client.id));
    match secret {
        Some(secret) => say(&format!("client_secret  {secret}   (shown once; only a hash is kept)")),
        None => say("client_secret  none: it signs with its own key"),
    }
    Ok(())
}

/// Reads a JWKS and refuses one that holds private keys: those stay with their owner.
fn public_keys(file: &std::path::Path) -> anyhow::Result<String> {
    let wrong = |why: &str| Usage(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let jwks: Value = serde_json::from_str(&text).map_err(|_| wrong("is no JSON"))?;
    let keys = jwks["keys"].as_array().filter(|keys| !keys.is_empty());
    let keys = keys.ok_or_else(|| wrong("is no JWKS: it has no keys"))?;
    if keys.iter().any(|key| !matches!(key["kty"].as_str(), Some("RSA" | "EC"))) {
        return Err(wrong("holds a key that is neither RSA nor EC").into());
    }
    if keys.iter().any(|key| ["d", "p", "q", "k"].iter().any(|part| key.get(part).is_some())) {
        return Err(wrong("holds a private key: keep it where it is, send the public part").into());
    }
    serde_json::to_string(&jwks).context("writing the keys")
}

async fn list(list: &List) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&list.file.load()?).await?;
    let clients = store.clients().await?;
    store.close().await;
    if list.json {
        say_json(&clients.iter().map(shown).collect::<Vec<_>>())?;
    } else {
        let rows: Vec<_> = clients
            .iter()
            .map(|c| {
                let state = if c.revoked.is_some() { "revoked" } else { "active" };
                vec![c.id.clone(), state.to_owned(), way(c).to_owned(), agbs(c).join(","), c.scope.clone()]
            })
            .collect();
        say(&table(&["CLIENT", "STATE", "PROVES BY", "AGB", "SCOPE"], &rows));
    }
    Ok(Verdict::InOrder)
}

fn shown(client: &Client) -> Value {
    json!({
        "client_id": client.id,
        "auth": way(client),
        "scope": client.scope,
        "agb": agbs(client),
        "revoked": client.revoked.map(gateway_core::instant_text),
    })
}

fn way(client: &Client) -> &'static str {
    match client.auth {
        ClientAuth::SecretHash(_) => "secret",
        ClientAuth::Jwks(_) => "jwks",
    }
}

fn agbs(client: &Client) -> Vec<&str> {
    client.agbs.iter().map(Agb::as_str).collect()
}

async fn revoke(revoke: &Revoke) -> anyhow::Result<Verdict> {
    let store = house::open_ready_store(&revoke.file.load()?).await?;
    let done = store.revoke_client(&revoke.id, SystemClock.now()).await?;
    store.close().await;
    say(&format!("client {} {}", revoke.id, if done { "is revoked" } else { "is not there" }));
    Ok(Verdict::of(done))
}
