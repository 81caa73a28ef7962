//! Whatever happens, every change ends in exactly one state per link, in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_core::DeliveryState::{Delivered, Due, Superseded};
use proptest::prelude::*;

use crate::counterpart::{Answer, Counterpart, Matter};
use crate::house::{House, key};

const STATUSES: [&str; 4] = ["booked", "proposed", "cancelled", "noshow"];

#[derive(Debug, Clone)]
enum Step {
    Put {
        resource: usize,
        status: usize,
    },
    Delete {
        resource: usize,
    },
    Work {
        then_pass: i64,
    },
    /// The dispatcher dies and another one comes after the lease.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_usize, 0..4_usize).prop_map(|(resource, status)| Step::Put { resource, status }),
        1 => (0..3_usize).prop_map(|resource| Step::Delete { resource }),
        4 => (0..30_i64).prop_map(|then_pass| Step::Work { then_pass }),
        1 => Just(Step::Restart),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => Just(Answer::Accept),
        1 => Just(Answer::Withhold),
        1 => Just(Answer::Refuse),
        2 => proptest::option::of(0..90_u64).prop_map(Answer::Later),
        2 => Just(Answer::Unsure),
        1 => Just(Answer::Broken),
    ]
}

type Links = [(&'static str, Arc<Counterpart>); 2];

async fn live(steps: &[Step], links: &Links) -> House {
    let house = House::on_sqlite().await;
    let start = || house.dispatcher(&[(links[0].0, &links[0].1), (links[1].0, &links[1].1)]);
    let mut dispatcher = start();
    for step in steps {
        match step {
            Step::Put { resource, status } => {
                house.put(&format!("r{resource}"), STATUSES[*status]).await;
            }
            Step::Delete { resource } => {
                house.delete(&format!("Appointment/r{resource}")).await;
            }
            Step::Work { then_pass } => {
                dispatcher.drain().await;
                house.pass(*then_pass);
            }
            Step::Restart => {
                drop(dispatcher);
                house.pass(61);
                dispatcher = start();
            }
        }
    }
    for _ in 0..60 {
        dispatcher.drain().await;
        house.pass(1800);
    }
    house
}

async fn check_end(house: &House, links: &Links) {
    for (name, counterpart) in links {
        let mut lanes = BTreeMap::<_, Vec<_>>::new();
        for row in house.deliveries(name).await {
            assert_ne!(row.state, Due, "{name} {} v{}", row.key, row.version);
            assert!(row.settled.is_some());
            assert!(row.state == Delivered || row.reason.is_some(), "a reason is given: {row:?}");
            lanes.entry(row.key.clone()).or_default().push(row);
        }
        for (key, rows) in &lanes {
            assert!(rows.windows(2).all(|two| two[0].version < two[1].version), "each version once");
            assert_ne!(rows.last().map(|row| row.state), Some(Superseded), "by what?");
            let arrived: Vec<_> =
                counterpart.arrivals().into_iter().filter(|a| a.key == *key).map(|a| a.version).collect();
            assert!(arrived.is_sorted(), "{name} {key}: {arrived:?}");
        }
    }
    for resource in 0..3 {
        let key = key(&format!("Appointment/r{resource}"));
        let newest = house.engine.parts().store.of(&crate::house::client()).read(&key).await.unwrap();
        let versions = newest.map_or(0, |stored| stored.version.0);
        let told = house.deliveries("first").await.iter().filter(|row| row.key == key).count();
        assert_eq!(told, versions as usize, "every change is told over a link that wants all");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_change_ends_in_one_state_per_link_and_in_order(
        steps in proptest::collection::vec(step(), 1..25),
        first in proptest::collection::vec(answer(), 0..25),
        second in proptest::collection::vec(answer(), 0..25),
    ) {
        let links = [
            ("first", Counterpart::new(Matter::Events, &first)),
            ("second", Counterpart::new(Matter::States, &second)),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let house = live(&steps, &links).await;
            check_end(&house, &links).await;
        });
    }
}
