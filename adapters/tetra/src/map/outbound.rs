//! Appointment → what the practice is asked to do (`tetra.md` sections 4.4 and 4.5).
//!
//! What Tetra cannot be told is refused here, before anybody is called: a status there is no call for, a time that does not
//! exist on the practice's clock, a block type of another system, more than one agenda. What merely has no place over
//! there is a warning.

use gateway_core::json::Node;
use gateway_core::{Bsn, Delivery, Issue, IssueCode, Key, Resource, ResourceType};
use mappings::wire::{Format, Value};

use super::keys::{self, Thing, bloktype_system};
use super::{Composer, issues, nobody};

/// What the practice is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// That it stands in the agenda like this.
    Booked(Booking),
    /// That the patient is known to be there.
    Arrived(Known),
    /// That it is taken out of the agenda.
    Cancelled(Known),
    /// Nothing, and why.
    Nothing(&'static str),
}

/// An appointment that is over there, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// Their number, when the resource says it; what was booked from here has it in the delivery's note.
    pub(crate) appointment: Option<String>,
    /// The patient.
    pub(crate) patient: Person,
}

/// How an appointment should stand in the agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booking {
    /// The appointment, when it is known there.
    pub(crate) known: Known,
    /// The number of the agenda.
    pub(crate) agenda: String,
    /// The number of the block type.
    pub(crate) block_type: String,
    /// When it begins, on the practice's clock: `2026-06-02T10:20:00`.
    pub(crate) start: String,
    /// When it ends, likewise.
    pub(crate) end: String,
    /// The text of the appointment.
    pub(crate) remark: Option<String>,
    /// What cannot be told.
    pub(crate) warnings: Vec<Issue>,
}

/// The patient of an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Person {
    /// The HIS number.
    Number(String),
    /// The BSN only: they are to be asked who that is, and one answer counts.
    Bsn(Bsn),
    /// Nobody, or the one whose session is used.
    Nobody,
}

/// Elements that have no place at Tetra.
const UNTOLD: [&str; 9] = [
    "priority",
    "specialty",
    "reasonReference",
    "supportingInformation",
    "basedOn",
    "requestedPeriod",
    "patientInstruction",
    "cancelationReason",
    "appointmentType",
];

impl Composer {
    /// What this change asks of the practice.
    ///
    /// # Errors
    /// What cannot be said in their language, at the path in our resource.
    pub(crate) fn wish(&self, delivery: &Delivery) -> Result<Wish, Vec<Issue>> {
        let Some(resource) = &delivery.resource else {
            return refuse("Appointment", "a deletion is not told: cancel the appointment instead");
        };
        let known = || self.known(resource, delivery);
        match resource.root().text("status").unwrap_or_default() {
            "booked" => self.booking(resource, delivery).map(Wish::Booked),
            "checked-in" if raw_status(resource) == Some("Bezig") => {
                Ok(Wish::Nothing("under way at the practice already"))
            }
            "arrived" | "checked-in" => Ok(Wish::Arrived(known()?)),
            "cancelled" => Ok(Wish::Cancelled(known()?)),
            "fulfilled" | "noshow" => refuse("Appointment.status", "the practice itself records how it went"),
            "entered-in-error" => {
                refuse("Appointment.status", "erasing is a cancellation and must be asked for as such")
            }
            _ => refuse("Appointment.status", "only an agreed appointment can be told"),
        }
    }

    fn known(&self, resource: &Resource, delivery: &Delivery) -> Result<Known, Vec<Issue>> {
        let system = Thing::Afspraak.system(&self.practice);
        let appointment =
            identifier(resource.root(), &system).and_then(|text| keys::number(text).map(str::to_owned));
        Ok(Known { appointment, patient: self.person(resource, delivery)? })
    }

    fn booking(&self, resource: &Resource, delivery: &Delivery) -> Result<Booking, Vec<Issue>> {
        let mut found = Vec::new();
        let known = keep(self.known(resource, delivery), &mut found);
        let agenda = keep(self.agenda_of(resource, delivery), &mut found);
        let block_type = keep(self.block_type_of(resource), &mut found);
        let times = keep(self.times(resource), &mut found);
        match (known, agenda, block_type, times) {
            (Some(known), Some(agenda), Some(block_type), Some((start, end))) => Ok(Booking {
                known,
                agenda,
                block_type,
                start,
                end,
                remark: remark(resource.root()),
                warnings: untold(resource.root()),
            }),
            _ => Err(found),
        }
    }

    /// Both times on the practice's clock, as the table tells them.
    fn times(&self, resource: &Resource) -> Result<(String, String), Vec<Issue>> {
        let package = self.shelf.package();
        let table = super::table(&package, "tetra/afspraak")?;
        let told = table.tell(resource, Format::Json, &self.context(&nobody)).map_err(issues)?;
        let text = |field: &str, path: &str| match told.record.get(field) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => {
                Err(vec![Issue::error(IssueCode::Required, "the practice must be told when it is").at(path)])
            }
        };
        Ok((text("Start", "Appointment.start")?, text("Eind", "Appointment.end")?))
    }

    /// The one agenda: of the slot, else of the participant with an agenda's number.
    fn agenda_of(&self, resource: &Resource, delivery: &Delivery) -> Result<String, Vec<Issue>> {
        let system = Thing::Agenda.system(&self.practice);
        let slots = resource.root().find(&["slot", "reference"]);
        let of_slots =
            slots.into_iter().filter_map(Node::as_str).filter_map(|slot| self.agenda_of_slot(slot, delivery));
        let participants = resource.root().find(&["participant", "actor"]);
        let of_participants = participants.into_iter().filter_map(|actor| {
            actor.get("identifier").and_then(|identifier| in_system(identifier, &system))
        });
        let mut numbers: Vec<String> = of_slots.collect();
        if numbers.is_empty() {
            numbers = of_participants.filter_map(keys::number).map(str::to_owned).collect();
        }
        numbers.sort_unstable();
        numbers.dedup();
        match numbers.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(vec![
                Issue::error(
                    IssueCode::Required,
                    "an appointment at this practice stands in one of its agendas",
                )
                .at("Appointment.participant"),
            ]),
            _ => {
                refuse("Appointment.participant", "an appointment at this practice stands in one agenda only")
            }
        }
    }

    fn agenda_of_slot(&self, slot: &str, delivery: &Delivery) -> Option<String> {
        let slot = delivery.referenced.get(&Key::from_reference(slot)?)?;
        let schedule = Key::from_reference(slot.root().get("schedule")?.text("reference")?)?;
        if let Some(schedule) = delivery.referenced.get(&schedule) {
            let number = identifier(schedule.root(), &Thing::Agenda.system(&self.practice))?;
            return keys::number(number).map(str::to_owned);
        }
        self.number_in_id(Thing::Agenda, schedule.id.as_str())
    }

    /// The number in an id that was made here for a thing of this practice.
    pub(crate) fn number_in_id(&self, thing: Thing, id: &str) -> Option<String> {
        let number = keys::number(id.rsplit('-').next()?)?;
        (thing.id(&self.practice, number).as_str() == id).then(|| number.to_owned())
    }

    fn block_type_of(&self, resource: &Resource) -> Result<String, Vec<Issue>> {
        const PATH: &str = "Appointment.serviceType";
        let system = bloktype_system(&self.practice);
        let codings = resource.root().find(&["serviceType", "coding"]);
        let mut ours = codings.iter().filter(|coding| coding.text("system") == Some(&system));
        match (ours.next(), ours.next()) {
            (Some(coding), None) => {
                let number = coding.text("code").and_then(keys::number);
                let wrong =
                    || vec![Issue::error(IssueCode::CodeInvalid, "no block type has such a code").at(PATH)];
                number.map(str::to_owned).ok_or_else(wrong)
            }
            (Some(_), Some(_)) => refuse(PATH, "an appointment at this practice has one block type"),
            (None, _) => refuse(PATH, "the practice needs one of its own block types"),
        }
    }

    fn person(&self, resource: &Resource, delivery: &Delivery) -> Result<Person, Vec<Issue>> {
        let actors = resource.root().find(&["participant", "actor"]);
        let people: Vec<_> = actors.into_iter().filter(|actor| is_patient(*actor)).collect();
        let Some(actor) = people.first() else { return Ok(Person::Nobody) };
        let same =
            |other: &Node<'_>| other.text("reference").is_some_and(|it| actor.text("reference") == Some(it));
        if !people.iter().skip(1).all(same) {
            return refuse("Appointment.participant", "an appointment at this practice has one patient");
        }
        let referenced = actor.text("reference").and_then(Key::from_reference);
        let referenced = referenced.and_then(|key| delivery.referenced.get(&key)).map(Resource::root);
        let find = |system: &str| {
            let mut beside = people.iter().filter_map(|actor| actor.get("identifier"));
            beside
                .find_map(|identifier| in_system(identifier, system))
                .or_else(|| referenced.and_then(|patient| identifier(patient, system)))
        };
        if let Some(number) = find(&Thing::Patient.system(&self.practice)).and_then(keys::number) {
            return Ok(Person::Number(number.to_owned()));
        }
        match find(Bsn::SYSTEM).and_then(|text| text.parse::<Bsn>().ok()).filter(Bsn::passes_eleven_test) {
            Some(bsn) => Ok(Person::Bsn(bsn)),
            None => Err(vec![
                Issue::error(
                    IssueCode::Required,
                    "the patient has neither a number at the practice nor a BSN",
                )
                .at("Appointment.participant"),
            ]),
        }
    }
}

fn refuse<T>(path: &str, why: &str) -> Result<T, Vec<Issue>> {
    Err(vec![Issue::error(IssueCode::NotSupported, why).at(path)])
}

fn keep<T>(result: Result<T, Vec<Issue>>, found: &mut Vec<Issue>) -> Option<T> {
    result.map_err(|issues| found.extend(issues)).ok()
}

fn is_patient(actor: Node<'_>) -> bool {
    let reference = actor.text("reference").unwrap_or_default();
    let of_patient = actor.get("identifier").is_some_and(|identifier| {
        let coded = identifier
            .find(&["type", "coding", "code"])
            .into_iter()
            .any(|code| code.as_str() == Some("patient"));
        coded || identifier.text("system") == Some(Bsn::SYSTEM)
    });
    actor.text("type") == Some("Patient")
        || of_patient
        || Key::from_reference(reference).is_some_and(|key| key.resource_type == ResourceType::Patient)
}

fn identifier<'r>(resource: Node<'r>, system: &str) -> Option<&'r str> {
    resource.find(&["identifier"]).into_iter().find_map(|identifier| in_system(identifier, system))
}

fn in_system<'r>(identifier: Node<'r>, system: &str) -> Option<&'r str> {
    identifier.text("value").filter(|_| identifier.text("system") == Some(system))
}

fn raw_status(resource: &Resource) -> Option<&str> {
    let url = format!("{}/StructureDefinition/tetra-appointment-status", keys::BASE);
    let extensions = resource.root().get("extension")?;
    let extension = extensions.items().find(|extension| extension.text("url") == Some(&url))?;
    extension.get("valueCoding")?.text("code")
}

/// The text of the appointment: the first there is.
fn remark(appointment: Node<'_>) -> Option<String> {
    let reason = || appointment.find(&["reasonCode", "text"]).into_iter().find_map(Node::as_str);
    let said =
        ["comment", "description"].into_iter().find_map(|name| appointment.text(name)).or_else(reason)?;
    (!said.trim().is_empty()).then(|| said.to_owned())
}

/// A warning for each element that has no place at Tetra.
fn untold(appointment: Node<'_>) -> Vec<Issue> {
    let warn = |path: &str| {
        Issue::warning(IssueCode::NotSupported, "this has no place at the practice and is not told")
            .at(format!("Appointment.{path}"))
    };
    let untold = UNTOLD.into_iter().filter(|name| appointment.get(name).is_some());
    let texts =
        ["comment", "description", "reasonCode"].into_iter().filter(|name| appointment.get(name).is_some());
    untold.chain(texts.skip(1)).map(warn).collect()
}
