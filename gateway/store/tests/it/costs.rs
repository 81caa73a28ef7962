//! What a search may cost: it ends in time, keeps no writer waiting, and harms nobody after it.

use std::time::Duration;

use fhir_profiles::search::{Criterion, Filter, Query};
use gateway_core::ResourceType;
use gateway_store::{Paging, StoreError, Total, WriteSet};

use crate::house::{House, at, both, ids};

/// Looks at every pair of patients, and finds nothing.
fn endless(house: &House) -> Query {
    let all = Query::from_criteria(&house.profiles, "Patient?active:missing=true").unwrap();
    let has = |query: Query| Query {
        resource_type: ResourceType::Patient,
        filters: vec![Filter {
            parameter: String::new(),
            negated: false,
            any: vec![Criterion::Has { reference: "link".to_owned(), query: Box::new(query) }],
        }],
        sort: Vec::new(),
        understood: Vec::new(),
    };
    (0..6).fold(all, |query, _| has(query))
}

/// Patients that all refer to all others.
async fn fill(house: &House) {
    let patient = |n: usize| {
        let other = |m| format!(r#"{{"other":{{"reference":"Patient/p{m}"}},"type":"seealso"}}"#);
        let links: Vec<String> = (0..40).filter(|m| *m != n).map(other).collect();
        let links = links.join(",");
        house.put(&format!(r#"{{"resourceType":"Patient","id":"p{n}","active":true,"link":[{links}]}}"#))
    };
    let set = WriteSet { at: at(0), puts: (0..40).map(patient).collect(), unless: Vec::new() };
    house.view().commit(set).await.unwrap();
}

#[test]
fn a_search_that_takes_too_long_is_ended_and_harms_nobody() {
    both(async |house| {
        fill(house).await;
        let view = house.view().patient_for(Duration::from_millis(50));
        let query = endless(house);
        for total in [Total::None, Total::Accurate] {
            let paging = Paging { count: 10, total, ..Paging::default() };
            let answer = view.search(&query, &paging).await;
            assert!(matches!(answer, Err(StoreError::TooCostly)), "{answer:?}");
        }
        // Every connection was asked; none of them ends what comes after.
        for _ in 0..20 {
            let page = house.page("Patient?active=true", 5, None).await;
            assert_eq!((ids(&page).len(), page.total), (5, Some(40)));
        }
        assert_eq!(house.open_transactions().await, 0);
    });
}

#[test]
fn writes_go_on_while_searches_take_long() {
    both(async |house| {
        fill(house).await;
        let view = house.view().patient_for(Duration::from_secs(3));
        let query = endless(house);
        let paging = Paging { count: 10, ..Paging::default() };
        let searching = futures_util::future::join_all((0..3).map(|_| view.search(&query, &paging)));
        let writing = async {
            for n in 0..20 {
                house.write(house.patient(&format!("w{n}"), "Bos")).await.unwrap();
            }
        };
        tokio::select! {
            biased;
            () = writing => {}
            _ = searching => panic!("the searches ended before the writes"),
        }
        assert_eq!(house.search("Patient?family=bos").await.len(), 20);
    });
}
