//! A JSON request: who asks which practice for what (`tetra.md` section 1.3). Names are taken exactly as printed.

use serde_json::{Map, Value};

use super::form::Form;
use crate::desk::{Also, Ask, Booking, Enrolment, Moving, Needs, SearchBy, Who};
use crate::operations::{Kind, Operations};
use crate::refusal::Refusal;
use crate::world::Wanted;

/// The methods whose names are documented.
const DOCUMENTED: &[&str] = &[
    "Login",
    "Logout",
    "GetBlokTypes",
    "GetAgendas",
    "GetAfspraken",
    "GetAfsprakenDeurToegang",
    "ZoekAfspraakPatient",
    "Zoek",
    "StuurAlert",
];

/// A request, read.
#[derive(Debug)]
pub(crate) struct Envelope {
    form: Form,
    pub(crate) method: String,
}

impl Envelope {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let members: Map<String, Value> = serde_json::from_slice(body).map_err(|_| Refusal::Unreadable)?;
        let form = Form(members);
        let method = form.text("Method").map_err(|_| Refusal::NotOffered)?.to_owned();
        Ok(Self { form, method })
    }

    /// The method's name when it is one of ours; it goes into the log.
    pub(crate) fn operation(&self, operations: &Operations) -> Option<String> {
        let known =
            DOCUMENTED.contains(&self.method.as_str()) || operations.by_method(&self.method).is_some();
        known.then(|| self.method.clone())
    }

    pub(crate) fn target(&self) -> Option<&str> {
        self.form.text("Target").ok()
    }

    /// Whether name and key are these.
    pub(crate) fn is_from(&self, application: &str, key: &str) -> bool {
        self.form.text("Name") == Ok(application) && self.form.text("Key") == Ok(key)
    }

    /// What is asked, who may, and who does.
    pub(crate) fn ask(&self, operations: &Operations) -> Result<(Ask, Needs, Who), Refusal> {
        let (ask, needs) = if let Some(known) = self.documented()? {
            known
        } else {
            let kind = operations.by_method(&self.method).ok_or(Refusal::NotOffered)?;
            self.form.undocumented(kind, operations)?
        };
        let session = self.form.text("Session").ok().filter(|session| !session.is_empty());
        let who = match (needs, session) {
            (Needs::User | Needs::Known, Some(session)) => Who::User(session.to_owned()),
            _ => Who::Application,
        };
        Ok((ask, needs, who))
    }

    fn documented(&self) -> Result<Option<(Ask, Needs)>, Refusal> {
        let form = &self.form;
        Ok(Some(match self.method.as_str() {
            "Login" => {
                let (username, password) = (form.owned("username")?, form.owned("password")?);
                (Ask::Login { username, password }, Needs::User)
            }
            "Logout" => (Ask::Logout, Needs::User),
            "GetBlokTypes" => (Ask::BlockTypes, Needs::Application),
            "GetAgendas" => (Ask::Agendas, Needs::Application),
            "GetAfspraken" => (Ask::OwnAppointments { patient: None }, Needs::User),
            "GetAfsprakenDeurToegang" => {
                let (from, until) = (form.local("start")?, form.local("eind")?);
                (Ask::Period { agendas: form.ids("agendaIds")?, from, until }, Needs::Application)
            }
            "ZoekAfspraakPatient" => {
                (Ask::FindPatient { identifier: form.owned("identifier")? }, Needs::Application)
            }
            "Zoek" => {
                let (query, by) = (form.owned("query")?, form.search_by()?);
                (Ask::Search { query, by, also: Also::EVERYTHING }, Needs::Application)
            }
            "StuurAlert" => (Ask::Alert, Needs::Application),
            _ => return Ok(None),
        }))
    }
}

impl Form {
    fn search_by(&self) -> Result<SearchBy, Refusal> {
        match self.maybe("zoekType", Self::text)? {
            Some("Telefoon") => Ok(SearchBy::Phone),
            Some("Email") => Ok(SearchBy::Email),
            Some("Alles") | None => Ok(SearchBy::All),
            Some(_) => Err(Refusal::Field),
        }
    }

    /// An operation under configured names.
    fn undocumented(&self, kind: Kind, operations: &Operations) -> Result<(Ask, Needs), Refusal> {
        let name = |word| operations.name(kind, word);
        let ask = match kind {
            Kind::Sms => Ask::Sms,
            Kind::Upgrade => Ask::Upgrade { code: self.owned(&name("code"))? },
            Kind::Slots => Ask::Slots(Wanted {
                agendas: self.ids(&name("agendas"))?,
                block_types: self.ids(&name("block_types"))?,
                from: self.local(&name("start"))?,
                until: self.local(&name("end"))?,
            }),
            Kind::Book => Ask::Book(Booking {
                agenda: self.id(&name("agenda"))?,
                block_type: self.id(&name("block_type"))?,
                start: self.local(&name("start"))?,
                end: self.maybe(&name("end"), Self::local)?,
                patient: self.maybe(&name("patient"), Self::id)?,
                remark: self.maybe(&name("remark"), Self::owned)?,
            }),
            Kind::Move => Ask::Move(Moving {
                id: self.id(&name("id"))?,
                agenda: self.maybe(&name("agenda"), Self::id)?,
                block_type: self.maybe(&name("block_type"), Self::id)?,
                start: self.local(&name("start"))?,
                end: self.maybe(&name("end"), Self::local)?,
            }),
            Kind::Cancel => Ask::Cancel { id: self.id(&name("id"))? },
            Kind::CancelByToken => Ask::CancelByToken { token: self.owned(&name("token"))? },
            Kind::Arrive => Ask::Arrive { id: self.id(&name("id"))? },
            Kind::Statuses => {
                Ask::Statuses { agendas: self.maybe(&name("agendas"), Self::ids)?.unwrap_or_default() }
            }
            Kind::FindByPhone => Ask::Search {
                query: self.owned(&name("phone"))?,
                by: SearchBy::PhoneOnly,
                also: Also::EVERYTHING,
            },
            Kind::NewPatient => {
                // Required, and nothing is done with them.
                for date in ["enrolled", "left", "died"] {
                    self.local(&name(date))?;
                }
                let (given, family) = (self.owned(&name("given"))?, self.owned(&name("family"))?);
                Ask::Enrol(Enrolment { given, family, born: self.local(&name("born"))? })
            }
            Kind::AgendaAppointments | Kind::BlockTypeList | Kind::AgendaList | Kind::FindPatient => {
                return Err(Refusal::NotOffered);
            }
        };
        Ok((ask, kind.needs()))
    }
}
