//! The sections of the file other than the links. A field's comment ends with its default, which a test compares with
//! what `Default` says, or with an example when there is none.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::Secret;

/// The HTTP server.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// Where the gateway listens. Put a proxy that speaks TLS before it when others than this machine may come.
    /// Default: `"127.0.0.1:8080"`.
    pub(crate) listen: SocketAddr,
    /// The address others reach the gateway by, without a slash at the end; it stands in links, tokens and documents.
    /// When left out: `http://` and what `listen` says.
    /// Example: `"https://gateway.example.nl"`.
    pub(crate) public_base: Option<Url>,
    /// How long requests and deliveries in flight may take to finish after SIGTERM.
    /// Default: `30`.
    pub(crate) shutdown_seconds: u64,
    /// Largest body of a request, in bytes.
    /// Default: `20971520`.
    pub(crate) body_limit: usize,
    /// Connections open at once; more wait until one ends.
    /// Default: `4096`.
    pub(crate) connections: usize,
    /// How long a client may take to send the head of a request, in seconds.
    /// Default: `10`.
    pub(crate) head_seconds: u64,
    /// How long a client may pause in the middle of a body, in seconds.
    /// Default: `30`.
    pub(crate) body_pause_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_base: None,
            shutdown_seconds: 30,
            body_limit: 20 * 1024 * 1024,
            connections: 4096,
            head_seconds: 10,
            body_pause_seconds: 30,
        }
    }
}

/// Where resources are kept.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// `sqlite://` and a path (embedded, one node) or `postgres://user:password@host/name` (more nodes).
    /// Default: `"sqlite://data/zorgtolk.db"`.
    pub(crate) url: Secret,
    /// A file that holds the address, instead of `url`: for an address with a password in it.
    /// Example: `"/run/secrets/database-url"`.
    pub(crate) url_file: Option<PathBuf>,
    /// Connections at once: readers on SQLite (there is one writer besides), all on PostgreSQL.
    /// Default: `8`.
    pub(crate) connections: u32,
    /// Whether `serve` brings an older schema to the newest state itself. When left out: true on SQLite, false on
    /// PostgreSQL, where `zorgtolk migrate` is a step of its own.
    /// Example: `true`.
    pub(crate) auto_migrate: Option<bool>,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: Secret::from("sqlite://data/zorgtolk.db"),
            url_file: None,
            connections: 8,
            auto_migrate: None,
        }
    }
}

/// Bulk export.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Export {
    /// The clients that may export everything of their organisations that their scopes let them read. Bulk export of data
    /// with a BSN needs a lawful basis for each of them.
    /// Default: `[]`.
    pub(crate) clients: Vec<String>,
}

/// Keys, tokens and limits.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Security {
    /// 64 hexadecimal digits from which the keys are derived that protect exchanges, secrets and the BSN index.
    /// When left out on SQLite: `master.key` next to the database, made at the first start. PostgreSQL needs one.
    /// Example: `"made with: openssl rand -hex 32"`.
    pub(crate) master_key: Option<Secret>,
    /// A file that holds them, instead of `master_key`.
    /// Example: `"/run/secrets/master-key"`.
    pub(crate) master_key_file: Option<PathBuf>,
    /// How long an access token is good for.
    /// Default: `300`.
    pub(crate) token_lifetime_seconds: u64,
    /// Requests per second that one client may keep up.
    /// Default: `200`.
    pub(crate) rate_per_second: u32,
    /// Requests that one client may send at once before that limit counts.
    /// Default: `1000`.
    pub(crate) rate_burst: u32,
    /// How a BSN is looked at on the FHIR door: `format` (nine digits), `warn` (the eleven-test is a warning) or
    /// `elfproef` (the eleven-test must be passed).
    /// Default: `"elfproef"`.
    pub(crate) bsn_check: BsnCheck,
}

impl Default for Security {
    fn default() -> Self {
        Self {
            master_key: None,
            master_key_file: None,
            token_lifetime_seconds: 300,
            rate_per_second: 200,
            rate_burst: 1000,
            bsn_check: BsnCheck::Elfproef,
        }
    }
}

/// How a BSN is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BsnCheck {
    /// Nine digits.
    Format,
    /// Nine digits; failing the eleven-test is a warning.
    Warn,
    /// Nine digits that pass the eleven-test.
    Elfproef,
}

/// How changes are carried to the links. Pauses and limits of one link stand with the link.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Delivery {
    /// What a gateway has claimed is left to it for as long as its longest attempt may take, and this long after: to load
    /// and to settle. When a gateway dies, that is how long another one (or the same, started again) waits.
    /// Default: `15`.
    pub(crate) lease_margin_seconds: u64,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { lease_margin_seconds: 15 }
    }
}

/// What is kept of the messages that went over the wire.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Exchange {
    /// How many days the bodies of requests to counterparts and of their answers are kept, encrypted.
    /// Default: `30`.
    pub(crate) retention_days: u32,
}

impl Default for Exchange {
    fn default() -> Self {
        Self { retention_days: 30 }
    }
}

/// What is logged, and how. No setting makes the log say anything personal.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// `text` for people or `json` for machines; both go to standard error.
    /// Default: `"text"`.
    pub(crate) format: LogFormat,
    /// Which lines, in the syntax of tracing's `EnvFilter`.
    /// Default: `"info"`.
    pub(crate) filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// The Spreekuur-compatible door, `/spreekuur/fhir/r4`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SpreekuurDoor {
    /// Whether `application/json` and a bare AGB code in `X-Organization-Identifier` are accepted too.
    /// Default: `true`.
    pub(crate) lenient: bool,
    /// Whether the older header names `organisation_agb` and `organization_agb` are accepted too.
    /// Default: `false`.
    pub(crate) compat_headers: bool,
    /// How a BSN is looked at on this door: `format` (nine digits, as Spreekuur's own example asks), `warn` or `elfproef`.
    /// Default: `"format"`.
    pub(crate) bsn_check: BsnCheck,
    /// What a cancellation of an appointment that was never sent here gets: `ok` (200, nothing stored) or `not_found`.
    /// Default: `"ok"`.
    pub(crate) unknown_cancel: UnknownCancel,
}

impl Default for SpreekuurDoor {
    fn default() -> Self {
        Self {
            lenient: true,
            compat_headers: false,
            bsn_check: BsnCheck::Format,
            unknown_cancel: UnknownCancel::Ok,
        }
    }
}

/// What the cancellation of an unknown appointment gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UnknownCancel {
    /// 200, nothing stored.
    Ok,
    /// 404.
    NotFound,
}

/// Subscriptions of clients: changes are told to an address of theirs.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Subscriptions {
    /// Whether clients may make Subscriptions of their own.
    /// Default: `true`.
    pub(crate) offered: bool,
    /// Hosts that may be told although they are not on the public internet, with or without TLS: for trials on one machine,
    /// or a subscriber in the same network.
    /// Default: `[]`.
    pub(crate) allow_hosts: Vec<String>,
    /// Certificates (PEM) that are trusted besides the system's.
    /// Example: `"/etc/zorgtolk/subscribers-ca.pem"`.
    pub(crate) extra_ca_file: Option<PathBuf>,
    /// How many subscriptions of one organisation may be in force.
    /// Default: `50`.
    pub(crate) most: usize,
    /// How long a subscriber may take to answer, in seconds.
    /// Default: `20`.
    pub(crate) timeout_seconds: u64,
    /// A subscriber that nothing arrived at for so many hours is told no more until it asks anew.
    /// Default: `24`.
    pub(crate) give_up_hours: u64,
}

impl Default for Subscriptions {
    fn default() -> Self {
        Self {
            offered: true,
            allow_hosts: Vec::new(),
            extra_ca_file: None,
            most: 50,
            timeout_seconds: 20,
            give_up_hours: 24,
        }
    }
}
