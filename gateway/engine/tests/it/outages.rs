//! What survives: slow links, stops, crashes, lost leases, clocks that jump.

use std::sync::Arc;
use std::time::Duration;

use adapter_kit::Policy;
use gateway_core::Clock as _;
use gateway_core::DeliveryState::{Delivered, Due};
use gateway_engine::dispatch::Dispatcher;
use gateway_store::Room;
use tokio_util::sync::CancellationToken;

use crate::counterpart::{Answer, Counterpart, Matter};
use crate::house::{House, link, policy};

/// Longer than any lease of these tests.
const LEASE: i64 = 61;

/// Works until `count` deliveries arrived, and leaves them in flight.
async fn until_arrived(dispatcher: &Dispatcher, counterpart: &Counterpart, count: usize) {
    tokio::select! {
        tally = dispatcher.drain() => panic!("nothing is in flight: {tally:?}"),
        () = counterpart.arrived(count) => {}
    }
}

fn runs(dispatcher: Arc<Dispatcher>) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let token = stop.clone();
    (stop, tokio::spawn(async move { dispatcher.run(token).await }))
}

on_each_store! {
    async fn a_slow_link_does_not_hold_up_another(house: House) {
        let slow = Counterpart::new(Matter::States, &vec![Answer::Hold; 30]);
        let quick = Counterpart::new(Matter::States, &[]);
        let dispatcher = Arc::new(house.dispatcher(&[("first", &slow), ("second", &quick)]));
        let (stop, running) = runs(dispatcher);
        for n in 0..30 {
            house.put(&format!("r{n}"), "booked").await;
        }
        quick.arrived(30).await;
        slow.arrived(8).await;
        assert_eq!(slow.arrivals().len(), 8, "never more in flight than the policy says");
        slow.let_go(30);
        slow.arrived(30).await;
        stop.cancel();
        running.await.unwrap();
        assert!(house.states("first").await.iter().all(|(_, state)| *state == Delivered));
    }

    async fn stopping_waits_for_what_is_in_flight_and_settles_it(house: House) {
        let narrow = Policy { concurrency: 1, ..policy() };
        let first = Counterpart::with(Matter::States, &[Answer::Hold], narrow);
        let (stop, running) = runs(Arc::new(house.dispatcher(&[("first", &first)])));
        house.put("a", "booked").await;
        first.arrived(1).await;
        house.put("b", "booked").await;
        stop.cancel();
        first.let_go(1);
        running.await.unwrap();
        assert_eq!(house.states("first").await, [(1, Delivered), (1, Due)], "nothing new was begun");
    }

    async fn stopping_does_not_wait_for_ever(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Silence]);
        let mut settings = crate::house::settings();
        settings.patience = Duration::from_millis(20);
        let (stop, running) = runs(Arc::new(house.dispatcher_with(&[("first", &first)], settings)));
        house.put("a", "booked").await;
        first.arrived(1).await;
        stop.cancel();
        running.await.unwrap();
        assert_eq!(house.states("first").await, [(1, Due)]);
    }

    async fn c_06_what_a_crash_left_is_taken_over_when_the_lease_has_ended(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Hold]);
        house.put("a", "booked").await;
        let crashed = house.dispatcher(&[("first", &first)]);
        until_arrived(&crashed, &first, 1).await;
        drop(crashed);
        let second = house.dispatcher(&[("first", &first)]);
        assert_eq!(second.drain().await.delivered, 0, "the lease still runs");
        house.pass(LEASE);
        assert_eq!(second.drain().await.delivered, 1);
        let references: Vec<_> = first.arrivals().into_iter().map(|arrival| arrival.reference).collect();
        assert_eq!(references[0], references[1], "so that they can see it is the same");
    }

    async fn c_06_the_queue_outlives_the_process(house: House) {
        let first = Counterpart::new(Matter::Events, &[Answer::Later(None)]);
        house.put("a", "booked").await;
        house.dispatcher(&[("first", &first)]).drain().await;
        house.put("a", "cancelled").await;
        house.pass(1);
        assert_eq!(house.dispatcher(&[("first", &first)]).drain().await.delivered, 2);
        assert_eq!(first.versions(), [1, 1, 2]);
    }

    async fn a_lost_lease_settles_nothing(house: House) {
        let slow = Counterpart::new(Matter::States, &[Answer::Hold]);
        let quick = Counterpart::new(Matter::States, &[Answer::Refuse]);
        house.put("a", "booked").await;
        let lost = house.dispatcher(&[("first", &slow)]);
        until_arrived(&lost, &slow, 1).await;
        house.pass(LEASE);
        house.dispatcher(&[("first", &quick)]).drain().await;
        let judged = house.states("first").await;
        slow.let_go(1);
        let tally = lost.drain().await;
        assert_eq!(tally.delivered, 0);
        assert_eq!(house.states("first").await, judged);
    }

    async fn a_clock_that_jumps_makes_nothing_twice(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Hold]);
        house.put("a", "booked").await;
        let dispatcher = house.dispatcher(&[("first", &first)]);
        until_arrived(&dispatcher, &first, 1).await;
        house.pass(LEASE);
        let (tally, ()) = tokio::join!(dispatcher.drain(), let_go_when_claimed(&house, &first));
        assert_eq!((tally.delivered, first.arrivals().len()), (1, 1));
        assert_eq!(house.states("first").await, [(1, Delivered)]);
    }

    async fn a_backlog_is_worked_off_without_waiting_for_a_lease(house: House) {
        let first = Counterpart::new(Matter::Events, &[]);
        let (stop, running) = runs(Arc::new(house.dispatcher(&[("first", &first)])));
        for round in 0..10 {
            for n in 0..20 {
                house.put(&format!("r{n}"), ["proposed", "booked"][round % 2]).await;
            }
        }
        // The clock stands still: a lane that was claimed and forgotten would never be claimed again.
        first.arrived(200).await;
        stop.cancel();
        running.await.unwrap();
        assert!(house.states("first").await.iter().all(|(_, state)| *state == Delivered));
    }

    async fn two_dispatchers_share_the_work_and_keep_the_order(house: House) {
        let first = Counterpart::new(Matter::Events, &[]);
        for status in ["proposed", "booked", "cancelled"] {
            for n in 0..8 {
                house.put(&format!("r{n}"), status).await;
            }
        }
        let (one, two) = (house.dispatcher(&[("first", &first)]), house.dispatcher(&[("first", &first)]));
        let (a, b) = tokio::join!(one.drain(), two.drain());
        // Either may have left when the other still worked; what it left then is done now.
        let rest = one.drain().await;
        assert_eq!(a.delivered + b.delivered + rest.delivered, 24);
        for n in 0..8 {
            let key = crate::house::key(&format!("Appointment/r{n}"));
            let versions: Vec<_> =
                first.arrivals().into_iter().filter(|a| a.key == key).map(|a| a.version).collect();
            assert_eq!(versions, [1, 2, 3]);
        }
    }

    async fn deliveries_for_a_link_nobody_serves_stay_due(house: House) {
        let first = Counterpart::new(Matter::States, &[]);
        house.put("a", "booked").await;
        house.dispatcher(&[("first", &first)]).drain().await;
        assert_eq!(house.states("second").await, [(1, Due)]);
    }
}

/// Waits until the lane is leased again after the clock jumped.
async fn let_go_when_claimed(house: &House, counterpart: &Counterpart) {
    let room = Room::from([(link("first"), 1)]);
    while house.store.next_due(&room).await.unwrap().is_none_or(|due| due <= house.clock.now()) {
        tokio::task::yield_now().await;
    }
    counterpart.let_go(1);
}
