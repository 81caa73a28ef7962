//! That an appointment stands in the agenda as asked: booked, moved, or booked anew (`tetra.md` sections 2.4 and 4.5).

use adapter_kit::ExchangeLog;
use gateway_core::{Failure, Issue, IssueCode, Receipt, Version};

use super::{Change, Here, Sender, Who, off, whole};
use crate::client::Fault;
use crate::desk::There;
use crate::map::keys::{Thing, booked_for};
use crate::map::outbound::{Booking, Person};
use crate::note::{Last, Note, hash};
use crate::verdict;
use crate::wire::{Given, Odd, Operation};

impl Sender {
    pub(super) async fn booked(&self, change: &Change<'_>, booking: &Booking) -> Result<Receipt, Failure> {
        if change.standing().is_some_and(|note| note.hash == told(booking)) {
            return Ok(Receipt::Withheld("it stands in their agenda like this already"));
        }
        match change.number(&booking.known) {
            Some(number) => self.changed(change, booking, &number).await,
            None if change.standing().is_some() => {
                let number = self.number_of_noted(change).await?;
                self.changed(change, booking, &number).await
            }
            None => self.first_told(change, booking).await,
        }
    }

    /// An appointment they do not have, or that may have arrived unseen.
    async fn first_told(&self, change: &Change<'_>, booking: &Booking) -> Result<Receipt, Failure> {
        self.demand(Operation::Book, "Appointment.status")?;
        let who = self.patient(&booking.known.patient, change).await?;
        let patient = &who.number;
        if change.in_doubt() {
            let found = self.desk.all(Some(&booking.agenda), Some(&booking.start), change.log).await;
            let all = found.map_err(|fault| self.unread(fault))?;
            if let Some(there) = all.iter().find(|it| it.is(&booking.agenda, &booking.start, patient)) {
                return Ok(self.first_delivered(change, Some(there.number.clone()), booking, &who));
            }
            // Only a first version is sure to have meant this time. After it, what stands there may be its old place.
            let others = all.iter().filter(|it| it.patient.as_deref() == Some(patient.as_str()));
            let others: Vec<&str> = others.map(|it| it.number.as_str()).collect();
            if change.delivery.version != Version::FIRST && !others.is_empty() {
                return Err(which_of(&others));
            }
        }
        let number = self.book(change, booking, patient).await?;
        Ok(self.first_delivered(change, number, booking, &who))
    }

    /// They have it, and who comes: a Patient known here gets the practice's number, so that the next look means that
    /// Patient and not one of its own. Who is known by BSN alone does not, but the appointment is known to be for them.
    fn first_delivered(
        &self,
        change: &Change<'_>,
        number: Option<String>,
        booking: &Booking,
        who: &Who,
    ) -> Receipt {
        let practice = self.composer.practice();
        let person = match (&who.here, &number) {
            (Here::Patient(here), _) => Some((here.clone(), Thing::Patient.key(practice, &who.number))),
            (Here::Bsn, Some(number)) => {
                Some((change.delivery.key.clone(), booked_for(practice, number, &who.number)))
            }
            (Here::Bsn, None) | (Here::Number, _) => None,
        };
        match (self.delivered(change, number, booking), person) {
            (Receipt::Named { note, mut names }, Some(person)) => {
                names.push(person);
                Receipt::Named { note, names }
            }
            (Receipt::Delivered { note }, Some(person)) => Receipt::Named { note, names: vec![person] },
            (receipt, _) => receipt,
        }
    }

    /// Books. The number is theirs, when they tell it or it can be found.
    async fn book(
        &self,
        change: &Change<'_>,
        booking: &Booking,
        patient: &str,
    ) -> Result<Option<String>, Failure> {
        let mut given = Self::place(change, booking);
        given.push(("patient", Given::Text(patient.to_owned())));
        given.extend(booking.remark.clone().map(|remark| ("remark", Given::Text(remark))));
        match self.desk.client.call(Operation::Book, None, &given, change.log).await {
            Ok(answer) => match answer.text().as_deref().and_then(whole) {
                Some(number) => Ok(Some(number)),
                None => Ok(self.look(booking, patient, change.log).await.map(|there| there.number)),
            },
            Err(fault) => Err(self.not_booked(fault, booking, change.log).await),
        }
    }

    /// Why it was not booked: they say why in no way that is published, so the agenda is looked at (edge case 51).
    async fn not_booked(&self, fault: Fault, booking: &Booking, log: &ExchangeLog) -> Failure {
        let refused = matches!(&fault, Fault::Odd { odd: Odd::Refused { .. }, .. });
        let failure = verdict::of_write(fault, &self.desk.client.settings().codes);
        let plain = matches!(&failure, Failure::Never(issues)
            if issues.iter().all(|issue| issue.code == IssueCode::BusinessRule));
        if !(refused && plain && self.desk.can_read()) {
            return failure;
        }
        let around = self.desk.around(&booking.agenda, &booking.start, log).await.unwrap_or_default();
        let taken = around.iter().any(|it| it.start < booking.end && it.end > booking.start);
        if !taken {
            return failure;
        }
        let text = "the time was taken by another appointment in the meantime";
        Failure::Never(vec![Issue::error(IssueCode::Conflict, text).at("Appointment.start")])
    }

    async fn look(&self, booking: &Booking, patient: &str, log: &ExchangeLog) -> Option<There> {
        let around = self.desk.around(&booking.agenda, &booking.start, log).await.ok()?;
        around.into_iter().find(|it| it.is(&booking.agenda, &booking.start, patient))
    }

    /// An appointment they have: perhaps nothing changed, perhaps it must move.
    async fn changed(
        &self,
        change: &Change<'_>,
        booking: &Booking,
        number: &str,
    ) -> Result<Receipt, Failure> {
        let all = self.desk.all(Some(&booking.agenda), Some(&booking.start), change.log).await;
        let all = all.map_err(|fault| self.unread(fault))?;
        let Some(there) = all.iter().find(|it| it.number == number) else {
            return self.replaced(change, booking, &all, number);
        };
        same_patient(booking, there)?;
        if stands(there, booking) {
            return Ok(if change.in_doubt() {
                self.delivered(change, Some(number.to_owned()), booking)
            } else {
                Receipt::Withheld("it stands in their agenda like this already")
            });
        }
        if self.desk.client.knows(Operation::Move) {
            return self.moved(change, booking, number).await;
        }
        self.booked_anew(change, booking, there, &all).await
    }

    async fn moved(&self, change: &Change<'_>, booking: &Booking, number: &str) -> Result<Receipt, Failure> {
        let mut given = Self::place(change, booking);
        given.push(("appointment", Given::Text(number.to_owned())));
        match self.desk.client.call(Operation::Move, None, &given, change.log).await {
            Ok(_) => Ok(self.delivered(change, Some(number.to_owned()), booking)),
            Err(fault) => Err(self.not_booked(fault, booking, change.log).await),
        }
    }

    /// Books anew, then cancels what stands there; what is booked already by an earlier attempt is not booked again.
    async fn booked_anew(
        &self,
        change: &Change<'_>,
        booking: &Booking,
        old: &There,
        all: &[There],
    ) -> Result<Receipt, Failure> {
        if !self.desk.client.settings().book_then_cancel {
            return Err(off(Operation::Move, "Appointment.start"));
        }
        self.demand(Operation::Book, "Appointment.start")?;
        let cancel =
            self.cancellation(old, change).ok_or_else(|| off(Operation::Cancel, "Appointment.start"))?;
        let patient = match &old.patient {
            Some(patient) => patient.clone(),
            None => self.patient(&booking.known.patient, change).await?.number,
        };
        let anew = all.iter().find(|it| it.is(&booking.agenda, &booking.start, &patient));
        let number = match anew {
            Some(there) => Some(there.number.clone()),
            None => self.book(change, booking, &patient).await?,
        };
        let (operation, given) = cancel;
        match self.desk.client.call(operation, None, &given, change.log).await {
            Ok(_) => Ok(self.delivered(change, number, booking)),
            Err(fault) => Err(self.stuck_half_way(fault, old, number.as_deref())),
        }
    }

    /// The new one stands and the old one does too: said aloud, with both numbers (edge case 53).
    fn stuck_half_way(&self, fault: Fault, old: &There, number: Option<&str>) -> Failure {
        match verdict::of_write(fault, &self.desk.client.settings().codes) {
            Failure::Never(mut issues) => {
                let text = format!(
                    "both appointments stand there now: {} at the old time and {} at the new one; the old one could not be taken out",
                    old.number,
                    number.unwrap_or("one without a known number"),
                );
                issues.insert(0, Issue::error(IssueCode::Conflict, text).at("Appointment.start"));
                Failure::Never(issues)
            }
            Failure::Broken(why) => Failure::Broken(why),
            // The next attempt finds the new one and only cancels.
            Failure::Later { .. } | Failure::Unsure => Failure::Unsure,
        }
    }

    /// It is gone under its number: erased there, or booked anew and cancelled by an attempt whose end nobody saw.
    fn replaced(
        &self,
        change: &Change<'_>,
        booking: &Booking,
        all: &[There],
        number: &str,
    ) -> Result<Receipt, Failure> {
        let same_person = |there: &&There| same_patient(booking, there).is_ok() && there.patient.is_some();
        let anew = all.iter().filter(same_person).find(|there| stands(there, booking));
        match anew.filter(|_| change.in_doubt()) {
            Some(there) => Ok(self.delivered(change, Some(there.number.clone()), booking)),
            None => Err(Failure::Never(vec![
                Issue::error(IssueCode::Conflict, format!("the practice no longer has appointment {number}"))
                    .at("Appointment.identifier"),
            ])),
        }
    }

    /// They have it. Its number is known here from now on, so that the next look at the agenda does not take it for new.
    fn delivered(&self, change: &Change<'_>, number: Option<String>, booking: &Booking) -> Receipt {
        let key = number.as_deref().map(|number| Thing::Afspraak.key(self.composer.practice(), number));
        let note = Note {
            last: Last::Booked,
            number,
            agenda: booking.agenda.clone(),
            start: booking.start.clone(),
            hash: told(booking),
        };
        let note = Some(note.text());
        match key {
            Some(key) => Receipt::Named { note, names: vec![(change.delivery.key.clone(), key)] },
            None => Receipt::Delivered { note },
        }
    }

    fn place(change: &Change<'_>, booking: &Booking) -> Vec<(&'static str, Given)> {
        vec![
            ("agenda", Given::Text(booking.agenda.clone())),
            ("block_type", Given::Text(booking.block_type.clone())),
            ("start", Given::Text(booking.start.clone())),
            ("end", Given::Text(booking.end.clone())),
            change.reference(),
        ]
    }
}

fn same_patient(booking: &Booking, there: &There) -> Result<(), Failure> {
    match (&booking.known.patient, &there.patient) {
        (Person::Number(ours), Some(theirs)) if ours != theirs => Err(Failure::Never(vec![
            Issue::error(IssueCode::NotSupported, "an appointment cannot change its patient there")
                .at("Appointment.participant"),
        ])),
        _ => Ok(()),
    }
}

/// A hash of how it stands in the agenda. The text of an appointment cannot be changed there, so it does not count.
fn told(booking: &Booking) -> String {
    let patient = match &booking.known.patient {
        Person::Number(number) => number.as_str(),
        Person::Bsn(_) | Person::Nobody => "",
    };
    hash(&[&booking.agenda, &booking.block_type, &booking.start, &booking.end, patient])
}

/// Whether it stands there as asked. A block type they leave open is none of ours to compare.
fn stands(there: &There, booking: &Booking) -> bool {
    there.agenda == booking.agenda
        && there.start == booking.start
        && there.end == booking.end
        && there.block_type.as_deref().is_none_or(|kind| kind == booking.block_type)
}

/// After an unclear move nobody can tell which of these is meant.
fn which_of(numbers: &[&str]) -> Failure {
    let text = format!(
        "an earlier change may have arrived: look whether this is one of the patient's appointments {}",
        numbers.join(", ")
    );
    Failure::Never(vec![Issue::error(IssueCode::Conflict, text).at("Appointment.start")])
}
