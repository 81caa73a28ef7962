//! Free times: what an agenda has left between eight and five, cut to the length of a block type. How Tetra cuts is not
//! known (`tetra.md` section 2.3).

use time::{Duration, Time};

use super::Place;
use crate::local::Local;
use crate::practice::BlockType;

const OPENS: Time = time::macros::time!(08:00);
const CLOSES: Time = time::macros::time!(17:00);
/// No answer is longer.
const AT_MOST: usize = 2_000;

/// Which free times are wanted.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) agendas: Vec<i64>,
    pub(crate) block_types: Vec<i64>,
    pub(crate) from: Local,
    pub(crate) until: Local,
}

/// A free time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) agenda: i64,
    pub(crate) block_type: i64,
    pub(crate) start: Local,
    pub(crate) end: Local,
}

impl Place {
    /// The free times of these agendas for these block types.
    pub(crate) fn free(&self, wanted: &Wanted) -> Vec<Slot> {
        let agendas = self.agendas.iter().filter(|agenda| wanted.agendas.contains(&agenda.id));
        let kinds: Vec<&BlockType> = self
            .block_types
            .iter()
            .filter(|kind| kind.tenths >= 10 && wanted.block_types.contains(&kind.id))
            .collect();
        agendas
            .flat_map(|agenda| kinds.iter().map(move |kind| (agenda.id, *kind)))
            .flat_map(|(agenda, kind)| self.free_in(agenda, kind, wanted))
            .take(AT_MOST)
            .collect()
    }

    fn free_in(&self, agenda: i64, kind: &BlockType, wanted: &Wanted) -> impl Iterator<Item = Slot> {
        let length = Duration::seconds(kind.tenths * 6);
        let mut at = wanted.from.0;
        let steps = std::iter::from_fn(move || {
            if at.time() < OPENS {
                at = at.replace_time(OPENS);
            } else if at.time().saturating_add(length) > CLOSES {
                at = at.date().next_day()?.with_time(OPENS);
            }
            let start = at;
            at = at.checked_add(length)?;
            Some((Local(start), Local(at)))
        });
        steps
            .take_while(|(_, end)| *end <= wanted.until)
            .filter(move |(start, end)| !self.is_taken(agenda, *start, *end, 0))
            .map(move |(start, end)| Slot { agenda, block_type: kind.id, start, end })
    }

    /// Whether another appointment than `except` has a part of this time.
    pub(crate) fn is_taken(&self, agenda: i64, start: Local, end: Local, except: i64) -> bool {
        self.appointments
            .values()
            .any(|it| it.agenda == agenda && it.id != except && it.start < end && start < it.end)
    }
}

trait Saturating {
    fn saturating_add(self, length: Duration) -> Time;
}

impl Saturating for Time {
    /// Midnight counts as past closing time.
    fn saturating_add(self, length: Duration) -> Time {
        let seconds = (self - Time::MIDNIGHT) + length;
        if seconds < Duration::DAY { Time::MIDNIGHT + seconds } else { Time::MAX }
    }
}
