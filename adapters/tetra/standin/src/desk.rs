//! What every operation does, whichever format it came in: who may ask (`tetra.md` section 1.5), what happens in the
//! practice, what is answered. Reading and wording are the formats'.

mod people;
mod write;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::local::Local;
use crate::operations::Kind;
use crate::practice::{Account, Agenda, BlockType, Patient, Role};
use crate::refusal::Refusal;
use crate::world::{Place, Shown, Slot, Wanted, World};

pub(crate) use people::{Also, Enrolment, SearchBy};
pub(crate) use write::{Booking, Moving};

/// What is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    Login { username: String, password: String },
    Sms,
    Upgrade { code: String },
    Logout,
    BlockTypes,
    Agendas,
    OwnAppointments { patient: Option<i64> },
    Period { agendas: Vec<i64>, from: Local, until: Local },
    Statuses { agendas: Vec<i64> },
    FindPatient { identifier: String },
    Search { query: String, by: SearchBy, also: Also },
    Alert,
    Slots(Wanted),
    Enrol(Enrolment),
    Book(Booking),
    Move(Moving),
    Cancel { id: i64 },
    CancelByToken { token: String },
    Arrive { id: i64 },
}

/// Who asks, as far as the format says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// Name and key, or the server token.
    Application,
    /// A session: a JSON call's beside name and key, an XML call's instead of the token.
    User(String),
    /// Nobody yet.
    Anonymous,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Application,
    User,
    /// Either.
    Known,
    /// Nobody yet: logging in, in XML.
    Nobody,
    /// The token in the call speaks for itself.
    Any,
}

impl Needs {
    fn allows(self, who: &Who) -> bool {
        match self {
            Self::Application => *who == Who::Application,
            Self::User => matches!(who, Who::User(_)),
            Self::Known => *who != Who::Anonymous,
            Self::Nobody => *who == Who::Anonymous,
            Self::Any => true,
        }
    }
}

/// What is answered.
#[derive(Debug)]
pub(crate) enum Reply {
    /// That it went well.
    Done,
    /// That it went well, with the session's id for those that did not make it.
    LoggedIn(String),
    /// Not even that (`StuurAlert`).
    Bare,
    BlockTypes(Vec<BlockType>),
    Agendas(Vec<Agenda>),
    OwnAppointments(Vec<Shown>),
    /// By agenda and period, or the statuses, under the names of that kind.
    Appointments(Vec<Shown>, Kind),
    /// Patients, with the names of that kind.
    Hits(Vec<Patient>, Kind),
    /// Patients with how to reach them.
    WideHits(Vec<Patient>),
    Slots(Vec<Slot>),
    Enrolled(i64),
    Booked {
        id: i64,
        token: Option<String>,
    },
}

/// The desk of a practice, for one call.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) place: usize,
    pub(crate) who: Who,
    pub(crate) now: OffsetDateTime,
    /// How long a session lasts unused.
    pub(crate) lifetime: Duration,
}

impl Desk<'_> {
    /// Carries it out.
    pub(crate) fn answer(&mut self, ask: Ask, needs: Needs) -> Result<Reply, Refusal> {
        if !needs.allows(&self.who) {
            return Err(Refusal::Identification);
        }
        let account = self.account(&ask)?;
        match ask {
            Ask::Login { username, password } => self.login(&username, &password),
            Ask::Sms => self.send_code(),
            Ask::Upgrade { code } => self.upgrade(&code),
            Ask::Logout => self.logout(),
            Ask::BlockTypes => Ok(Reply::BlockTypes(self.place().block_types.clone())),
            Ask::Agendas => Ok(Reply::Agendas(self.place().agendas.clone())),
            Ask::OwnAppointments { patient } => self.own(account.as_ref(), patient),
            Ask::Period { agendas, from, until } => Ok(self.period(&agendas, from, until)),
            Ask::Statuses { agendas } => Ok(self.statuses(&agendas)),
            Ask::FindPatient { identifier } => Ok(self.find_patient(&identifier)),
            Ask::Search { query, by, also } => self.search(account.as_ref(), &query, by, also),
            Ask::Alert => Ok(self.alert()),
            Ask::Slots(wanted) => Ok(Reply::Slots(self.place().free(&wanted))),
            Ask::Book(booking) => self.book(account.as_ref(), booking),
            Ask::Move(moving) => self.move_to(account.as_ref(), &moving),
            Ask::Cancel { id } => self.cancel(account.as_ref(), id),
            Ask::CancelByToken { token } => self.cancel_by_token(&token),
            Ask::Arrive { id } => self.arrive(account.as_ref(), id),
            Ask::Enrol(enrolment) => Ok(self.enrol(enrolment)),
        }
    }

    fn place(&mut self) -> &mut Place {
        &mut self.world.places[self.place]
    }

    /// The session's account; none for an application.
    fn account(&mut self, ask: &Ask) -> Result<Option<Account>, Refusal> {
        let Who::User(id) = &self.who else { return Ok(None) };
        if matches!(ask, Ask::Login { .. }) {
            return Ok(None);
        }
        let second = self.world.switches.second_factor;
        let session = self.world.sessions.touch(self.place, id, self.now, self.lifetime)?;
        let half_is_enough = matches!(ask, Ask::Sms | Ask::Upgrade { .. } | Ask::Logout);
        if half_is_enough || session.is_enough(second) {
            Ok(Some(session.account.clone()))
        } else {
            Err(Refusal::Session)
        }
    }

    fn login(&mut self, username: &str, password: &str) -> Result<Reply, Refusal> {
        let known = self.place().account(username).filter(|account| account.password == password);
        let account = known.cloned().ok_or(Refusal::Password)?;
        let id = match &self.who {
            Who::User(id) => id.clone(),
            Who::Application | Who::Anonymous => Uuid::new_v4().to_string(),
        };
        self.world.sessions.begin(self.place, id.clone(), account, self.now);
        Ok(Reply::LoggedIn(id))
    }

    fn session(&self) -> Result<String, Refusal> {
        match &self.who {
            Who::User(id) => Ok(id.clone()),
            Who::Application | Who::Anonymous => Err(Refusal::Identification),
        }
    }

    fn send_code(&mut self) -> Result<Reply, Refusal> {
        let id = self.session()?;
        self.world.sessions.send_code(self.place, &id);
        Ok(Reply::Done)
    }

    fn upgrade(&mut self, code: &str) -> Result<Reply, Refusal> {
        let id = self.session()?;
        self.world.sessions.touch(self.place, &id, self.now, self.lifetime)?.upgrade(code)?;
        Ok(Reply::Done)
    }

    fn logout(&mut self) -> Result<Reply, Refusal> {
        let id = self.session()?;
        self.world.sessions.end(self.place, &id);
        Ok(Reply::Done)
    }

    fn own(&mut self, account: Option<&Account>, patient: Option<i64>) -> Result<Reply, Refusal> {
        let account = account.ok_or(Refusal::Identification)?;
        if patient.is_some_and(|patient| !account.patients.contains(&patient)) {
            return Err(Refusal::Entitlement);
        }
        Ok(Reply::OwnAppointments(self.place().of_account(account, patient)))
    }

    fn period(&mut self, agendas: &[i64], from: Local, until: Local) -> Reply {
        let (now, how) = (self.now, self.world.switches);
        let place = self.place();
        place.pace.appointments(now);
        Reply::Appointments(place.period(agendas, from, until, how), Kind::AgendaAppointments)
    }

    /// All there is of these agendas; of every agenda when none is named.
    fn statuses(&mut self, agendas: &[i64]) -> Reply {
        let now = self.now;
        let place = self.place();
        place.pace.statuses(now);
        Reply::Appointments(place.of_agendas(agendas), Kind::Statuses)
    }

    fn alert(&mut self) -> Reply {
        self.place().alerts += 1;
        Reply::Bare
    }
}

/// Section 2.9: a patient may not look around in the practice.
fn entitled(account: Option<&Account>) -> Result<(), Refusal> {
    match account {
        Some(account) if account.role == Role::Patient => Err(Refusal::Entitlement),
        _ => Ok(()),
    }
}
