//! Chains: to what is referred to, from what refers, several steps, never into another tenant and never to the deleted.

use fhir_profiles::search::{Criterion, Filter, Query};
use gateway_core::ResourceType;
use gateway_store::{Paging, Total, View};

use crate::house::{House, at, both, commit, deletion, ids};

/// A filter of our own making.
fn filter(parameter: &str, criterion: Criterion) -> Filter {
    Filter { parameter: parameter.to_owned(), negated: false, any: vec![criterion] }
}

fn query(resource_type: ResourceType, filters: Vec<Filter>) -> Query {
    Query { resource_type, filters, sort: Vec::new(), understood: Vec::new() }
}

fn chain(house: &House, parameter: &str, criteria: &str) -> Filter {
    let to = Query::from_criteria(&house.profiles, criteria).unwrap();
    filter(parameter, Criterion::Chain(Box::new(to)))
}

fn has(reference: &str, query: Query) -> Filter {
    filter("", Criterion::Has { reference: reference.to_owned(), query: Box::new(query) })
}

/// The same found by gathering and by walking.
async fn found(view: View, query: &Query) -> Vec<String> {
    let paging = Paging { count: 100, total: Total::Accurate, ..Paging::default() };
    let gathered = view.search(query, &paging).await.unwrap();
    let walked = view.gathering(0).search(query, &paging).await.unwrap();
    assert_eq!((ids(&gathered), gathered.total), (ids(&walked), walked.total), "{query:?}");
    ids(&gathered)
}

/// Two organisations, three patients, four appointments.
async fn fill(house: &House) {
    for text in [
        r#"{"resourceType":"Organization","id":"o1","name":"De Linde"}"#,
        r#"{"resourceType":"Organization","id":"o2","name":"De Eik"}"#,
    ] {
        house.write(house.put(text)).await.unwrap();
    }
    for (id, family, organization) in [("p1", "Bos", "o1"), ("p2", "Bosch", "o2"), ("p3", "Dam", "o1")] {
        house
            .write(house.put(&format!(
                r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{family}"}}],
                    "identifier":[{{"system":"urn:x","value":"{id}"}}],
                    "managingOrganization":{{"reference":"Organization/{organization}"}}}}"#
            )))
            .await
            .unwrap();
    }
    for (id, patient, status) in
        [("a1", "p1", "booked"), ("a2", "p2", "booked"), ("a3", "p3", "cancelled"), ("a4", "p1", "cancelled")]
    {
        house
            .write(house.put(&format!(
                r#"{{"resourceType":"Appointment","id":"{id}","status":"{status}",
                    "start":"2026-10-01T10:00:00Z","end":"2026-10-01T10:10:00Z",
                    "participant":[{{"status":"accepted","actor":{{"reference":"Patient/{patient}"}}}}]}}"#
            )))
            .await
            .unwrap();
    }
}

#[test]
fn a_chain_finds_by_what_is_referred_to() {
    both(async |house| {
        fill(house).await;
        for (criteria, expected) in [
            ("Patient?family=bos", &["a1", "a2", "a4"][..]),
            ("Patient?identifier=urn:x|p3", &["a3"]),
            ("Patient?family=bos&identifier=p2", &["a2"]),
            ("Patient?family=nobody", &[]),
            ("Patient?gender:missing=true", &["a1", "a2", "a3", "a4"]),
        ] {
            let query = query(ResourceType::Appointment, vec![chain(house, "patient", criteria)]);
            assert_eq!(found(house.view(), &query).await, expected, "{criteria}");
        }
    });
}

#[test]
fn a_chain_goes_on_and_combines_with_other_filters() {
    both(async |house| {
        fill(house).await;
        let organization = chain(house, "organization", "Organization?name=de l");
        let patient = query(ResourceType::Patient, vec![organization]);
        let chained = || filter("patient", Criterion::Chain(Box::new(patient.clone())));
        let linde = query(ResourceType::Appointment, vec![chained()]);
        assert_eq!(found(house.view(), &linde).await, ["a1", "a3", "a4"]);
        let status = Query::from_criteria(&house.profiles, "Appointment?status=cancelled").unwrap();
        let mut both = status.clone();
        both.filters.push(chained());
        assert_eq!(found(house.view(), &both).await, ["a3", "a4"]);
        let not = Filter { negated: true, ..chained() };
        let other = query(ResourceType::Appointment, vec![not]);
        assert_eq!(found(house.view(), &other).await, ["a2"]);
    });
}

#[test]
fn a_reverse_chain_finds_by_what_refers() {
    both(async |house| {
        fill(house).await;
        let appointments = |criteria| Query::from_criteria(&house.profiles, criteria).unwrap();
        for (criteria, expected) in [
            ("Appointment?status=cancelled", &["p1", "p3"][..]),
            ("Appointment?_id=a2", &["p2"]),
            ("Appointment?status=noshow", &[]),
        ] {
            let query = query(ResourceType::Patient, vec![has("patient", appointments(criteria))]);
            assert_eq!(found(house.view(), &query).await, expected, "{criteria}");
        }
        // The organisations of patients with something cancelled.
        let patients = query(
            ResourceType::Patient,
            vec![has("patient", appointments("Appointment?status=cancelled&date=2026-10-01"))],
        );
        let organizations = query(ResourceType::Organization, vec![has("organization", patients)]);
        assert_eq!(found(house.view(), &organizations).await, ["o1"]);
    });
}

#[test]
fn what_is_deleted_is_neither_led_to_nor_refers() {
    both(async |house| {
        fill(house).await;
        let by_name = query(ResourceType::Appointment, vec![chain(house, "patient", "Patient?family=bos")]);
        let any = query(ResourceType::Appointment, vec![chain(house, "patient", "Patient?_id=p1,p2,p3")]);
        let booked = Query::from_criteria(&house.profiles, "Appointment?status=booked").unwrap();
        let has = query(ResourceType::Patient, vec![has("patient", booked)]);
        house.write(deletion("Patient/p1")).await.unwrap();
        house.write(deletion("Appointment/a2")).await.unwrap();
        assert!(found(house.view(), &by_name).await.is_empty());
        assert_eq!(found(house.view(), &any).await, ["a3"]);
        assert!(found(house.view(), &has).await.is_empty());
    });
}

#[test]
fn a_chain_never_leads_into_another_tenant() {
    both(async |house| {
        fill(house).await;
        // The same references over there, to nobody.
        let appointment = house.put(
            r#"{"resourceType":"Appointment","id":"a9","status":"booked",
                "start":"2026-10-01T10:00:00Z","end":"2026-10-01T10:10:00Z",
                "participant":[{"status":"accepted","actor":{"reference":"Patient/p1"}}]}"#,
        );
        commit(&house.other_view(), at(0), appointment).await.unwrap();
        commit(&house.other_view(), at(0), house.patient("p3", "Bos")).await.unwrap();
        let by_name = query(ResourceType::Appointment, vec![chain(house, "patient", "Patient?family=bos")]);
        assert!(found(house.other_view(), &by_name).await.is_empty());
        let all = Query::from_criteria(&house.profiles, "Appointment?").unwrap();
        let has = query(ResourceType::Patient, vec![has("patient", all)]);
        assert!(found(house.other_view(), &has).await.is_empty());
        assert_eq!(found(house.view(), &has).await, ["p1", "p2", "p3"]);
    });
}

#[test]
fn filters_of_filters_hold_one_or_all() {
    both(async |house| {
        fill(house).await;
        let own = |criteria| Query::from_criteria(&house.profiles, criteria).unwrap().filters;
        let any = |filters| query(ResourceType::Patient, vec![filter("", Criterion::AnyOf(filters))]);
        let all = |filters| filter("", Criterion::AllOf(filters));
        let either = [own("Patient?identifier=p1"), own("Patient?family=dam")].concat();
        assert_eq!(found(house.view(), &any(either)).await, ["p1", "p3"]);
        let pair = all([own("Patient?family=bos"), own("Patient?organization=o2")].concat());
        let other = all([own("Patient?family=dam"), own("Patient?organization=o2")].concat());
        assert_eq!(found(house.view(), &any(vec![pair, other])).await, ["p2"]);
        assert!(found(house.view(), &any(Vec::new())).await.is_empty());
    });
}
