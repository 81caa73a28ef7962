//! An XML request: who asks which practice for what (`tetra.md` sections 1.4 and 1.5). Children may come in any order;
//! kinds of identification are judged against a fixed list.

use super::bytes::decode;
use super::tag::Tag;
use crate::desk::{Also, Ask, Booking, Enrolment, Moving, Needs, SearchBy, Who};
use crate::local::Local;
use crate::operations::{Kind, Operations, capital};
use crate::refusal::Refusal;
use crate::switches::TokenChild;
use crate::world::Wanted;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The requests whose roots are documented with all that they need.
const DOCUMENTED: &[&str] = &[
    "Tetra_Switchboard_Security_CreateSession",
    "Tetra_Switchboard_Security_StuurSMS",
    "Tetra_Switchboard_Security_DestroySession",
    "Tetra_Agenda_GetBlokTypes",
    "Tetra_Agenda_GetAgendas",
    "Tetra_Agenda_GetPatientAfspraken",
    "His_ZoekPatient_Vrij",
];

/// A request, read.
#[derive(Debug)]
pub(crate) struct Request {
    root: Tag,
    pub(crate) stem: String,
}

impl Request {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let root = decode(body).and_then(|text| Tag::read(&text)).ok_or(Refusal::Unreadable)?;
        let stem = root.name.strip_suffix("_Verzoek").ok_or(Refusal::Unreadable)?.to_owned();
        let transient = root.attribute("Id").and_then(|id| id.parse::<i64>().ok()).is_some_and(|id| id < 0);
        if !transient || root.attribute("xmlns:xsi") != Some(XSI) {
            return Err(Refusal::Unreadable);
        }
        Ok(Self { root, stem })
    }

    /// The root's name when it is one of ours; it goes into the log.
    pub(crate) fn operation(&self, operations: &Operations) -> Option<String> {
        let known = DOCUMENTED.contains(&self.stem.as_str()) || operations.by_root(&self.stem).is_some();
        known.then(|| self.stem.clone())
    }

    /// `OntvangerEntiteit`; empty is as good as absent.
    pub(crate) fn target(&self) -> Option<&str> {
        self.text("OntvangerEntiteit").ok().filter(|target| !target.is_empty())
    }

    /// The identification, by `xsi:type` (section 1.5).
    pub(crate) fn who(&self, server_token: &str, child: TokenChild) -> Result<Who, Refusal> {
        let identification = self.root.child("Identificatie").ok_or(Refusal::Identification)?;
        let text = |name: &str| identification.child(name).map(|child| child.text.trim());
        match identification.attribute("xsi:type") {
            None if identification.children.is_empty() => Ok(Who::Anonymous),
            Some("OZB_Communicatie_Identificatie_GebruikerSessie") => {
                let session = text("Sessie").filter(|session| !session.is_empty());
                session.map(|session| Who::User(session.to_owned())).ok_or(Refusal::Session)
            }
            Some("OZB_Communicatie_Identificatie_Servertoken") => {
                let name = if child == TokenChild::Token { "Token" } else { "Sessie" };
                let good = text(name) == Some(server_token);
                if good { Ok(Who::Application) } else { Err(Refusal::Stranger) }
            }
            _ => Err(Refusal::Identification),
        }
    }

    /// What is asked, and who may.
    pub(crate) fn ask(&self, operations: &Operations) -> Result<(Ask, Needs), Refusal> {
        if let Some(known) = self.documented()? {
            return Ok(known);
        }
        let kind = operations.by_root(&self.stem).ok_or(Refusal::NotOffered)?;
        Ok((self.undocumented(kind, operations)?, kind.needs()))
    }

    fn documented(&self) -> Result<Option<(Ask, Needs)>, Refusal> {
        Ok(Some(match self.stem.as_str() {
            "Tetra_Switchboard_Security_CreateSession" => {
                let (username, password) = (self.owned("Username")?, self.owned("Password")?);
                (Ask::Login { username, password }, Needs::Nobody)
            }
            "Tetra_Switchboard_Security_StuurSMS" => (Ask::Sms, Needs::User),
            "Tetra_Switchboard_Security_DestroySession" => (Ask::Logout, Needs::User),
            "Tetra_Agenda_GetBlokTypes" => (Ask::BlockTypes, Needs::Application),
            "Tetra_Agenda_GetAgendas" => (Ask::Agendas, Needs::Application),
            "Tetra_Agenda_GetPatientAfspraken" => {
                let patient = self.maybe("PatientId", Self::id)?.filter(|id| *id != 0);
                (Ask::OwnAppointments { patient }, Needs::User)
            }
            "His_ZoekPatient_Vrij" => {
                let also = Also {
                    birth_name: self.flag("OokMeisjesnaam")?,
                    street: self.flag("OokStraat")?,
                    inactive: self.flag("OokInactief")?,
                };
                (Ask::Search { query: self.owned("Query")?, by: SearchBy::All, also }, Needs::User)
            }
            _ => return Ok(None),
        }))
    }

    /// An operation under configured names.
    fn undocumented(&self, kind: Kind, operations: &Operations) -> Result<Ask, Refusal> {
        let name = |word| capital(&operations.name(kind, word));
        Ok(match kind {
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
            Kind::AgendaAppointments => Ask::Period {
                agendas: self.ids(&name("agendas"))?,
                from: self.local(&name("start"))?,
                until: self.local(&name("end"))?,
            },
            Kind::FindByPhone => Ask::Search {
                query: self.owned(&name("phone"))?,
                by: SearchBy::PhoneOnly,
                also: Also::EVERYTHING,
            },
            Kind::FindPatient => Ask::FindPatient { identifier: self.owned(&name("identifier"))? },
            Kind::NewPatient => {
                // Required, and nothing is done with them.
                for date in ["enrolled", "left", "died"] {
                    self.local(&name(date))?;
                }
                let (given, family) = (self.owned(&name("given"))?, self.owned(&name("family"))?);
                Ask::Enrol(Enrolment { given, family, born: self.local(&name("born"))? })
            }
            Kind::BlockTypeList | Kind::AgendaList => return Err(Refusal::NotOffered),
        })
    }

    fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.root.child(name).map(|child| child.text.as_str()).ok_or(Refusal::Field)
    }

    fn owned(&self, name: &str) -> Result<String, Refusal> {
        self.text(name).map(str::to_owned)
    }

    fn id(&self, name: &str) -> Result<i64, Refusal> {
        self.text(name)?.trim().parse().map_err(|_| Refusal::Field)
    }

    fn local(&self, name: &str) -> Result<Local, Refusal> {
        self.text(name)?.trim().parse().map_err(|_| Refusal::Field)
    }

    /// The children's texts, whatever the children are called.
    fn ids(&self, name: &str) -> Result<Vec<i64>, Refusal> {
        let list = self.root.child(name).ok_or(Refusal::Field)?;
        list.children.iter().map(|id| id.text.trim().parse().map_err(|_| Refusal::Field)).collect()
    }

    fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.maybe(name, Self::text)? {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(Refusal::Field),
        }
    }

    /// Nothing when it is absent or empty.
    fn maybe<'a, T>(
        &'a self,
        name: &str,
        read: impl FnOnce(&'a Self, &str) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        match self.root.child(name) {
            None => Ok(None),
            Some(child) if child.children.is_empty() && child.text.trim().is_empty() => Ok(None),
            Some(_) => read(self, name).map(Some),
        }
    }
}
