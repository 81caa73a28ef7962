//! Pharmacies by their AGB codes (XS-15, 8.5.4).

use serde::Deserialize;

use super::conversation::Conversation;
use super::ending::Ending;

/// Which ones.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pharmacies {
    agbs: Vec<String>,
}

pub(super) async fn look_up(xis: &mut Conversation<'_>, asked: &Pharmacies) -> Result<Ending, Ending> {
    let (system, _) = xis.organisation();
    let tokens: Vec<String> = asked.agbs.iter().map(|agb| format!("{system}|{agb}")).collect();
    let answer = xis.get(&["Organization"], &[("identifier", &tokens.join(","))]).await?;
    if answer["resourceType"] == "Bundle" { Ok(Ending::Listed) } else { Err(Ending::Unreadable) }
}
