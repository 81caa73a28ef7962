//! Who takes part: the patient with BSN and name, practitioners and places by name.

use gateway_core::json::Node;
use gateway_core::{Bsn, Issue, IssueCode, Key};

use super::people::{Carried, People, bsn, name, said, type_of};
use crate::wire::{Actor, Identifier, Participant};

/// The only status they take.
const ACCEPTED: &str = "accepted";

/// All participants that can be said in their language. Whoever is there twice, as a XIS names them and as the practice does,
/// is said once: they take exactly one patient.
///
/// # Errors
/// What is wrong with a patient. Others are left out when they have no name.
pub(super) fn participants(people: People<'_>) -> Result<Vec<Participant>, Vec<Issue>> {
    let mut said = Vec::new();
    let mut issues = Vec::new();
    for (n, participant) in people.owner.root().find(&["participant"]).into_iter().enumerate() {
        let Some(actor) = participant.get("actor") else { continue };
        let resolved = actor.text("reference").and_then(|reference| people.find(reference));
        let of_patient = bsn(actor.get("identifier")) != Carried::Nothing;
        match type_of(actor, resolved) {
            Some("Patient") => take(patient(people, actor, resolved, n), &mut said, &mut issues),
            None if of_patient => take(patient(people, actor, resolved, n), &mut said, &mut issues),
            Some("Practitioner" | "PractitionerRole" | "Location") => said.extend(other(actor, resolved)),
            _ => {}
        }
    }
    if issues.is_empty() { Ok(said) } else { Err(issues) }
}

fn take(patient: Result<Participant, Issue>, said: &mut Vec<Participant>, issues: &mut Vec<Issue>) {
    match patient {
        Ok(patient) if said.iter().any(|one| one.actor.identifier == patient.actor.identifier) => {}
        Ok(patient) => said.push(patient),
        Err(issue) => issues.push(issue),
    }
}

fn patient(
    people: People<'_>,
    actor: Node<'_>,
    resolved: Option<Node<'_>>,
    n: usize,
) -> Result<Participant, Issue> {
    let at = format!("Appointment.participant[{n}].actor");
    let bsn = one_bsn(actor, resolved, &at)?;
    let display = resolved.and_then(name).or_else(|| display(actor));
    let unnamed = || format!("Patient/{}", people.owner.id().map(ToString::to_string).unwrap_or_default());
    Ok(Participant {
        actor: Actor {
            reference: reference(actor, resolved).unwrap_or_else(unnamed),
            identifier: Some(Identifier::from(&bsn)),
            display,
        },
        status: ACCEPTED,
    })
}

/// The BSN of the Patient and the one beside the reference, which must not contradict each other.
fn one_bsn(actor: Node<'_>, resolved: Option<Node<'_>>, at: &str) -> Result<Bsn, Issue> {
    let known = resolved.map_or(Carried::Nothing, |patient| bsn(patient.find(&["identifier"])));
    let beside = bsn(actor.get("identifier"));
    let beside_at = format!("{at}.identifier");
    match (known, beside) {
        (Carried::One(bsn), Carried::Nothing) | (Carried::Nothing, Carried::One(bsn)) => Ok(bsn),
        (Carried::One(bsn), Carried::One(other)) if bsn == other => Ok(bsn),
        (Carried::One(_), Carried::One(_)) => {
            Err(Issue::error(IssueCode::Conflict, "the BSN is not that of the Patient referred to")
                .at(beside_at))
        }
        (Carried::Several, _) => {
            Err(Issue::error(IssueCode::MultipleMatches, "the Patient referred to has several BSNs").at(at))
        }
        (Carried::Unreadable, _) => {
            Err(Issue::error(IssueCode::Value, "the BSN of the Patient referred to is no BSN").at(at))
        }
        (_, Carried::Unreadable | Carried::Several) => {
            Err(Issue::error(IssueCode::Value, "the identifier is no BSN").at(beside_at))
        }
        (Carried::Nothing, Carried::Nothing) if resolved.is_none() => {
            Err(Issue::error(IssueCode::NotFound, "the Patient referred to is not known here").at(at))
        }
        (Carried::Nothing, Carried::Nothing) => {
            Err(Issue::error(IssueCode::Required, "the Patient referred to has no BSN").at(at))
        }
    }
}

/// A practitioner or place; `None` when there is no name or nothing to refer to.
fn other(actor: Node<'_>, resolved: Option<Node<'_>>) -> Option<Participant> {
    let of_role = || resolved?.get("practitioner").and_then(display);
    let display = display(actor).or_else(|| resolved.and_then(name)).or_else(of_role)?;
    let reference = reference(actor, resolved)?;
    Some(Participant {
        actor: Actor { reference, identifier: None, display: Some(display) },
        status: ACCEPTED,
    })
}

fn display(reference: Node<'_>) -> Option<String> {
    reference.text("display").and_then(said)
}

/// The reference as they get it: without version; of a contained resource, which is not sent, its type and id.
fn reference(actor: Node<'_>, resolved: Option<Node<'_>>) -> Option<String> {
    let text = actor.text("reference").and_then(said)?;
    if let Some(id) = text.strip_prefix('#') {
        return Some(format!("{}/{id}", resolved?.text("resourceType")?));
    }
    Some(Key::from_reference(&text).map_or(text, |key| key.to_string()))
}
