//! Names of what the practice has: logical ids, counterpart keys and identifier systems (`tetra.md` section 4.1).
//!
//! Their numbers are unique within one practice only, so the practice is in every name. The practice, not the link, owns
//! a key: two links to one practice (JSON and XML) tell of the same appointments.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use gateway_core::{CounterpartKey, Id, ResourceType};

/// Where our own systems live.
pub(crate) const BASE: &str = "https://zorgtolk.example/fhir";

/// What tells their numbers apart in a resource: a system that does not depend on the practice.
pub(crate) const IDENTIFIER_TYPE: &str = "https://zorgtolk.example/fhir/CodeSystem/tetra-identifier-type";

/// The longest id FHIR allows.
const LONGEST_ID: usize = 64;

/// What one of their numbers is the number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    /// An appointment.
    Afspraak,
    /// An agenda.
    Agenda,
    /// A block type.
    Bloktype,
    /// A patient: the HIS number.
    Patient,
}

impl Thing {
    /// What it becomes.
    pub(crate) fn resource_type(self) -> ResourceType {
        match self {
            Self::Afspraak => ResourceType::Appointment,
            Self::Agenda => ResourceType::Schedule,
            Self::Bloktype => ResourceType::HealthcareService,
            Self::Patient => ResourceType::Patient,
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Afspraak => "appt",
            Self::Agenda => "agenda",
            Self::Bloktype => "bloktype",
            Self::Patient => "pat",
        }
    }

    /// The system of its identifier at `practice`.
    pub(crate) fn system(self, practice: &str) -> String {
        let name = match self {
            Self::Afspraak => "tetra-appointment-id",
            Self::Agenda => "tetra-agenda-id",
            Self::Bloktype => "tetra-bloktype-id",
            Self::Patient => "tetra-patient-id",
        };
        format!("{BASE}/NamingSystem/{name}/{practice}")
    }

    /// The key under which it is known here.
    pub(crate) fn key(self, practice: &str, number: &str) -> CounterpartKey {
        CounterpartKey {
            space: format!("tetra/{practice}/{}", self.resource_type()),
            value: number.to_owned(),
        }
    }

    /// The id of a new resource for it.
    pub(crate) fn id(self, practice: &str, number: &str) -> Id {
        id(&format!("{}-{practice}-{number}", self.prefix()))
    }
}

/// The key under which the patient with this HIS number is known at a practice. Whoever stores a Patient and knows the
/// number binds this key to it; then what the practice tells about that person is laid onto it.
#[must_use]
pub fn patient_key(practice: &str, number: &str) -> CounterpartKey {
    Thing::Patient.key(practice, number)
}

/// The key that an appointment has as long as it is for the patient it was booked for from here.
pub(crate) fn booked_for(practice: &str, appointment: &str, patient: &str) -> CounterpartKey {
    let value = format!("{appointment}/{patient}");
    CounterpartKey { space: format!("tetra/{practice}/booked-for"), value }
}

/// `text` as an id; a hash of it when it cannot be one.
pub(crate) fn id(text: &str) -> Id {
    text.parse().unwrap_or_else(|_| hashed(text))
}

/// An id that depends on `text` alone and does not show it.
pub(crate) fn hashed(text: &str) -> Id {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let mut hex = String::with_capacity(LONGEST_ID);
    for byte in hash.as_ref() {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
    }
    debug_assert_eq!(hex.len(), LONGEST_ID);
    hex.parse().expect("64 hexadecimal digits are an id")
}

/// The code system of a practice's block types.
pub(crate) fn bloktype_system(practice: &str) -> String {
    format!("{BASE}/CodeSystem/tetra-bloktype/{practice}")
}

/// One of their numbers as it is written in ids and identifiers: without a sign, leading zeros or blanks. `None` for what
/// is no number and for 0, which means "not filled" (`tetra.md` section 3.3).
pub(crate) fn number(text: &str) -> Option<&str> {
    let text = text.trim();
    let bare = text.trim_start_matches('0');
    (!bare.is_empty() && bare.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit())).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_31_the_same_number_at_two_practices_is_two_things() {
        let (one, two) = (Thing::Afspraak.id("01999999", "880001"), Thing::Afspraak.id("01999998", "880001"));
        assert_eq!(one.as_str(), "appt-01999999-880001");
        assert_ne!(one, two);
        assert_ne!(Thing::Afspraak.key("01999999", "1"), Thing::Afspraak.key("01999998", "1"));
        assert_ne!(Thing::Afspraak.key("01999999", "1"), Thing::Patient.key("01999999", "1"));
        assert_ne!(Thing::Afspraak.system("01999999"), Thing::Afspraak.system("01999998"));
    }

    #[test]
    fn edge_32_large_numbers_survive() {
        for large in ["2147483648", "9007199254740993", "9223372036854775807"] {
            assert_eq!(number(large), Some(large));
            assert_eq!(Thing::Afspraak.id("p", large).as_str(), format!("appt-p-{large}"));
        }
    }

    #[test]
    fn zero_and_what_is_no_number_name_nothing() {
        for nothing in ["0", "00", "", " ", "-5", "1.5", "1e3", "abc", "123456789012345678901"] {
            assert_eq!(number(nothing), None, "{nothing}");
        }
        assert_eq!(number(" 0042 "), Some("42"));
    }

    #[test]
    fn an_id_that_is_too_long_or_odd_becomes_a_hash() {
        for odd in ["x".repeat(60), "praktijk de_linde".to_owned()] {
            let hashed = Thing::Agenda.id(&odd, "71");
            assert_eq!(hashed.as_str().len(), 64);
            assert!(!hashed.as_str().contains("71-"));
            assert_eq!(hashed, Thing::Agenda.id(&odd, "71"));
            assert_ne!(hashed, Thing::Agenda.id(&odd, "72"));
        }
    }
}
