//! What a full store costs more than a small one, in one run: reading, searching and paging on 1,000,000 resources
//! against 10,000. Each patient has as many appointments in both, so that answers are as long. On SQLite, or with
//! `--postgres` there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::headers;
use crate::database::Database;
use crate::drive::{Figures, drive, median};
use crate::fill::Filling;
use crate::gateway::{Gateway, Place, Setup};
use crate::report::Row;
use crate::wire::{Wire, request};

/// Appointments of one patient, each on a day of its own.
const VISITS: u64 = 20;
/// The small store has a hundredth.
const SMALLER: u64 = 100;
/// Full against small, at most.
const MOST: f64 = 1.5;
const ROUNDS: usize = 3;
/// Pages that are read before the one that is measured.
const DEEP: usize = 10;
/// A step that is prime to the number of resources and far from 1: each time another corner of the index.
const STEP: u64 = 7919;

/// What is asked; `n` counts the requests, `of` is how many resources there are.
type Ask = fn(n: u64, of: u64) -> String;

const ASKED: [(&str, Ask); 5] = [
    ("read", |n, of| format!("/fhir/Appointment/s-{}", n.wrapping_mul(STEP) % of)),
    ("search by identifier", |n, of| {
        format!("/fhir/Appointment?identifier=https://load.example/afspraak%7C{}", n.wrapping_mul(STEP) % of)
    }),
    ("search by patient and date", |n, of| {
        let patient = n.wrapping_mul(STEP) % (of / VISITS);
        format!("/fhir/Appointment?patient=Patient/p-{patient}&date={}", date(n % VISITS))
    }),
    ("first page by date", |_, _| format!("{}&_sort=-date", page())),
    ("first page of all", |_, _| page()),
];

pub(crate) async fn run(length: Duration, resources: u64, admin: Option<&str>) -> Result<Vec<Row>> {
    let full = resources.max(VISITS * SMALLER);
    let few = full / SMALLER;
    let (small, large) = (House::make(few, admin, "small").await?, House::make(full, admin, "full").await?);
    let mut rows = Vec::new();
    for (what, ask) in ASKED {
        rows.push(compared(what, &small, &large, length, |house, n| ask(n, house.resources)).await?);
    }
    for (what, query) in
        [("next page of all", page()), ("next page by date", format!("{}&_sort=-date", page()))]
    {
        let (near, far) = (small.deep(&query).await?, large.deep(&query).await?);
        let next = move |house: &House, _| if house.resources == few { near.clone() } else { far.clone() };
        rows.push(compared(what, &small, &large, length, next).await?);
    }
    small.end().await?;
    large.end().await?;
    Ok(rows)
}

fn page() -> String {
    "/fhir/Appointment?_count=20".to_owned()
}

/// The same on both, in turns.
async fn compared(
    what: &str,
    small: &House,
    large: &House,
    length: Duration,
    ask: impl Fn(&House, u64) -> String,
) -> Result<Row> {
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        near.push(small.asked(length, |n| ask(small, n)).await?);
        far.push(large.asked(length, |n| ask(large, n)).await?);
    }
    let work = format!("{what}, {} against {}", large.resources, small.resources);
    Ok(Row::times("", &work, median(far).p50_ms, median(near).p50_ms, MOST))
}

/// A store of so many resources, and a gateway on it.
struct House {
    resources: u64,
    gateway: Gateway,
    authorization: String,
    database: Option<Database>,
}

/// Requests that are prepared before the clock starts.
const PREPARED: u64 = 512;

impl House {
    async fn make(resources: u64, admin: Option<&str>, purpose: &str) -> Result<Self> {
        let database = match admin {
            Some(admin) => Some(Database::make(admin, purpose).await?),
            None => None,
        };
        let url = database.as_ref().map(|database| database.url.clone());
        let place: Arc<Place> = Place::make(&Setup { database: url, tenants: 1, counterpart: None }).await?;
        let store = place.store().await?;
        Filling::of(0).fill(&store, 0..resources, visit).await?;
        store.close().await;
        let gateway = place.serve().await?;
        let authorization = format!("Bearer {}", gateway.token(0).await?);
        let house = Self { resources, gateway, authorization, database };
        let found = house.answer("/fhir/Appointment?patient=Patient/p-0&date=2026-09-08").await?;
        ensure!(found["total"] == 1, "a search found {} appointments, not one", found["total"]);
        Ok(house)
    }

    async fn answer(&self, path: &str) -> Result<Value> {
        let mut wire = Wire::connect(&self.gateway.address).await?;
        let answer = wire.send(&request("GET", path, &headers(&self.authorization), b"")).await?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// The path of a page that lies some pages behind the first.
    async fn deep(&self, first: &str) -> Result<String> {
        let mut path = first.to_owned();
        for _ in 0..DEEP {
            let page = self.answer(&path).await?;
            let links = page["link"].as_array().context("a page without links")?;
            let next = links.iter().find(|link| link["relation"] == "next").context("no next page")?;
            let url = next["url"].as_str().context("a link without a URL")?;
            let below = url.find("/fhir/").and_then(|at| url.get(at..)).context("a link elsewhere")?;
            below.clone_into(&mut path);
        }
        Ok(path)
    }

    async fn asked(&self, length: Duration, ask: impl Fn(u64) -> String) -> Result<Figures> {
        let one = |n| request("GET", &ask(n), &headers(&self.authorization), b"");
        let prepared: Vec<Vec<u8>> = (0..PREPARED).map(one).collect();
        let at = move |n: u64| prepared[usize::try_from(n % PREPARED).unwrap_or_default()].clone();
        drive(&self.gateway.address, 1, length, at).await
    }

    async fn end(self) -> Result<()> {
        drop(self.gateway);
        match self.database {
            Some(database) => database.drop().await,
            None => Ok(()),
        }
    }
}

fn date(day: u64) -> String {
    format!("2026-09-{:02}", day + 1)
}

fn visit(n: u64) -> String {
    let (patient, day) = (n / VISITS, date(n % VISITS));
    let (hour, minute, second) = (8 + n / 3600 % 10, n / 60 % 60, n % 60);
    json!({
        "resourceType": "Appointment", "id": format!("s-{n}"), "status": "booked",
        "identifier": [{"system": "https://load.example/afspraak", "value": n.to_string()}],
        "start": format!("{day}T{hour:02}:{minute:02}:{second:02}+02:00"),
        "end": format!("{day}T20:00:00+02:00"),
        "comment": "Neem uw medicatielijst mee.",
        "participant": [
            {"actor": {"reference": format!("Patient/p-{patient}"), "display": "T. Testpersoon"}, "status": "accepted"},
            {"actor": {"reference": "PractitionerRole/pr-12", "display": "Mw. dr. A. Voorbeeld"}, "status": "accepted"},
        ],
    })
    .to_string()
}
