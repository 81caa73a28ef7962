//! What comes in by a counterpart's key is laid onto what is there.

use std::sync::atomic::{AtomicU32, Ordering};

use gateway_core::{Problem, Version};
use gateway_engine::Write;
use gateway_store::{CounterpartKey, Outcome, Precondition, Stored};

use crate::house::{House, appointment, client, key, patient, update};

fn theirs(value: &str) -> CounterpartKey {
    CounterpartKey { space: "demo-xis/Appointment".to_owned(), value: value.to_owned() }
}

/// Lays an Appointment with this status under their key 7.
fn laid(current: Option<&Stored>, fresh: &str, status: &str) -> Write {
    let id = current.map_or(fresh, |stored| stored.key.id.as_str());
    Write::laid_on(current, key(&format!("Appointment/{fresh}")), appointment(id, status), Some(theirs("7")))
}

on_each_store! {
    async fn a_key_makes_a_resource_once_and_finds_it_again(house: House) {
        let lay = async |fresh: &str, status: &str| {
            let onto = |current: &[Option<Stored>]| Ok(vec![laid(current[0].as_ref(), fresh, status)]);
            house.engine.lay(&client(), &[theirs("7")], onto).await.unwrap().remove(0)
        };
        let made = lay("x", "booked").await;
        let changed = lay("y", "cancelled").await;
        let same = lay("z", "cancelled").await;
        assert_eq!((made.outcome, changed.outcome, same.outcome), (Outcome::Created, Outcome::Updated, Outcome::Unchanged));
        assert!([made, changed, same].iter().all(|one| one.key == key("Appointment/x")));
    }

    async fn nothing_to_do_writes_nothing(house: House) {
        let written = house.engine.lay(&client(), &[theirs("7")], |_| Ok(vec![])).await.unwrap();
        assert_eq!(written, []);
    }

    async fn a_refusal_by_the_one_who_lays_is_final(house: House) {
        let calls = AtomicU32::new(0);
        let onto = |_: &[Option<Stored>]| {
            calls.fetch_add(1, Ordering::Relaxed);
            Err(Problem::NotFound)
        };
        let refused = house.engine.lay(&client(), &[theirs("7")], onto).await.unwrap_err();
        assert_eq!((refused, calls.into_inner()), (Problem::NotFound, 1));
    }

    async fn all_who_lay_at_once_end_with_one_resource(house: House) {
        let lays = (0..3).map(|n| {
            let engine = house.engine.clone();
            async move {
                let fresh = format!("x{n}");
                let onto = |current: &[Option<Stored>]| Ok(vec![laid(current[0].as_ref(), &fresh, "booked")]);
                engine.lay(&client(), &[theirs("7")], onto).await.unwrap().remove(0)
            }
        });
        let written = futures_util::future::join_all(lays).await;
        assert!(written.iter().all(|one| one.key == written[0].key && one.version == Version(1)));
        assert_eq!(house.deliveries("first").await.len(), 1);
    }

    async fn it_lays_three_times_and_no_more(house: House) {
        house.put("a", "booked").await;
        let calls = AtomicU32::new(0);
        let onto = |_: &[Option<Stored>]| {
            calls.fetch_add(1, Ordering::Relaxed);
            let precondition = Precondition::Version(vec![Version(9)]);
            Ok(vec![Write { precondition, ..update(&appointment("a", "cancelled")) }])
        };
        let refused = house.engine.lay(&client(), &[theirs("7")], onto).await.unwrap_err();
        assert!(matches!(refused, Problem::PreconditionFailed(_)), "{refused:?}");
        assert_eq!(calls.into_inner(), 3);
    }

    async fn an_appointment_and_its_patient_are_laid_together(house: House) {
        let bsn = house.engine.bsn_key(&"999990019".parse().unwrap());
        let lay = async |fresh: &str| {
            let onto = |current: &[Option<Stored>]| {
                let mut writes = vec![laid(current[0].as_ref(), fresh, "booked")];
                if current[1].is_none() {
                    let (stub, fresh) = (patient(fresh, "999990019"), key(&format!("Patient/{fresh}")));
                    writes.push(Write::laid_on(None, fresh, stub, Some(bsn.clone())));
                }
                Ok(writes)
            };
            house.engine.lay(&client(), &[theirs("7"), bsn.clone()], onto).await.unwrap().len()
        };
        assert_eq!((lay("x").await, lay("y").await), (2, 1), "the second time the person is known");
    }

    async fn a_deleted_resource_comes_back_under_its_old_name(house: House) {
        let onto = |current: &[Option<Stored>]| Ok(vec![laid(current[0].as_ref(), "x", "booked")]);
        house.engine.lay(&client(), &[theirs("7")], onto).await.unwrap();
        house.delete("Appointment/x").await;
        let back = house.engine.lay(&client(), &[theirs("7")], onto).await.unwrap().remove(0);
        assert_eq!((back.key, back.version, back.outcome), (key("Appointment/x"), Version(3), Outcome::Created));
    }
}
