//! Instants as the database holds them: microseconds since 1970 UTC.

use time::OffsetDateTime;

/// For the database.
pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).expect("years 0 to 9999 fit microseconds")
}

/// From the database. A number outside of the calendar was not written by [`micros`] and becomes its start.
pub(crate) fn from_micros(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn microseconds_go_there_and_back(n in -60_000_000_000_000_000_i64..250_000_000_000_000_000) {
            proptest::prop_assert_eq!(micros(from_micros(n)), n);
        }
    }
}
