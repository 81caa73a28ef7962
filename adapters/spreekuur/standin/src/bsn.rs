//! A patient's number: 9 digits, 8 are padded; the eleven test is a switch, because the published
//! example 123456789 fails it.

use std::fmt;

use crate::settings::BsnCheck;

pub(crate) const SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

/// A BSN. Only the state shows it, for the test that looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Bsn(u32);

impl Bsn {
    pub(crate) fn parse(text: &str, check: BsnCheck) -> Option<Self> {
        let digits = matches!(text.len(), 8 | 9) && text.bytes().all(|byte| byte.is_ascii_digit());
        let bsn = Self(digits.then(|| text.parse().ok()).flatten()?);
        match check {
            BsnCheck::Format => Some(bsn),
            BsnCheck::Elfproef => bsn.passes_eleven_test().then_some(bsn),
        }
    }

    /// Nine digits.
    pub(crate) fn reveal(self) -> String {
        format!("{:09}", self.0)
    }

    /// The digits weigh 9, 8, .. 2 and -1; their sum is a multiple of eleven.
    fn passes_eleven_test(self) -> bool {
        let digit = |place: u32| i64::from(self.0 / 10_u32.pow(place) % 10);
        let sum: i64 = (1..9).map(|place| digit(place) * i64::from(place + 1)).sum::<i64>() - digit(0);
        self.0 != 0 && sum % 11 == 0
    }
}

impl fmt::Debug for Bsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bsn(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_data_of_the_reference_comes_out_as_written_there() {
        for (text, format, elfproef) in [
            ("123456782", true, true),
            ("336226068", true, true),
            ("900249110", true, true),
            ("999990019", true, true),
            ("123456789", true, false),
            ("000000000", true, false),
            ("1234567", false, false),
            ("1234567890", false, false),
            ("12345678a", false, false),
        ] {
            assert_eq!(Bsn::parse(text, BsnCheck::Format).is_some(), format, "{text}");
            assert_eq!(Bsn::parse(text, BsnCheck::Elfproef).is_some(), elfproef, "{text}");
        }
    }

    #[test]
    fn eight_digits_are_padded() {
        assert_eq!(Bsn::parse("12345678", BsnCheck::Format).unwrap().reveal(), "012345678");
    }

    #[test]
    fn a_bsn_is_not_printed() {
        let bsn = Bsn::parse("999990019", BsnCheck::Format).unwrap();
        assert_eq!(format!("{bsn:?}"), "Bsn(..)");
    }
}
