//! Recognising in an appointment that was made here what their record is about to say: the same agenda and the same patient,
//! not one more of each. What others wrote of them stays; they only get their numbers at the practice.

use gateway_core::json::{Node, quoted};
use gateway_core::{Key, Resource};

use super::appointment::{kind, with_first};
use super::keys::{IDENTIFIER_TYPE, Thing};

/// The appointment with its agenda and patient marked as the practice's, where they are and are not marked yet. `number` is
/// the patient's there, `None` when nobody is to be marked with it; `patient` is whom it names here.
pub(super) fn adopted(
    current: &Resource,
    number: Option<&str>,
    patient: Option<&Key>,
    practice: &str,
) -> Option<Resource> {
    let list = current.root().get("participant")?;
    let has = |wanted| list.items().filter_map(|it| it.get("actor")).any(|actor| kind(actor) == Some(wanted));
    let (mut agenda, mut person) = (!has("agenda"), number.is_some() && !has("patient"));
    let mut changed = false;
    let participants: Vec<String> = list
        .items()
        .map(|participant| {
            let Some(actor) = participant.get("actor").filter(|actor| kind(*actor).is_none()) else {
                return participant.raw().to_owned();
            };
            let of = |thing: Thing| {
                let system = thing.system(practice);
                actor.get("identifier").filter(|identifier| identifier.text("system") == Some(&system))
            };
            let identifier = if let Some(identifier) = of(Thing::Agenda).filter(|_| agenda) {
                agenda = false;
                with_first(identifier, "type", &of_type("agenda"))
            } else if person && (of(Thing::Patient).is_some() || is(actor, patient)) {
                person = false;
                numbered(practice, number.unwrap_or_default())
            } else {
                return participant.raw().to_owned();
            };
            changed = true;
            with_first(participant, "actor", &with_first(actor, "identifier", &identifier))
        })
        .collect();
    if !changed {
        return None;
    }
    current.draft().set("participant", format!("[{}]", participants.join(","))).build().ok()
}

/// Whether the actor is that Patient. One who is named by another number besides keeps that.
fn is(actor: Node<'_>, patient: Option<&Key>) -> bool {
    let reference = actor.text("reference").and_then(Key::from_reference);
    actor.get("identifier").is_none() && reference.is_some() && reference.as_ref() == patient
}

fn numbered(practice: &str, number: &str) -> String {
    let system = quoted(&Thing::Patient.system(practice));
    format!(r#"{{"type":{},"system":{system},"value":{}}}"#, of_type("patient"), quoted(number))
}

fn of_type(code: &str) -> String {
    format!(r#"{{"coding":[{{"system":{},"code":{}}}]}}"#, quoted(IDENTIFIER_TYPE), quoted(code))
}
