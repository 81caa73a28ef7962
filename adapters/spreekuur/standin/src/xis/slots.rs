//! The days and weeks that slots are asked for (8.2.2, 8.2.3), and what is read of a slot (8.2.9).

use serde_json::Value;
use time::{Date, Duration};

use super::bundle;

const ACTOR: &str = "urn:extension:actor";
const FIRST_DAY: i64 = 1;
const LAST_DAY: i64 = 28;
const PAGE: i64 = 7;

/// A stretch of days, each end the start of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: String,
    pub(super) until: String,
}

impl Window {
    /// Everything that can be booked.
    pub(super) fn whole(today: Date) -> Self {
        Self::days(today, FIRST_DAY, LAST_DAY)
    }

    /// The same, a week at a time.
    pub(super) fn weeks(today: Date) -> Vec<Self> {
        let starts = (FIRST_DAY..LAST_DAY).step_by(usize::try_from(PAGE).unwrap_or(1));
        starts.map(|day| Self::days(today, day, (day + PAGE).min(LAST_DAY))).collect()
    }

    fn days(today: Date, from: i64, until: i64) -> Self {
        let start = |day| today.saturating_add(Duration::days(day));
        let text = |sign: &str, day| format!("{sign}{}T00:00:00Z", start(day));
        Self { from: text("ge", from), until: text("le", until) }
    }
}

/// A slot that is free, as far as it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) actor: Option<Actor>,
    pub(super) schedule: Option<String>,
}

/// Whom the slot is with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Actor {
    pub(super) reference: String,
    pub(super) display: String,
}

impl Slot {
    /// The free ones of an answer, in its order.
    pub(super) fn free(answer: &Value) -> Vec<Self> {
        let slots = bundle::resources(answer, "Slot").into_iter();
        slots.filter(|slot| slot["status"] == "free").filter_map(Self::read).collect()
    }

    fn read(slot: &Value) -> Option<Self> {
        let text = |name: &str| slot[name].as_str().map(str::to_owned);
        Some(Self {
            id: text("id")?,
            start: text("start")?,
            end: text("end")?,
            actor: actor(slot),
            schedule: slot["schedule"]["reference"].as_str().map(str::to_owned),
        })
    }
}

fn actor(slot: &Value) -> Option<Actor> {
    let extension = slot["extension"].as_array()?.iter().find(|it| it["url"] == ACTOR)?;
    let reference = &extension["valueReference"];
    Some(Actor {
        reference: reference["reference"].as_str()?.to_owned(),
        display: reference["display"].as_str().or(extension["display"].as_str())?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn the_weeks_cover_the_whole_and_no_more() {
        let today = date!(2026 - 09 - 14);
        let whole = Window::whole(today);
        assert_eq!(
            (whole.from.as_str(), whole.until.as_str()),
            ("ge2026-09-15T00:00:00Z", "le2026-10-12T00:00:00Z")
        );
        let weeks = Window::weeks(today);
        assert_eq!(weeks.len(), 4);
        assert_eq!((&weeks[0].from, &weeks[3].until), (&whole.from, &whole.until));
        assert_eq!(weeks[1].from, "ge2026-09-22T00:00:00Z");
    }
}
