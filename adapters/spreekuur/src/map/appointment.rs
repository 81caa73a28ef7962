//! Appointment → `PUT /Appointment/{id}` (`spreekuur.md` section 6.5; each row of its table is a test below).

use gateway_core::json::Node;
use gateway_core::{Delivery, Issue, IssueCode, Resource, amsterdam};
use mappings::Target;
use mappings::spreekuur::appointment_status;

use super::category::categories;
use super::note::{note, says_cancelled};
use super::participant::participants;
use super::people::People;
use super::{Message, Outgoing, text_of};
use crate::wire::{Appointment, Status};

/// The contract of the body.
pub(crate) const PROFILE: &str = "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-appointment";

/// What this change means for Spreekuur.nl.
///
/// # Errors
/// What cannot be said in their language, at the path in our resource.
pub(crate) fn outgoing(delivery: &Delivery, fallback_category_system: &str) -> Result<Outgoing, Vec<Issue>> {
    let (source, status) = match (&delivery.resource, &delivery.before) {
        (Some(resource), _) => match told(resource)? {
            Target::Code(code) => (resource, known(code)?),
            Target::Nothing(why) => return Ok(Outgoing::Withheld(why)),
        },
        (None, Some(before)) => (before, Status::Cancelled),
        (None, None) => return Ok(Outgoing::Withheld("deleted, and nothing of it is left to tell")),
    };
    if status == Status::Cancelled {
        if !delivery.sent_before {
            return Ok(Outgoing::Withheld("no booking of it was ever sent"));
        }
        if delivery.note.as_deref().is_some_and(says_cancelled) {
            return Ok(Outgoing::Withheld("they have acknowledged the cancellation already"));
        }
    }
    let body = body(delivery, source, status, fallback_category_system)?;
    let somebody = !source.root().find(&["participant"]).is_empty();
    if somebody && !body.participant.iter().any(|one| one.actor.identifier.is_some()) {
        // Blocked time of a practice, for instance: there is nobody to tell.
        return Ok(Outgoing::Withheld("no patient takes part in it"));
    }
    let note = note(&body);
    if delivery.note.as_deref() == Some(&note) {
        return Ok(Outgoing::Withheld("unchanged since the last acknowledged"));
    }
    Ok(Outgoing::Message(Message { id: body.id.clone(), body: text_of(&body)?, note }))
}

fn told(appointment: &Resource) -> Result<Target<'static>, Vec<Issue>> {
    const PATH: &str = "Appointment.status";
    match appointment.root().text("status") {
        Some(status) => appointment_status().forward(status, PATH).map_err(|issue| vec![issue]),
        None => Err(vec![Issue::error(IssueCode::Required, "status is missing").at(PATH)]),
    }
}

fn known(code: &str) -> Result<Status, Vec<Issue>> {
    match code {
        "booked" => Ok(Status::Booked),
        "cancelled" => Ok(Status::Cancelled),
        _ => Err(vec![
            Issue::error(IssueCode::CodeInvalid, "Spreekuur.nl has no such status").at("Appointment.status"),
        ]),
    }
}

fn body(
    delivery: &Delivery,
    source: &Resource,
    status: Status,
    fallback_category_system: &str,
) -> Result<Appointment, Vec<Issue>> {
    let root = source.root();
    let mut issues = Vec::new();
    let mut keep = |moment: Result<Option<String>, Issue>| {
        moment.unwrap_or_else(|issue| {
            issues.push(issue);
            None
        })
    };
    let (start, end) = (keep(moment(root, "start")), keep(moment(root, "end")));
    let participant = participants(People { owner: source, referenced: &delivery.referenced })
        .unwrap_or_else(|found| {
            issues.extend(found);
            Vec::new()
        });
    if !issues.is_empty() {
        return Err(issues);
    }
    Ok(Appointment {
        resource_type: "Appointment",
        id: delivery.key.id.to_string(),
        status,
        service_category: categories(root, fallback_category_system),
        start,
        end,
        comment: ["patientInstruction", "comment"].into_iter().find_map(|name| spoken(root, name)),
        participant,
    })
}

/// A text for the patient, to the letter, when it says anything.
fn spoken(appointment: Node<'_>, element: &str) -> Option<String> {
    appointment.text(element).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// A moment as the source has it; a local time gets the offset of Europe/Amsterdam.
fn moment(appointment: Node<'_>, element: &str) -> Result<Option<String>, Issue> {
    let Some(text) = appointment.text(element) else { return Ok(None) };
    let zoned = text.split_once('T').is_some_and(|(_, clock)| clock.contains(['Z', '+', '-']));
    if zoned {
        return Ok(Some(text.to_owned()));
    }
    amsterdam(text).map(Some).map_err(|error| {
        Issue::error(IssueCode::Value, error.to_string()).at(format!("Appointment.{element}"))
    })
}

#[cfg(test)]
mod tests;
