//! Step 15: the counterpart is down twice; the delivery arrives at the third attempt, once.

use anyhow::ensure;
use serde_json::json;

use super::Seen;
use super::world::{World, appointment, list, until};
use crate::demo::Gateway;

pub(super) async fn third(world: &World, gateway: &Gateway) -> Seen {
    let id = world.id("later");
    let rule = json!({"method": "PUT", "path": format!("/Appointment/{id}"), "times": 2, "do": "status", "status": 503});
    world.script(&json!([rule])).await?;
    let answer = world.put(&appointment(&id)).await?;
    ensure!(answer.status() == 200, "{}", answer.status());
    world.until_messages(&id, &["new"]).await?;

    let state = world.at_the_standin().await?;
    let of_it = |path: &str| path.ends_with(&format!("/Appointment/{id}"));
    let statuses: Vec<String> = list(&state, "log")
        .filter(|entry| entry["path"].as_str().is_some_and(of_it))
        .map(|entry| entry["status"].to_string())
        .collect();
    ensure!(statuses == ["503", "503", "200"], "the stand-in answered {}", statuses.join(", "));
    settled(gateway, &id).await?;
    Ok(format!("answers {}; one message", statuses.join(", ")))
}

/// The stand-in has answered before the delivery is settled, so this may be a moment too early.
async fn settled(gateway: &Gateway, id: &str) -> anyhow::Result<()> {
    let resource = format!("Appointment/{id}");
    until(async || {
        let deliveries = gateway.deliveries(&["--resource", &resource]).await?;
        let [one] = &deliveries[..] else {
            anyhow::bail!("there are {} deliveries", deliveries.len());
        };
        Ok(one["state"] == "delivered" && one["attempt_count"] == 3)
    })
    .await
}
