//! An organisation's AGB code: 8 digits, leading zeros kept (`spreekuur.md` section 4).

use std::fmt;

const DIGITS: usize = 8;

/// An AGB code, kept as a number because hundreds of thousands of appointments carry one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Agb(u32);

impl Agb {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl fmt::Display for Agb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_are_an_agb_and_keep_their_zeros() {
        assert_eq!(Agb::parse("01000001").unwrap().to_string(), "01000001");
        for text in ["", "1000001", "010000011", "0100000a", "+1000001", "0100 001"] {
            assert!(Agb::parse(text).is_none(), "{text}");
        }
    }
}
