//! How long is waited after a failure: exponential, capped, with full jitter (`spreekuur.md` 10.4).

use std::time::Duration;

/// The longest a pause may be after `failures` failures in a row (counted from 1).
pub(super) fn ceiling(first: Duration, longest: Duration, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    first.saturating_mul(1 << doublings).min(longest)
}

/// A pause: `fraction` (0 to 1) of its ceiling.
pub(crate) fn pause(first: Duration, longest: Duration, failures: u32, fraction: f64) -> Duration {
    ceiling(first, longest, failures).mul_f64(fraction.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_mins(15);

    #[test]
    fn c_08_pauses_double_from_a_second_to_a_quarter_of_an_hour() {
        let seconds = |failures| ceiling(FIRST, LONGEST, failures).as_secs();
        let got: Vec<_> = [0, 1, 2, 3, 4, 10, 11, 40, u32::MAX].into_iter().map(seconds).collect();
        assert_eq!(got, [1, 1, 2, 4, 8, 512, 900, 900, 900]);
    }

    proptest! {
        #[test]
        fn a_pause_is_never_longer_than_its_ceiling(failures: u32, fraction in -1.0..2.0_f64) {
            let pause = pause(FIRST, LONGEST, failures, fraction);
            prop_assert!(pause <= ceiling(FIRST, LONGEST, failures));
        }
    }
}
