//! `demo.json`: the addresses and credentials of a demo, for programs and for people (`contract.md` section 6).
//!
//! Every key of the contract is there. Those whose part of the product is not there yet are empty or `null`: `users`,
//! `api_tokens`, `nextauth_secret`, `cron_secret`, `console`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

use super::fixture::{LOGINS, Login, PRACTICES, Practice};
use super::place::Place;
use super::standins::Standins;
use crate::terminal::table;

/// The sheet.
#[derive(Debug, Serialize)]
pub(crate) struct Sheet {
    /// Base address of the gateway.
    pub(crate) gateway: String,
    /// The FHIR door.
    pub(crate) fhir_base: String,
    /// The Spreekuur-compatible door.
    pub(crate) spreekuur_base: String,
    /// Where tokens are given.
    pub(crate) token_url: String,
    standins: BTreeMap<&'static str, String>,
    /// Control addresses of the stand-ins by name.
    pub(crate) control: BTreeMap<&'static str, String>,
    tenants: Vec<Tenant>,
    clients: Vec<Client>,
    users: [(); 0],
    api_tokens: [(); 0],
    nextauth_secret: Option<String>,
    cron_secret: Option<String>,
    console: Option<String>,
    database: String,
    /// What lies in the folder, for people only.
    #[serde(skip)]
    files: Vec<[String; 2]>,
}

#[derive(Debug, Serialize)]
struct Tenant {
    slug: &'static str,
    agb: &'static str,
    organization_id: &'static str,
    host: &'static str,
}

#[derive(Debug, Serialize)]
struct Client {
    #[serde(rename = "client_id")]
    id: &'static str,
    #[serde(rename = "client_secret")]
    secret: &'static str,
    scope: &'static str,
    agb: &'static [&'static str],
}

impl Sheet {
    /// The sheet of a demo whose gateway listens at `listen`.
    pub(super) fn new(listen: SocketAddr, standins: &Standins, place: &Place) -> Self {
        let gateway = format!("http://{listen}");
        let file = |what: &str, path: &Path| [what.to_owned(), path.display().to_string()];
        Self {
            fhir_base: format!("{gateway}/fhir"),
            spreekuur_base: format!("{gateway}/spreekuur/fhir/r4"),
            token_url: format!("{gateway}/oauth/token"),
            gateway,
            standins: BTreeMap::from([
                ("spreekuur", standins.spreekuur.base_url()),
                ("tetra", standins.tetra.json_url()),
            ]),
            control: BTreeMap::from([
                ("spreekuur", standins.spreekuur.control_url()),
                ("tetra", standins.tetra.control_url()),
            ]),
            tenants: PRACTICES.iter().map(Tenant::of).collect(),
            clients: LOGINS.iter().map(Client::of).collect(),
            users: [],
            api_tokens: [],
            nextauth_secret: None,
            cron_secret: None,
            console: None,
            database: place.database(),
            files: vec![
                file("configuration", &place.config()),
                file("log", &place.log()),
                file("this, for programs", &place.sheet()),
            ],
        }
    }

    /// The same for people.
    pub(crate) fn text(&self) -> String {
        let tenants: Vec<_> = self
            .tenants
            .iter()
            .map(|t| [t.slug, t.agb, t.organization_id, t.host].map(str::to_owned).to_vec())
            .collect();
        let clients: Vec<_> = self
            .clients
            .iter()
            .map(|c| vec![c.id.to_owned(), c.secret.to_owned(), c.agb.join(",")])
            .collect();
        format!(
            "{}\n\n{}\n\n{}",
            table(&["WHAT", "WHERE"], &self.addresses()),
            table(&["TENANT", "AGB", "ORGANIZATION", "HOST"], &tenants),
            table(&["CLIENT", "SECRET", "AGB"], &clients)
        )
    }

    fn addresses(&self) -> Vec<Vec<String>> {
        let mut rows = vec![
            ["gateway".to_owned(), self.gateway.clone()],
            ["FHIR".to_owned(), self.fhir_base.clone()],
            ["Spreekuur door".to_owned(), self.spreekuur_base.clone()],
            ["tokens".to_owned(), self.token_url.clone()],
        ];
        for (name, address) in &self.standins {
            rows.push([format!("stand-in {name}"), address.clone()]);
        }
        for (name, address) in &self.control {
            rows.push([format!("what {name} has seen"), format!("{address}/_sim/state")]);
        }
        rows.push(["database".to_owned(), self.database.clone()]);
        rows.extend(self.files.iter().cloned());
        rows.into_iter().map(|row| row.to_vec()).collect()
    }
}

impl Tenant {
    fn of(practice: &Practice) -> Self {
        let Practice { slug, agb, host, .. } = *practice;
        Self { slug, agb, organization_id: slug, host }
    }
}

impl Client {
    fn of(login: &Login) -> Self {
        Self { id: login.id, secret: login.secret, scope: login.scope, agb: login.agbs }
    }
}
