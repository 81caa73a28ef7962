//! What a look at the agenda remembers for the next one, and what it concludes from what is missing.
//!
//! Nothing tells of an appointment that was erased or moved: only comparing answers does (`tetra.md` sections 3.10 and
//! 4.5). Missing once is a doubt; missing from two complete answers in a row, for the same agenda and inside the period
//! both times, is the end of it. The memory holds keys and days, never who or why.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A day of the practice, `2026-06-02`: sorts as days do.
pub(crate) type Day = String;

/// What the last look that was taken in left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// When the practice was asked, in seconds since 1970.
    #[serde(default)]
    pub(crate) asked: Option<i64>,
    /// The agendas there were.
    #[serde(default)]
    pub(crate) agendas: BTreeSet<String>,
    /// The appointments that were there: agenda → day → keys.
    #[serde(default)]
    seen: BTreeMap<String, BTreeMap<Day, BTreeSet<String>>>,
    /// The appointments that were missing from the last complete answer, with where they stood before.
    #[serde(default)]
    missed: BTreeMap<String, Place>,
}

/// Where an appointment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The agenda.
    pub(crate) agenda: String,
    /// The day it begins.
    pub(crate) day: Day,
}

/// One complete, successful answer.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// The agendas that were asked for.
    pub(crate) agendas: BTreeSet<String>,
    /// The days that count, the last one excluded.
    pub(crate) days: Range<Day>,
    /// Every appointment in the answer, also outside those days. `None`: it is there, but where cannot be read.
    pub(crate) present: BTreeMap<String, Option<Place>>,
}

impl Sight {
    /// Whether an appointment at `place` had to be in the answer.
    pub(crate) fn covers(&self, place: &Place) -> bool {
        self.agendas.contains(&place.agenda) && self.days.contains(&place.day)
    }
}

impl Memory {
    /// Reads a cursor. One that cannot be read is forgotten: everything is then seen for the first time again.
    pub(crate) fn read(cursor: Option<&str>) -> Self {
        cursor.and_then(|cursor| serde_json::from_str(cursor).ok()).unwrap_or_default()
    }

    /// The cursor.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("maps and sets of texts are JSON")
    }

    /// Whether `key` was there, or was missing only once.
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.missed.contains_key(key)
            || self.seen.values().flat_map(BTreeMap::values).any(|keys| keys.contains(key))
    }

    /// Whether something was missing: it may have moved out of the period, so the next look is a wider one.
    pub(crate) fn doubts(&self) -> bool {
        !self.missed.is_empty()
    }

    /// What is remembered after a look that proves nothing.
    pub(crate) fn unproven(&self, now: OffsetDateTime, agendas: BTreeSet<String>) -> Self {
        Self { asked: Some(now.unix_timestamp()), agendas, ..self.clone() }
    }

    /// What is remembered after `sight`, and the appointments that have vanished for good.
    pub(crate) fn after(
        &self,
        sight: &Sight,
        now: OffsetDateTime,
        agendas: BTreeSet<String>,
    ) -> (Self, Vec<String>) {
        let mut next = Self { asked: Some(now.unix_timestamp()), agendas, ..Self::default() };
        let mut vanished = Vec::new();
        for (key, place) in &sight.present {
            if let Some(place) = place.as_ref().filter(|place| sight.covers(place)) {
                next.see(key, place);
            }
        }
        for (key, place) in self.places() {
            let stays = match sight.present.get(key) {
                Some(Some(_)) => continue,
                // It is there and unreadable: neither moved nor missing.
                Some(None) => true,
                None => !sight.agendas.contains(&place.agenda),
            };
            if stays && sight.days.contains(&place.day) {
                next.see(key, &place);
            } else if !stays && sight.covers(&place) {
                next.missed.insert(key.to_owned(), place);
            }
        }
        for (key, place) in &self.missed {
            if sight.present.contains_key(key) {
                continue;
            }
            if sight.covers(place) {
                vanished.push(key.clone());
            } else if !sight.agendas.contains(&place.agenda) && sight.days.contains(&place.day) {
                next.missed.insert(key.clone(), place.clone());
            }
        }
        (next, vanished)
    }

    fn see(&mut self, key: &str, place: &Place) {
        let days = self.seen.entry(place.agenda.clone()).or_default();
        days.entry(place.day.clone()).or_default().insert(key.to_owned());
    }

    fn places(&self) -> impl Iterator<Item = (&str, Place)> {
        self.seen.iter().flat_map(|(agenda, days)| {
            days.iter().flat_map(move |(day, keys)| {
                let place = Place { agenda: agenda.clone(), day: day.clone() };
                keys.iter().map(move |key| (key.as_str(), place.clone()))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn sight(agendas: &[&str], present: &[(&str, &str, &str)]) -> Sight {
        let place = |agenda: &str, day: &str| Place { agenda: agenda.to_owned(), day: day.to_owned() };
        Sight {
            agendas: agendas.iter().map(|&agenda| agenda.to_owned()).collect(),
            days: "2026-06-01".to_owned().."2026-07-01".to_owned(),
            present: present
                .iter()
                .map(|(key, agenda, day)| ((*key).to_owned(), Some(place(agenda, day))))
                .collect(),
        }
    }

    fn look(memory: &Memory, sight: &Sight) -> (Memory, Vec<String>) {
        memory.after(sight, NOW, sight.agendas.clone())
    }

    fn with_one() -> Memory {
        look(&Memory::default(), &sight(&["71"], &[("1", "71", "2026-06-02")])).0
    }

    #[test]
    fn edge_55_missing_once_is_a_doubt_and_twice_is_the_end() {
        let gone = sight(&["71"], &[]);
        let (once, vanished) = look(&with_one(), &gone);
        assert!(vanished.is_empty() && once.doubts());
        let (twice, vanished) = look(&once, &gone);
        assert_eq!(vanished, ["1"]);
        let (thrice, vanished) = look(&twice, &gone);
        assert!(vanished.is_empty() && !thrice.doubts(), "it is told once");
    }

    #[test]
    fn edge_55_what_comes_back_was_never_gone() {
        let (once, _) = look(&with_one(), &sight(&["71"], &[]));
        let (back, vanished) = look(&once, &sight(&["71"], &[("1", "71", "2026-06-02")]));
        assert!(vanished.is_empty());
        assert_eq!(back.text(), with_one().text());
        assert!(look(&back, &sight(&["71"], &[])).1.is_empty(), "the count starts anew");
    }

    #[test]
    fn edge_55_an_agenda_that_was_not_asked_for_proves_nothing() {
        let (kept, vanished) = look(&with_one(), &sight(&["72"], &[]));
        assert!(vanished.is_empty() && !kept.doubts() && kept.knows("1"));
        let (once, _) = look(&with_one(), &sight(&["71"], &[]));
        let (still, vanished) = look(&once, &sight(&["72"], &[]));
        assert!(vanished.is_empty() && still.doubts(), "neither proves nor clears");
    }

    #[test]
    fn edge_55_found_elsewhere_is_moved() {
        for place in [("1", "72", "2026-06-02"), ("1", "71", "2026-06-20"), ("1", "71", "2027-01-01")] {
            let (once, _) = look(&with_one(), &sight(&["71"], &[]));
            let (moved, vanished) = look(&once, &sight(&["71", "72"], &[place]));
            assert!(vanished.is_empty() && !moved.doubts(), "{place:?}");
        }
    }

    #[test]
    fn what_the_period_has_left_behind_is_forgotten() {
        let mut later = sight(&["71"], &[]);
        later.days = "2026-06-03".to_owned().."2026-07-03".to_owned();
        let (next, vanished) = look(&with_one(), &later);
        assert!(vanished.is_empty() && !next.doubts() && !next.knows("1"));
        let (once, _) = look(&with_one(), &sight(&["71"], &[]));
        assert!(look(&once, &later).1.is_empty());
    }

    #[test]
    fn what_is_there_and_unreadable_is_there() {
        let mut odd = sight(&["71"], &[]);
        odd.present.insert("1".to_owned(), None);
        let (next, vanished) = look(&with_one(), &odd);
        assert!(vanished.is_empty() && next.knows("1") && !next.doubts());
    }

    #[test]
    fn a_cursor_reads_back_and_a_broken_one_is_forgotten() {
        let memory = with_one();
        assert_eq!(Memory::read(Some(&memory.text())), memory);
        for broken in [None, Some(""), Some("[]"), Some(r#"{"seen":1}"#)] {
            assert_eq!(Memory::read(broken), Memory::default());
        }
    }

    proptest::proptest! {
        /// Each look asks for the agenda or not, and the appointment is there or not.
        #[test]
        fn edge_55_only_two_complete_looks_in_a_row_end_an_appointment(
            looks in proptest::collection::vec((proptest::bool::ANY, proptest::bool::ANY), 0..24)
        ) {
            let (mut memory, mut misses) = (Memory::default(), None);
            for (asked, there) in looks {
                let agenda = if asked { "71" } else { "72" };
                let present: &[_] = if asked && there { &[("1", "71", "2026-06-02")] } else { &[] };
                let (next, vanished) = look(&memory, &sight(&[agenda], present));
                misses = match (asked, there, misses) {
                    (false, _, misses) => misses,
                    (true, true, _) => Some(0),
                    (true, false, misses) => misses.map(|misses| misses + 1),
                };
                let ends = misses == Some(2) && asked;
                proptest::prop_assert_eq!(!vanished.is_empty(), ends);
                if ends {
                    misses = None;
                }
                memory = Memory::read(Some(&next.text()));
                proptest::prop_assert_eq!(&memory, &next);
            }
        }

        #[test]
        fn no_cursor_makes_it_panic(cursor in ".{0,80}") {
            Memory::read(Some(&cursor));
        }
    }
}
