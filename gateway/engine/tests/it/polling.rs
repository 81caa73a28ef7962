//! Looking at counterparts: what comes in, what does not, and when is looked again.

use std::sync::Arc;
use std::time::Duration;

use gateway_core::{Failure, Issue, IssueCode, Origin, Problem};
use gateway_engine::poll::{Settings, Tally};
use gateway_store::{AsideFilter, AsideRow, PollFigures, PollRow, Stored};
use tokio_util::sync::CancellationToken;

use crate::counterpart::{Counterpart, Matter};
use crate::house::{House, caller, client, key, link, patient, update};
use crate::ledger::{Ledger, Record, Told, looking, theirs, visit, visits};

async fn row(house: &House) -> PollRow {
    house.store.polls().await.unwrap().remove(0)
}

async fn aside(house: &House) -> Vec<AsideRow> {
    let filter = AsideFilter { limit: 1000, ..AsideFilter::default() };
    let mut rows = house.store.asides(&filter).await.unwrap();
    rows.sort_by(|a, b| a.place.cmp(&b.place));
    rows
}

async fn places(house: &House) -> Vec<String> {
    aside(house).await.into_iter().map(|row| row.place).collect()
}

/// What a key of theirs names.
async fn named(house: &House, kind: &str, value: &str) -> Option<Stored> {
    house.engine.by_counterpart_key(&client(), &theirs(kind, value)).await.unwrap()
}

async fn text(house: &House, value: &str) -> String {
    named(house, "Appointment", value).await.unwrap().text.unwrap()
}

/// A look at `first`, as soon as it is due.
async fn look(house: &House, ledger: &Arc<Ledger>) -> Tally {
    house.pass(300);
    house.poller(&[("first", ledger)]).drain().await.unwrap()
}

fn tally(created: u64, updated: u64, unchanged: u64, aside: u64) -> Tally {
    Tally { taken: 1, failed: 0, created, updated, unchanged, aside }
}

on_each_store! {
    async fn what_they_have_is_laid_onto_what_is_there(house: House) {
        let ledger = Ledger::new(&[
            Told::Records(visits(0..3, "booked")),
            Told::Records(vec![visit("0", "booked"), visit("1", "cancelled"), visit("9", "booked")]),
        ]);
        assert_eq!(look(&house, &ledger).await, tally(3, 0, 0, 0));
        let first = named(&house, "Appointment", "0").await.unwrap();
        assert_eq!(look(&house, &ledger).await, tally(1, 1, 1, 0), "the two answers overlap in part");
        assert_eq!(named(&house, "Appointment", "0").await.unwrap(), first);
        assert!(text(&house, "1").await.contains("cancelled"));
        assert_eq!(ledger.cursors(), [None, Some("look 1".to_owned())]);
        let row = row(&house).await;
        let figures = PollFigures { created: 1, updated: 1, unchanged: 1, aside: 0 };
        assert_eq!((row.outcome.as_deref(), row.figures), (Some("taken"), figures));
    }

    async fn a_counterpart_sets_its_own_elements_only(house: House) {
        let ledger = Ledger::new(&[Told::Records(visits(0..1, "booked")), Told::Records(visits(0..1, "cancelled"))]);
        look(&house, &ledger).await;
        let there = named(&house, "Appointment", "0").await.unwrap();
        let more = there.text.clone().unwrap().replacen('{', r#"{"comment":"bring the letter","#, 1);
        house.engine.write(&client(), update(&crate::house::resource(&more))).await.unwrap();
        house.dispatcher(&[("first", &Counterpart::new(Matter::States, &[]))]).drain().await;
        assert_eq!(look(&house, &ledger).await, tally(0, 1, 0, 0));
        let now = named(&house, "Appointment", "0").await.unwrap();
        assert_eq!((now.key, now.version.0), (there.key, 3));
        let text = now.text.unwrap();
        assert!(text.contains("bring the letter") && text.contains("cancelled"), "{text}");
    }

    async fn the_same_again_costs_no_write(house: House) {
        let ledger = Ledger::new(&[Told::Records(visits(0..200, "booked")), Told::Records(visits(0..200, "booked"))]);
        look(&house, &ledger).await;
        let newest = named(&house, "Appointment", "199").await.unwrap();
        house.pass(300);
        let poller = house.poller(&[("first", &ledger)]);
        let before = (house.store.commits(), house.count("audit").await, house.count("resource_version").await);
        assert_eq!(poller.drain().await.unwrap(), tally(0, 0, 200, 0));
        let after = (house.store.commits(), house.count("audit").await, house.count("resource_version").await);
        // The claim, the exchange, the end of the look.
        assert_eq!((after.0 - before.0, after.1, after.2), (3, before.1, before.2));
        assert_eq!(named(&house, "Appointment", "199").await.unwrap(), newest);
    }

    async fn what_they_told_does_not_go_back_and_every_other_link_is_told(house: House) {
        let ledger = Ledger::new(&[Told::Records(visits(0..3, "booked")), Told::Records(visits(0..3, "booked"))]);
        look(&house, &ledger).await;
        look(&house, &ledger).await;
        assert_eq!(house.deliveries("first").await.len(), 0);
        assert_eq!(house.deliveries("second").await.len(), 3, "each once, the second look changed nothing");
        assert_eq!(house.deliveries("elsewhere").await.len(), 0, "another tenant's link");
    }

    async fn a_bad_record_is_set_aside_and_the_others_are_in(house: House) {
        let mut records = visits(0..100, "booked");
        records[40] = visit("40", "no-such-status");
        records[41] = Record::Odd("41");
        records[70] = Record::Panics("70");
        records[71] = Record::Skipped("71");
        let ledger = Ledger::new(&[Told::Spoilt(records, 1), Told::Records(visits(0..100, "booked"))]);
        assert_eq!(look(&house, &ledger).await, tally(96, 0, 1, 4));
        assert_eq!(places(&house).await, ["Afspraken[40]", "Afspraken[41]", "Afspraken[70]", "Afspraken[900]"]);
        let rows = aside(&house).await;
        assert_eq!(rows[1].issues[0].expression.as_deref(), Some("Appointment.status"));
        assert!(house.store.call_exchange(rows[0].exchange.unwrap()).await.unwrap().is_some());
        assert_eq!(ledger.cursors().len(), 1);
        // The next look takes them in, but for the one that could not be read at all.
        assert_eq!(look(&house, &ledger).await, tally(4, 0, 96, 0));
        assert_eq!(ledger.cursors()[1].as_deref(), Some("look 1"), "what is set aside holds up nothing");
        assert_eq!(places(&house).await, ["Afspraken[900]"]);
    }

    async fn a_record_may_refer_to_one_that_came_with_it_or_before(house: House) {
        let person = Record::Person { key: "4242", family: "Zonnebloem", bsn: None };
        let with = |key: &str, patient| Record::Visit { key: key.to_owned(), status: "booked", patient: Some(patient) };
        let ledger = Ledger::new(&[
            Told::Records(vec![person, with("1", "4242"), with("2", "nobody")]),
            Told::Records(vec![with("3", "4242")]),
        ]);
        look(&house, &ledger).await;
        look(&house, &ledger).await;
        let patient = named(&house, "Patient", "4242").await.unwrap().key.to_string();
        assert!(text(&house, "1").await.contains(&patient));
        assert!(text(&house, "3").await.contains(&patient));
        assert!(text(&house, "2").await.contains("unknown"));
    }

    async fn no_reference_names_what_was_set_aside(house: House) {
        // The person is refused by the store's rules, not by the adapter: two with one BSN.
        house.engine.write(&client(), update(&patient("p1", "999990019"))).await.unwrap();
        let person = |key, bsn| Record::Person { key, family: "Zonnebloem", bsn };
        let visit = Record::Visit { key: "1".to_owned(), status: "booked", patient: Some("7") };
        let ledger = Ledger::new(&[
            Told::Records(vec![person("7", Some("123456782")), person("8", None)]),
            Told::Records(vec![person("7", Some("999990019")), visit]),
        ]);
        look(&house, &ledger).await;
        let seven = named(&house, "Patient", "7").await.unwrap();
        assert_eq!(look(&house, &ledger).await, tally(1, 0, 0, 1));
        assert_eq!(named(&house, "Patient", "7").await.unwrap(), seven);
        assert_eq!(aside(&house).await[0].issues[0].code, IssueCode::Duplicate);
        assert!(text(&house, "1").await.contains(&seven.key.to_string()), "who was there before is named");
    }

    async fn a_person_with_a_known_bsn_is_the_one_who_is_there(house: House) {
        house.engine.write(&client(), update(&patient("p1", "999990019"))).await.unwrap();
        let person = || Record::Person { key: "4242", family: "Zonnebloem", bsn: Some("999990019") };
        let ledger = Ledger::new(&[Told::Records(vec![person()]), Told::Records(vec![person()])]);
        assert_eq!(look(&house, &ledger).await, tally(0, 1, 0, 0));
        assert_eq!(named(&house, "Patient", "4242").await.unwrap().key, key("Patient/p1"));
        assert_eq!(look(&house, &ledger).await, tally(0, 0, 1, 0));
    }

    async fn the_last_of_two_records_with_one_key_counts(house: House) {
        let ledger = Ledger::new(&[Told::Records(vec![visit("1", "booked"), visit("1", "cancelled")])]);
        assert_eq!(look(&house, &ledger).await, tally(1, 1, 0, 0));
        assert!(text(&house, "1").await.contains("cancelled"));
    }

    async fn what_was_deleted_here_and_lives_there_comes_back_under_its_id(house: House) {
        let ledger = Ledger::new(&[Told::Records(visits(0..1, "booked")), Told::Records(visits(0..1, "booked"))]);
        look(&house, &ledger).await;
        let there = named(&house, "Appointment", "0").await.unwrap();
        house.delete(&there.key.to_string()).await;
        house.dispatcher(&[("first", &Counterpart::new(Matter::States, &[]))]).drain().await;
        assert_eq!(look(&house, &ledger).await, tally(1, 0, 0, 0));
        let back = named(&house, "Appointment", "0").await.unwrap();
        assert_eq!((back.key, back.version.0), (there.key, 3));
    }

    async fn what_they_do_not_know_yet_is_not_undone_by_what_they_say(house: House) {
        let booked = || Told::Records(vec![visit("0", "booked"), visit("1", "booked")]);
        let ledger = Ledger::new(&[booked(), booked(), booked(), booked()]);
        look(&house, &ledger).await;
        let there = named(&house, "Appointment", "0").await.unwrap();
        let cancelled = there.text.clone().unwrap().replace("booked", "cancelled");
        let cancelled = crate::house::resource(&cancelled);
        house.pass(299);
        house.engine.write(&client(), update(&cancelled)).await.unwrap();
        house.pass(1);
        assert_eq!(house.poller(&[("first", &ledger)]).drain().await.unwrap().taken, 0);
        assert_eq!(row(&house).await.outcome.as_deref(), Some("waiting"));
        assert!(text(&house, "0").await.contains("cancelled"), "the cancellation is on its way to them");
        let counterpart = Counterpart::new(Matter::States, &[]);
        house.pass(300);
        house.dispatcher(&[("first", &counterpart)]).drain().await;
        let polled = house.poller(&[("first", &ledger)]).drain().await.unwrap();
        assert_eq!(polled.taken, 0, "it arrived while they were looked at");
        assert_eq!(ledger.cursors()[2].as_deref(), Some("look 1"));
        // They did not take it over: what they say counts again.
        assert_eq!(look(&house, &ledger).await, tally(0, 1, 1, 0));
        assert_eq!(counterpart.arrivals().len(), 1);
        assert!(house.deliveries("first").await.len() == 1, "and it does not go back to them");
    }

    async fn a_change_that_does_not_get_through_holds_up_their_word_for_a_while_only(house: House) {
        let booked = || Told::Records(visits(0..1, "booked"));
        let ledger = Ledger::new(&[booked(), booked(), booked(), booked(), booked()]);
        look(&house, &ledger).await;
        let there = named(&house, "Appointment", "0").await.unwrap();
        house.delete(&there.key.to_string()).await;
        for _ in 0..3 {
            assert_eq!(look(&house, &ledger).await.taken, 0);
        }
        assert_eq!(look(&house, &ledger).await, tally(1, 0, 0, 0));
    }

    async fn ten_thousand_records_are_taken_in_and_cost_nothing_the_second_time(house: House) {
        let ledger = Ledger::new(&[
            Told::Records(visits(0..10_000, "booked")),
            Told::Records(visits(0..10_000, "booked")),
        ]);
        assert_eq!(look(&house, &ledger).await, tally(10_000, 0, 0, 0));
        let versions = house.count("resource_version").await;
        assert_eq!(look(&house, &ledger).await, tally(0, 0, 10_000, 0));
        assert_eq!((versions, house.count("resource_version").await), (10_000, 10_000));
    }

    async fn a_failure_keeps_the_cursor_and_says_when_is_looked_again(house: House) {
        let ledger = Ledger::new(&[
            Told::Records(vec![]),
            Told::Fails(Failure::Later { after: Some(Duration::from_mins(10)) }),
            Told::Fails(Failure::Unsure),
            Told::Panics,
        ]);
        look(&house, &ledger).await;
        assert_eq!(look(&house, &ledger).await, Tally { failed: 1, ..Tally::default() });
        let told = row(&house).await;
        assert_eq!((told.outcome.as_deref(), told.failures), (Some("later"), 1));
        assert_eq!(told.reason.as_deref(), Some("not now (HTTP 200), asked to wait 600 s"));
        assert_eq!((told.due_at - told.began.unwrap()).whole_seconds(), 600);
        assert_eq!(look(&house, &ledger).await, Tally::default(), "they asked to be left alone");
        for _ in 0..2 {
            look(&house, &ledger).await;
        }
        let told = row(&house).await;
        assert_eq!((told.outcome.as_deref(), told.failures), (Some("unsure"), 3));
        assert_eq!((told.due_at - told.began.unwrap()).whole_seconds(), 300, "not sooner than they allow");
        assert_eq!(look(&house, &ledger).await.taken, 1);
        assert_eq!(ledger.cursors()[1..], vec![Some("look 1".to_owned()); 4]);
        assert_eq!(row(&house).await.failures, 0);
    }

    async fn a_refused_look_tells_why(house: House) {
        let issue = Issue::error(IssueCode::Forbidden, "no access to agenda 71");
        let ledger = Ledger::new(&[Told::Fails(Failure::Never(vec![issue]))]);
        look(&house, &ledger).await;
        let told = row(&house).await;
        assert_eq!(told.reason.as_deref(), Some("forbidden: no access to agenda 71"));
        assert_eq!((told.due_at - told.began.unwrap()).whole_seconds(), 900);
    }

    async fn silence_ends_a_look(house: House) {
        let ledger = Ledger::new(&[Told::Silence]);
        let settings = Settings { look_limit: Duration::from_millis(20), ..looking() };
        let tally = house.poller_with(&[("first", &ledger)], settings).drain().await.unwrap();
        assert_eq!((tally.failed, row(&house).await.outcome.as_deref()), (1, Some("unsure")));
    }

    async fn a_broken_link_is_paused_for_deliveries_and_looks_until_its_check_passes(house: House) {
        let ledger = Ledger::new(&[Told::Fails(Failure::Broken("the certificate is not trusted".to_owned()))]);
        look(&house, &ledger).await;
        assert_eq!(house.pause_of("first").await.as_deref(), Some("broken: the certificate is not trusted"));
        assert_eq!(look(&house, &ledger).await, Tally::default());
        house.dispatcher(&[("first", &Counterpart::new(Matter::States, &[]))]).drain().await;
        assert_eq!(house.pause_of("first").await, None, "the dispatcher checked it");
        assert_eq!(look(&house, &ledger).await.taken, 1);
    }

    async fn two_pollers_make_one_look(house: House) {
        let ledger = Ledger::new(&[Told::Hold(visits(0..1, "booked"))]);
        let (one, two) = (house.poller(&[("first", &ledger)]), house.poller(&[("first", &ledger)]));
        let (first, second) = tokio::join!(one.drain(), async {
            ledger.looked_at(1).await;
            let second = two.drain().await;
            ledger.let_go();
            second
        });
        assert_eq!((first.unwrap(), second.unwrap()), (tally(1, 0, 0, 0), Tally::default()));
        assert_eq!(ledger.cursors().len(), 1);
    }

    async fn a_crash_before_the_cursor_moved_changes_nothing_the_second_time(house: House) {
        let ledger = Ledger::new(&[Told::Hold(visits(0..10, "booked")), Told::Records(visits(0..10, "booked"))]);
        let slow = house.poller(&[("first", &ledger)]);
        // Somebody else has the look when it is settled: everything is in and the cursor stays, as after a crash.
        let (died, ()) = tokio::join!(slow.drain(), async {
            ledger.looked_at(1).await;
            house.pass(300);
            let (now, lease) = (house.now(), time::Duration::MINUTE);
            assert!(house.store.claim_poll(&link("first"), now, lease, now + 5 * lease).await.unwrap().is_some());
            ledger.let_go();
        });
        assert_eq!(died.unwrap(), Tally { failed: 1, ..Tally::default() });
        let versions = house.count("resource_version").await;
        assert_eq!(look(&house, &ledger).await, tally(0, 0, 10, 0));
        assert_eq!((versions, house.count("resource_version").await), (10, 10));
        assert_eq!(ledger.cursors(), [None, None]);
        assert_eq!(house.deliveries("second").await.len(), 10, "each is told once");
    }

    async fn a_poller_that_is_killed_while_taking_in_leaves_whole_resources(house: House) {
        let ledger = Ledger::new(&[Told::Records(visits(0..1000, "booked")), Told::Records(visits(0..1000, "booked"))]);
        let poller = house.poller(&[("first", &ledger)]);
        let killed = tokio::spawn(async move { poller.drain().await });
        while house.count("resource_version").await == 0 {
            tokio::task::yield_now().await;
        }
        killed.abort();
        drop(killed.await);
        let nameless = "resource r WHERE NOT EXISTS (SELECT 1 FROM counterpart_key k WHERE k.resource_id = r.id)";
        assert_eq!(house.count(nameless).await, 0);
        let again = look(&house, &ledger).await;
        assert_eq!(again.created + again.unchanged, 1000);
        assert_eq!(house.count("resource_version").await, 1000);
        assert_eq!(house.deliveries("second").await.len(), 1000, "each is told once");
    }

    async fn who_wishes_is_looked_for_at_once(house: House) {
        let ledger = Ledger::new(&[]);
        let poller = house.poller(&[("first", &ledger)]);
        poller.drain().await.unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { poller.run(stop).await }
        });
        house.engine.poll_now(&client(), &link("first")).await.unwrap();
        ledger.looked_at(2).await;
        stop.cancel();
        running.await.unwrap();
        let stranger = caller("de-eik", Origin::System);
        assert_eq!(house.engine.poll_now(&stranger, &link("first")).await, Err(Problem::NotFound));
        assert_eq!(house.engine.poll_now(&client(), &link("second")).await, Err(Problem::NotFound));
    }

    async fn stopping_waits_for_the_look_that_goes_on(house: House) {
        let ledger = Ledger::new(&[Told::Hold(visits(0..5, "booked"))]);
        let poller = house.poller(&[("first", &ledger)]);
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { poller.run(stop).await }
        });
        ledger.looked_at(1).await;
        stop.cancel();
        ledger.let_go();
        running.await.unwrap();
        assert_eq!(row(&house).await.figures.created, 5);
    }

    async fn what_went_over_the_wire_is_kept_of_every_look_that_brought_something(house: House) {
        let same = || Told::Records(visits(0..2, "booked"));
        let ledger = Ledger::new(&[same(), same(), same(), Told::Fails(Failure::Unsure), same()]);
        for _ in 0..5 {
            look(&house, &ledger).await;
        }
        let calls = house.store.calls(&link("first"), 100).await.unwrap();
        assert_eq!(calls.len(), 3, "the first, the failed one, and the last of those that changed nothing");
        let kept = house.store.call_exchange(calls[2]).await.unwrap().unwrap();
        assert!(String::from_utf8(kept).unwrap().contains("https://ledger.test/"));
    }
}
