//! A GP system's agenda taken in: the first look at 10,000 appointments, over JSON and over XML, each with a gateway of its
//! own. Compared with fetching the same answer and reading it as JSON, or not at all (XML).

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use gateway_store::PollRow;
use serde_json::{Value, json};
use standin_tetra::{Operations, Settings, Tetra};

use crate::gateway::{Gateway, Place, Setup, agb};
use crate::report::Row;
use crate::wire::{Wire, request};

/// A look that takes longer is no look any more.
const PATIENCE: Duration = Duration::from_mins(5);

pub(crate) async fn run(appointments: u64) -> Result<Vec<Row>> {
    let mut rows = look(appointments, "json").await?;
    rows.extend(look(appointments, "xml").await?);
    Ok(rows)
}

async fn look(appointments: u64, format: &str) -> Result<Vec<Row>> {
    let practice = practice(appointments).await?;
    let fetched = fetch(&practice).await?;
    let setup = Setup { database: None, tenants: 1, counterpart: None };
    let place = Place::with_links(&setup, link(&practice, format)).await?;
    let gateway = place.serve().await?;
    let row = looked(&gateway).await?;
    let took = (row.ended.context("it ended")? - row.began.context("it began")?).as_seconds_f64();
    let figures = row.figures;
    ensure!(figures.aside == 0, "{} records were set aside", figures.aside);
    ensure!(figures.created >= appointments, "only {} were made", figures.created);
    let work = format!("first look, {appointments} appointments, {format}");
    let rows = vec![
        Row::times("", &work, took * 1000.0, fetched.as_secs_f64() * 1000.0, f64::NAN),
        Row::plain("", "the same, seconds", took, "s", 5.0),
        Row::plain("", "the most memory there was", gateway.peak_mb()?, "MB", 200.0),
    ];
    practice.stop().await;
    Ok(rows)
}

/// A practice with so many appointments from today on.
async fn practice(appointments: u64) -> Result<standin_tetra::Running> {
    let settings = Settings { operations: Operations::invented(), ..Settings::bare() };
    let standin = Tetra::start(settings).await?;
    let agendas: Vec<Value> = (71..91).map(|id| json!({"id": id, "name": format!("Agenda {id}")})).collect();
    let people: Vec<Value> = (1..=500)
        .map(|id| json!({"id": id, "given": "T.", "family": format!("Testpersoon {id}"), "gender": "female"}))
        .collect();
    let block_types = json!([{"id": 501, "name": "Consult kort", "colour": "3366CC", "tenths": 100}]);
    let seed = json!({"practices": [{"name": "load", "agb": agb(0), "agendas": agendas,
                                     "block_types": block_types, "patients": people}]});
    standin.seed(&seed).map_err(anyhow::Error::msg)?;
    let today = time::OffsetDateTime::now_utc().date().to_string();
    let acts = json!({"practice": "load", "do": [{"generate": {"count": appointments, "from": today}}]});
    standin.practice(&acts).map_err(anyhow::Error::msg)?;
    Ok(standin)
}

fn link(practice: &standin_tetra::Running, format: &str) -> String {
    let target = agb(0);
    let common = format!(
        "[[link]]\nname = \"practice\"\nkind = \"tetra\"\ntenant = \"t0\"\ncriteria = []\ntarget = \"{target}\"\n\
         format = \"{format}\"\nanswer_limit_bytes = 67108864\n"
    );
    if format == "json" {
        return format!(
            "{common}json_url = \"{}\"\napplication_name = \"{}\"\napplication_key = \"{}\"\n",
            practice.json_url(),
            Settings::APPLICATION,
            Settings::KEY
        );
    }
    format!(
        "{common}xml_url = \"{}\"\nserver_token = \"{}\"\n\
         [link.operations.block_types]\ncontainer = \"BlokTypes\"\n\
         [link.operations.agendas]\ncontainer = \"Agendas\"\n\
         [link.operations.appointments]\nmethod = \"Tetra_Agenda_GetAfsprakenDeurToegang_Verzoek\"\n\
         container = \"Afspraken\"\nfields = {{ agendas = \"AgendaIds\", start = \"Start\", end = \"Eind\" }}\n",
        practice.xml_url(),
        Settings::SERVER_TOKEN
    )
}

/// Waits until the first look was taken in.
async fn looked(gateway: &Gateway) -> Result<PollRow> {
    let store = gateway.store().await?;
    let begin = Instant::now();
    loop {
        let row = store.polls().await?.into_iter().next().filter(|row| row.outcome.is_some());
        if let Some(row) = row {
            ensure!(row.failures == 0, "the look failed: {}", row.reason.unwrap_or_default());
            store.close().await;
            return Ok(row);
        }
        ensure!(begin.elapsed() < PATIENCE, "the look does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How long the bare answer takes: fetched and read as JSON.
async fn fetch(practice: &standin_tetra::Running) -> Result<Duration> {
    let today = time::OffsetDateTime::now_utc().date();
    let body = json!({
        "Name": Settings::APPLICATION, "Key": Settings::KEY, "Target": agb(0),
        "Method": "GetAfsprakenDeurToegang", "start": format!("{}T00:00:00", today - time::Duration::days(2)),
        "eind": format!("{}T00:00:00", today + time::Duration::days(120)),
        "agendaIds": (71..91).collect::<Vec<u32>>(),
    })
    .to_string();
    let mut wire = Wire::connect(&practice.addr().to_string()).await?;
    let begin = Instant::now();
    let ask = request("POST", "/json", &[("Content-Type", "application/json")], body.as_bytes());
    let answer = wire.send(&ask).await?;
    let read: Value = serde_json::from_slice(&answer.body)?;
    let took = begin.elapsed();
    ensure!(read["afspraken"].as_array().is_some_and(|all| !all.is_empty()), "the practice answers nothing");
    Ok(took)
}
