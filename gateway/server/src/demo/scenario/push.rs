//! Steps 2 to 8: an appointment's life and a notification, pushed by a XIS.

use anyhow::{Context, ensure};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use super::Seen;
use super::world::{AGB, World, appointment, list, notification};
use crate::demo::Gateway;

/// Step 2.
pub(super) async fn book(world: &World) -> Seen {
    let answer = ok(world.put(&the_appointment(world)).await?)?;
    Ok(format!("version {}", version(&answer)?))
}

/// Step 3.
pub(super) async fn arrived(world: &World) -> Seen {
    let id = world.id("afs");
    world.until_messages(&id, &["new"]).await?;
    let state = world.at_the_standin().await?;
    let there = list(&state, "appointments").find(|a| a["id"] == id.as_str() && a["agb"] == AGB);
    let status = &there.context("a message, but no appointment")?["status"];
    ensure!(status == "booked", "it is {status}");
    Ok("one message: new".to_owned())
}

/// Step 4. That nothing will follow is seen in the queue: there never was a second delivery.
pub(super) async fn again(world: &World, gateway: &Gateway) -> Seen {
    let id = world.id("afs");
    let answer = ok(world.put(&the_appointment(world)).await?)?;
    let version = version(&answer)?;
    ensure!(version == "1", "it became version {version}");
    let deliveries = gateway.deliveries(&["--resource", &format!("Appointment/{id}")]).await?.len();
    ensure!(deliveries == 1, "there are {deliveries} deliveries");
    world.until_messages(&id, &["new"]).await?;
    Ok("still version 1, one delivery, one message".to_owned())
}

/// Step 5.
pub(super) async fn moved(world: &World) -> Seen {
    let mut appointment = the_appointment(world);
    appointment["start"] = "2027-03-15T10:10:00+01:00".into();
    appointment["end"] = "2027-03-15T10:20:00+01:00".into();
    ok(world.put(&appointment).await?)?;
    world.until_messages(&world.id("afs"), &["new", "modified"]).await?;
    Ok("new, modified".to_owned())
}

/// Step 6.
pub(super) async fn cancelled(world: &World) -> Seen {
    let mut appointment = the_appointment(world);
    appointment["start"] = "2027-03-15T10:10:00+01:00".into();
    appointment["end"] = "2027-03-15T10:20:00+01:00".into();
    appointment["status"] = "cancelled".into();
    ok(world.put(&appointment).await?)?;
    world.until_messages(&world.id("afs"), &["new", "modified", "cancelled"]).await?;
    Ok("new, modified, cancelled".to_owned())
}

/// Step 7.
pub(super) async fn notify(world: &World) -> Seen {
    let id = world.id("mld");
    let answer = world.send(Method::POST, "Communication", &notification(&id, "Uw griepprik")).await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.status());
    ensure!(answer.headers().contains_key("location"), "no Location");
    world.until_messages(&id, &["melding"]).await?;
    Ok("one message: melding".to_owned())
}

/// Step 8.
pub(super) async fn too_long(world: &World, gateway: &Gateway) -> Seen {
    let id = world.id("lang");
    let answer = world.send(Method::POST, "Communication", &notification(&id, &"x".repeat(501))).await?;
    ensure!(answer.status() == StatusCode::BAD_REQUEST, "{}", answer.status());
    let outcome: Value = answer.json().await?;
    ensure!(outcome["resourceType"] == "OperationOutcome", "the answer is no OperationOutcome");
    let place = "Communication.topic.text";
    let named = list(&outcome, "issue").any(|issue| issue["expression"][0] == place);
    ensure!(named, "no issue names {place}");
    let (status, _) = world.read(&format!("Communication/{id}")).await?;
    ensure!(status == StatusCode::NOT_FOUND, "/fhir answers {status} for it");
    let deliveries = gateway.deliveries(&["--resource", &format!("Communication/{id}")]).await?;
    ensure!(deliveries.is_empty(), "there is a delivery of it");
    ensure!(world.messages(&id).await?.is_empty(), "the patient got a message");
    Ok(format!("400, {place}; not stored, not sent"))
}

fn the_appointment(world: &World) -> Value {
    appointment(&world.id("afs"))
}

fn ok(answer: Response) -> anyhow::Result<Response> {
    ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
    Ok(answer)
}

/// The version in `ETag: W/"n"`.
fn version(answer: &Response) -> anyhow::Result<String> {
    let etag = answer.headers().get("etag").context("no ETag")?.to_str()?;
    Ok(etag.trim_start_matches("W/").trim_matches('"').to_owned())
}
