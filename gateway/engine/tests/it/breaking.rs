//! Links that fail, break, and come back.

use gateway_core::DeliveryState::{Delivered, Due};
use gateway_core::Failure;
use gateway_engine::dispatch::{BreakerSettings, Settings};

use crate::counterpart::{Answer, Counterpart, Matter};
use crate::house::{House, link, settings};

async fn ten(house: &House) {
    for n in 0..10 {
        house.put(&format!("r{n}"), "booked").await;
    }
}

fn fragile() -> Settings {
    let breaker = BreakerSettings { failures: 3, ..BreakerSettings::default() };
    Settings { breaker, ..settings() }
}

fn one_by_one(script: &[Answer]) -> std::sync::Arc<Counterpart> {
    let policy = adapter_kit::Policy { concurrency: 1, ..crate::house::policy() };
    Counterpart::with(Matter::States, script, policy)
}

on_each_store! {
    async fn failures_in_a_row_leave_a_link_alone_for_a_while(house: House) {
        let first = one_by_one(&vec![Answer::Later(None); 4]);
        ten(&house).await;
        let dispatcher = house.dispatcher_with(&[("first", &first)], fragile());
        dispatcher.drain().await;
        assert_eq!(first.arrivals().len(), 3, "the third failure opens the breaker");
        house.pass(5);
        dispatcher.drain().await;
        assert_eq!(first.arrivals().len(), 4, "one is tried and fails");
        house.pass(9);
        dispatcher.drain().await;
        assert_eq!(first.arrivals().len(), 4, "the second pause is longer");
        house.pass(1);
        assert_eq!(dispatcher.drain().await.delivered, 10, "one succeeds and all others follow");
    }

    async fn a_failing_link_takes_nothing_from_another(house: House) {
        let first = one_by_one(&vec![Answer::Unsure; 50]);
        let second = one_by_one(&[]);
        ten(&house).await;
        let tally = house.dispatcher_with(&[("first", &first), ("second", &second)], fragile()).drain().await;
        assert_eq!((tally.delivered, first.arrivals().len()), (10, 3));
    }

    async fn a_broken_link_is_paused_and_runs_again_when_its_check_passes(house: House) {
        let first = one_by_one(&[Answer::Broken]);
        first.fail_checks(&[Failure::Broken("still".to_owned()), Failure::Later { after: None }]);
        ten(&house).await;
        let dispatcher = house.dispatcher(&[("first", &first)]);
        dispatcher.drain().await;
        assert_eq!(house.pause_of("first").await.as_deref(), Some("broken: the certificate is not trusted"));
        assert_eq!((first.arrivals().len(), first.checked()), (1, 0));
        // A minute, two minutes, four minutes.
        for (pass, checks) in [(59, 0), (1, 1), (119, 1), (1, 2), (239, 2)] {
            house.pass(pass);
            dispatcher.drain().await;
            assert_eq!((first.checked(), first.arrivals().len()), (checks, 1));
        }
        house.pass(1);
        assert_eq!(dispatcher.drain().await.delivered, 10);
        assert_eq!(house.pause_of("first").await, None);
        let row = house.delivery(house.deliveries("first").await[0].id).await;
        let outcomes: Vec<_> = row.attempts.iter().map(|a| a.outcome.as_str()).collect();
        assert_eq!(outcomes, ["broken", "delivered"]);
    }

    async fn a_link_that_was_put_right_runs_at_once_after_a_restart(house: House) {
        let first = one_by_one(&[Answer::Broken]);
        house.put("a", "booked").await;
        house.dispatcher(&[("first", &first)]).drain().await;
        house.pass(2);
        assert_eq!(house.dispatcher(&[("first", &first)]).drain().await.delivered, 1);
    }

    async fn an_operators_pause_is_only_the_operators_to_end(house: House) {
        let first = Counterpart::new(Matter::States, &[]);
        let now = gateway_core::Clock::now(&*house.clock);
        house.store.pause_link(&link("first"), Some("maintenance until noon"), now).await.unwrap();
        house.put("a", "booked").await;
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.pass(3600);
        dispatcher.drain().await;
        assert_eq!((first.checked(), house.states("first").await), (0, vec![(1, Due)]));
        house.store.pause_link(&link("first"), None, now).await.unwrap();
        dispatcher.drain().await;
        assert_eq!(house.states("first").await, [(1, Delivered)]);
    }

    async fn a_link_that_cannot_carry_refuses_with_a_reason(house: House) {
        let first = Counterpart::new(Matter::States, &[]);
        house.put("a", "booked").await;
        let deaf = adapter_kit::Link { deliver: None, ..first.link() };
        house.dispatcher_for([(link("first"), deaf)].into(), settings()).drain().await;
        let row = house.deliveries("first").await.remove(0);
        assert_eq!(row.reason.as_deref(), Some("this link cannot carry changes"));
    }
}
