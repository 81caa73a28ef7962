//! Order and pages: several keys, both directions, missing values last, ties as stored; the same gathered and walked.

use fhir_profiles::search::Query;
use gateway_store::{Paging, StoreError, Total, View};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::house::{House, at, both, commit, deletion, ids, on_sqlite};

fn sorted(house: &House, criteria: &str, sort: &str) -> Query {
    let mut query = Query::from_criteria(&house.profiles, criteria).unwrap();
    query.sort = Query::sort(&house.profiles, query.resource_type, sort).unwrap();
    query
}

/// All pages, one after the other.
async fn pages(view: &View, query: &Query, count: u32) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = view.search(query, &Paging { count, after, ..Paging::default() }).await.unwrap();
        found.extend(ids(&page));
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

/// In one page and in small ones, gathered and walked.
async fn in_order(house: &House, criteria: &str, sort: &str) -> Vec<String> {
    let query = sorted(house, criteria, sort);
    let found = pages(&house.view(), &query, 100).await;
    for view in [house.view(), house.view().gathering(0)] {
        for count in [1, 2, 100] {
            assert_eq!(pages(&view, &query, count).await, found, "{criteria} by {sort}, {count} on a page");
        }
    }
    found
}

/// Id, surnames, birth date, gender.
type Person<'a> = (&'a str, &'a [&'a str], Option<&'a str>, Option<&'a str>);

async fn patients(house: &House, rows: &[Person<'_>]) {
    for (n, (id, families, birth, gender)) in (0..).zip(rows) {
        let names: Vec<String> =
            families.iter().map(|family| format!(r#"{{"family":"{family}"}}"#)).collect();
        let birth = birth.map(|birth| format!(r#","birthDate":"{birth}""#)).unwrap_or_default();
        let gender = gender.map(|gender| format!(r#","gender":"{gender}""#)).unwrap_or_default();
        let name = if names.is_empty() { String::new() } else { format!(r#","name":[{}]"#, names.join(",")) };
        let text = format!(r#"{{"resourceType":"Patient","id":"{id}","active":true{name}{birth}{gender}}}"#);
        commit(&house.view(), at(n), house.put(&text)).await.unwrap();
    }
}

#[test]
fn keys_decide_in_turn_and_what_has_no_value_comes_last() {
    both(async |house| {
        patients(
            house,
            &[
                ("p1", &["Dam"], Some("1980"), Some("male")),
                ("p2", &["Bos"], Some("1990-02"), Some("female")),
                ("p3", &[], Some("1980-01-01"), None),
                ("p4", &["Ádam", "Zee"], None, Some("male")),
                ("p5", &["Bos"], Some("1970"), Some("male")),
                ("p6", &["Bos"], None, None),
            ],
        )
        .await;
        for (sort, expected) in [
            ("family", "p4 p2 p5 p6 p1 p3"),
            ("-family", "p4 p1 p2 p5 p6 p3"),
            ("birthdate", "p5 p3 p1 p2 p4 p6"),
            ("-birthdate", "p2 p1 p3 p5 p4 p6"),
            ("gender,-birthdate", "p2 p1 p5 p4 p3 p6"),
            ("family,-birthdate", "p4 p2 p5 p6 p1 p3"),
            ("gender,family,_id", "p2 p4 p5 p1 p6 p3"),
            ("-gender,-_id", "p5 p4 p1 p2 p6 p3"),
            ("_id", "p1 p2 p3 p4 p5 p6"),
            ("-_id", "p6 p5 p4 p3 p2 p1"),
            ("_lastUpdated", "p1 p2 p3 p4 p5 p6"),
            ("-_lastUpdated", "p6 p5 p4 p3 p2 p1"),
            ("-_lastUpdated,family", "p6 p5 p4 p3 p2 p1"),
        ] {
            assert_eq!(in_order(house, "Patient?", sort).await.join(" "), expected, "{sort}");
        }
        assert_eq!(in_order(house, "Patient?gender=male", "birthdate").await, ["p5", "p1", "p4"]);
        assert_eq!(in_order(house, "Patient?family=bos", "-_lastUpdated").await, ["p6", "p5", "p2"]);
        house.write(deletion("Patient/p5")).await.unwrap();
        assert_eq!(in_order(house, "Patient?gender=male", "birthdate").await, ["p1", "p4"]);
    });
}

#[test]
fn what_others_store_between_two_pages_repeats_nothing_and_skips_nothing() {
    both(async |house| {
        for (id, family) in [("p1", "Bos"), ("p2", "Dam"), ("p3", "Eik"), ("p4", "Hof"), ("p5", "Kat")] {
            house.write(house.patient(id, family)).await.unwrap();
        }
        for (view, n) in [(house.view(), 1), (house.view().gathering(0), 2)] {
            let query = sorted(house, "Patient?", "family");
            let first = Paging { count: 2, ..Paging::default() };
            let page = view.search(&query, &first).await.unwrap();
            assert_eq!(ids(&page), ["p1", "p2"]);
            // Before and behind the place that was reached; and one of each side changes elsewhere.
            house.write(house.patient(&format!("n{n}"), "Aan")).await.unwrap();
            house.write(house.patient(&format!("m{n}"), "Iep")).await.unwrap();
            for (id, family) in [("p1", "Bos"), ("p4", "Hof")] {
                let text = format!(
                    r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{family}"}}],
                        "birthDate":"200{n}-01-01"}}"#
                );
                house.write(house.put(&text)).await.unwrap();
            }
            let mut found = Vec::new();
            let mut after = page.next;
            while after.is_some() {
                let page = view.search(&query, &Paging { after, ..first.clone() }).await.unwrap();
                found.extend(ids(&page));
                after = page.next;
            }
            let expected: Vec<String> = ["p3", "p4"].map(str::to_owned).into_iter().collect();
            let expected =
                [expected, (1..=n).map(|n| format!("m{n}")).collect(), vec!["p5".to_owned()]].concat();
            assert_eq!(found, expected);
            house.write(deletion(&format!("Patient/n{n}"))).await.unwrap();
        }
    });
}

#[test]
fn a_page_that_was_gathered_is_followed_by_one_that_is_walked_to() {
    both(async |house| {
        patients(
            house,
            &[
                ("p1", &["Bos"], None, None),
                ("p2", &["Dam"], None, None),
                ("p3", &[], None, None),
                ("p4", &[], None, None),
            ],
        )
        .await;
        let query = sorted(house, "Patient?", "-family");
        for (count, expected) in [(1, &["p1", "p3", "p4"][..]), (3, &["p4"])] {
            let first = house.view().search(&query, &Paging { count, ..Paging::default() }).await.unwrap();
            let rest = Paging { count: 100, after: first.next, ..Paging::default() };
            let walked = house.view().gathering(0).search(&query, &rest).await.unwrap();
            assert_eq!(ids(&walked), expected);
        }
    });
}

#[test]
fn a_cursor_is_of_one_order_and_shows_no_name() {
    both(async |house| {
        patients(house, &[("p1", &["Bos"], None, None), ("p2", &["Dam"], None, None)]).await;
        let query = sorted(house, "Patient?", "family");
        let page = house.view().search(&query, &Paging { count: 1, ..Paging::default() }).await.unwrap();
        let after = Paging { count: 1, after: page.next, ..Paging::default() };
        for other in ["-family", "family,birthdate", "birthdate"] {
            let answer = house.view().search(&sorted(house, "Patient?", other), &after).await;
            assert!(matches!(answer, Err(StoreError::Cursor)), "{other}");
        }
        assert!(house.view().search(&query, &after).await.is_ok());
    });
}

#[test]
fn counting_is_as_exact_as_wished() {
    both(async |house| {
        patients(
            house,
            &[("p1", &["Bos"], None, None), ("p2", &["Dam"], None, None), ("p3", &[], None, None)],
        )
        .await;
        for (criteria, all) in [("Patient?", 3), ("Patient?family=bos,dam", 2), ("Patient?active=true", 3)] {
            let query = sorted(house, criteria, "family");
            for (total, few, many) in [
                (Total::None, None, None),
                (Total::Estimate, Some(all), None),
                (Total::Accurate, Some(all), Some(all)),
            ] {
                let paging = Paging { count: 1, total, ..Paging::default() };
                assert_eq!(
                    house.view().search(&query, &paging).await.unwrap().total,
                    few,
                    "{criteria} {total:?}"
                );
                let view = house.view().gathering(1);
                assert_eq!(view.search(&query, &paging).await.unwrap().total, many, "{criteria} {total:?}");
            }
        }
    });
}

/// What is sorted on the way is at most what is equal so far, and then the page itself.
#[test]
fn a_sort_without_a_filter_walks_an_index() {
    on_sqlite(async |house| {
        for sort in
            ["-_lastUpdated", "_lastUpdated", "birthdate", "-birthdate", "family", "_id", "identifier"]
        {
            let [_, walk] = house.view().explain(&sorted(house, "Patient?", sort)).await.unwrap();
            let sorts = walk.iter().filter(|step| step.ends_with("B-TREE FOR ORDER BY")).count();
            assert!(sorts <= 1, "{sort}: {walk:#?}");
        }
    });
}

prop_compose! {
    fn patient()(
        families in proptest::collection::vec("[a-c]{1,2}", 0..3),
        birth in proptest::option::of(proptest::sample::select(vec!["1986", "1986-09", "1986-09-29", "1987"])),
        gender in proptest::option::of(proptest::sample::select(vec!["male", "female"])),
    ) -> (Vec<String>, Option<&'static str>, Option<&'static str>) {
        (families, birth, gender)
    }
}

/// However it is found, in whatever pages: the same resources in the same order.
#[test]
fn gathered_and_walked_agree_on_any_order() {
    both(async |house| {
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
        for n in 0..25 {
            let (families, birth, gender) = patient().new_tree(&mut runner).unwrap().current();
            let families: Vec<&str> = families.iter().map(String::as_str).collect();
            patients(house, &[(&format!("r{n}"), &families, birth, gender)]).await;
        }
        let keys = "-?(family|birthdate|gender|_id|_lastUpdated|given)";
        let sorts = format!("{keys}(,{keys})?");
        for _ in 0..20 {
            let sort = sorts.as_str().new_tree(&mut runner).unwrap().current();
            assert_eq!(in_order(house, "Patient?", &sort).await.len(), 25, "{sort}");
            in_order(house, "Patient?gender=male", &sort).await;
        }
    });
}
