//! The citizen service number (`dutch-fhir.md` section 1.2).

use std::fmt;
use std::str::FromStr;

/// The FHIR naming system of the BSN.
const SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

/// A BSN: nine digits. Its `Debug` does not show them and it has no `Display`; [`Bsn::expose`] is for the wire.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Bsn(Box<str>);

/// Why a text is no BSN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BsnError {
    /// Not 8 or 9 digits.
    #[error("a BSN is 9 digits")]
    Form,
}

impl Bsn {
    /// The naming system of a BSN in FHIR.
    pub const SYSTEM: &'static str = SYSTEM;

    /// The nine digits, for a message to a counterpart or an answer to a caller. Never for a log or URL.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The eleven-test: 9·d1 + 8·d2 + … + 2·d8 − 1·d9 is a multiple of 11, and the number is not all zeros.
    #[must_use]
    pub fn passes_eleven_test(&self) -> bool {
        let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
        let sum: i32 = weights.iter().zip(self.0.bytes()).map(|(w, digit)| w * i32::from(digit - b'0')).sum();
        sum % 11 == 0 && &*self.0 != "000000000"
    }
}

impl FromStr for Bsn {
    type Err = BsnError;

    /// Reads 9 digits, or 8 that lack their leading zero.
    fn from_str(text: &str) -> Result<Self, BsnError> {
        if !matches!(text.len(), 8 | 9) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BsnError::Form);
        }
        Ok(Self(format!("{text:0>9}").into()))
    }
}

impl fmt::Debug for Bsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bsn(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(text: &str) -> bool {
        text.parse::<Bsn>().unwrap().passes_eleven_test()
    }

    #[test]
    fn the_published_test_numbers_pass() {
        for good in [
            "999911120",
            "111222333",
            "999993847",
            "000009921",
            "900026236",
            "900222670",
            "123456782",
            "111111110",
            "010464554",
            "10464554",
            "999990019",
            "336226068",
            "900249110",
        ] {
            assert!(passes(good), "{good}");
        }
    }

    #[test]
    fn the_last_weight_is_minus_one_and_zero_is_no_number() {
        for bad in ["999940003", "900025039", "999999999", "123456789", "111111111", "200000004", "000000000"]
        {
            assert!(!passes(bad), "{bad}");
        }
    }

    #[test]
    fn other_shapes_are_refused_and_nothing_is_shown() {
        for bad in ["", "1234567", "1234567890", "12345678a", "123 456 782", "１２３４５６７８２"] {
            assert_eq!(bad.parse::<Bsn>(), Err(BsnError::Form));
        }
        assert_eq!(format!("{:?}", "999990019".parse::<Bsn>().unwrap()), "Bsn(…)");
    }
}
