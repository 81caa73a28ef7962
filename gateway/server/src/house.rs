//! Opening the house: the store with its key and schema, the engine over it, and the few acts that commands share.

use std::sync::Arc;

use anyhow::{Context, bail};
use fhir_profiles::{BsnCheck as ProfilesBsnCheck, Profiles, Rules};
use gateway_core::{
    Agb, Caller, Draft, Interaction, Key, Origin, Problem, RandomIds, Resource, ResourceType, Scopes,
    SystemClock, TenantId,
};
use gateway_engine::{Change, Engine, Parts, Target, Write};
use gateway_store::{Options, Precondition, Schema, Store, Tenant};
use serde_json::json;

use crate::config::{BsnCheck, Config, Database, Findings, master_key};
use crate::links;

/// What an operator reads when the database is newer than the program.
pub(crate) const AHEAD: &str =
    "the schema of the database is newer than this program: run the newer zorgtolk";
const BEHIND: &str = "the schema of the database is older than this program: run `zorgtolk migrate`, or set \
                      database.auto_migrate = true";

/// Connects. The schema is not looked at.
///
/// # Errors
/// When the key is not there or the database does not open.
pub(crate) async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let master_key = master_key::find_or_make(config).map_err(Findings::from)?;
    if let Some(folder) = config.database.file().as_deref().and_then(std::path::Path::parent) {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let options = Options {
        url: config.database.url.expose().to_owned(),
        master_key,
        connections: config.database.connections,
    };
    Store::open(&options).await.context("the database does not open (database.url)")
}

/// Connects to a database whose schema fits this program, bringing it there when that is allowed.
///
/// # Errors
/// As [`open_store`], and when the schema does not fit.
pub(crate) async fn open_ready_store(config: &Config) -> anyhow::Result<Store> {
    let store = open_store(config).await?;
    match fit(store.schema().await?, &config.database)? {
        Fit::Ready => {}
        Fit::MayMigrate => {
            store.migrate().await.context("the schema cannot be brought to its newest state")?;
        }
    }
    Ok(store)
}

/// What may be done with a schema.
pub(crate) enum Fit {
    /// It fits as it is.
    Ready,
    /// It is older, and may be changed without asking.
    MayMigrate,
}

/// Whether a schema fits this program, or may be made to.
///
/// # Errors
/// What the operator has to do.
pub(crate) fn fit(schema: Schema, database: &Database) -> anyhow::Result<Fit> {
    match schema {
        Schema::Current => Ok(Fit::Ready),
        Schema::Behind if database.may_migrate() => Ok(Fit::MayMigrate),
        Schema::Behind => bail!(BEHIND),
        Schema::Ahead => bail!(AHEAD),
    }
}

/// The package; a reference to our own address is then known as one of ours.
pub(crate) fn served(config: &Config) -> Profiles {
    match &config.server.public_base {
        Some(base) => {
            Profiles::embedded().served_at(&format!("{}/fhir", base.as_str().trim_end_matches('/')))
        }
        None => Profiles::embedded(),
    }
}

/// The engine over `store`, with the routes of the configuration.
///
/// # Errors
/// When a link's criteria do not read.
pub(crate) fn engine(config: &Config, store: &Store) -> Result<Arc<Engine>, Findings> {
    let profiles = Arc::new(served(config));
    let routes = links::routes(config, &profiles)?;
    Ok(Arc::new(Engine::new(Parts {
        store: store.clone(),
        profiles,
        routes,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        rules: rules(config.security.bsn_check),
    })))
}

/// How strict the FHIR door is.
pub(crate) fn rules(check: BsnCheck) -> Rules {
    Rules { bsn: check.into(), ..Rules::default() }
}

impl From<BsnCheck> for ProfilesBsnCheck {
    fn from(check: BsnCheck) -> Self {
        match check {
            BsnCheck::Format => Self::Format,
            BsnCheck::Warn => Self::Warn,
            BsnCheck::Elfproef => Self::ElevenTest,
        }
    }
}

/// The gateway itself, acting for a tenant.
pub(crate) fn ourselves(tenant: TenantId) -> Caller {
    Caller { tenant, origin: Origin::System, scopes: Scopes::all(), request_id: "zorgtolk".into() }
}

/// `resource` under `key`, whatever is there.
pub(crate) fn put(key: Key, resource: Resource) -> Write {
    Write {
        target: Target::Key(key),
        change: Change::Document(resource),
        precondition: Precondition::Any,
        bind: None,
        interaction: Interaction::Update,
        bsn: None,
    }
}

/// Adds a tenant with its Organization, which has the slug as its id. An Organization that is there already is left as
/// it is: others may have written in it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn add_tenant(engine: &Engine, tenant: &Tenant) -> anyhow::Result<()> {
    engine.parts().store.put_tenant(tenant).await?;
    let organization = Draft::new(ResourceType::Organization)
        .set_text("id", tenant.id.as_str())
        .set("identifier", json!([{"system": Agb::SYSTEM, "value": tenant.agb.as_str()}]).to_string())
        .set("active", "true")
        .set_text("name", &tenant.name)
        .build()
        .map_err(|issue| anyhow::anyhow!("{issue}"))?;
    let key = Key::new(ResourceType::Organization, tenant.id.as_str().parse()?);
    let write = Write { precondition: Precondition::Absent, ..put(key, organization) };
    match engine.write(&ourselves(tenant.id.clone()), write).await {
        Ok(_) | Err(Problem::PreconditionFailed(_)) => Ok(()),
        Err(problem) => Err(problem).context("adding the tenant's Organization"),
    }
}
