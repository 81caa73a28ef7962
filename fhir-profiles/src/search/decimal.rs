//! Decimals by their digits: the range a number names, and a text whose order is that of the numbers.
//!
//! `5.4` in a search is what rounds to it, [5.35, 5.45) (`dutch-fhir.md` section 4.5). Nothing here is a float: 0.1 stays
//! 0.1, and 20 digits stay 20.

use std::iter::repeat_n;

/// More significant digits than these are not compared: an index row has its bounds, and R4 asks for 18.
const MOST_DIGITS: usize = 200;

/// A decimal: its digits as a whole number, times ten to the power of `unit`, the place of the last digit given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    /// Values 0 to 9, without zeros in front.
    digits: Vec<u8>,
    unit: i64,
}

impl Decimal {
    /// A JSON number, or one as a search holds it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (number, power) = match text.split_once(['e', 'E']) {
            Some((number, power)) => (number, exponent(power)?),
            None => (text, 0),
        };
        let (whole, part) = number.split_once('.').map_or((number, None), |(w, p)| (w, Some(p)));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(whole) || part.is_some_and(|part| !are_digits(part)) {
            return None;
        }
        let part = part.unwrap_or_default();
        let digits = whole.bytes().chain(part.bytes()).map(|b| b - b'0').skip_while(|digit| *digit == 0);
        let unit = power.saturating_sub(i64::try_from(part.len()).ok()?);
        Some(Self { negative, digits: digits.collect(), unit })
    }

    /// What rounds to this number: from, until (exclusive).
    pub(crate) fn range(&self) -> (Self, Self) {
        let (near, far) = (self.half_below(), self.half_above());
        if self.negative { (far, near) } else { (near, far) }
    }

    /// A tenth less, a tenth more; at least what rounds to it.
    pub(crate) fn about(&self) -> (Self, Self) {
        if self.digits.is_empty() {
            return self.range();
        }
        let (near, far) = (self.tenths(9), self.tenths(11));
        if self.negative { (far, near) } else { (near, far) }
    }

    /// A text whose order, byte by byte, is the order of the numbers; equal numbers have equal texts.
    pub(crate) fn ordered(&self) -> String {
        let shown = self.digits.len() - self.digits.iter().rev().take_while(|digit| **digit == 0).count();
        let Some(digits) = self.digits.get(..shown.min(MOST_DIGITS)).filter(|digits| !digits.is_empty())
        else {
            return "5".to_owned();
        };
        // The number is 0.digits times ten to this power; shifted, so that every power is written in 20 digits.
        let power = i128::from(self.unit) + self.digits.len() as i128;
        let power = format!("{:020}", power.clamp(-BIAS, BIAS) + BIAS);
        let all = power.bytes().map(|b| b - b'0').chain(digits.iter().copied());
        if self.negative {
            // The greater the size, the smaller the number; what is cut shorter is the greater.
            let turned = all.map(|digit| char::from(b'9' - digit));
            std::iter::once('4').chain(turned).chain(std::iter::once('~')).collect()
        } else {
            std::iter::once('6').chain(all.map(|digit| char::from(b'0' + digit))).collect()
        }
    }

    /// Half a unit further from nought.
    fn half_above(&self) -> Self {
        let digits = self.digits.iter().copied().chain([5]).collect();
        Self { digits, unit: self.unit.saturating_sub(1), ..*self }
    }

    /// Half a unit nearer to nought, or on its other side.
    fn half_below(&self) -> Self {
        if self.digits.is_empty() {
            return Self { negative: !self.negative, ..self.half_above() };
        }
        let mut digits = self.digits.clone();
        let zeros = digits.iter().rev().take_while(|digit| **digit == 0).count();
        let last = digits.len() - 1 - zeros;
        digits[last] -= 1;
        digits[last + 1..].fill(9);
        let digits = digits.into_iter().skip_while(|digit| *digit == 0).chain([5]).collect();
        Self { digits, unit: self.unit.saturating_sub(1), ..*self }
    }

    fn tenths(&self, times: u16) -> Self {
        let mut digits = Vec::with_capacity(self.digits.len() + 2);
        let mut carried = 0;
        for digit in repeat_n(0, 2).chain(self.digits.iter().copied()).rev() {
            let product = u16::from(digit) * times + carried;
            digits.push((product % 10) as u8);
            carried = product / 10;
        }
        let digits = digits.into_iter().rev().skip_while(|digit| *digit == 0).collect();
        Self { digits, unit: self.unit.saturating_sub(1), ..*self }
    }
}

/// Powers of ten beyond this are as far away as can be told.
const BIAS: i128 = 1 << 63;

/// The power after `e`; one that is too large for a number is as large as one can be.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let most = if text.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
    Some(text.parse().unwrap_or(most).clamp(i64::MIN / 2, i64::MAX / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(text: &str) -> String {
        Decimal::parse(text).unwrap().ordered()
    }

    #[test]
    fn case_51_numbers_are_equal_however_they_are_written() {
        for (one, other) in [
            ("1.0", "1.00"),
            ("100", "1e2"),
            ("100", "1E+2"),
            ("0.1000", "1e-1"),
            ("-0", "0.000"),
            ("0e99999999999999999999", "0"),
            ("12345678901234567890", "1234567890123456789.0e1"),
            ("007", "7"),
        ] {
            assert_eq!(ordered(one), ordered(other), "{one} {other}");
        }
        assert_ne!(ordered("12345678901234567890"), ordered("12345678901234567891"));
    }

    #[test]
    fn numbers_come_in_their_order() {
        let texts = [
            "-1e99999999999999999999",
            "-1e30",
            "-100",
            "-10.5",
            "-10.25",
            "-10",
            "-1.5",
            "-1",
            "-0.99",
            "-1e-5",
            "0",
            "1e-99999999999999999999",
            "1e-5",
            "0.9",
            "0.99",
            "1",
            "1.0000000000000000001",
            "2",
            "10",
            "99",
            "100.1",
            "1e30",
            "1e99999999999999999999",
        ];
        for pair in texts.windows(2) {
            assert!(ordered(pair[0]) < ordered(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn a_number_names_what_rounds_to_it() {
        for (text, from, until) in [
            ("5.4", "5.35", "5.45"),
            ("100", "99.5", "100.5"),
            ("100.00", "99.995", "100.005"),
            ("1e2", "50", "150"),
            ("-5.4", "-5.45", "-5.35"),
            ("0", "-0.5", "0.5"),
            ("0.0", "-0.05", "0.05"),
            ("1000.0", "999.95", "1000.05"),
        ] {
            let (low, high) = Decimal::parse(text).unwrap().range();
            assert_eq!((low.ordered(), high.ordered()), (ordered(from), ordered(until)), "{text}");
        }
        for (text, from, until) in [("100", "90", "110"), ("-50", "-55", "-45"), ("0.99", "0.891", "1.089")] {
            let (low, high) = Decimal::parse(text).unwrap().about();
            assert_eq!((low.ordered(), high.ordered()), (ordered(from), ordered(until)), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for bad in
            ["", "-", ".5", "5.", "1e", "1e+", "+5", "1,5", "0x1", "NaN", " 5", "5 ", "1e5.0", "--1", "٣"]
        {
            assert!(Decimal::parse(bad).is_none(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_the_texts_is_that_of_the_numbers(
            a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000,
            down in 0_u32..8, other in 0_u32..8, power in -40_i64..40,
        ) {
            let text = |n: i64, down: u32| format!("{n}e{}", power - i64::from(down));
            // Both as whole numbers of the same small unit.
            let size = |n: i64, down: u32| i128::from(n) * 10_i128.pow(8 - down);
            proptest::prop_assert_eq!(
                ordered(&text(a, down)).cmp(&ordered(&text(b, other))),
                size(a, down).cmp(&size(b, other))
            );
        }

        #[test]
        fn a_number_lies_in_its_range(text in "-?[0-9]{1,25}(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,22})?") {
            let number = Decimal::parse(&text).unwrap();
            for (from, until) in [number.range(), number.about()] {
                proptest::prop_assert!(from.ordered() <= number.ordered() && number.ordered() <= until.ordered());
            }
        }

        #[test]
        fn reading_a_number_never_panics(text in "[-+0-9.eE]{0,40}") {
            if let Some(number) = Decimal::parse(&text) {
                let _ = (number.ordered(), number.range(), number.about());
            }
        }
    }
}
