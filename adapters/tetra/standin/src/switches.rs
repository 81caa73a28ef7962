//! How what is not documented is played. Each switch is a question of `tetra.md` section 6, with an answer that can be
//! turned; they are also a part of `POST /_sim/seed`.

use serde::{Deserialize, Serialize};

/// The answers in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Which appointments a period holds (2.6).
    pub window: Window,
    /// Whether a period's end belongs to it (2.6).
    pub bounds: Bounds,
    /// What a period without agendas asks for (2.6).
    pub no_agendas: NoAgendas,
    /// What a logged-in patient's list tells about the patient (2.5).
    pub own_list: List,
    /// How much the list by agenda and period tells (2.6).
    pub agenda_list: List,
    /// How a status is written (3.6).
    pub status_as: StatusAs,
    /// In which child the server token is looked for (1.5).
    pub token_child: TokenChild,
    /// Whether a session works before it is upgraded (1.6).
    pub second_factor: SecondFactor,
    /// How XML answers open (1.7).
    pub prolog: Prolog,
    /// How answers are laid out.
    pub layout: Layout,
}

/// Which appointments a period holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Those that start in it.
    #[default]
    StartsWithin,
    /// Those that have a part in it.
    Overlaps,
}

/// Whether a period's end belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bounds {
    /// No.
    #[default]
    HalfOpen,
    /// Yes.
    Inclusive,
}

/// What a period without agendas asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAgendas {
    /// Nothing.
    #[default]
    None,
    /// Every agenda.
    All,
}

/// How much a list tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// What the vendor's example shows: the patient's own list with `PatientId` 0, no names and `Geslacht` `O`; the
    /// list by agenda up to the token.
    Printed,
    /// All that the practice knows.
    #[default]
    Filled,
}

/// How a status is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusAs {
    /// `"Aanwezig"`.
    #[default]
    Word,
    /// `2`.
    Number,
    /// `"2"`.
    Digits,
    /// `"OZB_Tetra_Agenda_AfspraakStatus_Aanwezig"`; none is `"OZB_NietGevuld"`.
    Prefixed,
}

/// In which child the server token is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenChild {
    /// `<Token>`.
    #[default]
    Token,
    /// `<Sessie>`, as one example of the vendor has it.
    Sessie,
}

/// Whether a session works before it is upgraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// It does.
    #[default]
    Optional,
    /// It does not.
    Required,
}

/// How XML answers open. The bytes are UTF-8, unless a twist makes them something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prolog {
    /// `encoding="utf-16"`, as most examples have it.
    #[default]
    Utf16Declared,
    /// `encoding="utf-8"`.
    Utf8,
    /// With single quotes.
    SingleQuoted,
    /// None at all.
    Absent,
}

/// How answers are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Without white space.
    #[default]
    Compact,
    /// A member or element to a line, as the vendor's pages print it.
    Lines,
}
