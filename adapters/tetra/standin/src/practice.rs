//! What a practice holds, as its staff see it; also the form in which a test lays one down (`POST /_sim/seed`,
//! `POST /_sim/practice`). The wire's spelling is elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::Date;

use crate::local::{Local, day};

/// One practice behind the Switchboard.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practice {
    /// Its name at the Switchboard.
    pub name: String,
    /// Its AGB code, 8 digits.
    pub agb: String,
    /// Its agendas.
    #[serde(default)]
    pub agendas: Vec<Agenda>,
    /// Its block types.
    #[serde(default)]
    pub block_types: Vec<BlockType>,
    /// Its patients.
    #[serde(default)]
    pub patients: Vec<Patient>,
    /// Who can log in.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// What is in its agendas.
    #[serde(default)]
    pub appointments: Vec<Appointment>,
}

/// An agenda: a person's, a role's or a room's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agenda {
    /// Its key.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A coloured kind of appointment with a length of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockType {
    /// Its key.
    pub id: i64,
    /// Its name, trailing blanks included.
    pub name: String,
    /// RRGGBB.
    pub colour: String,
    /// Tenths of a minute: 100 is ten minutes.
    pub tenths: i64,
}

/// Someone in the practice's books.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Patient {
    /// The number in the GP system.
    pub id: i64,
    /// Known to the practice; never answered.
    pub bsn: Option<String>,
    /// `Naam` as it is shown; made of salutation, first and last name when absent.
    pub shown: Option<String>,
    /// First name or initials.
    pub given: String,
    /// Last name.
    pub family: String,
    /// Name at birth.
    pub birth_name: Option<String>,
    /// Date of birth.
    #[serde(deserialize_with = "day")]
    pub born: Option<Date>,
    /// As registered.
    pub gender: Gender,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// Street and number.
    pub street: String,
    /// Town.
    pub town: String,
    /// No longer with the practice.
    pub inactive: bool,
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patient").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Patient {
    /// `Naam`: with salutation (section 2.8).
    #[must_use]
    pub fn name(&self) -> String {
        self.shown.clone().unwrap_or_else(|| {
            let salutation = match self.gender {
                Gender::Male => "Dhr.",
                Gender::Female => "Mevr.",
                Gender::Unknown => "",
            };
            let parts = [salutation, &self.given, &self.family];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        })
    }
}

/// Section 3.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// `M`.
    Male,
    /// `V`.
    Female,
    /// `O`.
    #[default]
    Unknown,
}

impl Gender {
    /// The letter.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Male => "M",
            Self::Female => "V",
            Self::Unknown => "O",
        }
    }
}

/// Someone who can log in; the practice makes it (section 1.6).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// An e-mail address.
    pub username: String,
    /// The first factor.
    pub password: String,
    /// What it may see.
    #[serde(default)]
    pub role: Role,
    /// Whose appointments it sees, the holder first.
    #[serde(default)]
    pub patients: Vec<i64>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("role", &self.role).finish_non_exhaustive()
    }
}

/// What an account may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Its own appointments.
    #[default]
    Patient,
    /// All data of the practice (section 2.9).
    Staff,
}

/// What is in an agenda.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    /// Its key; the next free one when 0.
    #[serde(default)]
    pub id: i64,
    /// The patient; 0 for none.
    #[serde(default)]
    pub patient: i64,
    /// The account whose list shows it although it names no patient (section 3.3).
    #[serde(default)]
    pub account: Option<String>,
    /// The agenda.
    pub agenda: i64,
    /// From.
    pub start: Local,
    /// Until.
    pub end: Local,
    /// The key of its block type; 0 with `own_block`.
    #[serde(default)]
    pub block_type: i64,
    /// A block that is not in the list (section 3.3).
    #[serde(default)]
    pub own_block: Option<OwnBlock>,
    /// How far it is.
    #[serde(default)]
    pub status: Status,
    /// `Opmerkingen`.
    #[serde(default)]
    pub remark: Option<String>,
    /// Made through portal or Switchboard.
    #[serde(default)]
    pub portal: bool,
    /// Made by the practice.
    #[serde(default)]
    pub by_practice: bool,
    /// `WisAfspraakToken`.
    #[serde(default)]
    pub token: Option<String>,
    /// `Metas`.
    #[serde(default)]
    pub metas: Map<String, Value>,
    /// Members to be answered otherwise than they are, by their name in the answer (`Start`, `BlokType.Kleur`).
    #[serde(default)]
    pub raw: BTreeMap<String, Value>,
}

/// A block with a name and no key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnBlock {
    /// Its name.
    pub name: String,
    /// RRGGBB.
    pub colour: String,
    /// Tenths of a minute.
    pub tenths: i64,
}

/// Section 3.6. There is no value for cancelled: that is an erased appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Status {
    /// Nothing set yet.
    #[default]
    #[serde(rename = "")]
    None,
    /// Not here (yet).
    NietAanwezig,
    /// In the waiting room.
    Aanwezig,
    /// Done.
    Gebeurd,
    /// Did not show up.
    NietGekomen,
    /// With the clinician.
    Bezig,
}

impl Status {
    /// The word; empty for none.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::NietAanwezig => "NietAanwezig",
            Self::Aanwezig => "Aanwezig",
            Self::Gebeurd => "Gebeurd",
            Self::NietGekomen => "NietGekomen",
            Self::Bezig => "Bezig",
        }
    }

    /// The number; 0 for none.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::None => 0,
            Self::NietAanwezig => 1,
            Self::Aanwezig => 2,
            Self::Gebeurd => 3,
            Self::NietGekomen => 4,
            Self::Bezig => 5,
        }
    }
}
