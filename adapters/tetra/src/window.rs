//! The days that are looked at, as local times of the practice.
//!
//! What a period's bounds mean over there is not published (`tetra.md` section 2.6), so whole days are asked for and one
//! more on either side; who asked filters.

use gateway_core::{Moment, Zone, instant_text};
use jiff::Span;
use jiff::civil::Date;
use time::OffsetDateTime;

/// Whole days, the last one not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: String,
    pub(crate) end: String,
}

impl Window {
    /// The days from `back` before the day of `now` to `ahead` after it, the latter in it.
    pub(crate) fn around(now: OffsetDateTime, zone: &Zone, back: u16, ahead: u16) -> Self {
        let today = zone.instant(&instant_text(now)).map(Moment::text).unwrap_or_default();
        Self::days(day(&today).unwrap_or_default(), i64::from(back), i64::from(ahead) + 1)
    }

    /// The day of a local time, with one more on either side.
    pub(crate) fn of_day(local: &str) -> Option<Self> {
        Some(Self::days(day(local)?, 1, 2))
    }

    /// This one, made wide enough for the day of a local time too.
    pub(crate) fn with_day(self, local: Option<&str>) -> Self {
        let Some(other) = local.and_then(Self::of_day) else { return self };
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    fn days(day: Date, back: i64, ahead: i64) -> Self {
        let moved = |days: i64| day.saturating_add(Span::new().days(days));
        let midnight = |day: Date| format!("{day}T00:00:00");
        Self { start: midnight(moved(-back)), end: midnight(moved(ahead)) }
    }
}

fn day(local: &str) -> Option<Date> {
    local.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn days_are_those_of_the_practice() {
        let now = datetime!(2026-06-02 02:30 UTC);
        let here = Window::around(now, Zone::amsterdam(), 1, 2);
        assert_eq!((here.start.as_str(), here.end.as_str()), ("2026-06-01T00:00:00", "2026-06-05T00:00:00"));
        let there = Window::around(now, &Zone::named("America/Kralendijk").unwrap(), 0, 0);
        assert_eq!(
            (there.start.as_str(), there.end.as_str()),
            ("2026-06-01T00:00:00", "2026-06-02T00:00:00")
        );
    }

    #[test]
    fn a_day_is_asked_for_with_its_neighbours() {
        let window = Window::of_day("2026-03-01T00:10:00").unwrap();
        assert_eq!(
            (window.start.as_str(), window.end.as_str()),
            ("2026-02-28T00:00:00", "2026-03-03T00:00:00")
        );
        assert_eq!(Window::of_day("soon"), None);
        let wide = window.clone().with_day(Some("2026-08-01T10:00:00"));
        assert_eq!((wide.start.as_str(), wide.end.as_str()), ("2026-02-28T00:00:00", "2026-08-03T00:00:00"));
        assert_eq!(window.clone().with_day(None), window);
    }
}
