//! Dates and times of R4: the text, the calendar behind it, and the period it names on the time line.
//!
//! A value without a zone is a stretch of local time in Europe/Amsterdam (`dutch-fhir.md` section 4.5).

use std::sync::LazyLock;

use jiff::civil;
use jiff::tz::TimeZone;

static AMSTERDAM: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZone::get("Europe/Amsterdam").expect("the time zone database is compiled into the program")
});

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A date with as much as was given, and perhaps a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    clock: Option<Clock>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock {
    hour: i8,
    minute: i8,
    /// Microseconds into the minute and how many of them the text leaves open; `None` when seconds are not given.
    second: Option<(i64, i64)>,
    /// Seconds east of UTC.
    offset: Option<i64>,
}

impl Moment {
    /// A FHIR `date`.
    pub(crate) fn date(text: &str) -> Option<Self> {
        Self::parse(text).filter(|m| m.clock.is_none())
    }

    /// A FHIR `dateTime`.
    pub(crate) fn date_time(text: &str) -> Option<Self> {
        Self::parse(text).filter(|m| m.clock.is_none_or(|c| c.second.is_some() && c.offset.is_some()))
    }

    /// A FHIR `instant`.
    pub(crate) fn instant(text: &str) -> Option<Self> {
        Self::date_time(text).filter(|m| m.clock.is_some())
    }

    /// Any date or time, also one without seconds or zone as a search may hold it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, clock) = match text.split_once('T') {
            Some((date, clock)) => (date, Some(Clock::parse(clock)?)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = digits(parts.next()?, 4).filter(|y| *y > 0)?;
        let month = parts.next().map(|part| digits(part, 2).filter(|m| (1..=12).contains(m)));
        let day = parts.next().map(|part| digits(part, 2));
        if parts.next().is_some() || matches!(month, Some(None)) || matches!(day, Some(None)) {
            return None;
        }
        let (month, day) = (narrow(month.flatten()), narrow(day.flatten()));
        let moment = Self { year: i16::try_from(year).ok()?, month, day, clock };
        let exists = civil::Date::new(moment.year, month.unwrap_or(1), day.unwrap_or(1)).is_ok();
        (exists && (day.is_some() || clock.is_none())).then_some(moment)
    }

    /// The first microsecond (since 1970, UTC) of what is named and the first after it.
    pub(crate) fn period(self) -> (i64, i64) {
        let start = self.first();
        let Some(clock) = self.clock else {
            return (midnight(start), self.next().map_or(i64::MAX, midnight));
        };
        let (into_minute, open) = clock.second.unwrap_or((0, 60 * SECOND));
        let at_minute = match clock.offset {
            Some(offset) => {
                let minutes = i64::from(clock.hour) * 60 + i64::from(clock.minute);
                days(start) * DAY + (minutes * 60 - offset) * SECOND
            }
            None => local(start.at(clock.hour, clock.minute, 0, 0)),
        };
        (at_minute + into_minute, at_minute + into_minute + open)
    }

    fn first(self) -> civil::Date {
        civil::Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))
            .expect("a Moment is only made of a date that exists")
    }

    /// The date after what is named; `None` behind the year 9999.
    fn next(self) -> Option<civil::Date> {
        let first = self.first();
        match (self.month, self.day) {
            (_, Some(_)) => first.tomorrow().ok(),
            (Some(12) | None, None) => civil::Date::new(self.year.checked_add(1)?, 1, 1).ok(),
            (Some(month), None) => civil::Date::new(self.year, month + 1, 1).ok(),
        }
    }
}

impl Clock {
    fn parse(text: &str) -> Option<Self> {
        let zone_at = text.find(['Z', '+', '-']);
        let (time, zone) = zone_at.map_or(Some((text, None)), |at| {
            let (time, zone) = text.split_at_checked(at)?;
            Some((time, Some(zone)))
        })?;
        let offset = match zone {
            Some(zone) => Some(offset(zone)?),
            None => None,
        };
        let mut parts = time.split(':');
        let hour = narrow(digits(parts.next()?, 2).filter(|h| *h < 24))?;
        let minute = narrow(digits(parts.next()?, 2).filter(|m| *m < 60))?;
        let second = match parts.next() {
            Some(second) => Some(seconds(second)?),
            None => None,
        };
        parts.next().is_none().then_some(Self { hour, minute, second, offset })
    }
}

/// `hh:mm:ss` with or without a fraction.
pub(crate) fn is_time(text: &str) -> bool {
    Clock::parse(text).is_some_and(|clock| clock.second.is_some() && clock.offset.is_none())
}

/// Microseconds of `ss` or `ss.fff`, and how many microseconds the text leaves open. 60 is a leap second.
fn seconds(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let whole = digits(whole, 2).filter(|s| *s <= 60)? * SECOND;
    let Some(fraction) = fraction else { return Some((whole, SECOND)) };
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (mut micros, mut open) = (0, SECOND);
    for digit in fraction.bytes().take(6) {
        open /= 10;
        micros += i64::from(digit - b'0') * open;
    }
    Some((whole + micros, open))
}

/// Seconds east of `Z`, `+hh:mm` or `-hh:mm`; 14:00 is the farthest.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2).filter(|m| *m < 60)?);
    (hours < 14 || hours == 14 && minutes == 0).then_some(sign * (hours * 60 + minutes) * 60)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let fits = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.bytes().fold(0, |n, b| n * 10 + i64::from(b - b'0')))
}

fn narrow(n: Option<i64>) -> Option<i8> {
    n.and_then(|n| i8::try_from(n).ok())
}

/// Days since 1970-01-01, counted in years that begin in March so that the leap day comes last.
fn days(date: civil::Date) -> i64 {
    let (year, month, day) = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
    let year = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

fn midnight(date: civil::Date) -> i64 {
    local(date.at(0, 0, 0, 0))
}

/// The instant of a local time; an hour that happens twice is its first, one that does not is moved on.
fn local(at: civil::DateTime) -> i64 {
    AMSTERDAM.to_timestamp(at).map_or(i64::MAX, jiff::Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> (i64, i64) {
        Moment::parse(text).unwrap().period()
    }

    #[test]
    fn case_02_16_the_calendar_counts() {
        for good in ["1980", "1980-02", "2024-02-29", "0001-01-01", "9999-12-31"] {
            assert!(Moment::date(good).is_some(), "{good}");
        }
        for bad in [
            "2023-02-30",
            "2023-02-29",
            "1980-2-1",
            "01-02-1980",
            "0000",
            "10000",
            "-001",
            "1980-00",
            "1980-13",
            "1980-01-00",
            "1980-01-01T00:00:00Z",
            "1980-",
            "",
            "1980-01-01-01",
        ] {
            assert!(Moment::date(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn case_04_05_06_11_12_a_time_has_seconds_and_a_zone() {
        for good in [
            "2026-03-29T10:00:00Z",
            "2026-03-29T10:00:00.1234567+02:00",
            "2026-03-29T23:59:60+14:00",
            "2026-03-29T10:00:00-00:00",
            "2026",
        ] {
            assert!(Moment::date_time(good).is_some(), "{good}");
        }
        for bad in [
            "2026-03-29T10:00:00",
            "2026-03-29T10:00+01:00",
            "2026-03-29T24:00:00Z",
            "2026-03-29T10:00:61Z",
            "2026-03-29T10:00:00+14:30",
            "2026-03-29T10:00:00+15:00",
            "2026-03T10:00:00Z",
            "2026-03-29T10:00:00.Z",
            "2026-03-29t10:00:00Z",
            "2026-03-29T10:00:00z",
            "2026-03-29 10:00:00Z",
            "2026-03-29T10:00:00+0200",
        ] {
            assert!(Moment::date_time(bad).is_none(), "{bad}");
        }
        assert!(Moment::instant("2026-03-29").is_none());
        assert!(
            is_time("23:59:60")
                && is_time("00:00:00.5")
                && !is_time("24:00:00")
                && !is_time("10:00")
                && !is_time("10:00:00Z")
        );
    }

    #[test]
    fn case_13_a_day_is_a_local_day() {
        let hours = |text| {
            let (start, end) = span(text);
            (end - start) / 3_600_000_000
        };
        assert_eq!(hours("2026-03-29"), 23);
        assert_eq!(hours("2026-10-25"), 25);
        assert_eq!(hours("2026-10-26"), 24);
        assert_eq!(span("2026-03-29").0, span("2026-03-28T23:00:00Z").0);
        assert_eq!(span("2026-07-01T00:00:00").0, span("2026-06-30T22:00:00Z").0);
    }

    #[test]
    fn case_07_10_the_same_moment_is_the_same() {
        assert_eq!(span("2026-03-29T10:00:00+02:00"), span("2026-03-29T08:00:00Z"));
        assert_eq!(span("2026-03-29T10:00:00-00:00"), span("2026-03-29T10:00:00Z"));
        assert_eq!(span("1970-01-01T00:00:01Z"), (SECOND, 2 * SECOND));
        assert_eq!(span("1970-01-01T00:00:00.25Z"), (250_000, 260_000));
        assert_eq!(span("1970-01-01T00:00Z"), (0, 60 * SECOND));
        assert_eq!(span("9999").1, i64::MAX);
        assert_eq!(span("1970-02").1, span("1970-03").0);
        assert_eq!(span("1969-12-31T23:59:60Z").0, 0);
    }

    proptest::proptest! {
        #[test]
        fn days_are_those_of_the_calendar(year in 1_i16..=9999, day in 1_i16..=365) {
            let date = civil::date(year, 1, 1).with().day_of_year(day).build().unwrap();
            let since = date.since(civil::date(1970, 1, 1)).unwrap().get_days();
            proptest::prop_assert_eq!(days(date), i64::from(since));
        }

        #[test]
        fn reading_a_moment_never_panics(text in "[0-9TZ:.+-]{0,30}") {
            if let Some(moment) = Moment::parse(&text) {
                let (start, end) = moment.period();
                proptest::prop_assert!(start < end);
            }
        }
    }
}
