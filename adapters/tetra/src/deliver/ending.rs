//! That the patient is there, and that an appointment is over (`tetra.md` sections 2.4, 2.7 and 4.5).

use gateway_core::{Failure, Issue, IssueCode, Receipt};

use super::{Change, Sender, off};
use crate::map::outbound::{Known, Person};
use crate::note::{Last, Note};
use crate::wire::{Given, Operation};

impl Sender {
    pub(super) async fn arrived(&self, change: &Change<'_>, known: &Known) -> Result<Receipt, Failure> {
        if change.note.as_ref().is_some_and(|note| note.last == Last::Arrived) {
            return Ok(Receipt::Withheld("they know that the patient is there"));
        }
        self.demand(Operation::Arrive, "Appointment.status")?;
        let number = self.number(change, known).await?;
        if change.in_doubt() {
            let all = self.desk.all(None, None, change.log).await.map_err(|fault| self.unread(fault))?;
            if all.iter().any(|it| it.number == number && it.has_arrived()) {
                return Ok(noted(change, Last::Arrived, number));
            }
        }
        let mut given = vec![("appointment", Given::Text(number.clone())), change.reference()];
        if let Person::Number(patient) = &known.patient {
            given.push(("patient", Given::Text(patient.clone())));
        }
        self.write(Operation::Arrive, &given, change.log).await?;
        Ok(noted(change, Last::Arrived, number))
    }

    pub(super) async fn cancelled(&self, change: &Change<'_>, known: &Known) -> Result<Receipt, Failure> {
        if change.note.as_ref().is_some_and(|note| note.last == Last::Cancelled) {
            return Ok(Receipt::Withheld("they know that it is cancelled"));
        }
        if !change.delivery.sent_before && known.appointment.is_none() {
            return Ok(Receipt::Withheld("it never stood in their agenda"));
        }
        if !self.can_cancel() {
            return Err(off(Operation::Cancel, "Appointment.status"));
        }
        let number = self.number(change, known).await?;
        let all = self.desk.all(None, change.note.as_ref().map(|note| note.start.as_str()), change.log).await;
        let all = all.map_err(|fault| self.unread(fault))?;
        let Some(there) = all.iter().find(|it| it.number == number) else {
            return Ok(if change.in_doubt() {
                noted(change, Last::Cancelled, number)
            } else {
                Receipt::Withheld("it is gone there already")
            });
        };
        let Some((operation, given)) = self.cancellation(there, change) else {
            return Err(Failure::Never(vec![
                Issue::error(
                    IssueCode::NotSupported,
                    "this appointment came without a token, and only its patient can cancel it by number",
                )
                .at("Appointment.status"),
            ]));
        };
        self.write(operation, &given, change.log).await?;
        Ok(noted(change, Last::Cancelled, number))
    }
}

/// The note of before with its end, or one that holds the number alone.
fn noted(change: &Change<'_>, last: Last, number: String) -> Receipt {
    let (agenda, start, hash) = match &change.note {
        Some(note) => (note.agenda.clone(), note.start.clone(), note.hash.clone()),
        None => (String::new(), String::new(), String::new()),
    };
    let note = Note { last, number: Some(number), agenda, start, hash };
    Receipt::Delivered { note: Some(note.text()) }
}
