//! What operators can see, and what nobody may see.

use gateway_core::json::Document;
use gateway_core::{DeliveryState, Failure};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::counterpart::{Answer, Counterpart, Matter};
use crate::house::{House, client, patient, update};
use crate::ledger::{Ledger, Record, Told, visit, visits};
use crate::log;

/// One delivery of each kind of end but the panic, whose message is the adapter's.
async fn one_of_each(house: &House) {
    let script = [
        Answer::Later(None),
        Answer::Unsure,
        Answer::Note("n"),
        Answer::Refuse,
        Answer::Withhold,
        Answer::Broken,
    ];
    let first = Counterpart::new(Matter::States, &script);
    let dispatcher = house.dispatcher(&[("first", &first)]);
    house.engine.write(&client(), update(&patient("p1", "999990019"))).await.unwrap();
    for (id, passes) in [("a", 4), ("b", 1), ("c", 1), ("d", 1)] {
        house.put(id, "proposed").await;
        house.put(id, "booked").await;
        for _ in 0..passes {
            dispatcher.drain().await;
            house.pass(2);
        }
    }
    dispatcher.drain().await;
}

/// Looks that bring a person, a record that is refused and one that cannot be read; one that fails.
async fn looks(house: &House) {
    let person = Record::Person { key: "4242", family: "Zonnebloem", bsn: Some("999990019") };
    let odd = visit("77", "secret words");
    let ledger = Ledger::new(&[
        Told::Spoilt([visits(0..3, "booked"), vec![person, odd, Record::Odd("78")]].concat(), 1),
        Told::Fails(Failure::Unsure),
        Told::Records(visits(0..2, "booked")),
    ]);
    for _ in 0..3 {
        house.poller(&[("first", &ledger)]).drain().await.unwrap();
        house.pass(300);
    }
    house.poller(&[("first", &ledger)]).drain().await.unwrap();
}

on_each_store! {
    async fn c_12_every_attempt_leaves_a_record_without_content(house: House) {
        one_of_each(&house).await;
        let mut outcomes = Vec::new();
        for row in house.deliveries("first").await {
            let row = house.delivery(row.id).await;
            for attempt in &row.attempts {
                outcomes.push((row.key.id.to_string(), attempt.number, attempt.outcome.clone()));
                let sealed = house.store.exchange(row.id, attempt.number).await.unwrap();
                let wired = !matches!(attempt.outcome.as_str(), "withheld" | "broken");
                assert_eq!(sealed.is_some(), wired, "what went over the wire is kept: {}", attempt.outcome);
                if let Some(text) = sealed {
                    assert!(Document::parse(&text).unwrap().root().get("exchanges").is_some());
                }
            }
            assert_eq!(row.attempts.is_empty(), row.state == DeliveryState::Superseded);
        }
        let words: Vec<_> = outcomes.iter().map(|(id, n, word)| (id.as_str(), *n, word.as_str())).collect();
        let wanted = [
            ("a", 1, "later"),
            ("a", 2, "unsure"),
            ("a", 3, "delivered"),
            ("b", 1, "never"),
            ("c", 1, "withheld"),
            ("d", 1, "broken"),
        ];
        assert_eq!(words, wanted);
    }
}

#[tokio::test]
async fn c_14_figures_tell_what_was_sent_and_how_old_the_queue_is() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let house = House::on_sqlite().await;
    one_of_each(&house).await;
    let first = Counterpart::new(Matter::States, &[]);
    house.dispatcher(&[("second", &first)]).drain().await;
    house.pass(100);
    house.dispatcher(&[("elsewhere", &first)]).drain().await;
    let text = figures.render();
    let wanted = [
        r#"zorgtolk_deliveries_total{link="first",outcome="delivered"} 1"#,
        r#"zorgtolk_deliveries_total{link="first",outcome="superseded"} 4"#,
        r#"zorgtolk_deliveries_total{link="first",outcome="later"} 1"#,
        r#"zorgtolk_deliveries_total{link="first",outcome="unsure"} 1"#,
        r#"zorgtolk_deliveries_total{link="first",outcome="never"} 1"#,
        r#"zorgtolk_deliveries_total{link="first",outcome="broken"} 1"#,
        r#"zorgtolk_deliveries_total{link="second",outcome="delivered"} 4"#,
        r#"zorgtolk_writes_total{type="Appointment",outcome="created"} 4"#,
        r#"zorgtolk_writes_total{type="Appointment",outcome="updated"} 4"#,
        r#"zorgtolk_queue_due{link="first"} 1"#,
        r#"zorgtolk_queue_due{link="second"} 0"#,
        r#"zorgtolk_queue_oldest_seconds{link="first"} 102"#,
        r#"zorgtolk_link_paused{link="first"} 1"#,
        r#"zorgtolk_link_paused{link="second"} 0"#,
    ];
    for line in wanted {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn figures_tell_what_looks_brought_and_how_old_the_last_one_is() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    looks(&House::on_sqlite().await).await;
    let text = figures.render();
    let wanted = [
        r#"zorgtolk_poll_looks_total{link="first",outcome="taken"} 3"#,
        r#"zorgtolk_poll_looks_total{link="first",outcome="unsure"} 1"#,
        r#"zorgtolk_poll_items_total{link="first",outcome="created"} 4"#,
        r#"zorgtolk_poll_items_total{link="first",outcome="updated"} 0"#,
        r#"zorgtolk_poll_items_total{link="first",outcome="unchanged"} 2"#,
        r#"zorgtolk_poll_items_total{link="first",outcome="aside"} 3"#,
        r#"zorgtolk_poll_set_aside{link="first"} 3"#,
        r#"zorgtolk_poll_lag_seconds{link="first"} 300"#,
    ];
    for line in wanted {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn c_11_the_log_names_nobody() {
    log::keep();
    let house = House::on_sqlite().await;
    one_of_each(&house).await;
    looks(&House::on_sqlite().await).await;
    let log = log::kept();
    for word in [
        "a delivery was attempted",
        r#"outcome="delivered""#,
        "status=200",
        "tenant=de-linde",
        "a link is broken",
        "a counterpart was looked at",
        "created=4",
    ] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
    for secret in ["999990019", "Zonnebloem", "Puck", "secret words", "2026-09-20T09:00"] {
        assert!(!log.contains(secret), "the log must not hold {secret}");
    }
}
