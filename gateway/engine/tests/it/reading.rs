//! What may be seen, and by whom.

use fhir_profiles::Profiles;
use fhir_profiles::search::Query;
use gateway_core::{Caller, Origin, Problem, ResourceType, Scopes, Version};
use gateway_store::{History, Paging, Total};

use crate::house::{House, caller, client, key};

fn ten() -> Paging {
    Paging { count: 10, after: None, total: Total::Accurate, ..Paging::default() }
}

on_each_store! {
    async fn what_never_was_and_what_is_deleted_are_told_apart(house: House) {
        let a = key("Appointment/a");
        assert_eq!(house.engine.read(&client(), &a).await.unwrap_err(), Problem::NotFound);
        house.put("a", "booked").await;
        assert_eq!(house.engine.read(&client(), &a).await.unwrap().version, Version(1));
        house.delete("Appointment/a").await;
        let gone = Problem::Gone { key: a.clone(), version: Version(2) };
        assert_eq!(house.engine.read(&client(), &a).await.unwrap_err(), gone);
        assert_eq!(house.engine.vread(&client(), &a, Version(2)).await.unwrap_err(), gone);
        assert!(house.engine.vread(&client(), &a, Version(1)).await.is_ok());
        assert_eq!(house.engine.vread(&client(), &a, Version(3)).await.unwrap_err(), Problem::NotFound);
    }

    async fn another_tenants_resource_never_was(house: House) {
        house.put("a", "booked").await;
        let stranger = caller("de-eik", Origin::Client("other-xis".into()));
        let a = key("Appointment/a");
        assert_eq!(house.engine.read(&stranger, &a).await.unwrap_err(), Problem::NotFound);
        let history = house.engine.history(&stranger, &History::Instance(a), &ten()).await;
        assert_eq!(history.unwrap_err(), Problem::NotFound);
    }

    async fn history_is_newest_first_and_knows_what_never_was(house: House) {
        house.put("a", "booked").await;
        house.put("a", "cancelled").await;
        let of = |id: &str| History::Instance(key(&format!("Appointment/{id}")));
        let page = house.engine.history(&client(), &of("a"), &ten()).await.unwrap();
        assert_eq!(page.entries.iter().map(|e| e.version.0).collect::<Vec<_>>(), [2, 1]);
        let none = house.engine.history(&client(), &of("b"), &ten()).await;
        assert_eq!(none.unwrap_err(), Problem::NotFound);
        let all = house.engine.history(&client(), &History::Type(ResourceType::Slot), &ten()).await;
        assert_eq!(all.unwrap().total, Some(0));
        house.pass(60);
        let since = Paging { since: Some(gateway_core::Clock::now(&*house.clock)), ..ten() };
        let recent = house.engine.history(&client(), &of("a"), &since).await.unwrap();
        assert_eq!(recent.entries.len(), 0, "it is there, only not lately changed");
    }

    async fn every_way_of_looking_asks_its_scope(house: House) {
        house.put("a", "booked").await;
        let a = key("Appointment/a");
        let with = |scopes: &str| Caller { scopes: Scopes::parse(scopes).unwrap(), ..client() };
        let query = Query::from_criteria(&Profiles::embedded(), "Appointment?status=booked").unwrap();
        let (reader, searcher) = (with("system/Appointment.r"), with("system/Appointment.s"));
        assert!(house.engine.read(&reader, &a).await.is_ok());
        assert!(house.engine.search(&searcher, &query, &ten()).await.is_ok_and(|page| page.total == Some(1)));
        let all = History::Type(ResourceType::Appointment);
        let refused = [
            house.engine.read(&searcher, &a).await.err(),
            house.engine.vread(&searcher, &a, Version(1)).await.err(),
            house.engine.history(&searcher, &History::Instance(a.clone()), &ten()).await.err(),
            house.engine.history(&reader, &all, &ten()).await.err(),
            house.engine.search(&reader, &query, &ten()).await.err(),
        ];
        for problem in refused {
            assert!(matches!(problem, Some(Problem::Forbidden(_))), "{problem:?}");
        }
    }

    async fn a_cursor_that_is_not_ours_is_malformed(house: House) {
        let query = Query::from_criteria(&Profiles::embedded(), "Appointment").unwrap();
        let paging = Paging { after: Some("nonsense".to_owned()), ..ten() };
        let refused = house.engine.search(&client(), &query, &paging).await.unwrap_err();
        assert!(matches!(refused, Problem::Malformed(_)), "{refused:?}");
    }
}
