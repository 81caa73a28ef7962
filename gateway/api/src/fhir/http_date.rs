//! The date format of HTTP headers (RFC 9110 section 5.6.7): whole seconds, GMT.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

const IMF: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// `at`, rounded down to the second.
pub(super) fn http_date(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(IMF).expect("an instant has all the parts of the format")
}

/// Reads what [`http_date`] writes; the two older formats of HTTP are not read.
pub(super) fn read_http_date(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, IMF).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_date_reads_back_to_the_second() {
        let at = datetime!(2026-09-14 09:10:11.987 +02:00);
        assert_eq!(http_date(at), "Mon, 14 Sep 2026 07:10:11 GMT");
        assert_eq!(read_http_date("Mon, 14 Sep 2026 07:10:11 GMT"), Some(datetime!(2026-09-14 07:10:11 UTC)));
        assert_eq!(read_http_date("yesterday"), None);
    }
}
