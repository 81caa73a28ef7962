//! Making the index anew: all of it, in batches, by one process at a time, and never over a write that came first.

use std::time::Duration;

use gateway_core::Agb;
use gateway_store::{Put, Reindexed, Store, Tenant};

use crate::house::{House, at, both, commit, deletion};

async fn tenants(house: &House) {
    for (id, agb) in [("de-linde", "06030123"), ("uro-kliniek", "06030131")] {
        let agb: Agb = agb.parse().unwrap();
        let tenant = Tenant { id: id.parse().unwrap(), agb, name: id.to_owned(), host: None };
        house.store.put_tenant(&tenant).await.unwrap();
    }
}

/// A write whose index rows an older program made: none.
fn old(house: &House, id: &str, family: &str) -> Put {
    Put { index: Vec::new(), ..house.patient(id, family) }
}

/// Steps until the end; how many of them did a batch.
async fn to_the_end(house: &House, store: &Store, worker: &str, batch: u32) -> usize {
    for batches in 0.. {
        match store.reindex(&house.profiles, worker, at(0), batch).await.unwrap() {
            Reindexed::More(_) => {}
            Reindexed::All => return batches,
            Reindexed::Elsewhere => panic!("it is ours"),
        }
    }
    unreachable!("it ends")
}

async fn begun(house: &House) -> bool {
    house.store.begin_reindex(&house.profiles.search_fingerprint()).await.unwrap()
}

#[test]
fn every_living_resource_of_every_tenant_is_indexed_anew() {
    both(async |house| {
        tenants(house).await;
        for n in 0..5 {
            commit(&house.view(), at(0), old(house, &format!("p{n}"), "Bos")).await.unwrap();
            commit(&house.other_view(), at(0), old(house, &format!("p{n}"), "Bos")).await.unwrap();
        }
        let organization = house.put(r#"{"resourceType":"Organization","id":"o","name":"Bos"}"#);
        house.write(Put { index: Vec::new(), ..organization }).await.unwrap();
        house.write(deletion("Patient/p3")).await.unwrap();
        assert!(house.search("Patient?family=bos").await.is_empty());
        assert!(begun(house).await && house.store.is_reindexing());
        assert_eq!(to_the_end(house, &house.store, "one", 2).await, 6);
        assert!(!house.store.is_reindexing() && !begun(house).await);
        assert_eq!(house.search("Patient?family=bos").await, ["p0", "p1", "p2", "p4"]);
        assert_eq!(house.search("Organization?name=bos").await, ["o"]);
        let state = house.store.index_state().await.unwrap();
        assert_eq!((state.done, state.target), (10, None));
        // A second time changes nothing.
        assert_eq!(to_the_end(house, &house.store, "one", 2).await, 0);
        house.store.forget_index().await.unwrap();
        assert!(begun(house).await);
        assert_eq!(to_the_end(house, &house.store, "one", 100).await, 2);
        assert_eq!(house.search("Patient?family=bos").await, ["p0", "p1", "p2", "p4"]);
    });
}

#[test]
fn a_kill_in_the_middle_costs_a_batch_at_most() {
    both(async |house| {
        tenants(house).await;
        for n in 0..20 {
            house.write(old(house, &format!("p{n}"), "Bos")).await.unwrap();
        }
        begun(house).await;
        let mut killed = 0;
        for microseconds in (0..).step_by(300) {
            let step = house.store.reindex(&house.profiles, "one", at(0), 1);
            match tokio::time::timeout(Duration::from_micros(microseconds), step).await {
                Err(_) => killed += 1,
                Ok(Ok(Reindexed::All)) => break,
                // What was dropped may still be done, and then it is not ours any more to be done.
                Ok(step) => assert!(step.is_ok(), "{step:?}"),
            }
            assert!(killed < 1000, "it never ends");
        }
        assert_eq!(house.search("Patient?family=bos").await.len(), 20);
        assert_eq!(house.open_transactions().await, 0);
    });
}

#[test]
fn one_process_at_a_time_does_it_and_another_goes_on_when_that_is_gone() {
    both(async |house| {
        tenants(house).await;
        for n in 0..4 {
            house.write(old(house, &format!("p{n}"), "Bos")).await.unwrap();
        }
        begun(house).await;
        let other = house.again().await;
        assert!(other.begin_reindex(&house.profiles.search_fingerprint()).await.unwrap());
        let step = async |store: &Store, worker: &str, seconds| {
            store.reindex(&house.profiles, worker, at(seconds), 1).await.unwrap()
        };
        assert_eq!(step(&house.store, "one", 0).await, Reindexed::More(1));
        assert_eq!(step(&other, "two", 59).await, Reindexed::Elsewhere);
        assert_eq!(step(&other, "two", 61).await, Reindexed::More(2));
        assert_eq!(step(&house.store, "one", 62).await, Reindexed::Elsewhere);
        assert_eq!(to_the_end(house, &other, "two", 10).await, 1);
        assert!(house.store.is_reindexing(), "nobody told it yet");
        assert_eq!(step(&house.store, "one", 63).await, Reindexed::All);
        assert!(!house.store.is_reindexing());
        other.close().await;
    });
}

#[test]
fn writes_meanwhile_are_found_by_what_they_wrote() {
    both(async |house| {
        tenants(house).await;
        for n in 0..30 {
            house.write(old(house, &format!("p{n}"), "Bos")).await.unwrap();
        }
        begun(house).await;
        let writing = async {
            for n in 0..30 {
                house.write(house.patient(&format!("p{}", 29 - n), "Dam")).await.unwrap();
            }
        };
        let ((), _) = tokio::join!(writing, to_the_end(house, &house.store, "one", 3));
        assert!(house.search("Patient?family=bos").await.is_empty());
        assert_eq!(house.search("Patient?family=dam").await.len(), 30);
    });
}
