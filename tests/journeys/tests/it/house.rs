//! A gateway as operators run it: the real program with a configuration file, and the real protocol of a stand-in.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use gateway_store::{Client, ClientAuth, Options, Store, Tenant};
use secrecy::SecretSlice;
use serde_json::{Value, json};
use standin_spreekuur::{Running, Settings, Spreekuur};
use tempfile::TempDir;

pub(crate) const AGB: &str = "01000001";
const MASTER_KEY: [u8; 32] = [9; 32];
const SECRET: &str = "xis-secret";
/// How long the house may take for anything: a limit for hanging, never a measure.
const PATIENCE: Duration = Duration::from_mins(2);

/// A gateway that can be killed and started again, with its counterpart.
pub(crate) struct House {
    pub(crate) standin: Arc<Running>,
    pub(crate) address: String,
    /// Its public address, which all nodes share.
    known_as: String,
    http: reqwest::Client,
    config: PathBuf,
    folder: TempDir,
    gateway: Option<Child>,
    database: String,
    more: String,
}

impl House {
    /// Sets up tenant, client, link and stand-in on `database` (a SQLite file of its own when `None`).
    pub(crate) async fn build(database: Option<&str>) -> Self {
        Self::build_with(database, "").await
    }

    /// The same with more links, as they stand in a configuration.
    pub(crate) async fn build_with(database: Option<&str>, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = database
            .map_or_else(|| format!("sqlite://{}", folder.path().join("house.db").display()), str::to_owned);
        fill(&url).await;
        let standin = Spreekuur::start(Settings::default()).await.expect("the stand-in starts");
        let address = free_address();
        let known_as = format!("http://{address}");
        Self::furnish(folder, url, Arc::new(standin), more.to_owned(), (address, known_as))
    }

    /// A second node of the same gateway: the same database, counterpart and public address, listening elsewhere.
    pub(crate) fn twin(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let addresses = (free_address(), self.known_as.clone());
        Self::furnish(folder, self.database.clone(), self.standin.clone(), self.more.clone(), addresses)
    }

    fn furnish(
        folder: TempDir,
        database: String,
        standin: Arc<Running>,
        more: String,
        (address, known_as): (String, String),
    ) -> Self {
        let config = folder.path().join("zorgtolk.toml");
        let text = configuration(&address, &known_as, &database, &standin) + &more;
        std::fs::write(&config, text).expect("the configuration is kept");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { standin, address, known_as, http, config, folder, gateway: None, database, more }
    }

    /// Starts the gateway and waits until it is ready.
    pub(crate) async fn start(&mut self) {
        assert!(self.gateway.is_none(), "the gateway runs already");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_path()).expect("a log");
        let child = Command::new(program())
            .args(["serve", "--config"])
            .arg(&self.config)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("zorgtolk starts");
        self.gateway = Some(child);
        let begin = Instant::now();
        while !self.ready().await {
            assert!(begin.elapsed() < PATIENCE, "the gateway is not ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn ready(&self) -> bool {
        let answer = self.http.get(self.url("/readyz")).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// SIGKILL while others still talk to it; [`House::kill`] then clears away what is left.
    pub(crate) fn kill_from_outside(&self) {
        let pid = self.gateway.as_ref().expect("the gateway runs").id().to_string();
        let sent = Command::new("kill").args(["-9", &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal was not sent");
    }

    /// SIGKILL: nothing of the process can react.
    pub(crate) fn kill(&mut self) {
        let mut child = self.gateway.take().expect("the gateway runs");
        child.kill().expect("the gateway can be killed");
        child.wait().expect("the gateway has ended");
    }

    /// A token of the XIS.
    pub(crate) async fn token(&self) -> String {
        let form = [("grant_type", "client_credentials"), ("client_id", "xis"), ("client_secret", SECRET)];
        let answer = self.http.post(self.url("/oauth/token")).form(&form).send().await.expect("an answer");
        let body: Value = answer.json().await.expect("JSON");
        body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned()
    }

    /// Pushes an appointment as a XIS does; whether it was acknowledged. No answer is no acknowledgement.
    pub(crate) async fn push(&self, token: &str, appointment: &Value) -> bool {
        let id = appointment["id"].as_str().expect("an id");
        let sent = self
            .http
            .put(self.url(&format!("/spreekuur/fhir/r4/Appointment/{id}")))
            .bearer_auth(token)
            .header("X-Organization-Identifier", format!("http://fhir.nl/fhir/NamingSystem/agb-z|{AGB}"))
            .header("Content-Type", "application/fhir+json")
            .body(appointment.to_string())
            .send();
        match sent.await {
            Ok(answer) => {
                let status = answer.status();
                let body = answer.text().await;
                assert!(status == 200 || status == 503, "{status}: {body:?}");
                status == 200 && body.is_ok()
            }
            Err(_) => false,
        }
    }

    /// Puts a resource at the FHIR door, as a XIS does.
    pub(crate) async fn put(&self, token: &str, reference: &str, resource: &Value) {
        let sent = self
            .http
            .put(self.url(&format!("/fhir/{reference}")))
            .bearer_auth(token)
            .header("Content-Type", "application/fhir+json")
            .body(resource.to_string())
            .send();
        let status = sent.await.expect("an answer").status();
        assert_eq!(status, 201, "it is taken as a new one");
    }

    /// The appointment as the gateway holds it.
    pub(crate) async fn read(&self, token: &str, id: &str) -> Option<Value> {
        let url = self.url(&format!("/fhir/Appointment/{id}"));
        let answer = self.http.get(url).bearer_auth(token).send().await.expect("an answer");
        if answer.status() == 404 {
            return None;
        }
        Some(answer.json().await.expect("JSON"))
    }

    /// What the stand-in holds.
    pub(crate) async fn at_the_counterpart(&self) -> Value {
        let url = format!("{}/_sim/state", self.standin.control_url());
        self.http.get(url).send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Waits until no delivery is due any more.
    pub(crate) async fn until_delivered(&self) {
        let begin = Instant::now();
        loop {
            let listed = self.say(&["deliveries", "list", "--state", "due"]);
            if listed.as_array().is_some_and(Vec::is_empty) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "deliveries are stuck: {}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Has the program do something beside the gateway that runs.
    pub(crate) fn order(&self, command: &[&str]) {
        let output = self.command(command).output().expect("zorgtolk runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self, command: &[&str]) -> Command {
        let mut prepared = Command::new(program());
        prepared.args(command).arg("--config").arg(&self.config);
        prepared
    }

    /// What the program says as JSON.
    pub(crate) fn say(&self, command: &[&str]) -> Value {
        let output = self.command(command).arg("--json").output().expect("zorgtolk runs");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// A link that is looked at, as an operator sees it; `null` before the gateway has run with it.
    pub(crate) fn poll(&self, link: &str) -> Value {
        let polls = self.say(&["polls", "list"]);
        let mut found = polls.as_array().into_iter().flatten().filter(|poll| poll["link"] == link);
        found.next().cloned().unwrap_or_default()
    }

    /// Waits until it is so.
    pub(crate) async fn until(&self, so: impl AsyncFn() -> bool) {
        let begin = Instant::now();
        while !so().await {
            assert!(begin.elapsed() < PATIENCE, "it did not happen: {}", self.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What the FHIR door answers to a search.
    pub(crate) async fn search(&self, token: &str, search: &str) -> Value {
        let url = self.url(&format!("/fhir/{search}"));
        let answer = self.http.get(url).bearer_auth(token).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What the gateway has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if self.gateway.is_some() {
            self.kill();
        }
    }
}

/// A booked appointment of the invented patient, `minute` minutes after nine.
pub(crate) fn appointment(id: &str, minute: u32, status: &str) -> Value {
    json!({
        "resourceType": "Appointment",
        "id": id,
        "status": status,
        "start": format!("2026-12-01T09:{minute:02}:00+01:00"),
        "end": "2026-12-01T10:30:00+01:00",
        "serviceCategory": [{"coding": [
            {"system": "https://xis.example/afspraaktype", "code": "CONSULT", "display": "Consult"}]}],
        "participant": [{"status": "accepted", "actor": {
            "reference": "Patient/p-1", "display": "T. Testpersoon",
            "identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019"}}}],
    })
}

async fn fill(url: &str) {
    let master_key = SecretSlice::from(MASTER_KEY.to_vec());
    let store =
        Store::open(&Options { url: url.to_owned(), master_key, connections: 2 }).await.expect("opens");
    store.migrate().await.expect("migrates");
    let agb: gateway_core::Agb = AGB.parse().expect("an AGB code");
    let id = "de-linde".parse().expect("a slug");
    let name = "Huisartsenpraktijk De Linde".to_owned();
    store.put_tenant(&Tenant { id, agb: agb.clone(), name, host: None }).await.expect("a tenant");
    let client = Client {
        id: "xis".to_owned(),
        auth: ClientAuth::SecretHash(store.keyed_hash("client-secret", SECRET)),
        scope: "system/*.cruds spreekuur/appointment.write".to_owned(),
        agbs: vec![agb],
        revoked: None,
    };
    store.put_client(&client).await.expect("a client");
    store.close().await;
}

fn configuration(address: &str, known_as: &str, url: &str, standin: &Running) -> String {
    let key = "09".repeat(MASTER_KEY.len());
    format!(
        r#"
[server]
listen = "{address}"
public_base = "{known_as}"
[database]
url = "{url}"
[security]
master_key = "{key}"
rate_per_second = 100000
rate_burst = 100000
[delivery]
lease_margin_seconds = 1
[[link]]
name = "spreekuur-de-linde"
kind = "spreekuur"
tenant = "de-linde"
agb = "{AGB}"
base_url = "{}"
token_url = "{}"
client_id = "zorgtolk"
client_secret = "zorgtolk-secret"
first_pause_ms = 20
attempt_limit_ms = 3000
"#,
        standin.base_url(),
        standin.token_url()
    )
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

/// The program, made fresh unless `cargo xtask test` has built it with everything else.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if std::env::var_os("ZORGTOLK_TEST_BUILT").is_none() {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let built = Command::new(cargo).args(["build", "--quiet", "--package", "gateway"]).status();
            assert!(built.is_ok_and(|status| status.success()), "zorgtolk does not build");
        }
        let own = std::env::current_exe().expect("a test knows its own file");
        let folder = own.parent().and_then(std::path::Path::parent).expect("tests lie in deps");
        folder.join("zorgtolk")
    })
}
