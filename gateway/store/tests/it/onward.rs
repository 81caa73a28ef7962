//! Which resources have a change on its way over a link.

use gateway_core::{Attempt, DeliveryState, Key};
use gateway_store::{OnItsWay, Settled, Settlement};
use time::Duration;

use crate::house::{House, at, both, commit, key, link, room};

async fn on_their_way(house: &House, over: &str, accepted: i64, arrived: i64) -> Vec<String> {
    let keys: Vec<Key> = ["Patient/none", "Patient/p1", "Patient/p2"].map(key).into();
    let since = OnItsWay { accepted: at(accepted), arrived: at(arrived) };
    let found = house.view().on_their_way(&link(over), &keys, since).await.unwrap();
    let mut found: Vec<_> = found.iter().map(ToString::to_string).collect();
    found.sort();
    found
}

async fn settle(house: &House, second: i64, state: DeliveryState) {
    let lease = Duration::minutes(1);
    let claim = house.store.claim(at(second), lease, 1, &room(&["spreekuur"])).await.unwrap().remove(0);
    let attempt = Attempt {
        number: 1,
        at: at(second),
        took: std::time::Duration::ZERO,
        outcome: "x".to_owned(),
        reason: None,
    };
    let settled = Settled {
        delivery: claim.queued[0].delivery,
        state,
        reason: None,
        attempt: Some(attempt),
        exchange: None,
    };
    let settlement = Settlement {
        lane: claim.lane,
        epoch: claim.epoch,
        deliveries: vec![settled],
        note: None,
        sent: true,
        due_at: at(second),
    };
    house.store.settle(at(second), &[settlement]).await.unwrap();
}

#[test]
fn a_change_is_on_its_way_from_its_acceptance_until_it_arrived_before_the_call() {
    both(async |house| {
        for (id, second) in [("p1", 0), ("p2", 10)] {
            let mut put = house.patient(id, "Jansen");
            put.links = vec![link("spreekuur")];
            commit(&house.view(), at(second), put).await.unwrap();
        }
        assert_eq!(on_their_way(house, "spreekuur", 0, 0).await, ["Patient/p1", "Patient/p2"]);
        assert_eq!(
            on_their_way(house, "spreekuur", 1, 0).await,
            ["Patient/p2"],
            "the other waits for too long"
        );
        assert!(on_their_way(house, "elsewhere", 0, 0).await.is_empty());
        settle(house, 20, DeliveryState::Delivered).await;
        assert_eq!(on_their_way(house, "spreekuur", 5, 20).await, ["Patient/p1", "Patient/p2"]);
        assert_eq!(
            on_their_way(house, "spreekuur", 5, 21).await,
            ["Patient/p2"],
            "they were called after it arrived"
        );
        settle(house, 30, DeliveryState::Refused).await;
        assert!(on_their_way(house, "spreekuur", 0, 21).await.is_empty(), "what they refuse they never know");
        let keys = [key("Patient/p1")];
        let since = OnItsWay { accepted: at(0), arrived: at(0) };
        let seen = house.other_view().on_their_way(&link("spreekuur"), &keys, since).await.unwrap();
        assert!(seen.is_empty(), "another tenant's");
    });
}
