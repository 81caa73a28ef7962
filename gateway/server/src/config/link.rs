//! `[[link]]`: one tenant's configured line to one counterpart. The first keys are the same for every kind; the others
//! are the adapter's own, and the adapter's `Config` says which there are.

use std::time::Duration;

use adapter_kit::Policy;
use figment::value::{Dict, Value};
use gateway_core::{LinkId, ResourceType, TenantId};
use serde::{Deserialize, Deserializer};

use super::Finding;

/// A line to a counterpart.
#[derive(Debug)]
pub(crate) struct Link {
    /// What it is called.
    pub(crate) name: LinkId,
    /// Whose changes it carries.
    pub(crate) tenant: TenantId,
    /// Which changes it carries.
    pub(crate) criteria: Vec<String>,
    /// Types whose searches ask the counterpart before the store.
    pub(crate) live: Vec<ResourceType>,
    /// How the engine treats it, where that differs from what the adapter asks for.
    pub(crate) pace: Pace,
    /// The counterpart's own settings.
    pub(crate) adapter: Adapter,
}

/// The adapters there are, each with its own settings. This and the `match`es on it are the only list of them.
#[derive(Debug)]
pub(crate) enum Adapter {
    /// Spreekuur.nl.
    Spreekuur(Box<adapter_spreekuur::Config>),
    /// Bricks Huisarts behind the Tetra Switchboard.
    Tetra(Box<adapter_tetra::Config>),
}

/// The keys that every link has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// What the link is called in logs, metrics and on the command line: 1 to 63 of a-z 0-9 -.
    /// Example: `"spreekuur-de-linde"`.
    #[serde(deserialize_with = "parsed")]
    name: LinkId,
    /// Which counterpart: `spreekuur` or `tetra`.
    /// Example: `"spreekuur"`.
    kind: Kind,
    /// Whose changes it carries: the slug of a tenant (`zorgtolk tenant list`).
    /// Example: `"de-linde"`.
    #[serde(deserialize_with = "parsed")]
    tenant: TenantId,
    /// Which changes it carries, in FHIR search syntax; one of them must match.
    /// Default: `["Appointment", "Communication"]`.
    #[serde(default = "everything")]
    criteria: Vec<String>,
    /// Types whose searches are put to this counterpart before the store is looked at, where it answers questions.
    /// Without it a search asks only with `_source=link:<name>`.
    /// Default: `[]`.
    #[serde(default, deserialize_with = "all_parsed")]
    live: Vec<ResourceType>,
    /// Deliveries in flight at once. When left out, as the adapter asks for.
    /// Example: `8`.
    concurrency: Option<usize>,
    /// First pause after a failed attempt, in milliseconds; it doubles each time, with jitter. When left out, as the
    /// adapter asks for.
    /// Example: `1000`.
    first_pause_ms: Option<u64>,
    /// Longest pause between attempts, in milliseconds. When left out, as the adapter asks for.
    /// Example: `900000`.
    longest_pause_ms: Option<u64>,
    /// After how many seconds a delivery that did not succeed ends as dead. When left out, as the adapter asks for.
    /// Example: `86400`.
    give_up_after_seconds: Option<u64>,
    /// After how many milliseconds an attempt counts as unanswered; also how long the claims of a gateway that was killed
    /// hold. When left out, as the adapter asks for.
    /// Example: `45000`.
    attempt_limit_ms: Option<u64>,
}

const HEAD: [&str; 10] = [
    "name",
    "kind",
    "tenant",
    "criteria",
    "live",
    "concurrency",
    "first_pause_ms",
    "longest_pause_ms",
    "give_up_after_seconds",
    "attempt_limit_ms",
];

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Spreekuur,
    Tetra,
}

/// What an operator may set differently from the adapter's own [`Policy`].
#[derive(Debug)]
pub(crate) struct Pace {
    concurrency: Option<usize>,
    first_pause_ms: Option<u64>,
    longest_pause_ms: Option<u64>,
    give_up_after_seconds: Option<u64>,
    attempt_limit_ms: Option<u64>,
}

impl Pace {
    /// The adapter's policy with what was set here.
    pub(crate) fn over(&self, policy: &Policy) -> Policy {
        let millis = |set: Option<u64>, own| set.map_or(own, Duration::from_millis);
        Policy {
            concurrency: self.concurrency.unwrap_or(policy.concurrency).max(1),
            first_pause: millis(self.first_pause_ms, policy.first_pause),
            longest_pause: millis(self.longest_pause_ms, policy.longest_pause),
            give_up_after: self.give_up_after_seconds.map_or(policy.give_up_after, Duration::from_secs),
            attempt_limit: millis(self.attempt_limit_ms, policy.attempt_limit),
        }
    }
}

impl Link {
    /// Reads one entry, found at `place`.
    pub(super) fn read(value: &Value, place: &str) -> Result<Self, Finding> {
        let Some(all) = value.as_dict() else {
            return Err(Finding::at(place, "does not fit: expected a table"));
        };
        let (head, rest): (Dict, Dict) =
            all.clone().into_iter().partition(|(key, _)| HEAD.contains(&key.as_str()));
        let head: Head = Value::from(head).deserialize().map_err(|error| Finding::of(&error, place, &[]))?;
        let rest = Value::from(rest);
        let adapter = match head.kind {
            Kind::Spreekuur => rest.deserialize().map(|own| Adapter::Spreekuur(Box::new(own))),
            Kind::Tetra => rest.deserialize().map(|own| Adapter::Tetra(Box::new(own))),
        }
        .map_err(|error| Finding::of(&error, place, &HEAD))?;
        let own = Pace {
            concurrency: head.concurrency,
            first_pause_ms: head.first_pause_ms,
            longest_pause_ms: head.longest_pause_ms,
            give_up_after_seconds: head.give_up_after_seconds,
            attempt_limit_ms: head.attempt_limit_ms,
        };
        Ok(Self {
            name: head.name,
            tenant: head.tenant,
            criteria: head.criteria,
            live: head.live,
            pace: own,
            adapter,
        })
    }
}

fn everything() -> Vec<String> {
    vec!["Appointment".to_owned(), "Communication".to_owned()]
}

/// Reads a name that says itself what it must look like.
fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// As [`parsed`], for a list.
fn all_parsed<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let all = Vec::<String>::deserialize(deserializer)?;
    all.iter().map(|one| one.parse().map_err(serde::de::Error::custom)).collect()
}
