//! Carrying one change across: wish → what stands there → call → verdict (`tetra.md` sections 3.12, 4.4 and 4.5).
//!
//! Nothing is written that is not configured, and what cannot be told is refused before anybody is called. Their calls
//! know no reference of ours, so a change that may have arrived is looked for in the agenda before it is sent again.
//! Versions go one by one: an unclear booking can only be found by its own time and patient, which a later version may
//! have changed.

mod booking;
mod ending;

use std::collections::BTreeMap;
use std::sync::Arc;

use adapter_kit::{Deliver, ExchangeLog};
use async_trait::async_trait;
use gateway_core::{Bsn, Delivery, Failure, Issue, IssueCode, Key, Receipt, Resource, ResourceType};
use secrecy::SecretString;

use crate::client::Fault;
use crate::desk::{Desk, There};
use crate::map::Composer;
use crate::map::outbound::{Known, Person, Wish};
use crate::note::{Last, Note};
use crate::verdict;
use crate::wire::{Given, Identification, Operation};

/// A call with what it is given.
type Call = (Operation, Vec<(&'static str, Given)>);

/// Carries appointments.
pub(crate) struct Sender {
    pub(crate) desk: Desk,
    pub(crate) composer: Arc<Composer>,
}

/// One change, with what is known about those before it.
struct Change<'c> {
    delivery: &'c Delivery,
    note: Option<Note>,
    log: &'c ExchangeLog,
}

impl Change<'_> {
    /// Whether something may have arrived that nobody wrote down.
    fn in_doubt(&self) -> bool {
        self.delivery.sent_before && self.note.is_none()
    }

    /// Their number: as it was written down, else as the resource says it. What was booked anew has another one until the
    /// next look at the agenda puts it on the resource.
    fn number(&self, known: &Known) -> Option<String> {
        self.standing().and_then(|note| note.number.clone()).or_else(|| known.appointment.clone())
    }

    /// What was written down, unless it was the end.
    fn standing(&self) -> Option<&Note> {
        self.note.as_ref().filter(|note| note.last != Last::Cancelled)
    }

    /// Our reference, where an operator has told of a place for it.
    fn reference(&self) -> (&'static str, Given) {
        ("reference", Given::Text(self.delivery.reference()))
    }
}

#[async_trait]
impl Deliver for Sender {
    fn states(&self, _: ResourceType) -> bool {
        false
    }

    async fn deliver(&self, delivery: &Delivery, log: &ExchangeLog) -> Result<Receipt, Failure> {
        if delivery.key.resource_type != ResourceType::Appointment {
            return Ok(Receipt::Withheld("the practice is told of appointments only"));
        }
        let note = delivery.note.as_deref().and_then(Note::read);
        let change = Change { delivery, note, log };
        match self.composer.wish(delivery).map_err(Failure::Never)? {
            Wish::Nothing(why) => Ok(Receipt::Withheld(why)),
            Wish::Booked(booking) => self.booked(&change, &booking).await,
            Wish::Arrived(known) => self.arrived(&change, &known).await,
            Wish::Cancelled(known) => self.cancelled(&change, &known).await,
        }
    }
}

impl Sender {
    /// Their number of an appointment that is over there.
    async fn number(&self, change: &Change<'_>, known: &Known) -> Result<String, Failure> {
        match change.number(known) {
            Some(number) => Ok(number),
            None if change.note.is_some() => self.number_of_noted(change).await,
            None => Err(Failure::Never(vec![
                Issue::error(
                    IssueCode::Required,
                    "the number of this appointment at the practice is not known, so it cannot be found there",
                )
                .at("Appointment.identifier"),
            ])),
        }
    }

    /// The number of what was booked without learning it: looked for where it was put.
    async fn number_of_noted(&self, change: &Change<'_>) -> Result<String, Failure> {
        let gone = || {
            Failure::Never(vec![
                Issue::error(
                    IssueCode::Conflict,
                    "the practice no longer has this appointment where it was booked",
                )
                .at("Appointment.identifier"),
            ])
        };
        let note = change.standing().ok_or_else(gone)?;
        let around = self.desk.around(&note.agenda, &note.start, change.log).await;
        let around = around.map_err(|fault| self.unread(fault))?;
        let mut hits = around.iter().filter(|it| it.agenda == note.agenda && it.start == note.start);
        match (hits.next(), hits.next()) {
            (Some(there), None) => Ok(there.number.clone()),
            _ => Err(gone()),
        }
    }

    /// The patient's number; a BSN is asked for, and only one hit counts (3.9).
    async fn patient(&self, person: &Person, change: &Change<'_>) -> Result<Who, Failure> {
        const PATH: &str = "Appointment.participant";
        let refuse = |code, text: &str| Err(Failure::Never(vec![Issue::error(code, text).at(PATH)]));
        match person {
            Person::Number(number) => Ok(Who { number: number.clone(), here: Here::Number }),
            Person::Nobody => refuse(IssueCode::Required, "the practice must be told who comes"),
            Person::Bsn(bsn) => match self.people_of(bsn, change.log).await?.as_slice() {
                [(number, born)] => {
                    let certain = born.as_deref().and_then(|born| here(change.delivery, bsn, born));
                    Ok(Who { number: number.clone(), here: certain.map_or(Here::Bsn, Here::Patient) })
                }
                [] => refuse(IssueCode::NotFound, "the practice knows nobody with this BSN"),
                _ => refuse(IssueCode::MultipleMatches, "the practice knows several people under this BSN"),
            },
        }
    }

    /// Number and date of birth of everybody the practice knows under this BSN.
    async fn people_of(
        &self,
        bsn: &Bsn,
        log: &ExchangeLog,
    ) -> Result<Vec<(String, Option<String>)>, Failure> {
        let identifier = SecretString::from(bsn.expose().to_owned());
        let answer = self.desk.client.find_patient(&identifier, log).await;
        let answer = answer.map_err(|fault| self.unread(fault))?;
        let person = |record: mappings::wire::Node<'_>| {
            let number = record.get("PatientId")?.text().as_deref().and_then(whole)?;
            let born = record.get("GeboorteDatum").and_then(|it| it.text()?.get(..10).map(str::to_owned));
            Some((number, born))
        };
        let people: BTreeMap<_, _> = answer.records().into_iter().filter_map(person).collect();
        Ok(people.into_iter().collect())
    }

    /// The call that takes `there` out, if there is one: by number when the gateway itself may, else by its token.
    fn cancellation(&self, there: &There, change: &Change<'_>) -> Option<Call> {
        let appointment = ("appointment", Given::Text(there.number.clone()));
        let reference = change.reference();
        if self.may_cancel_by_number() {
            return Some((Operation::Cancel, vec![appointment, reference]));
        }
        let token = there.token.clone().filter(|_| self.desk.client.knows(Operation::CancelByToken))?;
        Some((Operation::CancelByToken, vec![("token", Given::Secret(token)), appointment, reference]))
    }

    fn can_cancel(&self) -> bool {
        self.may_cancel_by_number() || self.desk.client.knows(Operation::CancelByToken)
    }

    /// A delivery brings nobody's session along.
    fn may_cancel_by_number(&self) -> bool {
        let spelling = self.desk.client.spelling(Operation::Cancel);
        spelling.is_some_and(|spelling| spelling.identification == Identification::Application)
    }

    async fn write(
        &self,
        operation: Operation,
        given: &[(&str, Given)],
        log: &ExchangeLog,
    ) -> Result<(), Failure> {
        let answer = self.desk.client.call(operation, None, given, log).await;
        answer.map(drop).map_err(|fault| verdict::of_write(fault, &self.desk.client.settings().codes))
    }

    fn demand(&self, operation: Operation, path: &str) -> Result<(), Failure> {
        if self.desk.client.knows(operation) { Ok(()) } else { Err(off(operation, path)) }
    }

    fn unread(&self, fault: Fault) -> Failure {
        verdict::of_read(fault, &self.desk.client.settings().codes)
    }
}

/// Who comes.
struct Who {
    /// The practice's number.
    number: String,
    /// Who that is here.
    here: Here,
}

/// How well a person of the practice is known here.
enum Here {
    /// By the practice's number.
    Number,
    /// By the BSN alone.
    Bsn,
    /// It is certain that this Patient is meant.
    Patient(Key),
}

/// The Patient of a delivery who has this BSN and was born on this day: two facts that agree (3.9).
fn here(delivery: &Delivery, bsn: &Bsn, born: &str) -> Option<Key> {
    let is_them = |patient: &Resource| {
        let identifiers = patient.root().find(&["identifier"]);
        let has_bsn = identifiers
            .into_iter()
            .any(|it| it.text("system") == Some(Bsn::SYSTEM) && it.text("value") == Some(bsn.expose()));
        has_bsn && patient.root().text("birthDate") == Some(born)
    };
    let mut patients =
        delivery.referenced.iter().filter(|(key, _)| key.resource_type == ResourceType::Patient);
    patients.find(|(_, patient)| is_them(patient)).map(|(key, _)| key.clone())
}

/// One of their numbers.
fn whole(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('0');
    (!bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit())).then(|| bare.to_owned())
}

fn off(operation: Operation, path: &str) -> Failure {
    let text = format!("the call {} is not configured for this practice", operation.word());
    Failure::Never(vec![Issue::error(IssueCode::NotSupported, text).at(path)])
}
