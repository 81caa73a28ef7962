//! Communication → `POST /Communication`, category `melding` (`spreekuur.md` section 7).
//!
//! A notification is an event: it is sent once, and what was sent cannot be changed or recalled. Our own id travels with
//! it, so that a resend is recognised (section 10.2). The patient's e-mail invites people who have no account, so it goes
//! along only where the source says so: in its own contained Patient, or in the extension the Spreekuur door writes.

use gateway_core::json::{Node, canonical};
use gateway_core::{Delivery, Issue, IssueCode, Resource};
use serde_json::value::RawValue;

use super::note::hash;
use super::people::{Carried, People, bsn, said, type_of};
use super::{Message, Outgoing, text_of};
use crate::wire::{
    CATEGORY_SYSTEM, Communication, Concept, ConceptCoding, Identifier, MELDING, Patient, Recipient, Telecom,
    Topic,
};

/// The contract of the body.
pub(crate) const PROFILE: &str =
    "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-notification";

/// Holds the address an invitation may go to.
const INVITATION_EMAIL: &str = "https://zorgtolk.example/fhir/StructureDefinition/zt-invitation-email";

/// The id of the contained Patient, where the source has none of its own.
const PATIENT_ID: &str = "pat1";

/// What this change means for Spreekuur.nl.
///
/// # Errors
/// What cannot be said in their language, at the path in our resource.
pub(crate) fn outgoing(delivery: &Delivery) -> Result<Outgoing, Vec<Issue>> {
    let Some(source) = &delivery.resource else {
        return Ok(Outgoing::Withheld("a notification cannot be recalled"));
    };
    let root = source.root();
    if !root.find(&["category", "coding"]).iter().any(|coding| coding.text("code") == Some(MELDING)) {
        return Ok(Outgoing::Withheld("its category is not melding"));
    }
    match (root.text("status"), &delivery.note) {
        (Some("completed"), _) => {}
        (_, None) => return Ok(Outgoing::Withheld("it is not completed")),
        (_, Some(_)) => return Ok(Outgoing::Withheld("a notification cannot be recalled")),
    }
    let body = text_of(&body(delivery, source)?)?;
    let note = note(&body)?;
    match &delivery.note {
        None => Ok(Outgoing::Message(Message { id: delivery.key.id.to_string(), body, note })),
        Some(last) if *last == note => Ok(Outgoing::Withheld("unchanged since the last acknowledged")),
        Some(_) => Err(vec![Issue::error(
            IssueCode::BusinessRule,
            "the notification was sent already and cannot be changed there; send a new one",
        )]),
    }
}

fn note(body: &str) -> Result<String, Vec<Issue>> {
    let body = Resource::from_text(body).map_err(|issue| vec![issue])?;
    Ok(format!("{MELDING}:{}", hash(&canonical(body.root()))))
}

fn body(delivery: &Delivery, source: &Resource) -> Result<Communication, Vec<Issue>> {
    let root = source.root();
    let people = People { owner: source, referenced: &delivery.referenced };
    let patient = patient(people).map_err(|issue| vec![issue])?;
    let payload = root.get("payload").map(|payload| RawValue::from_string(payload.raw().to_owned()));
    let payload = payload
        .transpose()
        .map_err(|_| vec![Issue::error(IssueCode::Structure, "payload cannot be read")])?;
    Ok(Communication {
        resource_type: "Communication",
        id: delivery.key.id.to_string(),
        status: "completed",
        category: vec![Concept { coding: vec![ConceptCoding { system: CATEGORY_SYSTEM, code: MELDING }] }],
        topic: root
            .get("topic")
            .and_then(|topic| topic.text("text"))
            .map(|text| Topic { text: text.to_owned() }),
        recipient: vec![Recipient { reference: format!("#{}", patient.id) }],
        contained: vec![patient],
        payload,
    })
}

/// The one patient it is for: the recipient, or the subject when no recipient is a patient.
fn patient(people: People<'_>) -> Result<Patient, Issue> {
    let root = people.owner.root();
    let is_patient = |(_, reference): &(String, Node<'_>)| {
        let resolved = reference.text("reference").and_then(|text| people.find(text));
        type_of(*reference, resolved) == Some("Patient")
            || bsn(reference.get("identifier")) != Carried::Nothing
    };
    let recipients = root.find(&["recipient"]).into_iter().enumerate();
    let recipients = recipients.map(|(n, recipient)| (format!("Communication.recipient[{n}]"), recipient));
    let recipients: Vec<_> = recipients.filter(is_patient).collect();
    let subject =
        root.get("subject").map(|subject| ("Communication.subject".to_owned(), subject)).filter(is_patient);
    match (recipients.as_slice(), subject) {
        ([(at, one)], _) => person(people, *one, at),
        ([], Some((at, subject))) => person(people, subject, &at),
        ([], None) => {
            Err(Issue::error(IssueCode::Required, "no recipient is a patient").at("Communication.recipient"))
        }
        _ => Err(Issue::error(IssueCode::Structure, "a notification goes to one patient")
            .at("Communication.recipient")),
    }
}

fn person(people: People<'_>, reference: Node<'_>, at: &str) -> Result<Patient, Issue> {
    let text = reference.text("reference").unwrap_or_default();
    let resolved = people.find(text);
    let own = text.strip_prefix('#').filter(|_| resolved.is_some());
    let identifiers = resolved.map(|patient| patient.find(&["identifier"])).unwrap_or_default();
    let bsn = match bsn(identifiers.into_iter().chain(reference.get("identifier"))) {
        Carried::One(bsn) => bsn,
        Carried::Nothing if resolved.is_none() => {
            return Err(Issue::error(IssueCode::NotFound, "the patient referred to is not known here").at(at));
        }
        Carried::Nothing => return Err(Issue::error(IssueCode::Required, "the patient has no BSN").at(at)),
        Carried::Unreadable => {
            return Err(Issue::error(IssueCode::Value, "the patient's BSN is no BSN").at(at));
        }
        Carried::Several => {
            return Err(Issue::error(IssueCode::MultipleMatches, "the patient has several BSNs").at(at));
        }
    };
    Ok(Patient {
        resource_type: "Patient",
        id: own.unwrap_or(PATIENT_ID).to_owned(),
        identifier: vec![Identifier::from(&bsn)],
        telecom: invitation(people.owner.root(), resolved.filter(|_| own.is_some())),
    })
}

/// Where an invitation may go: what the source's own contained Patient has, else what the extension says.
fn invitation(communication: Node<'_>, contained: Option<Node<'_>>) -> Vec<Telecom> {
    let points = contained.map(|patient| patient.find(&["telecom"])).unwrap_or_default();
    let extended = communication.find(&["extension"]).into_iter();
    let extended = extended
        .filter(|e| e.text("url") == Some(INVITATION_EMAIL))
        .filter_map(|e| e.get("valueContactPoint"));
    points
        .into_iter()
        .chain(extended)
        .filter(|point| point.text("system") == Some("email"))
        .filter_map(|point| point.text("value").and_then(said))
        .take(1)
        .map(|email| Telecom::email(&email))
        .collect()
}

#[cfg(test)]
mod tests;
