//! Their operations, as section 2.0 of `tetra.md` lists them: what is published, and which of our words a call has.
//!
//! A name nobody has published is `None` here and comes from configuration, or the call is off.

use serde::Deserialize;

use crate::config::Format;

/// One of their operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// The first factor (1.6).
    Login,
    /// A code by SMS (1.6).
    SendCode,
    /// The second factor (1.6).
    Confirm,
    /// The end of a session (1.6).
    Logout,
    /// The coloured categories (2.1).
    BlockTypes,
    /// The agendas (2.2).
    Agendas,
    /// Free time (2.3).
    Slots,
    /// A new appointment (2.4).
    Book,
    /// Another time (2.4).
    Move,
    /// An end, by its number (2.4).
    Cancel,
    /// An end, by the token that came with it (2.4).
    CancelByToken,
    /// The appointments of who is signed in (2.5).
    OwnAppointments,
    /// The appointments of agendas in a period (2.6).
    Appointments,
    /// Who is waiting (2.7).
    Statuses,
    /// The patient is there (2.7).
    Arrive,
    /// A person, by number or birth date (2.8).
    FindPatient,
    /// A person, by anything (2.9).
    SearchPatients,
}

/// Who calls (1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identification {
    /// The gateway: `Name` and `Key`, or the server token.
    Application,
    /// A signed-in person: the session besides.
    User,
    /// Nobody yet: the call that opens a session.
    Anonymous,
}

/// One of our words for what a call carries, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// Our word.
    pub(crate) word: &'static str,
    /// How its value is written.
    pub(crate) kind: FieldKind,
    /// Whether the call makes no sense without it.
    pub(crate) needed: bool,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// A string, a local time too.
    Text,
    /// One of their keys: a number in JSON.
    Key,
    /// Several of their keys.
    Keys,
    /// Text that is masked in the record of the exchange.
    Secret,
    /// `true` or `false`.
    Flag,
}

impl Operation {
    /// Every operation.
    pub(crate) const ALL: [Self; 17] = [
        Self::Login,
        Self::SendCode,
        Self::Confirm,
        Self::Logout,
        Self::BlockTypes,
        Self::Agendas,
        Self::Slots,
        Self::Book,
        Self::Move,
        Self::Cancel,
        Self::CancelByToken,
        Self::OwnAppointments,
        Self::Appointments,
        Self::Statuses,
        Self::Arrive,
        Self::FindPatient,
        Self::SearchPatients,
    ];

    /// The word in configuration, in metrics and logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::SendCode => "send_code",
            Self::Confirm => "confirm",
            Self::Logout => "logout",
            Self::BlockTypes => "block_types",
            Self::Agendas => "agendas",
            Self::Slots => "slots",
            Self::Book => "book",
            Self::Move => "move",
            Self::Cancel => "cancel",
            Self::CancelByToken => "cancel_by_token",
            Self::OwnAppointments => "own_appointments",
            Self::Appointments => "appointments",
            Self::Statuses => "statuses",
            Self::Arrive => "arrive",
            Self::FindPatient => "find_patient",
            Self::SearchPatients => "search_patients",
        }
    }

    /// Whether it changes something at the practice.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Book | Self::Move | Self::Cancel | Self::CancelByToken | Self::Arrive)
    }

    /// The published name.
    pub(crate) fn method(self, format: Format) -> Option<&'static str> {
        let (json, xml) = match self {
            Self::Login => (Some("Login"), Some("Tetra_Switchboard_Security_CreateSession_Verzoek")),
            Self::SendCode => (None, Some("Tetra_Switchboard_Security_StuurSMS_Verzoek")),
            Self::Logout => (Some("Logout"), Some("Tetra_Switchboard_Security_DestroySession_Verzoek")),
            Self::BlockTypes => (Some("GetBlokTypes"), Some("Tetra_Agenda_GetBlokTypes_Verzoek")),
            Self::Agendas => (Some("GetAgendas"), Some("Tetra_Agenda_GetAgendas_Verzoek")),
            Self::Cancel => (Some("WisAfspraakById"), None),
            Self::OwnAppointments => (Some("GetAfspraken"), Some("Tetra_Agenda_GetPatientAfspraken_Verzoek")),
            Self::Appointments => (Some("GetAfsprakenDeurToegang"), None),
            Self::Statuses => (None, Some("Tetra_Agenda_GetAfspraken_Verzoek")),
            Self::FindPatient => (Some("ZoekAfspraakPatient"), None),
            Self::SearchPatients => (Some("Zoek"), Some("His_ZoekPatient_Vrij_Verzoek")),
            Self::Confirm | Self::Slots | Self::Book | Self::Move | Self::CancelByToken | Self::Arrive => {
                (None, None)
            }
        };
        match format {
            Format::Json => json,
            Format::Xml => xml,
        }
    }

    /// Where an answer holds what was asked for; `None` where an answer is a yes and nothing more.
    pub(crate) fn container(self, format: Format) -> Option<&'static str> {
        match (self, format) {
            (Self::BlockTypes, Format::Json) => Some("bloktypes"),
            (Self::BlockTypes, Format::Xml) => Some("BlokTypes"),
            (Self::Agendas, Format::Json) => Some("agendas"),
            (Self::Agendas, Format::Xml) => Some("Agendas"),
            (Self::OwnAppointments | Self::Appointments | Self::Statuses, _) => Some("Afspraken"),
            (Self::FindPatient, _) | (Self::SearchPatients, Format::Json) => Some("zoekresultaten"),
            (Self::SearchPatients, Format::Xml) => Some("ObjectOmschrijvingen"),
            (Self::Slots, _) => Some("slots"),
            (Self::Login, Format::Xml) => Some("SessionId"),
            (
                Self::Login
                | Self::SendCode
                | Self::Confirm
                | Self::Logout
                | Self::Book
                | Self::Move
                | Self::Cancel
                | Self::CancelByToken
                | Self::Arrive,
                _,
            ) => None,
        }
    }

    /// Who calls, as far as it is published or follows from what the call does.
    pub(crate) fn identification(self, format: Format) -> Identification {
        match (self, format) {
            (Self::Login, Format::Xml) => Identification::Anonymous,
            (
                Self::Login
                | Self::SendCode
                | Self::Confirm
                | Self::Logout
                | Self::Cancel
                | Self::OwnAppointments,
                _,
            )
            | (Self::SearchPatients, Format::Xml) => Identification::User,
            _ => Identification::Application,
        }
    }

    /// The published name of the field with our `word`.
    pub(crate) fn field(self, word: &str, format: Format) -> Option<&'static str> {
        match (self, format, word) {
            (Self::Login, Format::Json, "user") => Some("username"),
            (Self::Login, Format::Json, "password") => Some("password"),
            (Self::Login, Format::Xml, "user") => Some("Username"),
            (Self::Login, Format::Xml, "password") => Some("Password"),
            (Self::Appointments, Format::Json, "start") => Some("start"),
            (Self::Appointments, Format::Json, "end") => Some("eind"),
            (Self::Appointments, Format::Json, "agendas") => Some("agendaIds"),
            (Self::FindPatient, Format::Json, "identifier") => Some("identifier"),
            (Self::SearchPatients, Format::Json, "query") => Some("query"),
            (Self::SearchPatients, Format::Json, "kind") => Some("zoekType"),
            (Self::SearchPatients, Format::Xml, "query") => Some("Query"),
            (Self::SearchPatients, Format::Xml, "birth_name") => Some("OokMeisjesnaam"),
            (Self::SearchPatients, Format::Xml, "street") => Some("OokStraat"),
            (Self::SearchPatients, Format::Xml, "inactive") => Some("OokInactief"),
            _ => None,
        }
    }

    /// What it can carry, in the order it is written.
    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Self::Login => {
                const { &[needed("user", FieldKind::Secret), needed("password", FieldKind::Secret)] }
            }
            Self::Confirm => const { &[needed("code", FieldKind::Secret)] },
            Self::Slots => {
                const {
                    &[
                        needed("agendas", FieldKind::Keys),
                        needed("block_types", FieldKind::Keys),
                        needed("start", FieldKind::Text),
                        needed("end", FieldKind::Text),
                    ]
                }
            }
            Self::Book => {
                const {
                    &[
                        needed("agenda", FieldKind::Key),
                        needed("block_type", FieldKind::Key),
                        needed("start", FieldKind::Text),
                        may("end", FieldKind::Text),
                        needed("patient", FieldKind::Key),
                        may("remark", FieldKind::Text),
                        may("reference", FieldKind::Text),
                    ]
                }
            }
            Self::Move => {
                const {
                    &[
                        needed("appointment", FieldKind::Key),
                        needed("agenda", FieldKind::Key),
                        needed("start", FieldKind::Text),
                        may("block_type", FieldKind::Key),
                        may("end", FieldKind::Text),
                        may("reference", FieldKind::Text),
                    ]
                }
            }
            Self::Cancel => {
                const { &[needed("appointment", FieldKind::Key), may("reference", FieldKind::Text)] }
            }
            Self::CancelByToken => {
                const {
                    &[
                        needed("token", FieldKind::Secret),
                        may("appointment", FieldKind::Key),
                        may("reference", FieldKind::Text),
                    ]
                }
            }
            Self::Arrive => {
                const {
                    &[
                        needed("appointment", FieldKind::Key),
                        may("patient", FieldKind::Key),
                        may("reference", FieldKind::Text),
                    ]
                }
            }
            Self::Appointments | Self::Statuses => {
                const {
                    &[
                        may("start", FieldKind::Text),
                        may("end", FieldKind::Text),
                        may("agendas", FieldKind::Keys),
                    ]
                }
            }
            Self::FindPatient => const { &[needed("identifier", FieldKind::Secret)] },
            Self::SearchPatients => {
                const {
                    &[
                        needed("query", FieldKind::Secret),
                        may("kind", FieldKind::Text),
                        may("birth_name", FieldKind::Flag),
                        may("street", FieldKind::Flag),
                        may("inactive", FieldKind::Flag),
                    ]
                }
            }
            Self::SendCode | Self::Logout | Self::BlockTypes | Self::Agendas | Self::OwnAppointments => &[],
        }
    }
}

const fn needed(word: &'static str, kind: FieldKind) -> Field {
    Field { word, kind, needed: true }
}

const fn may(word: &'static str, kind: FieldKind) -> Field {
    Field { word, kind, needed: false }
}
