//! The Vektis care provider code (`dutch-fhir.md` section 1.3).

use std::fmt;
use std::str::FromStr;

/// An AGB code: eight digits, leading zeros kept, not `00000000`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Agb(Box<str>);

/// The text is no AGB code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an AGB code is 8 digits")]
pub struct NoAgb;

impl Agb {
    /// The FHIR naming system of AGB-Z.
    pub const SYSTEM: &'static str = "http://fhir.nl/fhir/NamingSystem/agb-z";

    /// The eight digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Agb {
    type Err = NoAgb;

    fn from_str(text: &str) -> Result<Self, NoAgb> {
        let fits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) && text != "00000000";
        if fits { Ok(Self(text.into())) } else { Err(NoAgb) }
    }
}

impl fmt::Display for Agb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_and_not_all_zeros() {
        assert!("01000001".parse::<Agb>().is_ok());
        for bad in ["1000001", "010000011", "0100000a", "00000000", ""] {
            assert!(bad.parse::<Agb>().is_err(), "{bad}");
        }
    }
}
