//! What a played Switchboard starts with; the defaults are those of the demo.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::demo;
use crate::operations::Operations;
use crate::practice::Practice;
use crate::switches::Switches;

/// Everything that can be set before the start. `POST /_sim/reset` goes back to it.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen: loopback only, port 0 picks a free one.
    pub listen: SocketAddr,
    /// The application's name (`Name`).
    pub application: String,
    /// Its access key (`Key`).
    pub key: String,
    /// The server token of XML calls.
    pub server_token: String,
    /// The practices behind the Switchboard.
    pub practices: Vec<Practice>,
    /// Puts the demo's appointments around today into the practice of that name, when it is there.
    pub demo_day: bool,
    /// The zone of the practices' wall clock; it decides which day is today.
    pub zone: String,
    /// How long a session lasts after it was last used.
    pub session_lifetime: Duration,
    /// How what is not documented is played.
    pub switches: Switches,
    /// What is offered beyond what is documented.
    pub operations: Operations,
}

impl Settings {
    /// The demo application's name.
    pub const APPLICATION: &str = "zorgtolk-demo";
    /// The demo application's key.
    pub const KEY: &str = "zorgtolk-demo-key";
    /// The demo's server token.
    pub const SERVER_TOKEN: &str = "zorgtolk-demo-server-token";
    /// The demo practice's name at the Switchboard.
    pub const PRACTICE: &str = "de-linde";
    /// The demo practice's AGB code.
    pub const AGB: &str = "01000001";
    /// The other practice's name at the Switchboard.
    pub const OTHER_PRACTICE: &str = "uro-kliniek";
    /// The other practice's AGB code.
    pub const OTHER_AGB: &str = "12345678";
    /// A patient's account at the demo practice.
    pub const USERNAME: &str = "t.testpersoon@example.org";
    /// A staff account at the demo practice.
    pub const STAFF: &str = "balie@de-linde.example.org";
    /// The password of both.
    pub const PASSWORD: &str = "zorgtolk-demo-password";

    /// No practices; a test adds its own.
    #[must_use]
    pub fn bare() -> Self {
        Self { practices: Vec::new(), demo_day: false, ..Self::default() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            application: Self::APPLICATION.to_owned(),
            key: Self::KEY.to_owned(),
            server_token: Self::SERVER_TOKEN.to_owned(),
            practices: demo::practices(),
            demo_day: true,
            zone: "Europe/Amsterdam".to_owned(),
            session_lifetime: Duration::from_mins(20),
            switches: Switches::default(),
            operations: Operations::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("application", &self.application)
            .field("switches", &self.switches)
            .finish_non_exhaustive()
    }
}
