//! What a played Spreekuur.nl starts with; the defaults are those of the demo.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything that can be set before the start. `POST /_sim/reset` goes back to it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen: loopback only, port 0 picks a free one.
    pub listen: SocketAddr,
    /// Who may ask for a token, and for which organisations they may act.
    pub clients: Vec<Client>,
    /// The BSNs of patients that have an account.
    pub patients: Vec<String>,
    /// How long a token lasts.
    pub token_lifetime: Duration,
    /// How rules that are not published are played.
    pub switches: Switches,
    /// Ids are made by counting, so that two runs give the same ones.
    pub deterministic_ids: bool,
    /// How many appointments, communications, invitations and patient messages are kept to be looked at: the newest,
    /// so that a load test leaves memory flat. What is known (and hence the effect of a PUT) is never forgotten.
    /// `None`: all.
    pub keep: Option<usize>,
}

/// A XIS that is connected.
#[derive(Clone)]
pub struct Client {
    /// Its id at the token endpoint.
    pub client_id: String,
    /// Its secret, for `client_secret_basic` and `client_secret_post`.
    pub client_secret: String,
    /// The organisations it may act for, as AGB codes of 8 digits.
    pub agbs: Vec<String>,
    /// Its public key (PEM, RSA or P-256), for `private_key_jwt`.
    pub public_key_pem: Option<String>,
}

impl Client {
    /// A client with a secret.
    #[must_use]
    pub fn new(client_id: &str, client_secret: &str, agbs: &[&str]) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            agbs: agbs.iter().map(ToString::to_string).collect(),
            public_key_pem: None,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("client_id", &self.client_id)
            .field("agbs", &self.agbs)
            .finish_non_exhaustive()
    }
}

/// How rules that are not published are played. Also a part of `POST /_sim/seed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// How forms that are close to the published ones are taken.
    pub mode: Mode,
    /// The organisation header's older names (`organisation_agb`, `organization_agb`) are read too.
    pub compat_headers: bool,
    /// How a BSN is checked.
    pub bsn_check: BsnCheck,
    /// What a cancellation of an unknown appointment is answered with.
    pub unknown_cancel: UnknownCancel,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            mode: Mode::Lenient,
            compat_headers: true,
            bsn_check: BsnCheck::Format,
            unknown_cancel: UnknownCancel::Ok,
        }
    }
}

/// How forms that are close to the published ones are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Only the published forms.
    Strict,
    /// Also a bare AGB code, `application/json`, and a BSN or id that is a number.
    Lenient,
}

/// How a BSN is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BsnCheck {
    /// Nine digits (eight are padded).
    Format,
    /// Nine digits that pass the eleven test.
    Elfproef,
}

/// What a cancellation of an unknown appointment is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownCancel {
    /// 200, nothing stored.
    Ok,
    /// 404.
    NotFound,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clients: vec![
                Client::new("zorgtolk", "zorgtolk-secret", &["01000001", "12345678"]),
                Client::new("other-xis", "other-xis-secret", &["88888888"]),
            ],
            patients: vec!["999990019".to_owned()],
            token_lifetime: Duration::from_mins(5),
            switches: Switches::default(),
            deterministic_ids: false,
            keep: None,
        }
    }
}
