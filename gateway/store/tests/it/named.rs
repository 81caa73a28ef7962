//! Many of a counterpart's keys, looked up in one read.

use gateway_store::Put;

use crate::house::{both, counterpart, deletion, key};

#[test]
fn many_keys_are_looked_up_at_once_in_their_order() {
    both(async |house| {
        for n in 0..5 {
            let put = house.patient(&format!("p{n}"), "Jansen");
            house.write(Put { bind: vec![counterpart(&format!("k{n}"))], ..put }).await.unwrap();
        }
        house.write(deletion("Patient/p3")).await.unwrap();
        let asked = ["k3", "no", "k0", "k0", "k4"].map(counterpart);
        let found = house.view().by_counterpart_keys(&asked).await.unwrap();
        let seen: Vec<_> = found
            .iter()
            .map(|one| one.as_ref().map(|s| (s.key.id.as_str(), s.version.0, s.text.is_some())))
            .collect();
        let p0 = Some(("p0", 1, true));
        assert_eq!(seen, [Some(("p3", 2, false)), None, p0, p0, Some(("p4", 1, true))]);
        assert_eq!(found[2], house.view().read(&key("Patient/p0")).await.unwrap());
        let names = house.view().keys_of_counterpart(&asked).await.unwrap();
        assert_eq!((names[0].clone(), names[1].clone()), (Some(key("Patient/p3")), None));
        assert!(house.view().by_counterpart_keys(&[]).await.unwrap().is_empty());
        let theirs = house.other_view().by_counterpart_keys(&asked).await.unwrap();
        assert!(theirs.iter().all(Option::is_none), "another tenant's");
    });
}

#[test]
fn a_key_with_a_quote_is_only_a_key() {
    both(async |house| {
        let odd = counterpart("a\"],[\"'é\\");
        let put = house.patient("p1", "Jansen");
        house.write(Put { bind: vec![odd.clone()], ..put }).await.unwrap();
        let found = house.view().keys_of_counterpart(&[odd]).await.unwrap();
        assert_eq!(found, [Some(key("Patient/p1"))]);
    });
}

#[test]
fn a_delivered_resource_gets_its_name_and_loses_the_one_before() {
    both(async |house| {
        for id in ["p1", "p2"] {
            house.write(house.patient(id, "Jansen")).await.unwrap();
        }
        let tenant = "de-linde".parse().unwrap();
        let name = async |id: &str, value: &str| {
            house.store.name(&tenant, &key(&format!("Patient/{id}")), &counterpart(value)).await.unwrap()
        };
        assert!(name("p1", "k1").await);
        assert!(name("p1", "k1").await, "again");
        assert!(!name("p2", "k1").await, "it names another resource");
        assert!(name("p1", "k2").await);
        let found = house.view().keys_of_counterpart(&["k1", "k2"].map(counterpart)).await.unwrap();
        assert_eq!(found, [None, Some(key("Patient/p1"))]);
        let theirs = house.other_view().keys_of_counterpart(&[counterpart("k2")]).await.unwrap();
        assert_eq!(theirs, [None], "another tenant's");
    });
}
