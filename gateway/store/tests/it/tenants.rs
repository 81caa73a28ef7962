//! The walls between tenants.

use gateway_core::ResourceType;
use gateway_store::{History, Outcome, Paging, Total};

use crate::house::{V1, at, both, commit, counterpart, deletion, ids, key, versions};

#[test]
fn two_tenants_may_use_the_same_ids_and_never_see_each_other() {
    both(async |house| {
        let (mine, other) = (house.view(), house.other_view());
        let mut put = house.patient("p1", "Mine");
        put.bind = vec![counterpart("1")];
        commit(&mine, at(0), put).await.unwrap();
        assert_eq!(other.read(&key("Patient/p1")).await.unwrap(), None);
        assert_eq!(other.vread(&key("Patient/p1"), V1).await.unwrap(), None);
        let paging = Paging { count: 10, after: None, total: Total::Accurate, ..Paging::default() };
        for of in [History::Instance(key("Patient/p1")), History::Type(ResourceType::Patient)] {
            assert_eq!(other.history(&of, &paging).await.unwrap().total, Some(0));
        }

        let mut put = house.patient("p1", "Other");
        put.bind = vec![counterpart("1")];
        let written = commit(&other, at(1), put).await.unwrap();
        assert_eq!((written.outcome, written.version), (Outcome::Created, V1));
        let gone = commit(&other, at(2), deletion("Patient/p1")).await.unwrap();
        assert_eq!(gone.version.0, 2);
        let text = mine.read(&key("Patient/p1")).await.unwrap().unwrap().text.unwrap();
        assert!(text.contains("Mine"));
        assert_eq!(house.search("Patient?family=Mine").await, ["p1"]);
        assert!(house.search("Patient?family=Other").await.is_empty());
        let page = mine.history(&History::Type(ResourceType::Patient), &paging).await.unwrap();
        assert_eq!((ids(&page), versions(&page), page.total), (vec!["p1".to_owned()], vec![1], Some(1)));
    });
}

#[test]
fn row_level_security_binds_the_store_itself() {
    both(async |house| {
        house.write(house.patient("p1", "Jansen")).await.unwrap();
        if !house.is_postgres() {
            return;
        }
        let tables = [
            "resource",
            "resource_version",
            "counterpart_key",
            "audit",
            "index_token",
            "index_string",
            "index_date",
            "index_reference",
            "index_uri",
            "index_number",
        ];
        for table in tables {
            let forced = house
                .raw_texts(&format!(
                    "SELECT CAST(relrowsecurity AND relforcerowsecurity AS TEXT)
                     FROM pg_class WHERE relname = '{table}'"
                ))
                .await;
            assert_eq!(forced, ["true"], "{table}");
        }
        let all = "SELECT id FROM resource";
        assert_eq!(house.raw_texts_of("de-linde", all).await, ["p1"]);
        assert!(house.raw_texts_of("uro-kliniek", all).await.is_empty());
        assert!(house.raw_texts_of("", all).await.is_empty(), "no tenant sees nothing");
    });
}
