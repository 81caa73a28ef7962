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
