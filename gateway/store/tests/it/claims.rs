//! Lanes, leases, settlements, replay.

use std::time::Duration as Took;

use gateway_core::{Attempt, DeliveryState, Version};
use gateway_store::{Claim, DeliveryFilter, Settled, Settlement};
use time::{Duration, OffsetDateTime};

use crate::house::{House, at, both, commit, deletion, key, link, room};

/// How long claims of these tests are held.
const LEASE: Duration = Duration::seconds(30);

async fn write(house: &House, id: &str, family: &str, links: &[&str], when: i64) {
    let mut put = house.patient(id, family);
    put.links = links.iter().map(|name| link(name)).collect();
    commit(&house.view(), at(when), put).await.unwrap();
}

async fn claim(house: &House, now: i64, links: &[&str]) -> Vec<Claim> {
    house.store.claim(at(now), LEASE, 100, &room(links)).await.unwrap()
}

fn attempt(began: i64, outcome: &str) -> Attempt {
    Attempt {
        number: 1,
        at: at(began),
        took: Took::from_millis(20),
        outcome: outcome.to_owned(),
        reason: None,
    }
}

/// A settlement that gives all that was queued this state after one attempt each.
fn ended(claim: &Claim, state: DeliveryState, began: i64, due_at: OffsetDateTime) -> Settlement {
    let settled = |queued: &gateway_store::Queued| Settled {
        delivery: queued.delivery,
        state,
        reason: Some("because".to_owned()),
        attempt: Some(attempt(began, state.as_str())),
        exchange: Some(b"[\"said\"]".to_vec()),
    };
    Settlement {
        lane: claim.lane,
        epoch: claim.epoch,
        deliveries: claim.queued.iter().map(settled).collect(),
        note: Some("noted".to_owned()),
        sent: true,
        due_at,
    }
}

fn all() -> DeliveryFilter {
    DeliveryFilter { limit: 100, ..DeliveryFilter::default() }
}

fn queued(claim: &Claim) -> Vec<(u32, bool)> {
    claim.queued.iter().map(|q| (q.version.0, q.deleted)).collect()
}

#[test]
fn a_change_waits_on_each_of_its_links_and_an_unchanged_write_on_none() {
    both(async |house| {
        write(house, "p1", "A", &["mail", "spreekuur"], 0).await;
        write(house, "p1", "A", &["mail", "spreekuur"], 1).await;
        write(house, "p2", "A", &[], 2).await;
        let claims = claim(house, 5, &["mail", "spreekuur", "else"]).await;
        let told: Vec<_> = claims.iter().map(|c| (c.link.as_str(), c.key.to_string(), queued(c))).collect();
        let one = vec![(1, false)];
        assert_eq!(
            told,
            [("mail", "Patient/p1".to_owned(), one.clone()), ("spreekuur", "Patient/p1".to_owned(), one)]
        );
        assert_eq!(claims[0].tenant.as_str(), "de-linde");
        assert_eq!((claims[0].note.clone(), claims[0].sent_before), (None, false));
        assert_eq!((claims[0].until, claims[0].queued[0].since), (at(35), at(0)));
        assert_eq!(claims[0].queued[0].attempts, 0);
    });
}

#[test]
fn a_lane_holds_its_versions_oldest_first_and_has_one_holder() {
    both(async |house| {
        for n in 0..3 {
            write(house, "p1", &format!("A{n}"), &["spreekuur"], n).await;
        }
        let mut put = deletion("Patient/p1");
        put.links = vec![link("spreekuur")];
        commit(&house.view(), at(3), put).await.unwrap();
        let claims = claim(house, 5, &["spreekuur"]).await;
        assert_eq!(queued(&claims[0]), [(1, false), (2, false), (3, false), (4, true)]);
        assert!(claim(house, 5, &["spreekuur"]).await.is_empty(), "it is held");
        write(house, "p1", "again", &["spreekuur"], 6).await;
        assert!(claim(house, 34, &["spreekuur"]).await.is_empty(), "a new version waits behind the holder");
        let settled = ended(&claims[0], DeliveryState::Delivered, 6, at(10));
        assert_eq!(house.store.settle(at(10), &[settled]).await.unwrap(), [true]);
        let claims = claim(house, 10, &["spreekuur"]).await;
        assert_eq!(queued(&claims[0]), [(5, false)]);
        assert_eq!((claims[0].note.as_deref(), claims[0].sent_before), (Some("noted"), true));
    });
}

#[test]
fn a_lost_lease_settles_nothing_and_its_attempts_are_kept() {
    both(async |house| {
        write(house, "p1", "A", &["spreekuur"], 0).await;
        let first = claim(house, 0, &["spreekuur"]).await.remove(0);
        assert!(claim(house, 29, &["spreekuur"]).await.is_empty());
        let second = claim(house, 30, &["spreekuur"]).await.remove(0);
        assert_eq!(second.epoch, first.epoch + 1);

        let late = ended(&first, DeliveryState::Delivered, 1, at(40));
        // Told twice, as after an answer that was lost.
        for _ in 0..2 {
            assert_eq!(house.store.settle(at(40), std::slice::from_ref(&late)).await.unwrap(), [false]);
        }
        let row = house.store.deliveries(&all()).await.unwrap().remove(0);
        assert_eq!((row.state, row.attempt_count), (DeliveryState::Due, 1));

        let own = ended(&second, DeliveryState::Refused, 31, at(40));
        let mut later = late.clone();
        later.deliveries[0].attempt.as_mut().unwrap().at = at(2);
        let settled = house.store.settle(at(41), &[late, later, own.clone()]).await.unwrap();
        assert_eq!(settled, [false, false, true]);
        let asked = DeliveryFilter { id: Some(row.id), ..all() };
        let row = house.store.deliveries(&asked).await.unwrap().remove(0);
        assert_eq!((row.state, row.reason.as_deref()), (DeliveryState::Refused, Some("because")));
        assert_eq!(row.settled, Some(at(41)));
        let kept: Vec<_> = row.attempts.iter().map(|a| (a.number, a.at, a.outcome.as_str())).collect();
        assert_eq!(kept, [(1, at(1), "delivered"), (2, at(2), "delivered"), (3, at(31), "refused")]);
        assert_eq!(house.store.settle(at(42), &[own]).await.unwrap(), [false], "settled is given back");
        let again = house.store.deliveries(&asked).await.unwrap().remove(0);
        assert_eq!(again.attempts.len(), 3);
    });
}

#[test]
fn what_stays_due_waits_until_its_time_and_blocks_only_its_lane() {
    both(async |house| {
        write(house, "p1", "A", &["spreekuur"], 0).await;
        let held = claim(house, 0, &["spreekuur"]).await.remove(0);
        let again = ended(&held, DeliveryState::Due, 0, at(100));
        assert_eq!(house.store.settle(at(1), &[again]).await.unwrap(), [true]);
        write(house, "p1", "B", &["spreekuur"], 2).await;
        write(house, "p2", "A", &["spreekuur"], 3).await;
        let claims = claim(house, 50, &["spreekuur"]).await;
        assert_eq!(claims.iter().map(|c| c.key.to_string()).collect::<Vec<_>>(), ["Patient/p2"]);
        let row =
            &house.store.deliveries(&DeliveryFilter { key: Some(key("Patient/p1")), ..all() }).await.unwrap()
                [1];
        assert_eq!((row.due_at, row.attempt_count, row.settled), (Some(at(100)), 1, None));
        assert_eq!(row.reason.as_deref(), Some("because"), "a lane that waits says why");
        let claims = claim(house, 100, &["spreekuur"]).await;
        let first = claims.iter().find(|c| c.key == key("Patient/p1")).unwrap();
        assert_eq!(queued(first), [(1, false), (2, false)]);
        assert_eq!(first.queued[0].attempts, 1);
    });
}

#[test]
fn each_link_gets_its_room_whatever_waits_on_the_others() {
    both(async |house| {
        for n in 0..30 {
            write(house, &format!("p{n}"), "A", &["busy"], n).await;
        }
        write(house, "q1", "A", &["calm", "dead"], 90).await;
        let room = |busy: u32, calm: u32| [(link("busy"), busy), (link("calm"), calm)].into_iter().collect();
        let count = |claims: &[Claim], name: &str| claims.iter().filter(|c| c.link == link(name)).count();
        let claims = house.store.claim(at(99), LEASE, 100, &room(4, 2)).await.unwrap();
        assert_eq!((count(&claims, "busy"), count(&claims, "calm"), claims.len()), (4, 1, 5));
        assert_eq!(claims[0].key, key("Patient/p0"), "the longest due first");
        write(house, "q2", "A", &["calm"], 91).await;
        let claims = house.store.claim(at(99), LEASE, 2, &room(9, 9)).await.unwrap();
        assert_eq!((count(&claims, "busy"), count(&claims, "calm")), (1, 1));
        assert!(house.store.claim(at(99), LEASE, 0, &room(9, 9)).await.unwrap().is_empty());
        assert!(house.store.claim(at(99), LEASE, 9, &room(0, 0)).await.unwrap().is_empty());
    });
}

#[test]
fn a_paused_link_rests_and_its_pause_is_kept() {
    both(async |house| {
        write(house, "p1", "A", &["spreekuur", "mail"], 0).await;
        let spreekuur = link("spreekuur");
        house.store.pause_link(&spreekuur, Some("broken: certificate"), at(1)).await.unwrap();
        house.store.pause_link(&spreekuur, Some("broken: secret"), at(2)).await.unwrap();
        let both_links = room(&["spreekuur", "mail"]);
        let claims = claim(house, 5, &["spreekuur", "mail"]).await;
        assert_eq!(claims.iter().map(|c| c.link.as_str()).collect::<Vec<_>>(), ["mail"]);
        assert_eq!(house.store.next_due(&both_links).await.unwrap(), Some(at(35)), "mail's lease");
        let again = house.again().await;
        let states = again.link_states().await.unwrap();
        let told: Vec<_> =
            states.iter().map(|s| (s.link.as_str(), s.paused.as_deref(), s.due, s.oldest)).collect();
        assert_eq!(
            told,
            [("mail", None, 1, Some(at(0))), ("spreekuur", Some("broken: secret"), 1, Some(at(0)))]
        );
        again.close().await;
        house.store.pause_link(&spreekuur, None, at(6)).await.unwrap();
        assert_eq!(claim(house, 6, &["spreekuur"]).await.len(), 1);
        let settled = ended(&claims[0], DeliveryState::Delivered, 6, at(6));
        house.store.settle(at(7), &[settled]).await.unwrap();
        let states = house.store.link_states().await.unwrap();
        assert_eq!((states[0].link.as_str(), states[0].due, states[0].oldest), ("mail", 0, None));
    });
}

#[test]
fn the_next_due_moment_counts_the_links_asked_for() {
    both(async |house| {
        assert_eq!(house.store.next_due(&room(&["a", "b"])).await.unwrap(), None);
        write(house, "p1", "A", &["a"], 10).await;
        write(house, "p2", "A", &["b"], 20).await;
        write(house, "p3", "A", &["b"], 30).await;
        assert_eq!(house.store.next_due(&room(&["a", "b"])).await.unwrap(), Some(at(10)));
        assert_eq!(house.store.next_due(&room(&["b"])).await.unwrap(), Some(at(20)));
        assert_eq!(house.store.next_due(&room(&["c"])).await.unwrap(), None);
        assert_eq!(house.store.next_due(&room(&[])).await.unwrap(), None);
    });
}

#[test]
fn deliveries_are_listed_newest_first_by_what_is_asked() {
    both(async |house| {
        write(house, "p1", "A", &["a", "b"], 0).await;
        write(house, "p1", "B", &["a"], 1).await;
        let held = claim(house, 1, &["b"]).await.remove(0);
        house.store.settle(at(2), &[ended(&held, DeliveryState::Dead, 1, at(2))]).await.unwrap();
        let count = async |filter: DeliveryFilter| house.store.deliveries(&filter).await.unwrap().len();
        let rows = house.store.deliveries(&all()).await.unwrap();
        assert_eq!(rows.len(), 3);
        assert!(rows.windows(2).all(|pair| pair[0].id > pair[1].id));
        assert_eq!(count(DeliveryFilter { limit: 2, ..all() }).await, 2);
        assert_eq!(count(DeliveryFilter { link: Some(link("a")), ..all() }).await, 2);
        assert_eq!(count(DeliveryFilter { state: Some(DeliveryState::Dead), ..all() }).await, 1);
        assert_eq!(count(DeliveryFilter { state: Some(DeliveryState::Due), ..all() }).await, 2);
        assert_eq!(count(DeliveryFilter { key: Some(key("Patient/p1")), ..all() }).await, 3);
        assert_eq!(count(DeliveryFilter { key: Some(key("Patient/p2")), ..all() }).await, 0);
        let uro = Some("uro-kliniek".parse().unwrap());
        assert_eq!(count(DeliveryFilter { tenant: uro.clone(), ..all() }).await, 0);
        assert_eq!(count(DeliveryFilter { tenant: uro, id: Some(rows[0].id), ..all() }).await, 0);
    });
}

#[test]
fn a_replay_makes_due_again_in_the_lanes_own_order_and_keeps_the_history() {
    both(async |house| {
        for n in 0..3 {
            write(house, "p1", &format!("A{n}"), &["spreekuur"], n).await;
        }
        let held = claim(house, 3, &["spreekuur"]).await.remove(0);
        house.store.settle(at(4), &[ended(&held, DeliveryState::Refused, 3, at(4))]).await.unwrap();
        assert!(claim(house, 1000, &["spreekuur"]).await.is_empty());
        write(house, "p1", "newest", &["spreekuur"], 5).await;
        let first = held.queued[0].delivery;
        let one = DeliveryFilter { id: Some(first), ..all() };
        assert_eq!(house.store.replay(&one, at(6)).await.unwrap(), 1);
        assert_eq!(house.store.replay(&one, at(6)).await.unwrap(), 0, "it is due already");
        let held = claim(house, 6, &["spreekuur"]).await.remove(0);
        assert_eq!(queued(&held), [(1, false), (4, false)]);
        assert_eq!((held.queued[0].attempts, held.queued[0].since), (1, at(6)));
        house.store.settle(at(8), &[ended(&held, DeliveryState::Delivered, 7, at(8))]).await.unwrap();
        let row = house.store.deliveries(&one).await.unwrap().remove(0);
        assert_eq!((row.state, row.version), (DeliveryState::Delivered, Version(1)));
        assert_eq!(row.attempts.iter().map(|a| a.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(row.created, at(0));
        let refused = DeliveryFilter { state: Some(DeliveryState::Refused), ..all() };
        assert_eq!(house.store.replay(&refused, at(9)).await.unwrap(), 2);
        assert_eq!(queued(&claim(house, 9, &["spreekuur"]).await[0]), [(2, false), (3, false)]);
    });
}

#[test]
fn a_long_lane_is_loaded_in_parts() {
    both(async |house| {
        let view = house.view();
        for n in 0..70 {
            let mut put = house.patient("p1", &format!("A{n}"));
            put.links = vec![link("spreekuur")];
            commit(&view, at(n), put).await.unwrap();
        }
        let held = claim(house, 100, &["spreekuur"]).await.remove(0);
        assert_eq!(held.queued.len(), 64);
        assert_eq!(held.queued[63].version, Version(64));
        house.store.settle(at(101), &[ended(&held, DeliveryState::Delivered, 100, at(101))]).await.unwrap();
        let held = claim(house, 101, &["spreekuur"]).await.remove(0);
        assert_eq!(queued(&held), (65..=70).map(|v| (v, false)).collect::<Vec<_>>());
    });
}

#[test]
fn a_lapsed_lease_may_have_sent_and_makes_the_note_void() {
    both(async |house| {
        write(house, "p1", "A", &["spreekuur"], 0).await;
        let first = claim(house, 0, &["spreekuur"]).await.remove(0);
        let noted = ended(&first, DeliveryState::Delivered, 1, at(2));
        assert_eq!(house.store.settle(at(2), &[noted]).await.unwrap(), [true]);
        write(house, "p1", "B", &["spreekuur"], 3).await;
        let dies = claim(house, 4, &["spreekuur"]).await.remove(0);
        assert_eq!(dies.note.as_deref(), Some("noted"));

        let heir = claim(house, 40, &["spreekuur"]).await.remove(0);
        assert_eq!((heir.note, heir.sent_before), (None, true));
    });
}

#[test]
fn a_worker_that_died_at_the_first_attempt_may_have_sent() {
    both(async |house| {
        write(house, "p1", "A", &["spreekuur"], 0).await;
        assert!(!claim(house, 0, &["spreekuur"]).await.remove(0).sent_before);
        assert!(claim(house, 40, &["spreekuur"]).await.remove(0).sent_before);
    });
}

#[test]
fn a_message_that_left_without_a_new_note_makes_the_old_one_void() {
    both(async |house| {
        let settle = async |n: i64, note: Option<&str>, sent: bool| {
            write(house, "p1", &format!("A{n}"), &["spreekuur"], n).await;
            let claim = claim(house, n, &["spreekuur"]).await.remove(0);
            let mut settlement = ended(&claim, DeliveryState::Delivered, n, at(n));
            (settlement.note, settlement.sent) = (note.map(str::to_owned), sent);
            house.store.settle(at(n), &[settlement]).await.unwrap();
            claim.note
        };
        assert_eq!(settle(1, Some("first"), true).await, None);
        assert_eq!(settle(2, None, false).await.as_deref(), Some("first"));
        assert_eq!(settle(3, None, true).await.as_deref(), Some("first"));
        assert_eq!(settle(4, None, false).await, None);
    });
}
