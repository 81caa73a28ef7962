//! Where a demo lives: its folder, its ports, the configuration its gateway reads.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

use super::Sheet;
use super::fixture::PRACTICES;
use super::standins::Standins;
use crate::terminal::Usage;

/// The demo's folder. A temporary one goes away with this.
pub(crate) struct Place {
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Place {
    /// Makes `data`, or a temporary folder.
    pub(super) fn prepare(data: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(folder) = data else {
            let temporary = tempfile::Builder::new().prefix("zorgtolk-demo-").tempdir()?;
            return Ok(Self { folder: temporary.path().to_owned(), _temporary: Some(temporary) });
        };
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self { folder: folder.canonicalize()?, _temporary: None })
    }

    /// The gateway's configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("zorgtolk.toml")
    }

    /// The gateway's log.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("gateway.log")
    }

    /// Addresses and credentials for programs.
    pub(crate) fn sheet(&self) -> PathBuf {
        self.folder.join("demo.json")
    }

    /// The address of the database.
    pub(crate) fn database(&self) -> String {
        format!("sqlite://{}", self.folder.join("zorgtolk.db").display())
    }

    /// Writes the gateway's configuration.
    pub(super) fn write_config(&self, listen: SocketAddr, standins: &Standins) -> anyhow::Result<()> {
        let mut text = head(listen, &self.database());
        for practice in &PRACTICES {
            text.push_str(&platform(practice.slug, practice.agb, &standins.spreekuur));
        }
        text.push_str(&agenda(&standins.tetra));
        write(&self.config(), &text)
    }

    /// Writes `demo.json`.
    pub(super) fn write_sheet(&self, sheet: &Sheet) -> anyhow::Result<()> {
        write(&self.sheet(), &serde_json::to_string_pretty(sheet)?)
    }
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

fn head(listen: SocketAddr, database: &str) -> String {
    format!(
        r#"# Written by `zorgtolk demo` at every start.

[server]
listen = "{listen}"

[database]
url = {database:?}

[security]
rate_per_second = 2000
rate_burst = 5000

[delivery]
lease_margin_seconds = 2

[subscriptions]
allow_hosts = ["127.0.0.1", "localhost"]
timeout_seconds = 1

[export]
clients = ["demo-xis", "demo-all"]
"#
    )
}

/// Short pauses, so that nobody waits for a second and third attempt. The limit of an attempt and the margin of a lease
/// together are how long the claims of a killed gateway hold.
fn platform(slug: &str, agb: &str, standin: &standin_spreekuur::Running) -> String {
    format!(
        r#"
[[link]]
name = "spreekuur-{slug}"
kind = "spreekuur"
tenant = "{slug}"
agb = "{agb}"
base_url = "{base}"
token_url = "{token}"
client_id = "zorgtolk"
client_secret = "zorgtolk-secret"
first_pause_ms = 100
longest_pause_ms = 2000
attempt_limit_ms = 3000
"#,
        base = standin.base_url(),
        token = standin.token_url(),
    )
}

/// The link that reads De Linde's agenda as JSON.
pub(crate) const TETRA_JSON: &str = "tetra-de-linde";
/// The link that reads the same agenda as XML.
pub(crate) const TETRA_XML: &str = "tetra-xml-de-linde";

/// De Linde's agenda, over both formats. Names that are not published are the stand-in's.
fn agenda(standin: &standin_tetra::Running) -> String {
    format!(
        r#"
[[link]]
name = "{TETRA_JSON}"
kind = "tetra"
tenant = "de-linde"
criteria = []
format = "json"
json_url = "{json}"
target = "{agb}"
application_name = "{application}"
application_key = "{key}"
bookable_block_types = [501, 502, 503]
attempt_limit_ms = 3000

[link.operations.slots]
method = "GetVrijeTijden"
container = "vrijeTijden"
fields = {{ agendas = "agendaIds", block_types = "blokTypeIds", start = "start", end = "eind" }}

[link.operations.send_code]
method = "StuurSMS"

[link.operations.confirm]
method = "UpgradeSessie"
fields = {{ code = "code" }}

[[link]]
name = "{TETRA_XML}"
kind = "tetra"
tenant = "de-linde"
criteria = []
format = "xml"
xml_url = "{xml}"
target = "{agb}"
server_token = "{token}"
attempt_limit_ms = 3000

[link.operations.block_types]
container = "BlokTypes"

[link.operations.agendas]
container = "Agendas"

[link.operations.appointments]
method = "Tetra_Agenda_GetAfsprakenDeurToegang_Verzoek"
container = "Afspraken"
fields = {{ agendas = "AgendaIds", start = "Start", end = "Eind" }}
"#,
        json = standin.json_url(),
        xml = standin.xml_url(),
        agb = standin_tetra::Settings::AGB,
        application = standin_tetra::Settings::APPLICATION,
        key = standin_tetra::Settings::KEY,
        token = standin_tetra::Settings::SERVER_TOKEN,
    )
}

/// `address`, with a free port when it asks for port 0. Whoever takes the port between this and its use is told of by
/// the one who then cannot have it.
///
/// # Errors
/// When the port is taken, or others than this machine could come.
pub(crate) fn free(address: SocketAddr) -> anyhow::Result<SocketAddr> {
    if !address.ip().is_loopback() {
        let why = "the demo and its stand-ins listen on loopback only: their credentials are public";
        return Err(Usage(why.to_owned()).into());
    }
    let taken = || format!("{address} is taken; port 0 picks a free one");
    let listener = TcpListener::bind(address).with_context(taken)?;
    Ok(listener.local_addr()?)
}

/// The `n`th port after `base`; a free one when the base is port 0.
///
/// # Errors
/// As [`free`].
pub(crate) fn nth(base: SocketAddr, n: u16) -> anyhow::Result<SocketAddr> {
    let port = match base.port() {
        0 => 0,
        port => port.checked_add(n).ok_or_else(|| Usage("the base port is too high".to_owned()))?,
    };
    free(SocketAddr::new(base.ip(), port))
}
