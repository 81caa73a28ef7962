//! Counterparts' keys, and what is kept so that nobody can read it.

use futures_util::future::join_all;
use gateway_core::ResourceType;
use gateway_store::{CommitError, Options, Paging, Store, Total, WriteSet};

use crate::house::{at, both, caller, commit, counterpart, deletion, key};

#[test]
fn a_counterparts_key_names_one_resource() {
    both(async |house| {
        let mut put = house.patient("p1", "A");
        put.bind = vec![counterpart("1"), counterpart("2")];
        house.write(put.clone()).await.unwrap();
        house.write(put).await.unwrap();
        let view = house.view();
        for value in ["1", "2"] {
            let named = view.by_counterpart_key(&counterpart(value)).await.unwrap();
            assert_eq!(named, Some(key("Patient/p1")));
        }
        let mut taken = house.patient("p2", "B");
        taken.bind = vec![counterpart("3"), counterpart("2")];
        assert!(matches!(house.write(taken).await, Err(CommitError::KeyTaken)));
        assert_eq!(view.read(&key("Patient/p2")).await.unwrap(), None);
        assert_eq!(view.by_counterpart_key(&counterpart("3")).await.unwrap(), None);
        assert_eq!(house.other_view().by_counterpart_key(&counterpart("1")).await.unwrap(), None);
    });
}

#[test]
fn a_released_key_can_be_bound_in_the_same_set() {
    both(async |house| {
        let mut put = house.patient("p1", "A");
        put.bind = vec![counterpart("1")];
        house.write(put).await.unwrap();
        let mut to = house.patient("p2", "B");
        to.bind = vec![counterpart("1")];
        let mut from = house.patient("p1", "A");
        from.release = vec![counterpart("1")];
        house.view().commit(WriteSet { at: at(1), puts: vec![to, from], unless: Vec::new() }).await.unwrap();
        let named = house.view().by_counterpart_key(&counterpart("1")).await.unwrap();
        assert_eq!(named, Some(key("Patient/p2")));
        // Releasing what names another resource leaves it alone.
        let mut from = deletion("Patient/p1");
        from.release = vec![counterpart("1")];
        house.write(from).await.unwrap();
        let named = house.view().by_counterpart_key(&counterpart("1")).await.unwrap();
        assert_eq!(named, Some(key("Patient/p2")));
    });
}

#[test]
fn of_many_resources_that_want_a_key_one_gets_it() {
    both(async |house| {
        let writes = (0..12).map(|n| {
            let mut put = house.patient(&format!("p{n}"), "A");
            put.bind = vec![counterpart("1")];
            house.write(put)
        });
        let results = join_all(writes).await;
        let won: Vec<_> = results.iter().filter_map(|r| r.as_ref().ok()).map(|w| w.key.clone()).collect();
        assert_eq!(won.len(), 1);
        assert!(results.iter().filter_map(|r| r.as_ref().err()).all(|e| matches!(e, CommitError::KeyTaken)));
        assert_eq!(house.view().by_counterpart_key(&counterpart("1")).await.unwrap(), won.first().cloned());
        assert_eq!(house.search("Patient?").await, [won[0].id.to_string()]);
    });
}

#[test]
fn a_bsn_is_found_and_stands_nowhere_in_the_index() {
    both(async |house| {
        let text = r#"{"resourceType":"Patient","id":"p1","identifier":[
            {"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"},
            {"system":"https://xis.example/patient","value":"123"}]}"#;
        house.write(house.put(text)).await.unwrap();
        commit(&house.other_view(), at(0), house.put(text)).await.unwrap();
        let bsn = "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C";
        assert_eq!(house.search(&format!("{bsn}999990019")).await, ["p1"]);
        assert_eq!(house.search("Patient?identifier=999990019").await, ["p1"]);
        assert_eq!(house.search("Patient?identifier=123").await, ["p1"]);
        assert!(house.search(&format!("{bsn}999993847")).await.is_empty());
        let codes =
            house.raw_texts("SELECT code FROM index_token WHERE parameter = 'identifier' ORDER BY 1").await;
        assert!(
            codes.contains(&"123".to_owned()) && codes.iter().all(|c| !c.contains("999990019")),
            "{codes:?}"
        );
    });
}

#[test]
fn two_tenants_blind_the_same_bsn_differently() {
    both(async |house| {
        let text = r#"{"resourceType":"Patient","id":"p1","identifier":[
            {"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}]}"#;
        house.write(house.put(text)).await.unwrap();
        let mine =
            house.raw_texts("SELECT DISTINCT code FROM index_token WHERE parameter = 'identifier'").await;
        commit(&house.other_view(), at(0), house.put(text)).await.unwrap();
        let other = house
            .raw_texts_of(
                "uro-kliniek",
                "SELECT DISTINCT code FROM index_token
                 WHERE parameter = 'identifier' AND tenant = 'uro-kliniek'",
            )
            .await;
        assert_eq!((mine.len(), other.len()), (1, 1));
        assert_ne!(mine, other);
    });
}

#[test]
fn a_secret_is_made_once_and_opens_with_the_master_key_only() {
    both(async |house| {
        let made = join_all((0..8_u8).map(|n| house.store.secret("signing-key", move || vec![n; 40]))).await;
        let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
        assert!(made.iter().all(|secret| *secret == made[0]), "all get the same");
        let kept = house.again().await;
        assert_eq!(kept.secret("signing-key", || panic!("it is there")).await.unwrap(), made[0]);
        kept.close().await;
        let wrong = Options { master_key: vec![9; 32].into(), ..house.options.clone() };
        let store = Store::open(&wrong).await.unwrap();
        assert!(store.secret("signing-key", Vec::new).await.is_err());
        // With another key the same BSN has another place in the index: nothing is found, nothing is told.
        assert_ne!(store.keyed_hash("x", "999990019"), house.store.keyed_hash("x", "999990019"));
        let query = fhir_profiles::search::Query {
            resource_type: ResourceType::Patient,
            filters: Vec::new(),
            sort: Vec::new(),
            understood: Vec::new(),
        };
        let paging = Paging { count: 1, total: Total::Accurate, ..Paging::default() };
        assert_eq!(store.of(&caller("de-linde")).search(&query, &paging).await.unwrap().total, Some(0));
        store.close().await;
    });
}
