//! From configured links to working ones: one `match` per kind of adapter, and the routing table.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapter_kit::Link as Line;
use fhir_profiles::Profiles;
use gateway_api::LinkAddress;
use gateway_core::{LinkId, SystemClock};
use gateway_engine::poll::Source;
use gateway_engine::{Live, LiveLinks, RouteError, Routes};
use url::Url;

use crate::config::{Adapter, Config, Finding, Findings, Link};
use crate::shelves::Shelves;

/// Makes every link ready; nothing is sent.
///
/// # Errors
/// Everything that is wrong with their settings.
pub(crate) fn build(
    config: &Config,
    profiles: &Arc<Profiles>,
    shelves: &Shelves,
) -> Result<BTreeMap<LinkId, Line>, Findings> {
    let mut lines = BTreeMap::new();
    let mut findings = Vec::new();
    for (number, link) in config.links.iter().enumerate() {
        match line(link, profiles, shelves) {
            Ok(line) => drop(lines.insert(link.name.clone(), line)),
            Err(found) => findings.extend(
                found.into_iter().map(|one| Finding::at(format!("link[{number}].{}", one.key), one.text)),
            ),
        }
    }
    if findings.is_empty() { Ok(lines) } else { Err(Findings(findings)) }
}

fn line(link: &Link, profiles: &Arc<Profiles>, shelves: &Shelves) -> Result<Line, Vec<adapter_kit::Finding>> {
    let mut ready = match &link.adapter {
        Adapter::Spreekuur(config) => {
            let validated = config.as_ref().clone().read_files()?.validate()?.named(&link.name);
            adapter_spreekuur::link(validated, Arc::new(SystemClock), Arc::clone(profiles))
        }
        Adapter::Tetra(config) => {
            let validated = config.as_ref().clone().read_files()?.validate()?.named(&link.name);
            let shelf = shelves.of(&link.tenant).expect("every tenant with a link has a shelf");
            adapter_tetra::link(validated, Arc::new(SystemClock), shelf)
        }
    };
    ready.policy = link.pace.over(&ready.policy);
    Ok(ready)
}

/// Takes out of the links what is not for the dispatcher: whom the poller looks at, and who answers while somebody waits.
pub(crate) fn sources_and_live(
    config: &Config,
    lines: &mut BTreeMap<LinkId, Line>,
) -> (BTreeMap<LinkId, Source>, LiveLinks) {
    let (mut sources, mut live) = (BTreeMap::new(), LiveLinks::new());
    for Link { name, tenant, .. } in &config.links {
        let Some(ready) = lines.get_mut(name) else { continue };
        sources.extend(Source::of(tenant, ready).map(|source| (name.clone(), source)));
        live.extend(Live::of(tenant, ready).map(|one| (name.clone(), one)));
    }
    (sources, live)
}

/// Where the links lead, for whoever reads them as Endpoints.
pub(crate) fn addresses(config: &Config) -> Vec<LinkAddress> {
    let address = |link: &Link| {
        let address = match &link.adapter {
            Adapter::Spreekuur(config) => Url::parse(&config.base_url).ok()?,
            Adapter::Tetra(config) => Url::parse(config.address()?).ok()?,
        };
        Some(LinkAddress {
            tenant: link.tenant.clone(),
            link: link.name.clone(),
            address,
            live: link.live.clone(),
        })
    };
    config.links.iter().filter_map(address).collect()
}

/// Compiles the criteria of every link.
///
/// # Errors
/// A finding per criterion that is no search.
pub(crate) fn routes(config: &Config, profiles: &Profiles) -> Result<Routes, Findings> {
    let lines = config.links.iter().flat_map(|link| {
        link.criteria.iter().map(|criteria| (link.tenant.clone(), link.name.clone(), criteria.clone()))
    });
    Routes::compile(profiles, lines)
        .map_err(|errors| Findings(errors.iter().map(|error| wrong_criteria(config, error)).collect()))
}

fn wrong_criteria(config: &Config, error: &RouteError) -> Finding {
    let number = config.links.iter().position(|link| link.name == error.link).unwrap_or_default();
    let texts: Vec<&str> = error.issues.iter().map(|issue| issue.text.as_str()).collect();
    let text = format!("has a search that cannot be used, {}: {}", error.criteria, texts.join(", "));
    Finding::at(format!("link[{number}].criteria"), text)
}
