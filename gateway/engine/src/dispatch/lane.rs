//! What is done with a claimed lane: which delivery goes, which ones it replaces. Pure.

use gateway_core::DeliveryState;
use gateway_store::{Queued, Settled};

/// Whether states, not events, matter to the counterpart: then only the newest version is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coalesce {
    /// The newest goes, the older ones are replaced by it.
    Newest,
    /// Each goes, the oldest first.
    Each,
}

/// What goes now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    /// The delivery to attempt.
    pub(super) head: Queued,
    /// Those it replaces, an unsure one among them: what the counterpart has of it is overwritten (`spreekuur.md` 10.3).
    pub(super) replaced: Vec<Queued>,
}

/// Whose turn it is among `queued` (oldest first); `None` when nothing waits.
pub(super) fn turn(mut queued: Vec<Queued>, coalesce: Coalesce) -> Option<Turn> {
    match coalesce {
        Coalesce::Newest => {
            let head = queued.pop()?;
            Some(Turn { head, replaced: queued })
        }
        Coalesce::Each => {
            let head = queued.into_iter().next()?;
            Some(Turn { head, replaced: Vec::new() })
        }
    }
}

/// How a delivery ends that another one replaced.
pub(super) fn superseded(old: &Queued, by: &Queued) -> Settled {
    Settled {
        delivery: old.delivery,
        state: DeliveryState::Superseded,
        reason: Some(format!("version {} went instead", by.version)),
        attempt: None,
        exchange: None,
    }
}

#[cfg(test)]
mod tests {
    use gateway_core::Version;
    use time::OffsetDateTime;

    use super::*;

    fn queued(version: u32) -> Queued {
        Queued {
            delivery: i64::from(version) * 10,
            version: Version(version),
            deleted: false,
            attempts: 0,
            since: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn c_08_the_newest_state_replaces_older_ones() {
        let turn = turn(vec![queued(1), queued(2), queued(3)], Coalesce::Newest).unwrap();
        assert_eq!((turn.head.clone(), turn.replaced), (queued(3), vec![queued(1), queued(2)]));
        let settled = superseded(&queued(1), &turn.head);
        assert_eq!((settled.delivery, settled.reason.as_deref()), (10, Some("version 3 went instead")));
    }

    #[test]
    fn c_08_events_go_one_by_one_oldest_first() {
        let turn = turn(vec![queued(1), queued(2)], Coalesce::Each).unwrap();
        assert_eq!((turn.head, turn.replaced), (queued(1), vec![]));
    }

    #[test]
    fn an_empty_lane_has_no_turn() {
        assert_eq!(turn(vec![], Coalesce::Newest), None);
        assert_eq!(turn(vec![], Coalesce::Each), None);
    }
}
