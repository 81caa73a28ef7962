//! History in pages.

use gateway_core::ResourceType;
use gateway_store::{History, Paging, StoreError, Total};

use crate::house::{at, both, commit, deletion, ids, key, versions};

fn paging(count: u32) -> Paging {
    Paging { count, after: None, total: Total::Accurate, ..Paging::default() }
}

#[test]
fn an_instance_history_is_newest_first_in_pages() {
    both(async |house| {
        let view = house.view();
        for n in 0..5 {
            commit(&view, at(n), house.patient("p1", &format!("A{n}"))).await.unwrap();
        }
        commit(&view, at(5), deletion("Patient/p1")).await.unwrap();
        commit(&view, at(6), house.patient("p2", "B")).await.unwrap();
        let of = History::Instance(key("Patient/p1"));
        let page = view.history(&of, &paging(4)).await.unwrap();
        assert_eq!((versions(&page), page.total), (vec![6, 5, 4, 3], Some(6)));
        assert_eq!((page.entries[0].method, page.entries[0].text.as_ref()), ("DELETE", None));
        let rest = Paging { after: page.next, ..paging(4) };
        // A version that is made meanwhile moves nothing.
        commit(&view, at(7), house.patient("p1", "again")).await.unwrap();
        let page = view.history(&of, &rest).await.unwrap();
        assert_eq!((versions(&page), page.total, page.next), (vec![2, 1], Some(7), None));
        let never = view.history(&History::Instance(key("Patient/p9")), &paging(4)).await.unwrap();
        assert_eq!((never.entries.len(), never.total, never.next), (0, Some(0), None));
    });
}

#[test]
fn a_type_history_has_all_its_resources_and_no_others() {
    both(async |house| {
        let view = house.view();
        for id in ["p1", "p2", "p1"] {
            let family = format!("A{}", house.store.commits());
            commit(&view, at(0), house.patient(id, &family)).await.unwrap();
        }
        commit(&view, at(1), house.put(r#"{"resourceType":"Organization","id":"o","name":"De Linde"}"#))
            .await
            .unwrap();
        let of = History::Type(ResourceType::Patient);
        let page = view.history(&of, &paging(2)).await.unwrap();
        assert_eq!((ids(&page), versions(&page)), (vec!["p1".to_owned(), "p2".to_owned()], vec![2, 1]));
        let page = view.history(&of, &Paging { after: page.next, ..paging(2) }).await.unwrap();
        assert_eq!((ids(&page), versions(&page), page.total), (vec!["p1".to_owned()], vec![1], Some(3)));
        assert_eq!(page.next, None);
    });
}

#[test]
fn since_leaves_out_what_is_older() {
    both(async |house| {
        let view = house.view();
        for n in 0..4 {
            commit(&view, at(n), house.patient("p1", &format!("A{n}"))).await.unwrap();
        }
        for of in [History::Instance(key("Patient/p1")), History::Type(ResourceType::Patient)] {
            let since = Paging { since: Some(at(2)), ..paging(10) };
            let page = view.history(&of, &since).await.unwrap();
            assert_eq!((versions(&page), page.total), (vec![4, 3], Some(2)));
        }
    });
}

#[test]
fn a_cursor_of_another_history_is_refused() {
    both(async |house| {
        let view = house.view();
        for n in 0..3 {
            commit(&view, at(n), house.patient("p1", &format!("A{n}"))).await.unwrap();
        }
        let page = view.history(&History::Type(ResourceType::Patient), &paging(1)).await.unwrap();
        let after = Paging { after: page.next, ..paging(1) };
        let of = History::Instance(key("Patient/p1"));
        assert!(matches!(view.history(&of, &after).await, Err(StoreError::Cursor)));
        let of = History::Type(ResourceType::Patient);
        assert!(matches!(house.other_view().history(&of, &after).await, Err(StoreError::Cursor)));
    });
}

#[test]
fn a_page_of_none_has_the_total() {
    both(async |house| {
        house.write(house.patient("p1", "A")).await.unwrap();
        let page = house.view().history(&History::Type(ResourceType::Patient), &paging(0)).await.unwrap();
        assert_eq!((page.entries.len(), page.total, page.next), (0, Some(1), None));
    });
}

#[test]
fn a_system_history_has_every_type_that_is_asked_for() {
    both(async |house| {
        let view = house.view();
        commit(&view, at(0), house.patient("p1", "A")).await.unwrap();
        commit(&view, at(1), house.put(r#"{"resourceType":"Organization","id":"o","name":"De Linde"}"#))
            .await
            .unwrap();
        commit(&view, at(2), house.patient("p1", "B")).await.unwrap();
        commit(&view, at(3), deletion("Organization/o")).await.unwrap();
        commit(&house.other_view(), at(4), house.patient("p9", "X")).await.unwrap();
        let page = view.history(&History::System, &paging(3)).await.unwrap();
        assert_eq!((ids(&page), page.total), (vec!["o".into(), "p1".into(), "o".into()], Some(4)));
        let rest = Paging { after: page.next, ..paging(3) };
        let page = view.history(&History::System, &rest).await.unwrap();
        assert_eq!((ids(&page), versions(&page), page.next), (vec!["p1".to_owned()], vec![1], None));
        let patients = History::Types(vec![ResourceType::Patient, ResourceType::Slot]);
        assert_eq!(versions(&view.history(&patients, &paging(9)).await.unwrap()), [2, 1]);
        assert!(matches!(view.history(&patients, &rest).await, Err(StoreError::Cursor)));
        let none = view.history(&History::Types(Vec::new()), &paging(9)).await.unwrap();
        assert_eq!((none.entries.len(), none.total), (0, Some(0)));
    });
}

#[test]
fn at_finds_what_was_current_then() {
    both(async |house| {
        let view = house.view();
        commit(&view, at(1), house.patient("p1", "A")).await.unwrap();
        commit(&view, at(3), house.patient("p1", "B")).await.unwrap();
        commit(&view, at(5), deletion("Patient/p1")).await.unwrap();
        commit(&view, at(4), house.patient("p2", "C")).await.unwrap();
        let of = History::Type(ResourceType::Patient);
        for (second, found) in
            [(0, vec![]), (1, vec![1]), (2, vec![1]), (3, vec![2]), (4, vec![1, 2]), (9, vec![1, 3])]
        {
            let then = Paging { at: Some(at(second)), ..paging(9) };
            let page = view.history(&of, &then).await.unwrap();
            assert_eq!((versions(&page), page.total), (found.clone(), Some(found.len() as u64)), "{second}");
        }
    });
}

#[test]
fn a_history_is_counted_as_wished() {
    both(async |house| {
        house.write(house.patient("p1", "A")).await.unwrap();
        for (total, told) in [(Total::None, None), (Total::Estimate, Some(1)), (Total::Accurate, Some(1))] {
            let page = house.view().history(&History::System, &Paging { total, ..paging(5) }).await.unwrap();
            assert_eq!(page.total, told);
        }
    });
}

#[test]
fn many_are_read_in_the_order_asked_for_without_the_deleted() {
    both(async |house| {
        for id in ["p1", "p2", "p3"] {
            house.write(house.patient(id, id)).await.unwrap();
        }
        house.write(deletion("Patient/p2")).await.unwrap();
        let keys = ["Patient/p3", "Patient/p2", "Patient/p9", "Organization/p1", "Patient/p1"].map(key);
        let read = house.view().read_many(&keys).await.unwrap();
        let ids: Vec<_> = read.iter().map(|stored| stored.key.id.as_str()).collect();
        assert_eq!(ids, ["p3", "p1"]);
        assert!(house.other_view().read_many(&keys).await.unwrap().is_empty());
        assert!(house.view().read_many(&[]).await.unwrap().is_empty());
    });
}
