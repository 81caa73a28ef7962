//! Chat from the patient's side (8.3): a message (XS-09), and the receipt of one that was read (XS-10).

use serde::Deserialize;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::conversation::Conversation;
use super::ending::Ending;
use super::order::Dialect;
use crate::bsn;

const ID_SYSTEM: &str = "nl.spreekuur.communication-id";
const TYPE_SYSTEM: &str = "nl.spreekuur.communication-type";
const SEEN_AT: &str = "http://spreekuur.nl/fhir/StructureDefinition/ResourceSeenAt";

/// What a patient writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    /// One of our making when absent; the same one twice is a message that was sent twice.
    id: Option<String>,
    channel: String,
    #[serde(default = "topic")]
    topic: String,
    text: String,
    #[serde(default)]
    attachments: Vec<Attachment>,
    /// How often it is tried until it is taken (8.3.5).
    #[serde(default = "once")]
    tries: u8,
}

/// A file that lies somewhere to be fetched (8.3.6).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attachment {
    url: String,
    content_type: String,
    title: String,
}

/// Which message was read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    message: String,
}

fn topic() -> String {
    "Gesprek".to_owned()
}

fn once() -> u8 {
    1
}

/// XS-09, with the same id each time.
pub(super) async fn send(
    xis: &mut Conversation<'_>,
    message: &Message,
    new_id: impl FnOnce() -> Uuid,
) -> Result<Ending, Ending> {
    let id = message.id.clone().unwrap_or_else(|| new_id().to_string());
    let communication = communication(xis, message, &id);
    let mut ended = Err(Ending::Refused);
    for _ in 0..message.tries {
        ended = xis.post("Communication", &communication).await.map(|()| Ending::Sent);
        if ended.is_ok() {
            break;
        }
    }
    ended
}

fn communication(xis: &Conversation<'_>, message: &Message, id: &str) -> Value {
    let patient = xis.patient();
    let (agb_system, agb) = xis.organisation();
    let mut payload = vec![json!({ "contentString": message.text })];
    payload.extend(message.attachments.iter().map(|it| {
        json!({ "contentAttachment": { "url": it.url, "contentType": it.content_type, "title": it.title } })
    }));
    let who = json!({
        "identifier": { "system": bsn::SYSTEM, "value": patient.bsn.reveal() },
        "display": patient.name,
    });
    let channel = json!({ "value": message.channel });
    // the published schema has lists where FHIR has one.
    let published = |one: Value| if xis.dialect() == Dialect::Literal { json!([one]) } else { one };
    json!({
        "resourceType": "Communication",
        "id": id,
        "identifier": [{ "system": ID_SYSTEM, "value": id }],
        "status": "completed",
        "category": [{ "coding": [{ "system": TYPE_SYSTEM, "code": "chat" }] }],
        "topic": { "text": message.topic },
        "encounter": { "identifier": published(channel) },
        "subject": published(who.clone()),
        "sender": published(who),
        "recipient": [{ "identifier": { "system": agb_system, "value": agb } }],
        "payload": payload,
    })
}

/// XS-10 (8.3.7).
pub(super) async fn read(xis: &mut Conversation<'_>, seen: &Seen) -> Result<Ending, Ending> {
    let at = xis.at.format(&Rfc3339).unwrap_or_default();
    let patch = json!([{
        "op": "add",
        "path": "/recipient/0/extension",
        "value": [{ "url": SEEN_AT, "valueDateTime": at }],
    }]);
    xis.patch(&["Communication", &seen.message], &patch).await?;
    Ok(Ending::Seen)
}
