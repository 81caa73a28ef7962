//! The days that are looked at, on the practice's own calendar (`tetra.md` section 2.6).
//!
//! What their bounds mean is not published, so a day more is asked for on both sides and the answer is filtered here. Days
//! are compared as days: one of 23 or of 25 hours is as whole as any other.

use std::ops::Range;

use gateway_core::{Zone, instant_text};
use jiff::ToSpan;
use jiff::civil::Date;
use time::OffsetDateTime;

use super::memory::Day;

/// How far ahead is looked while something is missing: it may have moved.
const FAR: u16 = 366;

/// The days that are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    first: Date,
    /// The first day that does not count.
    end: Date,
    far: Date,
}

impl Window {
    /// From `back` days before today until `ahead` days after it, both included.
    pub(crate) fn around(now: OffsetDateTime, zone: &Zone, back: u16, ahead: u16) -> Self {
        let today: Date = day(zone, &instant_text(now))
            .and_then(|day| day.parse().ok())
            .expect("an instant has a day in every zone");
        let end = today.saturating_add((i64::from(ahead) + 1).days());
        Self {
            first: today.saturating_sub(i64::from(back).days()),
            end,
            far: end.max(today.saturating_add(i64::from(FAR).days())),
        }
    }

    /// The days that count, the last one excluded.
    pub(crate) fn days(&self) -> Range<Day> {
        self.first.to_string()..self.end.to_string()
    }

    /// What is asked for, as local times: a day more on both sides, and further ahead while something is missing.
    pub(crate) fn asked(&self, doubts: bool) -> (String, String) {
        let end = if doubts { self.far } else { self.end };
        let midnight = |date: Date| format!("{date}T00:00:00");
        (midnight(self.first.saturating_sub(1.day())), midnight(end.saturating_add(1.day())))
    }
}

/// The day of a time of theirs on the practice's calendar. `None` when it cannot be read.
pub(crate) fn day(zone: &Zone, text: &str) -> Option<Day> {
    let moment = zone.read(text, None).ok().flatten()?;
    moment.text().get(..10).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    #[test]
    fn edge_42_a_short_and_a_long_day_are_whole_days() {
        let amsterdam = zone("Europe/Amsterdam");
        for (now, day) in [
            (datetime!(2026-03-28 23:00 UTC), "2026-03-29"),
            (datetime!(2026-03-29 21:59 UTC), "2026-03-29"),
            (datetime!(2026-10-24 22:00 UTC), "2026-10-25"),
            (datetime!(2026-10-25 22:59 UTC), "2026-10-25"),
        ] {
            let window = Window::around(now, &amsterdam, 0, 0);
            assert_eq!(window.days().start, day, "{now}");
            let (start, end) = window.asked(false);
            assert!(start.as_str() < day && end > window.days().end, "{now}");
        }
    }

    #[test]
    fn edge_57_today_is_the_practices_today() {
        let now = datetime!(2026-06-02 03:00 UTC);
        let today = |name| Window::around(now, &zone(name), 1, 2).days();
        assert_eq!(today("Europe/Amsterdam"), "2026-06-01".to_owned().."2026-06-05".to_owned());
        assert_eq!(today("America/Kralendijk"), "2026-05-31".to_owned().."2026-06-04".to_owned());
    }

    #[test]
    fn a_doubt_looks_a_year_ahead() {
        let window = Window::around(datetime!(2026-06-02 12:00 UTC), &zone("Europe/Amsterdam"), 1, 90);
        assert_eq!(window.asked(false).1, "2026-09-02T00:00:00");
        assert_eq!(window.asked(true).1, "2027-06-04T00:00:00");
        assert_eq!(window.asked(true).0, window.asked(false).0);
    }

    #[test]
    fn edge_45_a_day_is_read_from_every_form_of_time() {
        let amsterdam = zone("Europe/Amsterdam");
        for (text, wanted) in [
            ("2026-06-02T00:00:00", Some("2026-06-02")),
            ("2026-06-02T23:59:59.5", Some("2026-06-02")),
            ("2026-06-02T22:30:00Z", Some("2026-06-03")),
            ("2026-06-02 10:20:00", Some("2026-06-02")),
            ("2026-06-02", Some("2026-06-02")),
            ("2026-02-30T10:00:00", None),
            ("0001-01-01T00:00:00", None),
            ("morgen", None),
        ] {
            assert_eq!(day(&amsterdam, text).as_deref(), wanted, "{text}");
        }
    }
}
