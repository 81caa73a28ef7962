//! The operations whose names the vendor's pages do not give (`tetra.md` section 2.0). Each is off until it is offered
//! under names that a configuration gives; the names and shapes proposed here are invented by us, and nobody else's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::desk::Needs;

/// What exists at Tetra, but under a name or in a shape that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Send the SMS with the code, in JSON (its XML twin is documented).
    Sms,
    /// Take the code and upgrade the session.
    Upgrade,
    /// Free slots.
    Slots,
    /// Book.
    Book,
    /// Move.
    Move,
    /// Cancel as a logged-in user (`WisAfspraakById`).
    Cancel,
    /// Cancel with a `WisAfspraakToken`.
    CancelByToken,
    /// The patient reports at the desk.
    Arrive,
    /// Waiting-room statuses.
    Statuses,
    /// The XML twin of `GetAfsprakenDeurToegang`.
    AgendaAppointments,
    /// The list in the XML answer of `GetBlokTypes`.
    BlockTypeList,
    /// The list in the XML answer of `GetAgendas`.
    AgendaList,
    /// Find patients by telephone number.
    FindByPhone,
    /// The XML twin of `ZoekAfspraakPatient`.
    FindPatient,
    /// Enrol a new patient (2.10); of the XML request only the root and three dates are documented.
    NewPatient,
}

/// The names of an operation that is offered; a format without a name is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offered {
    /// The `Method`.
    pub json: Option<String>,
    /// The root element without `_Verzoek`.
    pub xml: Option<String>,
    /// Fields that are called otherwise than proposed: our word, then the JSON name. XML capitalises its first letter.
    pub names: BTreeMap<String, String>,
}

/// What is offered beyond what is documented; nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Operations(BTreeMap<Kind, Offered>);

impl Operations {
    /// Everything, under the names proposed.
    #[must_use]
    pub fn invented() -> Self {
        Self(Kind::ALL.iter().map(|kind| (*kind, kind.proposed())).collect())
    }

    /// This one too, under the names proposed.
    #[must_use]
    pub fn with(self, kind: Kind) -> Self {
        self.with_names(kind, kind.proposed())
    }

    /// This one too, under these names.
    #[must_use]
    pub fn with_names(mut self, kind: Kind, offered: Offered) -> Self {
        self.0.insert(kind, offered);
        self
    }

    /// Takes over what `more` offers.
    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub(crate) fn get(&self, kind: Kind) -> Option<&Offered> {
        self.0.get(&kind)
    }

    pub(crate) fn by_method(&self, method: &str) -> Option<Kind> {
        self.named(|offered| offered.json.as_deref() == Some(method))
    }

    pub(crate) fn by_root(&self, stem: &str) -> Option<Kind> {
        self.named(|offered| offered.xml.as_deref() == Some(stem))
    }

    fn named(&self, fits: impl Fn(&Offered) -> bool) -> Option<Kind> {
        self.0.iter().find(|(_, offered)| fits(offered)).map(|(kind, _)| *kind)
    }

    /// What a field of an operation is called in JSON.
    pub(crate) fn name(&self, kind: Kind, word: &'static str) -> String {
        let given = self.get(kind).and_then(|offered| offered.names.get(word));
        given.cloned().unwrap_or_else(|| kind.proposed_name(word).to_owned())
    }
}

impl Kind {
    const ALL: &[Self] = &[
        Self::Sms,
        Self::Upgrade,
        Self::Slots,
        Self::Book,
        Self::Move,
        Self::Cancel,
        Self::CancelByToken,
        Self::Arrive,
        Self::Statuses,
        Self::AgendaAppointments,
        Self::BlockTypeList,
        Self::AgendaList,
        Self::FindByPhone,
        Self::FindPatient,
        Self::NewPatient,
    ];

    /// The names proposed by us. Those of `Cancel` and `Statuses` are the vendor's where the vendor names them.
    fn proposed(self) -> Offered {
        let (json, xml) = match self {
            Self::Sms => (Some("StuurSMS"), None),
            Self::Upgrade => (Some("UpgradeSessie"), Some("Tetra_Switchboard_Security_UpgradeSession")),
            Self::Slots => (Some("GetVrijeTijden"), Some("Tetra_Agenda_GetVrijeTijden")),
            Self::Book => (Some("MaakAfspraak"), Some("Tetra_Agenda_MaakAfspraak")),
            Self::Move => (Some("VerplaatsAfspraak"), Some("Tetra_Agenda_VerplaatsAfspraak")),
            Self::Cancel => (Some("WisAfspraakById"), Some("Tetra_Agenda_WisAfspraakById")),
            Self::CancelByToken => (Some("WisAfspraakByToken"), Some("Tetra_Agenda_WisAfspraakByToken")),
            Self::Arrive => (Some("MeldAanwezig"), Some("Tetra_Agenda_MeldAanwezig")),
            Self::Statuses => (Some("GetAfspraakStatussen"), Some("Tetra_Agenda_GetAfspraken")),
            Self::AgendaAppointments => (None, Some("Tetra_Agenda_GetAfsprakenDeurToegang")),
            Self::BlockTypeList | Self::AgendaList => (None, None),
            Self::FindByPhone => (Some("ZoekTelefoon"), Some("His_ZoekPatient_Telefoon")),
            Self::FindPatient => (None, Some("Tetra_Agenda_ZoekAfspraakPatient")),
            Self::NewPatient => (Some("NieuwePatient"), Some("His_NieuwePatient")),
        };
        let owned = |name: Option<&str>| name.map(str::to_owned);
        Offered { json: owned(json), xml: owned(xml), names: BTreeMap::new() }
    }

    /// Who may ask; the waiting-room calls take the application alone (section 2.7).
    pub(crate) fn needs(self) -> Needs {
        match self {
            Self::Sms | Self::Upgrade | Self::Cancel => Needs::User,
            Self::Slots | Self::Book | Self::Move => Needs::Known,
            Self::CancelByToken => Needs::Any,
            Self::Arrive
            | Self::Statuses
            | Self::AgendaAppointments
            | Self::BlockTypeList
            | Self::AgendaList
            | Self::FindByPhone
            | Self::FindPatient
            | Self::NewPatient => Needs::Application,
        }
    }

    /// The field names proposed by us, after the printed ones of `GetAfsprakenDeurToegang`.
    fn proposed_name(self, word: &'static str) -> &'static str {
        match word {
            "start" => "start",
            "end" => "eind",
            "agendas" => "agendaIds",
            "block_types" => "blokTypeIds",
            "agenda" => "agendaId",
            "block_type" => "blokTypeId",
            "patient" => "patientId",
            "remark" => "opmerkingen",
            "id" => "afspraakId",
            "token" => "wisAfspraakToken",
            "code" => "code",
            "phone" => "telefoonnummer",
            "identifier" => "identifier",
            "given" => "voornaam",
            "family" => "achternaam",
            "born" => "geboorteDatum",
            "enrolled" => "inschrijfdatum",
            "left" => "uitschrijfdatum",
            "died" => "overlijdensdatum",
            "list" => match self {
                Self::Slots => "vrijeTijden",
                Self::BlockTypeList => "blokTypes",
                Self::AgendaList => "agendas",
                Self::FindByPhone | Self::FindPatient => "zoekresultaten",
                _ => "afspraken",
            },
            "item" => match self {
                Self::Slots => "Tetra_Agenda_VrijeTijd",
                Self::BlockTypeList => "BlokType",
                Self::AgendaList => "Tetra_Agenda",
                Self::FindByPhone | Self::FindPatient => "His_Zoekresultaat",
                _ => "Tetra_Agenda_Afspraak",
            },
            other => other,
        }
    }
}

/// An XML element's name: the JSON name with a capital.
pub(crate) fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_undocumented_is_offered_by_default() {
        let none = Operations::default();
        assert_eq!((none.by_method("MaakAfspraak"), none.by_root("Tetra_Agenda_MaakAfspraak")), (None, None));
    }

    #[test]
    fn names_come_from_the_configuration_first() {
        let text = r#"{"slots":{"json":"VrijePlekken","names":{"agendas":"ids"}}}"#;
        let offered: Operations = serde_json::from_str(text).unwrap();
        assert_eq!(offered.by_method("VrijePlekken"), Some(Kind::Slots));
        assert_eq!(
            (offered.name(Kind::Slots, "agendas"), offered.name(Kind::Slots, "start")),
            ("ids".to_owned(), "start".to_owned())
        );
        assert_eq!(capital("agendaIds"), "AgendaIds");
    }
}
