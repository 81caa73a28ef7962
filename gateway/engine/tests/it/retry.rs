//! Tried again: when, how often, and when not (`spreekuur.md` 10.4); replay by hand.

use std::time::Duration;

use adapter_kit::Policy;
use gateway_core::DeliveryState::{Dead, Delivered, Due, Refused, Withheld};
use gateway_store::DeliveryFilter;

use crate::counterpart::{Answer, Counterpart, Matter};
use crate::house::{House, link, policy};

on_each_store! {
    async fn c_08_pauses_double_by_the_clock(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Later(None), Answer::Unsure, Answer::Later(None)]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        for (pass, attempts) in [(0, 1), (0, 1), (1, 2), (1, 2), (1, 3), (3, 3), (1, 4)] {
            house.pass(pass);
            dispatcher.drain().await;
            assert_eq!(first.versions().len(), attempts);
        }
        assert_eq!(house.states("first").await, [(1, Delivered)]);
        let references: Vec<_> = first.arrivals().into_iter().map(|a| (a.reference, a.attempt)).collect();
        let same = "de-linde-Appointment-a-v1".to_owned();
        assert_eq!(references, [(same.clone(), 1), (same.clone(), 2), (same.clone(), 3), (same, 4)]);
    }

    async fn c_08_retry_after_holds_the_whole_link(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Later(Some(60))]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        dispatcher.drain().await;
        house.put("b", "booked").await;
        house.pass(59);
        dispatcher.drain().await;
        assert_eq!(first.arrivals().len(), 1, "no other resource goes either");
        house.pass(1);
        dispatcher.drain().await;
        assert_eq!(first.arrivals().len(), 3);
    }

    async fn refusal_is_not_retried(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Refuse]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        dispatcher.drain().await;
        house.pass(3600);
        dispatcher.drain().await;
        assert_eq!(first.arrivals().len(), 1);
        let row = house.deliveries("first").await.remove(0);
        assert_eq!((row.state, row.reason.as_deref()), (Refused, Some("value Appointment.start: not a day")));
    }

    async fn what_need_not_be_sent_is_withheld_with_its_reason(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Withhold]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        dispatcher.drain().await;
        let row = house.deliveries("first").await.remove(0);
        assert_eq!((row.state, row.reason.as_deref()), (Withheld, Some("they have it already")));
        house.put("a", "cancelled").await;
        dispatcher.drain().await;
        assert!(!first.arrivals()[1].sent_before);
    }

    async fn c_08_it_is_given_up_after_a_day(house: House) {
        let first = Counterpart::new(Matter::States, &vec![Answer::Later(None); 200]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        for _ in 0..100 {
            dispatcher.drain().await;
            house.pass(900);
        }
        assert_eq!(house.states("first").await, [(1, Dead)]);
        let row = house.deliveries("first").await.remove(0);
        assert!(row.reason.unwrap().starts_with("given up after 24.0 h and "));
    }

    async fn an_answer_that_does_not_come_in_time_counts_as_unsure(house: House) {
        let hasty = Policy { attempt_limit: Duration::from_millis(20), ..policy() };
        let first = Counterpart::with(Matter::States, &[Answer::Silence], hasty);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        dispatcher.drain().await;
        let row = house.delivery(house.deliveries("first").await[0].id).await;
        assert_eq!((row.state, row.attempts[0].outcome.as_str()), (Due, "unsure"));
        house.pass(1);
        dispatcher.drain().await;
        assert!(first.arrivals()[1].sent_before);
        assert_eq!(house.states("first").await, [(1, Delivered)]);
    }

    async fn a_panic_in_an_adapter_counts_as_unsure(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Panic]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        house.put("b", "booked").await;
        let tally = dispatcher.drain().await;
        assert_eq!((tally.again, tally.delivered), (1, 1));
        house.pass(1);
        assert_eq!(dispatcher.drain().await.delivered, 1);
    }

    async fn a_replay_tries_again_and_keeps_the_first_tries(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Refuse]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        dispatcher.drain().await;
        house.pass(7200);
        let refused = DeliveryFilter { link: Some(link("first")), limit: 100, ..DeliveryFilter::default() };
        assert_eq!(house.store.replay(&refused, gateway_core::Clock::now(&*house.clock)).await.unwrap(), 1);
        dispatcher.drain().await;
        let row = house.delivery(house.deliveries("first").await[0].id).await;
        let outcomes: Vec<_> = row.attempts.iter().map(|a| (a.number, a.outcome.as_str())).collect();
        assert_eq!((row.state, outcomes), (Delivered, vec![(1, "never"), (2, "delivered")]));
    }
}
