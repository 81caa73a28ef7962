//! What sending to subscribers takes, from the configuration (`docs/subscriptions.md`).

use std::sync::Arc;
use std::time::Duration;

use adapter_kit::http::{HttpClient, HttpSettings, Outside, SystemNames};
use gateway_core::SystemClock;
use gateway_engine::Engine;
use gateway_engine::subscription::{Hooks, Settings};
use url::Url;

use crate::config::{Finding, Findings, Subscriptions};

/// Largest answer of a subscriber that is read; only its status counts.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Lets clients subscribe, when that is offered.
///
/// # Errors
/// A file with certificates that is none.
pub(crate) fn open(config: &Subscriptions, engine: &Engine, public_base: &Url) -> Result<(), Findings> {
    if !config.offered {
        return Ok(());
    }
    let outside = Outside::new(Arc::new(SystemNames), &config.allow_hosts);
    let timeout = Duration::from_secs(config.timeout_seconds.max(1));
    let http = HttpSettings {
        outside: Some(outside.clone()),
        connect_timeout: timeout,
        total_timeout: timeout,
        answer_limit: ANSWER_LIMIT,
        extra_roots: roots(config)?,
        ..HttpSettings::default()
    };
    let transport = http.build().map_err(|error| wrong_roots(&error.to_string()))?;
    engine.subscribe(Hooks {
        client: HttpClient::new(transport, Arc::new(SystemClock)),
        outside,
        base: format!("{}/fhir", public_base.as_str().trim_end_matches('/')),
        settings: Settings {
            most: config.most,
            give_up_after: Duration::from_secs(config.give_up_hours.saturating_mul(3600)),
            timeout,
            ..Settings::default()
        },
    });
    Ok(())
}

fn roots(config: &Subscriptions) -> Result<Option<String>, Findings> {
    let read = |file| std::fs::read_to_string(file).map_err(|error| wrong_roots(&error.to_string()));
    config.extra_ca_file.as_ref().map(read).transpose()
}

fn wrong_roots(text: &str) -> Findings {
    Finding::at("subscriptions.extra_ca_file".to_owned(), text.to_owned()).into()
}
