//! Polling: one node looks, the cursor moves with settling and nothing else, a wish does not get lost.

use gateway_core::LinkId;
use gateway_store::{Options, PollClaim, PollEnd, PollFigures, Store};
use time::Duration;

use crate::house::{House, at, both, link};

const LEASE: Duration = Duration::minutes(1);

async fn known(house: &House) -> LinkId {
    let tetra = link("tetra");
    house.store.know_poll(&tetra, &"de-linde".parse().unwrap(), at(0)).await.unwrap();
    tetra
}

async fn claim(store: &Store, second: i64) -> Option<PollClaim> {
    store.claim_poll(&link("tetra"), at(second), LEASE, at(second + 300)).await.unwrap()
}

fn taken(cursor: &str, due: i64) -> PollEnd {
    PollEnd {
        cursor: Some(cursor.to_owned()),
        outcome: "taken",
        reason: None,
        due_at: at(due),
        failures: 0,
        figures: PollFigures { created: 1, updated: 2, unchanged: 3, aside: 4 },
    }
}

fn failed(due: i64) -> PollEnd {
    let reason = Some("not now".to_owned());
    PollEnd { cursor: None, outcome: "later", reason, failures: 1, ..taken("", due) }
}

#[test]
fn a_look_is_claimed_by_one_and_settled_with_its_cursor() {
    both(async |house| {
        let tetra = known(house).await;
        let mine = claim(&house.store, 0).await.unwrap();
        assert_eq!((mine.cursor.as_deref(), mine.failures, mine.tenant.as_str()), (None, 0, "de-linde"));
        let other = house.again().await;
        assert_eq!(claim(&other, 1).await, None, "somebody has it");
        assert!(house.store.settle_poll(&mine, at(2), &taken("c1", 300)).await.unwrap());
        assert_eq!(claim(&other, 299).await, None, "not due");
        assert_eq!(claim(&other, 300).await.unwrap().cursor.as_deref(), Some("c1"));
        let row = house.store.polls().await.unwrap().remove(0);
        assert_eq!((row.link, row.outcome.as_deref(), row.failures), (tetra, Some("taken"), 0));
        assert_eq!((row.began, row.ended, row.taken_in), (Some(at(300)), Some(at(2)), Some(at(0))));
        assert_eq!(row.figures, PollFigures { created: 1, updated: 2, unchanged: 3, aside: 4 });
        other.close().await;
    });
}

#[test]
fn a_failed_look_leaves_the_cursor() {
    both(async |house| {
        known(house).await;
        let first = claim(&house.store, 0).await.unwrap();
        house.store.settle_poll(&first, at(0), &taken("c1", 0)).await.unwrap();
        let second = claim(&house.store, 0).await.unwrap();
        house.store.settle_poll(&second, at(1), &failed(10)).await.unwrap();
        let third = claim(&house.store, 10).await.unwrap();
        assert_eq!((third.cursor.as_deref(), third.failures), (Some("c1"), 1));
    });
}

#[test]
fn a_dead_node_is_taken_over_and_settles_nothing_any_more() {
    both(async |house| {
        known(house).await;
        let dead = claim(&house.store, 0).await.unwrap();
        assert_eq!(claim(&house.store, 60).await, None, "its lease is over, but it is looked every 300 s");
        let next = claim(&house.store, 300).await.unwrap();
        assert!(!house.store.hold_poll(&dead, at(999)).await.unwrap());
        assert!(!house.store.settle_poll(&dead, at(301), &taken("stale", 400)).await.unwrap());
        assert_eq!(next.cursor, None);
        assert!(house.store.hold_poll(&next, at(900)).await.unwrap());
        assert_eq!(claim(&house.store, 899).await, None, "held");
        assert!(house.store.settle_poll(&next, at(899), &taken("c1", 950)).await.unwrap());
        assert!(!house.store.settle_poll(&next, at(899), &taken("twice", 950)).await.unwrap());
    });
}

#[test]
fn a_wish_is_a_look_before_its_time_but_not_on_a_paused_link() {
    both(async |house| {
        let tetra = known(house).await;
        let first = claim(&house.store, 0).await.unwrap();
        assert!(house.store.wish_poll(&tetra, at(1)).await.unwrap());
        house.store.settle_poll(&first, at(2), &taken("c1", 300)).await.unwrap();
        assert!(house.store.polls().await.unwrap()[0].wished, "it came after the look began");
        house.store.pause_link(&tetra, Some("maintenance"), at(2)).await.unwrap();
        assert_eq!(house.store.pause_of(&tetra).await.unwrap().as_deref(), Some("maintenance"));
        assert_eq!(claim(&house.store, 3).await, None);
        house.store.pause_link(&tetra, None, at(4)).await.unwrap();
        let second = claim(&house.store, 5).await.unwrap();
        house.store.settle_poll(&second, at(6), &taken("c2", 300)).await.unwrap();
        assert_eq!(claim(&house.store, 7).await, None, "it was fulfilled");
        assert!(!house.store.wish_poll(&link("deaf"), at(7)).await.unwrap());
    });
}

#[test]
fn nodes_that_want_the_same_look_at_once_get_it_once() {
    both(async |house| {
        known(house).await;
        let others = [house.again().await, house.again().await];
        let claims = [&house.store, &others[0], &others[1], &others[1]].map(|store| claim(store, 0));
        let got = futures_util::future::join_all(claims).await;
        assert_eq!(got.iter().flatten().count(), 1);
        for other in others {
            other.close().await;
        }
    });
}

#[test]
fn a_cursor_stands_nowhere_in_clear_and_opens_for_its_link_only() {
    both(async |house| {
        known(house).await;
        let first = claim(&house.store, 0).await.unwrap();
        house.store.settle_poll(&first, at(0), &taken("afspraak-880001", 0)).await.unwrap();
        let clear = if house.is_postgres() {
            "SELECT 'x' FROM poll WHERE position(convert_to('880001', 'UTF8') IN cursor) > 0"
        } else {
            "SELECT 'x' FROM poll WHERE instr(cursor, CAST('880001' AS BLOB)) > 0"
        };
        assert!(house.raw_texts(clear).await.is_empty());
        let wrong = Options { master_key: vec![8; 32].into(), ..house.options.clone() };
        let store = Store::open(&wrong).await.unwrap();
        assert!(store.claim_poll(&link("tetra"), at(1), LEASE, at(2)).await.is_err());
        store.close().await;
    });
}
