//! Order per link and resource, and which versions replace others (`spreekuur.md` 10.3).

use gateway_core::DeliveryState::{Delivered, Due, Superseded};

use crate::counterpart::{Answer, Counterpart, Matter};
use crate::house::House;

on_each_store! {
    async fn c_08_events_arrive_each_oldest_first(house: House) {
        let first = Counterpart::new(Matter::Events, &[Answer::Later(None)]);
        for status in ["proposed", "booked", "cancelled"] {
            house.put("a", status).await;
        }
        let dispatcher = house.dispatcher(&[("first", &first)]);
        dispatcher.drain().await;
        assert_eq!(first.versions(), [1], "a failed one holds up those behind it");
        house.pass(1);
        let tally = dispatcher.drain().await;
        assert_eq!(first.versions(), [1, 1, 2, 3]);
        assert_eq!(tally.delivered, 3);
    }

    async fn c_08_a_newer_state_replaces_queued_older_ones(house: House) {
        let first = Counterpart::new(Matter::States, &[]);
        for status in ["proposed", "booked", "cancelled"] {
            house.put("a", status).await;
        }
        house.dispatcher(&[("first", &first)]).drain().await;
        assert_eq!(first.versions(), [3]);
        assert_eq!(house.states("first").await, [(1, Superseded), (2, Superseded), (3, Delivered)]);
        let replaced = &house.deliveries("first").await[0];
        assert_eq!(replaced.reason.as_deref(), Some("version 3 went instead"));
    }

    async fn c_08_a_newer_state_replaces_one_that_is_unsure(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Unsure]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        house.put("a", "booked").await;
        dispatcher.drain().await;
        house.put("a", "cancelled").await;
        house.pass(1);
        dispatcher.drain().await;
        assert_eq!(house.states("first").await, [(1, Superseded), (2, Delivered)]);
        assert!(first.arrivals()[1].sent_before, "the adapter knows that the booking may have arrived");
        let history = house.delivery(house.deliveries("first").await[0].id).await;
        assert_eq!(history.attempts.len(), 1, "what was tried stays on record");
    }

    async fn different_resources_do_not_wait_for_each_other(house: House) {
        let first = Counterpart::new(Matter::Events, &[Answer::Later(None)]);
        house.put("a", "booked").await;
        let dispatcher = house.dispatcher(&[("first", &first)]);
        dispatcher.drain().await;
        house.put("b", "booked").await;
        dispatcher.drain().await;
        assert_eq!(house.states("first").await, [(1, Due), (1, Delivered)]);
    }

    async fn a_note_comes_back_with_the_next_delivery_of_the_resource(house: House) {
        let script = [Answer::Note("they hold 1"), Answer::Refuse, Answer::Accept];
        let first = Counterpart::new(Matter::Events, &script);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        for status in ["proposed", "booked", "cancelled"] {
            house.put("a", status).await;
            dispatcher.drain().await;
        }
        let notes: Vec<_> = first.arrivals().into_iter().map(|arrival| arrival.note).collect();
        assert_eq!(notes, [None, Some("they hold 1".to_owned()), Some("they hold 1".to_owned())]);
    }

    async fn what_a_resource_refers_to_comes_along_as_it_is_now(house: House) {
        let first = Counterpart::new(Matter::States, &[]);
        let p1 = crate::house::update(&crate::house::patient("p1", "999990019"));
        house.engine.write(&crate::house::client(), p1).await.unwrap();
        house.put("a", "booked").await;
        house.dispatcher(&[("first", &first)]).drain().await;
        assert_eq!(first.arrivals()[0].referenced, ["Patient/p1"]);
    }
}
