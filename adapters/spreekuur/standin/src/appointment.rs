//! SU-01, `PUT /Appointment/{id}`: what the platform knows of an appointment, and what counts as a change
//! (`spreekuur.md` section 6). Everything else in a body is ignored.

mod read;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;

pub(crate) use read::{is_id, read, read_bsn};

use crate::bsn::{self, Bsn};
use crate::fingerprint::Fingerprint;

/// The two states that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Booked,
    Cancelled,
}

impl Status {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A moment, and how it was written.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) text: String,
    at: OffsetDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Coding {
    system: String,
    code: String,
    pub(crate) display: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Actor {
    reference: String,
    pub(crate) display: String,
}

/// What the platform knows of an appointment.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) status: Status,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) comment: String,
    pub(crate) categories: Vec<Vec<Coding>>,
    pub(crate) bsn: Bsn,
    patient: Actor,
    pub(crate) others: Vec<Actor>,
}

/// What a PUT brings.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) content: Content,
    pub(crate) fingerprint: Fingerprint,
}

/// What a PUT does (6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    New,
    Modified,
    Cancelled,
    /// No change: not processed.
    Nothing,
    /// A cancellation of what is not known.
    Unknown,
}

/// The table of 6.2.
pub(crate) fn effect(known: Option<Fingerprint>, sent: &Sent) -> Effect {
    match (known, sent.content.status) {
        (None, Status::Booked) => Effect::New,
        (None, Status::Cancelled) => Effect::Unknown,
        (Some(known), _) if known == sent.fingerprint => Effect::Nothing,
        (Some(_), Status::Booked) => Effect::Modified,
        (Some(_), Status::Cancelled) => Effect::Cancelled,
    }
}

impl Content {
    /// Of what counts as a change (6.2): moments as instants, codings and other participants as sets, the patient by
    /// BSN alone.
    fn fingerprint(&self) -> Fingerprint {
        let codings: BTreeSet<&Coding> = self.categories.iter().flatten().collect();
        let others: BTreeSet<&Actor> = self.others.iter().collect();
        let moment = |moment: &Moment| moment.at.unix_timestamp_nanos().to_string();
        let (start, end, bsn) = (moment(&self.start), moment(&self.end), self.bsn.reveal());
        let number = codings.len().to_string();

        let single = [self.status.code(), &start, &end, &self.comment, &bsn, &number];
        let codings = codings.into_iter().flat_map(|it| [&it.system, &it.code, &it.display]);
        let others = others.into_iter().flat_map(|it| [&it.reference, &it.display]);
        Fingerprint::of(
            single.into_iter().chain(codings.map(String::as_str)).chain(others.map(String::as_str)),
        )
    }

    /// The appointment as it is answered, with what the server adds to it.
    pub(crate) fn resource(&self, id: &str, meta: &Value) -> Value {
        let category =
            |codings: &Vec<Coding>| json!({ "coding": codings.iter().map(Coding::json).collect::<Vec<_>>() });
        let mut patient = self.patient.json();
        patient["actor"]["identifier"] = json!({ "system": bsn::SYSTEM, "value": self.bsn.reveal() });

        let mut resource = json!({
            "resourceType": "Appointment",
            "id": id,
            "meta": meta,
            "status": self.status.code(),
            "serviceCategory": self.categories.iter().map(category).collect::<Vec<_>>(),
            "start": self.start.text,
            "end": self.end.text,
            "participant": std::iter::once(patient).chain(self.others.iter().map(Actor::json)).collect::<Vec<_>>(),
        });
        if !self.comment.is_empty() {
            resource["comment"] = json!(self.comment);
        }
        resource
    }
}

impl Coding {
    fn json(&self) -> Value {
        json!({ "system": self.system, "code": self.code, "display": self.display })
    }
}

impl Actor {
    fn json(&self) -> Value {
        json!({ "actor": { "reference": self.reference, "display": self.display }, "status": "accepted" })
    }
}
