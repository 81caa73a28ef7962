//! One practice: its agendas, its people, and what is done to an appointment. Erasing leaves nothing behind
//! (`tetra.md` section 2.4: "wissen").

use std::collections::BTreeMap;

use uuid::Uuid;

use super::pace::Pace;
use crate::local::Local;
use crate::practice::{Account, Agenda, Appointment, BlockType, Patient, Practice};
use crate::refusal::Refusal;
use crate::switches::{Bounds, NoAgendas, Switches, Window};

/// Keys of appointments begin here, well away from the others'.
const FIRST_ID: i64 = 880_001;

/// A practice and what happened to it.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) agb: String,
    pub(crate) agendas: Vec<Agenda>,
    pub(crate) block_types: Vec<BlockType>,
    pub(crate) patients: BTreeMap<i64, Patient>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) appointments: BTreeMap<i64, Appointment>,
    /// Its installation is off.
    pub(crate) offline: bool,
    /// Its installation takes that long.
    pub(crate) slow_ms: u64,
    pub(crate) pace: Pace,
    pub(crate) erased: u64,
    pub(crate) alerts: u64,
    last_id: i64,
}

/// An appointment as it is answered.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) appointment: Appointment,
    pub(crate) agenda_name: String,
    pub(crate) block: Option<Block>,
    pub(crate) patient: Option<Patient>,
}

/// The block type of an appointment.
#[derive(Debug)]
pub(crate) struct Block {
    /// 0 when it is not in the list (section 3.3).
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) colour: String,
    pub(crate) tenths: i64,
}

impl Place {
    pub(crate) fn new(practice: Practice) -> Result<Self, String> {
        let Practice { name, agb, agendas, block_types, patients, accounts, appointments } = practice;
        if name.is_empty() || agb.len() != 8 || !agb.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(format!("practice {name:?} needs a name and an AGB code of 8 digits"));
        }
        let patients = patients.into_iter().map(|patient| (patient.id, patient)).collect();
        let last_id = FIRST_ID - 1;
        let mut place =
            Self { name, agb, agendas, block_types, patients, accounts, last_id, ..Self::default() };
        place.fill(appointments)?;
        Ok(place)
    }

    pub(crate) fn fill(&mut self, appointments: Vec<Appointment>) -> Result<(), String> {
        appointments.into_iter().try_for_each(|appointment| self.make(appointment).map(|_| ()))
    }

    /// Puts it in; gives its key. Staff may book on top of each other, and before the beginning.
    pub(crate) fn make(&mut self, mut appointment: Appointment) -> Result<i64, String> {
        if !self.agendas.iter().any(|agenda| agenda.id == appointment.agenda) {
            return Err(format!("there is no agenda {}", appointment.agenda));
        }
        if appointment.id == 0 {
            appointment.id = self.last_id + 1;
        }
        let id = appointment.id;
        if self.appointments.contains_key(&id) {
            return Err(format!("there is an appointment {id} already"));
        }
        if appointment.portal && appointment.token.is_none() {
            appointment.token = Some(self.new_token());
        }
        self.last_id = self.last_id.max(id);
        self.appointments.insert(id, appointment);
        Ok(id)
    }

    /// Section 3.8: eight digits, an underscore, 33 letters or digits.
    fn new_token(&self) -> String {
        format!("{}_{}x", self.agb, Uuid::new_v4().simple())
    }

    pub(crate) fn appointment(&mut self, id: i64) -> Result<&mut Appointment, Refusal> {
        self.appointments.get_mut(&id).ok_or(Refusal::Unknown)
    }

    pub(crate) fn erase(&mut self, id: i64) -> Result<(), Refusal> {
        self.appointments.remove(&id).ok_or(Refusal::Unknown)?;
        self.erased += 1;
        Ok(())
    }

    pub(crate) fn account(&self, username: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.username == username)
    }

    /// The appointments of these agendas in this period (2.6).
    pub(crate) fn period(&self, agendas: &[i64], from: Local, until: Local, how: Switches) -> Vec<Shown> {
        let before_end = |at: Local| match how.bounds {
            Bounds::HalfOpen => at < until,
            Bounds::Inclusive => at <= until,
        };
        let within = |it: &Appointment| match how.window {
            Window::StartsWithin => it.start >= from && before_end(it.start),
            Window::Overlaps => it.end > from && before_end(it.start),
        };
        let every = agendas.is_empty() && how.no_agendas == NoAgendas::All;
        self.listed(|it| (every || agendas.contains(&it.agenda)) && within(it))
    }

    /// All appointments of these agendas; of every agenda when none is named.
    pub(crate) fn of_agendas(&self, agendas: &[i64]) -> Vec<Shown> {
        self.listed(|it| agendas.is_empty() || agendas.contains(&it.agenda))
    }

    /// The appointments of an account's patients, or of one of them (2.5).
    pub(crate) fn of_account(&self, account: &Account, only: Option<i64>) -> Vec<Shown> {
        self.listed(|it| match only {
            Some(patient) => it.patient == patient,
            None if it.patient == 0 => it.account.as_deref() == Some(account.username.as_str()),
            None => account.patients.contains(&it.patient),
        })
    }

    /// What stands in an agenda that was removed is not shown.
    fn listed(&self, wanted: impl Fn(&Appointment) -> bool) -> Vec<Shown> {
        self.appointments.values().filter(|it| wanted(it)).filter_map(|it| self.shown(it)).collect()
    }

    fn shown(&self, it: &Appointment) -> Option<Shown> {
        let agenda = self.agendas.iter().find(|agenda| agenda.id == it.agenda)?;
        Some(Shown {
            appointment: it.clone(),
            agenda_name: agenda.name.clone(),
            block: self.block(it),
            patient: self.patients.get(&it.patient).cloned(),
        })
    }

    fn block(&self, it: &Appointment) -> Option<Block> {
        if let Some(own) = it.own_block.clone() {
            let id = it.block_type;
            return Some(Block { id, name: own.name, colour: own.colour, tenths: own.tenths });
        }
        let kind = self.block_types.iter().find(|kind| kind.id == it.block_type)?.clone();
        // The list's example has trailing blanks, the appointment's of the same type has none (2.1, 2.5).
        let name = kind.name.trim_end().to_owned();
        Some(Block { id: kind.id, name, colour: kind.colour, tenths: kind.tenths })
    }
}
