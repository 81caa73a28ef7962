//! Sets that depend on a search that finds nothing, and who refers to a resource.

use fhir_profiles::search::Query;
use futures_util::future::join_all;
use gateway_core::ResourceType;
use gateway_store::{CommitError, Put, View, WriteSet, Written};

use crate::house::{House, at, both, commit, deletion, key, on_postgres};

fn query(house: &House, criteria: &str) -> Query {
    Query::from_criteria(&house.profiles, criteria).unwrap()
}

/// Commits `puts` if no Patient has this family name.
async fn unless(
    house: &House,
    view: &View,
    puts: Vec<Put>,
    family: &str,
) -> Result<Vec<Written>, CommitError> {
    let unless = vec![query(house, &format!("Patient?family={family}"))];
    view.commit(WriteSet { at: at(0), puts, unless }).await
}

#[test]
fn a_set_is_committed_only_while_its_search_finds_nothing() {
    both(async |house| {
        let view = house.view();
        let first = vec![house.patient("p1", "Jansen"), house.patient("p2", "Pietersen")];
        assert_eq!(unless(house, &view, first, "Jansen").await.unwrap().len(), 2);
        let second = vec![house.patient("p3", "Jansen")];
        let refused = unless(house, &view, second, "Jansen").await;
        assert!(matches!(refused, Err(CommitError::Found)), "{refused:?}");
        assert!(view.read(&key("Patient/p3")).await.unwrap().is_none());
        let third = vec![house.patient("p3", "Klaassen")];
        unless(house, &view, third, "Klaassen").await.unwrap();
        house.write(deletion("Patient/p1")).await.unwrap();
        unless(house, &view, vec![house.patient("p4", "Jansen")], "Jansen").await.unwrap();
    });
}

#[test]
fn another_tenants_resources_are_not_found() {
    both(async |house| {
        let other = house.other_view();
        commit(&other, at(0), house.patient("p1", "Jansen")).await.unwrap();
        unless(house, &house.view(), vec![house.patient("p1", "Jansen")], "Jansen").await.unwrap();
    });
}

#[test]
fn case_65_of_many_stores_and_sets_one_finds_nothing() {
    both(async |house| {
        let stores = [house.view(), house.again().await.of(&crate::house::caller("de-linde"))];
        let sets = (0..40).map(|n| {
            let puts = vec![house.patient(&format!("p{n}"), "Jansen")];
            unless(house, &stores[n % 2], puts, "Jansen")
        });
        let ended = join_all(sets).await;
        assert_eq!(ended.iter().filter(|one| one.is_ok()).count(), 1);
        assert!(ended.iter().all(|one| matches!(one, Ok(_) | Err(CommitError::Found))), "{ended:?}");
        assert_eq!(house.search("Patient?").await.len(), 1);
    });
}

#[test]
fn sets_with_and_without_a_search_are_written_side_by_side() {
    both(async |house| {
        let view = house.view();
        let plain = (0..30).map(|n| house.write(house.patient(&format!("a{n}"), "Other")));
        let families: Vec<_> = (0..10).map(|n| format!("Jansen{n:02}")).collect();
        let careful = families
            .iter()
            .enumerate()
            .map(|(n, family)| unless(house, &view, vec![house.patient(&format!("b{n}"), family)], family));
        let (plain, careful) = tokio::join!(join_all(plain), join_all(careful));
        assert!(plain.iter().all(Result::is_ok) && careful.iter().all(Result::is_ok));
    });
}

#[test]
fn what_is_searched_for_does_not_stand_among_the_servers_locks() {
    on_postgres(async |house| {
        let before = house.store.commits();
        unless(house, &house.view(), vec![house.patient("p1", "Jansen")], "Jansen").await.unwrap();
        assert_eq!(house.store.commits() - before, 1);
        let held = "SELECT objid::text
                    FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
                    WHERE locktype = 'advisory' AND datname = current_database()";
        let held = house.raw_texts(held).await;
        assert!(held.is_empty(), "a lock outlives its commit: {held:?}");
        assert_eq!(house.open_transactions().await, 0);
    });
}

#[test]
fn who_refers_to_a_resource_is_found_in_the_own_tenant() {
    both(async |house| {
        let slot = |id: &str, schedule: &str| {
            house.put(&format!(
                r#"{{"resourceType":"Slot","id":"{id}","schedule":{{"reference":"Schedule/{schedule}"}},
                    "status":"free","start":"2026-09-20T09:00:00Z","end":"2026-09-20T09:10:00Z"}}"#
            ))
        };
        for put in [slot("s1", "x"), slot("s2", "x"), slot("s3", "y")] {
            house.write(put).await.unwrap();
        }
        commit(&house.other_view(), at(0), slot("s4", "x")).await.unwrap();
        let places = [(ResourceType::Slot, "schedule"), (ResourceType::Appointment, "slot")];
        let find = async |limit| house.view().referrers(&key("Schedule/x"), &places, limit).await.unwrap();
        assert_eq!(find(5).await, [key("Slot/s1"), key("Slot/s2")]);
        assert_eq!(find(1).await.len(), 1);
        house.write(deletion("Slot/s1")).await.unwrap();
        assert_eq!(find(5).await, [key("Slot/s2")]);
    });
}
