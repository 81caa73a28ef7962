//! Search: the same answers as `Query::matches`, in stable pages, without reading what others have.

use std::collections::BTreeSet;

use fhir_profiles::search::Query;
use gateway_core::{Key, Resource};
use gateway_store::{Paging, StoreError, Total};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::house::{House, at, both, commit, deletion, ids, on_sqlite};

fn appointment(id: &str, patient: &str, start: &str, status: &str) -> String {
    format!(
        r#"{{"resourceType":"Appointment","id":"{id}","status":"{status}","start":"{start}","end":"{start}",
            "identifier":[{{"system":"https://xis.example/afspraak","value":"{id}"}}],
            "participant":[{{"status":"accepted","actor":{{"reference":"Patient/{patient}"}}}}]}}"#
    )
}

#[test]
fn the_parameters_of_an_appointment_find_it() {
    both(async |house| {
        for (id, patient, start, status) in [
            ("a1", "p1", "2026-10-01T10:00:00+02:00", "booked"),
            ("a2", "p1", "2026-10-02T10:00:00+02:00", "cancelled"),
            ("a3", "p2", "2026-10-01T12:00:00+02:00", "booked"),
        ] {
            house.write(house.put(&appointment(id, patient, start, status))).await.unwrap();
        }
        for (criteria, found) in [
            ("Appointment?", &["a1", "a2", "a3"][..]),
            ("Appointment?_id=a1,a3", &["a1", "a3"]),
            ("Appointment?patient=p1", &["a1", "a2"]),
            ("Appointment?patient=Patient/p2", &["a3"]),
            ("Appointment?patient=p1,p2&status=booked", &["a1", "a3"]),
            ("Appointment?status:not=booked", &["a2"]),
            ("Appointment?patient=p1&date=2026-10-01", &["a1"]),
            ("Appointment?patient=p1&date=ge2026-10-01&date=lt2026-10-02", &["a1"]),
            ("Appointment?date=gt2026-10-01", &["a2"]),
            ("Appointment?date=le2026-10-01", &["a1", "a3"]),
            ("Appointment?date=ne2026-10-01", &["a2"]),
            ("Appointment?identifier=a3", &["a3"]),
            (
                "Appointment?identifier=https://xis.example/afspraak|a3,https://xis.example/afspraak|a1",
                &["a1", "a3"],
            ),
            ("Appointment?identifier=https://xis.example/afspraak|", &["a1", "a2", "a3"]),
            ("Appointment?identifier=|a3", &[]),
            ("Appointment?location:missing=true&status=booked", &["a1", "a3"]),
            ("Appointment?patient:missing=true", &[]),
            ("Appointment?patient:missing=false&_id=a2", &["a2"]),
            ("Appointment?_lastUpdated=2026-09-21", &["a1", "a2", "a3"]),
            ("Appointment?_lastUpdated=lt2026-09-21", &[]),
            ("Appointment?patient=nobody", &[]),
        ] {
            assert_eq!(house.search(criteria).await, found, "{criteria}");
        }
    });
}

#[test]
fn names_are_found_by_their_beginning_whatever_the_accents() {
    both(async |house| {
        for (id, family) in [("p1", "Jansen"), ("p2", "Jánssens"), ("p3", "Janz"), ("p4", "Jeanne")] {
            house.write(house.patient(id, family)).await.unwrap();
        }
        assert_eq!(house.search("Patient?family=jans").await, ["p1", "p2"]);
        assert_eq!(house.search("Patient?family=JAN").await, ["p1", "p2", "p3"]);
        assert_eq!(house.search("Patient?family:exact=Jansen").await, ["p1"]);
        assert!(house.search("Patient?family:exact=jansen").await.is_empty());
    });
}

#[test]
fn only_the_current_version_is_found() {
    both(async |house| {
        house.write(house.patient("p1", "Old")).await.unwrap();
        house.write(house.patient("p1", "New")).await.unwrap();
        assert!(house.search("Patient?family=old").await.is_empty());
        assert_eq!(house.search("Patient?family=new").await, ["p1"]);
        house.write(deletion("Patient/p1")).await.unwrap();
        for criteria in ["Patient?family=new", "Patient?", "Patient?_id=p1", "Patient?family:missing=true"] {
            assert!(house.search(criteria).await.is_empty(), "{criteria}");
        }
    });
}

#[test]
fn pages_are_stable_under_inserts_and_carry_the_total() {
    both(async |house| {
        for n in 0..7 {
            house.write(house.patient(&format!("p{n}"), "Same")).await.unwrap();
        }
        let page = house.page("Patient?family=same", 3, None).await;
        assert_eq!((ids(&page), page.total), (ids_of(0..3), Some(7)));
        // Before and after the place of the cursor in the order of ids.
        house.write(house.patient("a", "Same")).await.unwrap();
        house.write(house.patient("z", "Same")).await.unwrap();
        let page = house.page("Patient?family=same", 3, page.next).await;
        assert_eq!((ids(&page), page.total), (ids_of(3..6), Some(9)));
        let page = house.page("Patient?family=same", 3, page.next).await;
        assert_eq!(ids(&page), ["p6", "a", "z"]);
        assert_eq!(page.next, None);
        let none = house.page("Patient?family=same", 0, None).await;
        assert_eq!((none.entries.len(), none.total, none.next), (0, Some(9), None));
    });
}

fn ids_of(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| format!("p{n}")).collect()
}

#[test]
fn a_cursor_that_was_changed_or_is_anothers_is_refused() {
    both(async |house| {
        for n in 0..3 {
            house.write(house.patient(&format!("p{n}"), "Same")).await.unwrap();
        }
        let next = house.page("Patient?family=same", 1, None).await.next.unwrap();
        assert!(!next.contains("same"));
        let query = |criteria| Query::from_criteria(&house.profiles, criteria).unwrap();
        let paging = |after: &str| Paging {
            count: 1,
            after: Some(after.to_owned()),
            total: Total::Accurate,
            ..Paging::default()
        };
        let same = query("Patient?family=same");
        assert!(house.view().search(&same, &paging(&next)).await.is_ok());
        let mut tampered = next.clone().into_bytes();
        tampered[3] = if tampered[3] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).unwrap();
        for refused in [
            house.view().search(&same, &paging(&tampered)).await,
            house.view().search(&same, &paging("")).await,
            house.view().search(&query("Patient?family=other"), &paging(&next)).await,
            house.other_view().search(&same, &paging(&next)).await,
        ] {
            assert!(matches!(refused, Err(StoreError::Cursor)), "{refused:?}");
        }
    });
}

#[test]
fn a_patients_appointments_are_found_without_reading_those_of_others() {
    on_sqlite(async |house| {
        house
            .write(house.put(&appointment("a1", "p1", "2026-10-01T10:00:00+02:00", "booked")))
            .await
            .unwrap();
        for criteria in [
            "Appointment?patient=p1&date=ge2026-10-01",
            "Appointment?date=2026-10-01&patient=p1&status=booked",
            "Appointment?identifier=https://xis.example/afspraak|a1",
            "Appointment?_id=a1",
            "Appointment?patient=p1&location:missing=true",
            "Appointment?patient=p1,p2&status:not=cancelled&_lastUpdated=gt2026-01-01",
        ] {
            let query = Query::from_criteria(&house.profiles, criteria).unwrap();
            let [plan, _] = house.view().explain(&query).await.unwrap();
            // The lists made on the way are as long as what was found.
            let ours = ["hit", "h", "found", "page", "r", "t", "CONSTANT"];
            let scans: Vec<_> = plan
                .iter()
                .filter_map(|step| step.strip_prefix("SCAN "))
                .filter(|what| !ours.iter().any(|own| what.split(' ').next() == Some(own)))
                .collect();
            assert!(scans.is_empty(), "{criteria}: {plan:#?}");
            let whole_type = plan.iter().find(|s| s.contains("(tenant=? AND type=?)") || s.contains("seq>?"));
            assert_eq!(whole_type, None, "{criteria}: {plan:#?}");
        }
    });
}

proptest::prop_compose! {
    fn patients()(
        family in "[A-C][a-c]{0,2}",
        given in proptest::option::of("[a-b]{1,2}"),
        gender in proptest::option::of(proptest::sample::select(vec!["male", "female"])),
        birth in proptest::sample::select(vec!["1986", "1986-09", "1986-09-29", "1987-01-01"]),
        number in proptest::option::of("[1-3]"),
        managing in proptest::option::of("[ab]"),
    ) -> String {
        let mut elements = vec![format!(r#""birthDate":"{birth}""#)];
        let given = given.map(|given| format!(r#","given":["{given}"]"#)).unwrap_or_default();
        elements.push(format!(r#""name":[{{"family":"{family}"{given}}}]"#));
        elements.extend(gender.map(|gender| format!(r#""gender":"{gender}""#)));
        elements.extend(number.map(|n| {
            format!(r#""identifier":[{{"system":"urn:x","value":"{n}"}},{{"value":"{n}{n}"}}]"#)
        }));
        elements.extend(managing.map(|o| {
            format!(r#""managingOrganization":{{"reference":"Organization/{o}"}}"#)
        }));
        elements.join(",")
    }
}

fn filters() -> impl Strategy<Value = String> {
    let name = ("(family|given)", "[a-c]{1,2}").prop_map(|(p, v)| format!("{p}={v}"));
    let part = ("(family|name)", "[a-c]{1,2}").prop_map(|(p, v)| format!("{p}:contains={v}"));
    let exact = "[A-C][a-c]{0,2}".prop_map(|v| format!("family:exact={v}"));
    let gender = ("(gender|gender:not)", "(male|female|male,female)").prop_map(|(p, v)| format!("{p}={v}"));
    let birth = ("(|eq|ne|gt|lt|ge|le|sa|eb)", "(1986|1986-09|1986-09-29|1987|1987-01-01)")
        .prop_map(|(p, v)| format!("birthdate={p}{v}"));
    let number = "(urn:x\\||\\||)[1-3]{1,2}".prop_map(|v| format!("identifier={v}"));
    let system = "(urn:x\\||\\|11,urn:x\\|2)".prop_map(|v| format!("identifier={v}"));
    let organization = "(a|b|a,b)".prop_map(|v| format!("organization={v}"));
    let missing = ("(given|gender|identifier|organization)", "(true|false)")
        .prop_map(|(p, v)| format!("{p}:missing={v}"));
    let id = "r[0-9](,r1[0-9])?".prop_map(|v| format!("_id={v}"));
    prop_oneof![name, part, exact, gender, birth, number, system, organization, missing, id]
}

#[test]
fn search_finds_what_a_query_says_it_matches() {
    both(async |house| {
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new(config);
        let mut some = |strategy: &BoxedStrategy<String>| strategy.new_tree(&mut runner).unwrap().current();
        let (patients, filters) = (patients().boxed(), filters().boxed());
        let mut all = Vec::new();
        for n in 0..40 {
            let text = format!(r#"{{"resourceType":"Patient","id":"r{n}",{}}}"#, some(&patients));
            commit(&house.view(), at(n), house.put(&text)).await.unwrap();
            all.push((text, n));
        }
        for _ in 0..150 {
            let criteria = format!("Patient?{}&{}", some(&filters), some(&filters));
            compare(house, &criteria, &all).await;
        }
    });
}

async fn compare(house: &House, criteria: &str, all: &[(String, i64)]) {
    let query = Query::from_criteria(&house.profiles, criteria).unwrap();
    let expected: BTreeSet<String> = all
        .iter()
        .filter_map(|(text, n)| {
            let resource = Resource::parse(text.as_bytes()).unwrap();
            let key = Key::new(resource.resource_type(), resource.id().cloned().unwrap());
            let micros = i64::try_from(at(*n).unix_timestamp_nanos() / 1000).unwrap();
            query.matches(&key, micros, &house.profiles.index(&resource)).then(|| key.id.to_string())
        })
        .collect();
    for view in [house.view(), house.view().gathering(3)] {
        let found = view.search(&query, &Paging { count: 1000, ..Paging::default() }).await.unwrap();
        let found: BTreeSet<String> = ids(&found).into_iter().collect();
        assert_eq!(found, expected, "{criteria}");
    }
}
