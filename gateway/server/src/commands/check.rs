//! `zorgtolk check`: is the configuration right, and does every link work? A line per finding, with file and key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adapter_kit::Link;
use clap::Args;
use fhir_profiles::Profiles;
use gateway_core::{Failure, LinkId, TenantId};

use crate::cli::ConfigFile;
use crate::config::{Config, Finding, Findings, master_key};
use crate::house::Fit;
use crate::terminal::{Usage, Verdict, one_line, say};
use crate::{house, links, shelves, telemetry};

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Touch no network and no database
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// Checks.
///
/// # Errors
/// When there is no such file. What is wrong in it is printed.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    if let Some(path) = arguments.file.config.as_deref().filter(|path| !path.is_file()) {
        return Err(Usage(format!("there is no file {}", path.display())).into());
    }
    let file = arguments.file.name();
    let mut findings = Vec::new();
    let config = match arguments.file.load() {
        Ok(config) => config,
        Err(found) => return Ok(tell(found.0, &file)),
    };
    let profiles = Arc::new(Profiles::embedded());
    keep(&mut findings, telemetry::filter(&config.log).map(drop).map_err(Findings::from));
    keep(&mut findings, master_key::find(&config).map(drop).map_err(Findings::from));
    keep(&mut findings, links::routes(&config, &profiles).map(drop));
    let lines = shelves::shelves(&config, arguments.file.config.as_deref(), &profiles)
        .and_then(|shelves| links::build(&config, &profiles, &shelves));
    match lines {
        Ok(lines) if findings.is_empty() && !arguments.offline => {
            keep(&mut findings, reach(&config, &lines).await);
        }
        lines => keep(&mut findings, lines.map(drop)),
    }
    Ok(tell(findings, &file))
}

fn keep(findings: &mut Vec<Finding>, result: Result<(), Findings>) {
    if let Err(found) = result {
        findings.extend(found.0);
    }
}

fn tell(findings: Vec<Finding>, file: &str) -> Verdict {
    if findings.is_empty() {
        say(&format!("{file}: in order"));
        return Verdict::InOrder;
    }
    for finding in findings {
        say(&finding.in_file(file).to_string());
    }
    Verdict::NotInOrder
}

/// Asks every link's own check, and whether its tenant is there.
async fn reach(config: &Config, lines: &BTreeMap<LinkId, Link>) -> Result<(), Findings> {
    let mut findings = Vec::new();
    let tenants = tenants(config).await.unwrap_or_else(|error| {
        findings.push(Finding::at("database.url", one_line(&error)));
        None
    });
    for (number, link) in config.links.iter().enumerate() {
        if tenants.as_ref().is_some_and(|tenants| !tenants.contains(&link.tenant)) {
            findings.push(Finding::at(format!("link[{number}].tenant"), "is no tenant of this gateway"));
        }
        let Some(line) = lines.get(&link.name) else { continue };
        match line.check.check().await {
            Ok(()) => say(&format!("link {}: works", link.name)),
            Err(failure) => {
                let text = format!("({}) does not work: {}", link.name, words(&failure));
                findings.push(Finding::at(format!("link[{number}]"), text));
            }
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(Findings(findings)) }
}

/// The tenants there are; `None` when the database has yet to be made or brought to its newest state, which is not done
/// here: a check changes nothing.
async fn tenants(config: &Config) -> anyhow::Result<Option<BTreeSet<TenantId>>> {
    if config.database.file().is_some_and(|file| !file.exists()) {
        say("database: is made at the first start");
        return Ok(None);
    }
    let store = house::open_store(config).await?;
    let tenants = match house::fit(store.schema().await?, &config.database)? {
        Fit::Ready => Some(store.tenants().await?.into_iter().map(|tenant| tenant.id).collect()),
        Fit::MayMigrate => {
            say("database: is brought to its newest state at the next start");
            None
        }
    };
    store.close().await;
    Ok(tenants)
}

fn words(failure: &Failure) -> String {
    match failure {
        Failure::Later { .. } => "not reachable now".to_owned(),
        Failure::Unsure => "no answer".to_owned(),
        Failure::Broken(why) => why.clone(),
        Failure::Never(issues) => issues.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
