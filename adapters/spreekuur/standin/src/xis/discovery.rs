//! Is the patient of the token registered at this practice (XS-08, 8.1.9)? No parameter says who: the token does.

use serde::Deserialize;

use super::bundle::resources;
use super::conversation::Conversation;
use super::ending::Ending;

/// Nothing is to be said with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discovery {}

pub(super) async fn discover(xis: &mut Conversation<'_>) -> Result<Ending, Ending> {
    let answer = xis.get(&["Patient"], &[]).await?;
    match (answer["resourceType"].as_str(), resources(&answer, "Patient").len()) {
        (Some("Bundle"), 1) => Ok(Ending::Registered),
        (Some("Bundle"), 0) => Ok(Ending::NotRegistered),
        _ => Err(Ending::Unreadable),
    }
}
