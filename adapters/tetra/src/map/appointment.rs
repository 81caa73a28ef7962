//! An appointment of theirs → Appointment (`tetra.md` section 4.3).

use std::sync::Arc;

use adapter_kit::{Aside, Item};
use gateway_core::json::{Node, quoted};
use gateway_core::{Bsn, Draft, Issue, Key, Resource, ResourceType};

use super::adopt::adopted;
use super::edit::relist;
use super::keys::{BASE, IDENTIFIER_TYPE, Thing, booked_for};
use super::{Composer, Record, issues, nameless, nobody, table};

/// The id of a patient without a number of their own, inside the appointment.
const CONTAINED: &str = "patient";

/// Whose appointments were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Those of agendas: without a patient's number there is no patient, or none that is known.
    Agendas,
    /// Those of the person who is signed in: without a number it is that person.
    Person,
}

impl Composer {
    /// The appointment a record tells of.
    ///
    /// # Errors
    /// When it has no number: nothing can be kept of it then.
    pub(crate) fn appointment(self: &Arc<Self>, record: Record, asked: Asked) -> Result<Item, Aside> {
        let number = record.id().ok_or_else(|| nameless(&record, "Appointment.identifier"))?;
        let practice = self.practice.as_str();
        let refers = record.number("PatientId").map(|patient| {
            vec![Thing::Patient.key(practice, &patient), booked_for(practice, &number, &patient)]
        });
        let place = record.place();
        let composer = Arc::clone(self);
        Ok(Item {
            key: Thing::Afspraak.key(&self.practice, &number),
            resource_type: ResourceType::Appointment,
            bsn: None,
            fresh: Thing::Afspraak.id(&self.practice, &number),
            place,
            refers: refers.unwrap_or_default(),
            lay: Box::new(move |current, refers| {
                composer.lay_appointment(&record, asked, current, &Person::of(refers)).map(Some)
            }),
        })
    }

    /// Whether a record has no status, or one that is known. An unknown one is kept beside the last that was known.
    pub(crate) fn knows_status(&self, record: &Record) -> bool {
        let Some(status) = record.text("AfspraakStatus") else { return true };
        let status = status.trim();
        let word = status.rsplit('_').next().unwrap_or(status);
        let package = self.shelf.package();
        let map = package.concept_map("tetra-afspraakstatus");
        let known = map.is_some_and(|map| map.sources().any(|source| source.eq_ignore_ascii_case(word)));
        known || matches!(word, "0" | "NietGevuld")
    }

    /// The end of an appointment that has vanished: they erase what is cancelled. `at` is when that was concluded.
    pub(crate) fn vanished(&self, number: &str, place: &str, at: String) -> Item {
        Item {
            key: Thing::Afspraak.key(&self.practice, number),
            resource_type: ResourceType::Appointment,
            bsn: None,
            fresh: Thing::Afspraak.id(&self.practice, number),
            place: place.to_owned(),
            refers: vec![],
            lay: Box::new(move |current, _| current.map_or(Ok(None), |current| cancelled(current, &at))),
        }
    }

    fn lay_appointment(
        &self,
        record: &Record,
        asked: Asked,
        current: Option<&Resource>,
        person: &Person<'_>,
    ) -> Result<Resource, Vec<Issue>> {
        let package = self.shelf.package();
        let told = current.is_some_and(|current| person.is_told_in(current));
        let number = record.number("PatientId").filter(|_| !told);
        let adopted =
            current.and_then(|current| adopted(current, number.as_deref(), person.patient, &self.practice));
        let current = adopted.as_ref().or(current);
        let laid = table(&package, "tetra/afspraak")?
            .lay(record.node(), record.format(), &record.place(), current, &self.context(&nobody))
            .map_err(issues)?;
        let contained = match record.number("PatientId") {
            Some(_) => None,
            None => self.contained(record)?,
        };
        let owner = record.number("AgendaId").and_then(|agenda| self.owners.get(&agenda));
        let patient = person.patient;
        finished(&laid.resource, &Around { record, asked, owner, patient, told, contained })
    }

    /// The patient without a number, when anything is known of them.
    fn contained(&self, record: &Record) -> Result<Option<String>, Vec<Issue>> {
        if !super::patient::has_demographics(record) {
            return Ok(None);
        }
        let patient = self.demographics(record, None)?;
        Ok(Some(patient.draft().set_text("id", CONTAINED).text()))
    }
}

/// Who the patient of a record is here.
struct Person<'a> {
    /// The Patient that has the number.
    patient: Option<&'a Key>,
    /// The appointment, if it was booked from here for this very number.
    booked: Option<&'a Key>,
}

impl<'a> Person<'a> {
    /// From what the record's keys name, in the order of [`Item::refers`].
    fn of(refers: &'a [Option<Key>]) -> Self {
        let named = |n: usize| refers.get(n).and_then(Option::as_ref);
        Self { patient: named(0), booked: named(1) }
    }

    /// Whether the appointment says already who comes, in the words of who booked it, and the practice has that person in
    /// it still. The number is then no second participant: that it is the same person as a Patient of the practice is
    /// not certain enough to tell others (`tetra.md` 3.9), and two would be one too many.
    fn is_told_in(&self, current: &Resource) -> bool {
        let actors = || current.root().find(&["participant", "actor"]).into_iter();
        let theirs = |actor: Node<'_>| kind(actor) == Some("patient");
        self.booked.is_some_and(|booked| current.id() == Some(&booked.id))
            && actors().any(|actor| is_person(actor) && !theirs(actor))
    }
}

/// Whether a reference names a person: a Patient, or somebody by BSN.
fn is_person(actor: Node<'_>) -> bool {
    let reference = actor.text("reference").and_then(Key::from_reference);
    let bsn =
        actor.get("identifier").is_some_and(|identifier| identifier.text("system") == Some(Bsn::SYSTEM));
    bsn || reference.is_some_and(|key| key.resource_type == ResourceType::Patient)
}

/// What is known besides the fields.
struct Around<'a> {
    record: &'a Record,
    asked: Asked,
    /// Whose agenda it stands in, when the operator has said so.
    owner: Option<&'a Key>,
    /// The Patient that has the number.
    patient: Option<&'a Key>,
    /// Whoever booked it from here says who comes, and the practice means the same person.
    told: bool,
    /// The patient without a number.
    contained: Option<String>,
}

/// What no field says by itself: who the numbers name here, and that it is there after all.
fn finished(laid: &Resource, around: &Around<'_>) -> Result<Resource, Vec<Issue>> {
    let draft = relist(laid.draft(), laid, "extension", |extension| !is_absence(extension), None);
    let contained = around.contained.clone().filter(|_| !is_known(laid, around.asked));
    let participants = participants(laid, around, contained.is_some());
    let draft = match participants.as_slice() {
        [] => draft.remove("participant"),
        participants => draft.set("participant", format!("[{}]", participants.join(","))),
    };
    let draft = relist(draft, laid, "contained", |inside| inside.text("id") != Some(CONTAINED), contained);
    draft.build().map_err(|issue| vec![issue])
}

/// Whether it is known who is signed in: whoever the appointment was for when their number was told.
fn is_known(laid: &Resource, asked: Asked) -> bool {
    let actors = laid.root().find(&["participant", "actor"]);
    asked == Asked::Person && actors.into_iter().any(|actor| kind(actor) == Some("patient"))
}

fn participants(laid: &Resource, around: &Around<'_>, contained: bool) -> Vec<String> {
    let nobody = around.record.number("PatientId").is_none();
    let inside = format!("#{CONTAINED}");
    let mut told = Vec::new();
    for participant in laid.root().get("participant").into_iter().flat_map(Node::items) {
        let actor = participant.get("actor");
        if actor.and_then(|actor| actor.text("reference")) == Some(&inside) {
            continue;
        }
        told.push(match actor.and_then(kind) {
            // Whoever is signed in stays who they are although the answer has no number for them.
            Some("patient") if nobody && around.asked == Asked::Agendas => continue,
            Some("patient") if around.told => continue,
            Some("patient") if !nobody => referring(participant, around.patient),
            Some("agenda") => referring(participant, around.owner),
            _ => participant.raw().to_owned(),
        });
    }
    if contained {
        told.push(format!(r#"{{"actor":{{"reference":{}}},"status":"accepted"}}"#, quoted(&inside)));
    }
    told
}

/// The participant with a reference to `to`; as it is when there is nothing to refer to.
fn referring(participant: Node<'_>, to: Option<&Key>) -> String {
    let (Some(to), Some(actor)) = (to, participant.get("actor")) else { return participant.raw().to_owned() };
    with_first(participant, "actor", &refers_to(actor, to))
}

/// The reference `actor`, pointing to `to`.
pub(super) fn refers_to(actor: Node<'_>, to: &Key) -> String {
    with_first(actor, "reference", &quoted(&to.to_string()))
}

/// An object with `name` set, as its first member; the text of the others stays.
pub(super) fn with_first(object: Node<'_>, name: &str, value: &str) -> String {
    let others = object.entries().filter(|(other, _)| *other != name);
    let others = others.map(|(other, value)| format!(",{}:{}", quoted(other), value.raw()));
    format!("{{{}:{value}{}}}", quoted(name), others.collect::<String>())
}

/// What the number in a reference is the number of.
pub(super) fn kind(actor: Node<'_>) -> Option<&str> {
    let codings = actor.find(&["identifier", "type", "coding"]);
    codings.into_iter().find(|coding| coding.text("system") == Some(IDENTIFIER_TYPE))?.text("code")
}

fn absence() -> String {
    format!("{BASE}/StructureDefinition/tetra-absence-detected")
}

fn is_absence(extension: Node<'_>) -> bool {
    extension.text("url") == Some(&absence())
}

fn cancelled(current: &Resource, at: &str) -> Result<Option<Resource>, Vec<Issue>> {
    if matches!(current.root().text("status"), Some("cancelled" | "entered-in-error")) {
        return Ok(None);
    }
    let told = format!(r#"{{"url":{},"valueDateTime":{}}}"#, quoted(&absence()), quoted(at));
    let draft: Draft = current.draft().set_text("status", "cancelled");
    let draft = relist(draft, current, "extension", |extension| !is_absence(extension), Some(told));
    draft.build().map(Some).map_err(|issue| vec![issue])
}
