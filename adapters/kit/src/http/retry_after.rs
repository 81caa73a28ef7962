//! `Retry-After` (RFC 9110 section 10.2.3): seconds, or a moment.

use std::time::{Duration, SystemTime};

use ::http::{HeaderMap, header};
use time::OffsetDateTime;

/// Longest pause we let a counterpart ask for: a delivery does not outlive it anyhow.
const LONGEST: Duration = Duration::from_hours(24);

/// How long the answer with these headers asks to wait. A moment that has passed is no wait at all; what is neither
/// seconds nor a date is not there.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        let at = httpdate::parse_http_date(value).ok()?;
        at.duration_since(SystemTime::from(now)).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn seconds_and_dates_are_read_and_the_rest_is_not_there() {
        let now = datetime!(2026-09-14 07:10:00 UTC);
        for (value, wanted) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Mon, 14 Sep 2026 07:12:00 GMT", Some(120)),
            ("Mon, 14 Sep 2026 07:09:00 GMT", Some(0)),
            ("Monday, 14-Sep-26 07:10:01 GMT", Some(1)),
            ("99999999999999999999999", Some(86_400)),
            ("172800", Some(86_400)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            assert_eq!(retry_after(&headers, now), wanted.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
