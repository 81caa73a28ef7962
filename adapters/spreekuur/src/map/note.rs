//! What is written down about the last acknowledged appointment: its status and a hash of its content (C-05).
//!
//! "Content" is what Spreekuur.nl compares (`spreekuur.md` section 6.2): status, start and end as moments, comment, the
//! set of codings, the patient's BSN, the other participants' reference and display.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::wire::{Appointment, Coding, Status};

/// A note as the engine keeps it: `booked:` or `cancelled:` and 64 hexadecimal digits.
pub(super) fn note(body: &Appointment) -> String {
    format!("{}:{}", word(body.status), content_hash(body))
}

/// Whether the last acknowledged state was a cancellation.
pub(super) fn says_cancelled(note: &str) -> bool {
    note.split(':').next() == Some(word(Status::Cancelled))
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Booked => "booked",
        Status::Cancelled => "cancelled",
    }
}

fn content_hash(body: &Appointment) -> String {
    let mut codings: Vec<&Coding> =
        body.service_category.iter().flat_map(|category| &category.coding).collect();
    codings.sort_unstable();
    codings.dedup();
    let mut bsns: Vec<&str> = Vec::new();
    let mut others: Vec<(&str, &str)> = Vec::new();
    for actor in body.participant.iter().map(|participant| &participant.actor) {
        match &actor.identifier {
            Some(identifier) => bsns.push(&identifier.value),
            None => others.push((&actor.reference, actor.display.as_deref().unwrap_or_default())),
        }
    }
    bsns.sort_unstable();
    others.sort_unstable();
    let comment = body.comment.as_deref().unwrap_or_default();
    hash(&(
        word(body.status),
        moment(body.start.as_ref()),
        moment(body.end.as_ref()),
        comment,
        codings,
        bsns,
        others,
    ))
}

/// A moment whatever its offset; a text that is none stands for itself.
fn moment(text: Option<&String>) -> String {
    let Some(text) = text else { return String::new() };
    OffsetDateTime::parse(text, &Rfc3339)
        .map_or_else(|_| text.clone(), |at| at.unix_timestamp_nanos().to_string())
}

/// SHA-256 over the JSON text of `content`, which tells neighbouring values apart.
pub(super) fn hash(content: &impl serde::Serialize) -> String {
    let text = serde_json::to_vec(content).expect("texts and lists of them can be written as JSON");
    digest(&SHA256, &text).as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
        hex
    })
}
