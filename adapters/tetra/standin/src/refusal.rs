//! Why a call is refused, in the words of both formats. The vendor documents success only, so codes and words of a
//! failure are invented by us (`tetra.md` sections 1.3 and 1.4); an adapter may not depend on them.

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Name and key, or the server token, are not known.
    Stranger,
    /// This operation wants another kind of identification (1.5).
    Identification,
    /// The session is not known, has ended, or is not upgraded where it must be.
    Session,
    /// Username and password do not go together.
    Password,
    /// The code of the SMS is another one.
    Code,
    /// Only for who may see all of the practice (2.9).
    Entitlement,
    /// A field is missing, or has another form.
    Field,
    /// There is nothing with that key.
    Unknown,
    /// The time is not free any more.
    Taken,
    /// There is no such operation here.
    NotOffered,
    /// The practice is not reached: its installation is off, or nobody has that name (1.2). HTTP 500.
    Unreached,
    /// The Switchboard cannot read it. HTTP 500.
    Unreadable,
}

impl Refusal {
    /// Whether it never came to a practice.
    pub(crate) fn is_general(self) -> bool {
        matches!(self, Self::Unreached | Self::Unreadable)
    }

    /// `ResponseCode` and `ResponseText`.
    pub(crate) fn code(self) -> (i64, &'static str) {
        match self {
            Self::Stranger | Self::Session | Self::Password | Self::Code => (401, "Unauthorized"),
            Self::Identification | Self::Entitlement => (403, "Forbidden"),
            Self::Field => (400, "Bad Request"),
            Self::Unknown | Self::NotOffered => (404, "Not Found"),
            Self::Taken => (409, "Conflict"),
            Self::Unreached | Self::Unreadable => (500, "Internal Server Error"),
        }
    }

    /// `Melding`.
    pub(crate) fn melding(self) -> &'static str {
        match self {
            Self::Stranger => "Applicatie onbekend",
            Self::Identification => "Deze identificatie is hier niet toegestaan",
            Self::Session => "Sessie onbekend of verlopen",
            Self::Password => "Gebruikersnaam of wachtwoord onjuist",
            Self::Code => "Code onjuist",
            Self::Entitlement => "Geen rechten op deze gegevens",
            Self::Field => "Een veld ontbreekt of is onjuist",
            Self::Unknown => "Niet gevonden",
            Self::Taken => "Dit tijdstip is niet meer vrij",
            Self::NotOffered => "Onbekende methode",
            Self::Unreached => "Praktijk niet bereikbaar",
            Self::Unreadable => "Verzoek onleesbaar",
        }
    }

    /// The last part of `CommunicatieStatus`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Stranger | Self::Identification => "Identificatie_onjuist",
            Self::Session => "Sessie_ongeldig",
            Self::Password | Self::Code => "Inloggen_mislukt",
            Self::Entitlement => "Geen_rechten",
            Self::Field | Self::Unreadable => "Verzoek_onjuist",
            Self::Unknown => "Niet_gevonden",
            Self::Taken => "Niet_meer_vrij",
            Self::NotOffered => "Onbekend_verzoek",
            Self::Unreached => "Ontvanger_niet_bereikbaar",
        }
    }
}
