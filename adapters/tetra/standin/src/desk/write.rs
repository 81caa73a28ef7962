//! What changes an agenda from outside. All of it is played under names that are invented (`tetra.md` sections 2.3, 2.4
//! and 2.7); that an offer is not a lock, that erasing leaves nothing and that arriving sets `Aanwezig` is the vendor's.

use super::{Desk, Refusal, Reply, Who};
use crate::demo::empty;
use crate::local::Local;
use crate::practice::{Account, Appointment, Role, Status};

/// What a booking conveys.
#[derive(Debug)]
pub(crate) struct Booking {
    pub(crate) agenda: i64,
    pub(crate) block_type: i64,
    pub(crate) start: Local,
    /// The block type's length when absent.
    pub(crate) end: Option<Local>,
    /// For an application; a session's own otherwise.
    pub(crate) patient: Option<i64>,
    pub(crate) remark: Option<String>,
}

/// What a move conveys; what is absent stays.
#[derive(Debug)]
pub(crate) struct Moving {
    pub(crate) id: i64,
    pub(crate) agenda: Option<i64>,
    pub(crate) block_type: Option<i64>,
    pub(crate) start: Local,
    pub(crate) end: Option<Local>,
}

impl Desk<'_> {
    pub(super) fn book(&mut self, account: Option<&Account>, booking: Booking) -> Result<Reply, Refusal> {
        let patient = self.booked_for(account, booking.patient)?;
        let length = self.length(booking.block_type)?;
        let end = booking.end.unwrap_or_else(|| booking.start.plus_minutes(length));
        let place = self.place();
        if end <= booking.start || !place.agendas.iter().any(|agenda| agenda.id == booking.agenda) {
            return Err(Refusal::Field);
        }
        if place.is_taken(booking.agenda, booking.start, end, 0) {
            return Err(Refusal::Taken);
        }
        let appointment = Appointment {
            patient,
            account: account.map(|account| account.username.clone()),
            block_type: booking.block_type,
            remark: booking.remark,
            portal: true,
            ..empty(booking.agenda, booking.start, end)
        };
        let id = place.make(appointment).map_err(|_| Refusal::Unknown)?;
        let token = place.appointment(id)?.token.clone();
        Ok(Reply::Booked { id, token })
    }

    fn booked_for(&mut self, account: Option<&Account>, asked: Option<i64>) -> Result<i64, Refusal> {
        if let Some(account) = account {
            let own = asked.or(account.patients.first().copied()).unwrap_or_default();
            let may = account.role == Role::Staff || account.patients.contains(&own);
            return may.then_some(own).ok_or(Refusal::Entitlement);
        }
        let patient = asked.ok_or(Refusal::Field)?;
        let known = self.place().patients.contains_key(&patient);
        known.then_some(patient).ok_or(Refusal::Unknown)
    }

    /// A block type's length in minutes.
    fn length(&mut self, block_type: i64) -> Result<i64, Refusal> {
        let kind = self.place().block_types.iter().find(|kind| kind.id == block_type);
        kind.map(|kind| kind.tenths / 10).ok_or(Refusal::Field)
    }

    pub(super) fn move_to(&mut self, account: Option<&Account>, to: &Moving) -> Result<Reply, Refusal> {
        let is = self.own_appointment(account, to.id)?.clone();
        let agenda = to.agenda.unwrap_or(is.agenda);
        let end = to.end.unwrap_or_else(|| Local(to.start.0.saturating_add(is.end.0 - is.start.0)));
        let place = self.place();
        if end <= to.start || !place.agendas.iter().any(|it| it.id == agenda) {
            return Err(Refusal::Field);
        }
        if place.is_taken(agenda, to.start, end, to.id) {
            return Err(Refusal::Taken);
        }
        let it = place.appointment(to.id)?;
        (it.agenda, it.start, it.end) = (agenda, to.start, end);
        it.block_type = to.block_type.unwrap_or(it.block_type);
        let token = it.token.clone();
        Ok(Reply::Booked { id: to.id, token })
    }

    pub(super) fn cancel(&mut self, account: Option<&Account>, id: i64) -> Result<Reply, Refusal> {
        if matches!(self.who, Who::Anonymous) {
            return Err(Refusal::Identification);
        }
        self.own_appointment(account, id)?;
        self.place().erase(id)?;
        Ok(Reply::Done)
    }

    pub(super) fn cancel_by_token(&mut self, token: &str) -> Result<Reply, Refusal> {
        let place = self.place();
        let held = place.appointments.values().find(|it| it.token.as_deref() == Some(token));
        let id = held.map(|it| it.id).ok_or(Refusal::Unknown)?;
        place.erase(id)?;
        Ok(Reply::Done)
    }

    pub(super) fn arrive(&mut self, account: Option<&Account>, id: i64) -> Result<Reply, Refusal> {
        self.own_appointment(account, id)?.status = Status::Aanwezig;
        Ok(Reply::Done)
    }

    /// The appointment, unless it is another patient's.
    fn own_appointment(&mut self, account: Option<&Account>, id: i64) -> Result<&mut Appointment, Refusal> {
        let it = self.place().appointment(id)?;
        let own = account.is_none_or(|account| {
            account.role == Role::Staff
                || account.patients.contains(&it.patient)
                || it.account.as_deref() == Some(account.username.as_str())
        });
        if own { Ok(it) } else { Err(Refusal::Unknown) }
    }
}
