//! Who is told about which change.

use fhir_profiles::Profiles;
use gateway_core::{CounterpartKey, DeliveryState, Origin};
use gateway_engine::Routes;
use gateway_store::Outcome;

use crate::counterpart::{Answer, Counterpart, Matter};
use crate::house::{House, appointment, caller, client, key, link, update};

on_each_store! {
    async fn a_change_goes_to_the_links_whose_criteria_match(house: House) {
        house.put("a", "booked").await;
        house.put("b", "proposed").await;
        assert_eq!(house.deliveries("first").await.len(), 2);
        assert_eq!(house.deliveries("second").await.len(), 1);
        assert_eq!(house.deliveries("elsewhere").await.len(), 0, "another tenant's link hears nothing");
    }

    async fn a_change_never_goes_back_to_its_origin(house: House) {
        let polled = caller("de-linde", Origin::Link(link("first")));
        house.put_as(&polled, "a", "booked").await.unwrap();
        assert_eq!(house.deliveries("first").await.len(), 0);
        assert_eq!(house.deliveries("second").await.len(), 1);
    }

    async fn unchanged_content_makes_no_delivery(house: House) {
        house.put("a", "booked").await;
        let again = house.put("a", "booked").await;
        assert_eq!((again.outcome, again.version.0), (Outcome::Unchanged, 1));
        assert_eq!(house.deliveries("first").await.len(), 1);
    }

    async fn what_leaves_the_criteria_is_told_once(house: House) {
        for status in ["booked", "noshow", "fulfilled"] {
            house.put("a", status).await;
        }
        assert_eq!(house.states("second").await, [(1, DeliveryState::Due), (2, DeliveryState::Due)]);
    }

    async fn a_deletion_is_delivered_with_what_was_deleted(house: House) {
        let first = Counterpart::new(Matter::States, &[]);
        house.put("a", "booked").await;
        let dispatcher = house.dispatcher(&[("first", &first)]);
        dispatcher.drain().await;
        house.delete("Appointment/a").await;
        dispatcher.drain().await;
        let last = first.arrivals().pop().unwrap();
        assert_eq!((last.version, last.deleted, last.status.as_deref()), (2, true, Some("booked")));
        assert!(last.sent_before);
        assert_eq!(house.states("second").await, [(1, DeliveryState::Due), (2, DeliveryState::Due)]);
    }

    async fn the_key_they_give_is_kept_and_replaced_by_the_next(house: House) {
        let first = Counterpart::new(Matter::States, &[Answer::Name("880001"), Answer::Name("880002")]);
        let dispatcher = house.dispatcher(&[("first", &first)]);
        for (status, known, forgotten) in [("booked", "880001", "880002"), ("arrived", "880002", "880001")] {
            house.put("a", status).await;
            dispatcher.drain().await;
            let named = async |value: &str| {
                let name = CounterpartKey { space: "first/Appointment".into(), value: value.into() };
                let stored = house.engine.by_counterpart_key(&client(), &name).await.unwrap();
                stored.map(|stored| stored.key)
            };
            assert_eq!((named(known).await, named(forgotten).await), (Some(key("Appointment/a")), None));
        }
        assert_eq!(first.arrivals()[1].note.as_deref(), Some("880001"), "its note is kept too");
    }

    async fn the_deletion_of_what_they_were_never_told_is_not_told(house: House) {
        house.put("a", "proposed").await;
        house.delete("Appointment/a").await;
        assert_eq!(house.deliveries("second").await.len(), 0);
        assert_eq!(house.deliveries("first").await.len(), 2);
    }

    async fn racing_writers_tell_of_every_version(house: House) {
        let writes = (0..12).map(|n| {
            let status = if n % 2 == 0 { "booked" } else { "noshow" };
            let write = update(&appointment("a", status));
            let engine = house.engine.clone();
            async move { engine.write(&crate::house::client(), write).await.unwrap() }
        });
        let written = futures_util::future::join_all(writes).await;
        let newest = written.iter().map(|one| one.version.0).max().unwrap();
        // Every version is booked, or comes after a booked one.
        assert_eq!(house.deliveries("second").await.len(), newest as usize - usize::from(first_is_noshow(&house).await));
    }
}

async fn first_is_noshow(house: &crate::house::House) -> bool {
    let first = crate::house::version(1);
    let stored =
        house.engine.vread(&crate::house::client(), &crate::house::key("Appointment/a"), first).await;
    stored.unwrap().text.unwrap().contains("noshow")
}

#[test]
fn criteria_that_cannot_be_used_are_named_all_at_once() {
    let line = |over: &str, criteria: &str| ("de-linde".parse().unwrap(), link(over), criteria.to_owned());
    let lines = [line("first", "Appointment?colour=red"), line("second", "Nothing"), line("third", "Slot")];
    let errors = Routes::compile(&Profiles::embedded(), lines).unwrap_err();
    let named: Vec<_> = errors.iter().map(|e| (e.link.as_str(), e.criteria.as_str())).collect();
    assert_eq!(named, [("first", "Appointment?colour=red"), ("second", "Nothing")]);
    assert!(errors[0].to_string().starts_with("link first: the criteria \"Appointment?colour=red\" cannot"));
}
