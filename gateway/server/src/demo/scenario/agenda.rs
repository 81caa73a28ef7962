//! Step 9: the practice's agenda in the GP system, read over both of its formats.

use anyhow::{Context, ensure};
use gateway_core::amsterdam;
use reqwest::StatusCode;
use serde_json::Value;

use super::Seen;
use super::world::{AGB, World, list, until};
use crate::demo::Gateway;
use crate::demo::place::{TETRA_JSON, TETRA_XML};

/// The system of an appointment's number at the practice.
const NUMBER: &str = "https://zorgtolk.example/fhir/NamingSystem/tetra-appointment-id/01000001";

/// Both links have looked, and each appointment of the practice is one Appointment here.
pub(super) async fn same_over_both(world: &World, gateway: &Gateway) -> Seen {
    for link in [TETRA_JSON, TETRA_XML] {
        until(async || looked(gateway, link).await).await.with_context(|| format!("link {link} looks"))?;
    }
    let state = world.at_the_practice().await?;
    let practice = list(&state, "practices").find(|one| one["agb"] == AGB).context("no practice De Linde")?;
    let held: Vec<&Value> = list(practice, "appointments").collect();
    ensure!(!held.is_empty(), "the practice has no appointments");
    for appointment in &held {
        same(world, appointment).await.with_context(|| format!("appointment {}", appointment["id"]))?;
    }
    Ok(format!("{} appointments over JSON and over XML, one Appointment each", held.len()))
}

/// Whether a link has looked; fails when it looked in vain.
async fn looked(gateway: &Gateway, link: &str) -> anyhow::Result<bool> {
    let polls = gateway.polls().await?;
    let Some(poll) = polls.iter().find(|poll| poll["link"] == link) else { return Ok(false) };
    ensure!(poll["failures"] == 0, "it failed: {}", poll["reason"]);
    ensure!(poll["waiting_aside"] == 0, "{} records were set aside", poll["waiting_aside"]);
    Ok(poll["taken_in"].is_string())
}

/// The practice's appointment is here once, at the same time.
async fn same(world: &World, held: &Value) -> anyhow::Result<()> {
    let (status, bundle) = world.read(&format!("Appointment?identifier={NUMBER}|{}", held["id"])).await?;
    ensure!(status == StatusCode::OK, "{status}");
    ensure!(bundle["total"] == 1, "it is here {} times", bundle["total"]);
    let here = &bundle["entry"][0]["resource"];
    for (ours, theirs) in [("start", "start"), ("end", "end")] {
        let local = held[theirs].as_str().context("a time of the practice is no text")?;
        ensure!(here[ours] == amsterdam(local)?, "{ours} is {}, at the practice {local}", here[ours]);
    }
    Ok(())
}
