//! An appointment as the platform keeps it, and what a PUT of it does.

use http::StatusCode;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::appointment::{Content, Effect, Sent, effect};
use crate::bsn::Bsn;
use crate::fingerprint::Fingerprint;
use crate::outcome::Refusal;

/// What is remembered of an appointment.
#[derive(Debug)]
pub(crate) struct Appointment {
    /// What is shown of it; gone when it is older than what is to be kept.
    pub(crate) content: Option<Box<Content>>,
    /// How many PUTs were accepted for it, changed or not.
    pub(crate) deliveries: u64,
    /// The patient has not looked since the last change.
    pub(crate) badge: bool,
    fingerprint: Fingerprint,
    bsn: Bsn,
    version: u64,
    updated: OffsetDateTime,
}

/// What a PUT is answered with.
pub(crate) enum Put {
    Stored {
        version: u64,
        body: Value,
    },
    /// Nothing stored; the answer is 200 all the same.
    Passed,
}

impl Appointment {
    /// A place for what is about to be put.
    pub(super) fn unseen(sent: &Sent, now: OffsetDateTime) -> Self {
        let (fingerprint, bsn) = (sent.fingerprint, sent.content.bsn);
        Self { content: None, deliveries: 0, badge: true, fingerprint, bsn, version: 0, updated: now }
    }

    /// Takes a processed change over, and gives what goes over the wire.
    pub(super) fn change(&mut self, id: &str, sent: Sent, now: OffsetDateTime) -> Put {
        self.fingerprint = sent.fingerprint;
        self.version += 1;
        self.updated = now;
        self.badge = true;
        let put = self.answer(id, &sent.content);
        self.content = Some(Box::new(sent.content));
        put
    }

    /// What goes over the wire when nothing was changed; `sent` stands in where the content is gone.
    pub(super) fn unchanged(&self, id: &str, sent: &Content) -> Put {
        self.answer(id, self.content.as_deref().unwrap_or(sent))
    }

    fn answer(&self, id: &str, content: &Content) -> Put {
        let version = self.version;
        let updated = self.updated.format(&Rfc3339).unwrap_or_default();
        let meta = json!({ "versionId": version.to_string(), "lastUpdated": updated });
        Put::Stored { version, body: content.resource(id, &meta) }
    }
}

/// What the PUT of `sent` over `known` does; `If-Match` (section 9) and A-21 come first.
pub(super) fn judge(
    known: Option<&Appointment>,
    sent: &Sent,
    if_match: Option<&str>,
) -> Result<Effect, Refusal> {
    check_version(known, if_match)?;
    if known.is_some_and(|known| known.bsn != sent.content.bsn) {
        let text = "The patient of a known appointment does not change";
        return Err(Refusal::at("Appointment.participant", "business-rule", text));
    }
    Ok(effect(known.map(|known| known.fingerprint), sent))
}

fn check_version(known: Option<&Appointment>, if_match: Option<&str>) -> Result<(), Refusal> {
    let Some(wanted) = if_match else { return Ok(()) };
    let current = known.map(|known| format!("W/\"{}\"", known.version));
    if current.as_deref() == Some(wanted) || (wanted == "*" && current.is_some()) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::PRECONDITION_FAILED, "conflict", "If-Match names another version"))
}
