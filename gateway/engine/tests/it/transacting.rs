//! Writes that mention each other: all or none, whatever their order.

use fhir_profiles::search::Query;
use gateway_core::{Interaction, IssueCode, Key, Problem, Resource, ResourceType, Version};
use gateway_engine::transaction::{Entry, Rejected};
use gateway_engine::{Change, Target, Write};
use gateway_store::{Outcome, Precondition, Written};
use proptest::prelude::{Strategy as _, any};
use proptest::strategy::Just;

use crate::house::{House, appointment, client, deletion, key, patient, resource, update};

const P: &str = "urn:uuid:11111111-1111-4111-8111-111111111111";
const A: &str = "urn:uuid:22222222-2222-4222-8222-222222222222";
/// Passes the eleven-test and belongs to nobody.
const BSN: &str = "999990019";

fn create(resource: &Resource) -> Write {
    Write {
        target: Target::New(resource.resource_type()),
        interaction: Interaction::Create,
        change: Change::Document(resource.clone()),
        precondition: Precondition::Any,
        bind: None,
        bsn: None,
    }
}

fn if_none_exist(house: &House, criteria: &str, resource: &Resource) -> Write {
    let query = Query::from_criteria(&house.engine.parts().profiles, criteria).unwrap();
    Write { target: Target::Matching(query), ..create(resource) }
}

fn known(full_url: &str, write: Write) -> (Option<String>, Write) {
    (Some(full_url.to_owned()), write)
}

fn entries(writes: Vec<(Option<String>, Write)>) -> Vec<Entry> {
    let placed = writes.into_iter().enumerate();
    placed.map(|(place, (full_url, write))| Entry { place, full_url, write }).collect()
}

/// An Appointment of the patient with this reference.
fn booked(id: &str, patient: &str) -> Resource {
    resource(&appointment(id, "booked").text().replace("Patient/p1", patient))
}

fn numbered(number: u32) -> Resource {
    resource(&format!(
        r#"{{"resourceType":"Patient","identifier":[{{"system":"http://example.test/number","value":"{number}"}}]}}"#
    ))
}

impl House {
    async fn transact(&self, writes: Vec<(Option<String>, Write)>) -> Result<Vec<Written>, Rejected> {
        self.engine.transact(&client(), entries(writes)).await
    }

    /// Versions, audit rows and deliveries.
    async fn kept(&self) -> [i64; 4] {
        let mut counts = [0; 4];
        for (count, table) in
            counts.iter_mut().zip(["resource_version", "audit", "delivery", "counterpart_key"])
        {
            *count = self.count(table).await;
        }
        counts
    }
}

fn actor(written: &Written) -> String {
    let resource = Resource::from_text(written.text.clone().unwrap()).unwrap();
    resource.root().find(&["participant", "actor", "reference"])[0].as_str().unwrap().to_owned()
}

on_each_store! {
    async fn new_resources_find_each_other_and_are_delivered(house: House) {
        let writes = vec![
            known(A, create(&booked("x", P))),
            known(P, create(&patient("y", BSN))),
        ];
        let written = house.transact(writes).await.unwrap();
        assert_eq!(written[0].key.resource_type, ResourceType::Appointment, "in the order asked");
        assert_eq!(actor(&written[0]), written[1].key.to_string());
        assert_eq!(house.deliveries("second").await.len(), 1);
        assert_eq!(house.kept().await[0], 2);
    }

    async fn case_41_resources_may_refer_to_each_other_in_a_circle(house: House) {
        let linked = |other: &str| resource(&format!(
            r#"{{"resourceType":"Patient","link":[{{"other":{{"reference":"{other}"}},"type":"seealso"}}]}}"#
        ));
        let written = house.transact(vec![known(P, create(&linked(A))), known(A, create(&linked(P)))]).await.unwrap();
        for (one, other) in [(0, 1), (1, 0)] {
            assert!(written[one].text.as_ref().unwrap().contains(&format!("\"{}\"", written[other].key)));
        }
    }

    async fn case_88_a_provenance_is_about_what_is_made_with_it(house: House) {
        let provenance = resource(&format!(
            r#"{{"resourceType":"Provenance","target":[{{"reference":"{P}"}}],"recorded":"2026-09-14T07:10:00Z",
                "agent":[{{"who":{{"display":"x"}}}}]}}"#
        ));
        let written = house.transact(vec![(None, create(&provenance)), known(P, create(&numbered(1)))]).await.unwrap();
        assert!(written[0].text.as_ref().unwrap().contains(&format!("\"reference\":\"{}\"", written[1].key)));
    }

    async fn a_reference_that_leads_nowhere_is_refused_with_its_place(house: House) {
        let before = house.kept().await;
        let writes = vec![(None, create(&numbered(1))), (None, create(&booked("x", P)))];
        let rejected = house.transact(writes).await.unwrap_err();
        let Problem::Malformed(issues) = rejected.problem else { panic!("no 400") };
        assert_eq!(issues[0].expression.as_deref(), Some("Bundle.entry[1].resource.participant[0].actor.reference"));
        assert_eq!(house.kept().await, before);
    }

    async fn all_that_is_wrong_is_told_at_once(house: House) {
        let bad = |status: &str| resource(&format!(r#"{{"resourceType":"Appointment","id":"b","status":{status}}}"#));
        let writes = vec![
            (None, update(&bad("\"perhaps\""))),
            (None, create(&numbered(1))),
            (None, create(&bad("3"))),
        ];
        let rejected = house.transact(writes).await.unwrap_err();
        let Problem::Malformed(issues) = rejected.problem else { panic!("no 400") };
        for place in ["Bundle.entry[0].resource.status", "Bundle.entry[2].resource.status"] {
            assert!(issues.iter().any(|issue| issue.expression.as_deref() == Some(place)), "{place}");
        }
    }

    async fn what_fails_leaves_nothing(house: House) {
        house.put("a", "booked").await;
        let taken = patient("p9", BSN);
        house.engine.write(&client(), update(&taken)).await.unwrap();
        let before = house.kept().await;
        let stale = Write { precondition: Precondition::Version(vec![Version(7)]), ..update(&appointment("a", "cancelled")) };
        let others = || vec![known(P, create(&numbered(1))), (None, create(&booked("x", P))), (None, deletion("Patient/p9"))];
        let mut failing = others();
        failing.push((None, stale));
        let rejected = house.transact(failing).await.unwrap_err();
        assert_eq!(rejected.place, Some(3));
        assert!(matches!(rejected.problem, Problem::PreconditionFailed(_)), "{rejected:?}");
        assert_eq!(house.kept().await, before);

        let mut failing = others();
        failing.pop();
        failing.push((None, create(&patient("z", BSN))));
        let rejected = house.transact(failing).await.unwrap_err();
        assert!(matches!(rejected.problem, Problem::Conflict(_)), "{rejected:?}");
        assert_eq!(house.kept().await, before);
    }

    async fn what_is_deleted_makes_room_for_what_is_created(house: House) {
        house.engine.write(&client(), update(&patient("old", BSN))).await.unwrap();
        let writes = vec![(None, create(&patient("new", BSN))), (None, deletion("Patient/old"))];
        let written = house.transact(writes).await.unwrap();
        assert_eq!((written[0].outcome, written[1].outcome), (Outcome::Created, Outcome::Deleted));
    }

    async fn two_entries_about_one_resource_are_refused(house: House) {
        house.engine.write(&client(), create(&numbered(1))).await.unwrap();
        let number = "Patient?identifier=http://example.test/number|1";
        let found = if_none_exist(&house, number, &numbered(1));
        for writes in [
            vec![(None, update(&appointment("a", "booked"))), (None, deletion("Appointment/a"))],
            vec![(None, found.clone()), (None, found)],
        ] {
            let rejected = house.transact(writes).await.unwrap_err();
            let Problem::Malformed(issues) = rejected.problem else { panic!("no 400") };
            let mut places: Vec<_> = issues.iter().filter_map(|issue| issue.expression.as_deref()).collect();
            places.sort_unstable();
            assert_eq!(places, ["Bundle.entry[0].request.url", "Bundle.entry[1].request.url"]);
        }
    }

    async fn a_conditional_create_is_mentioned_as_what_it_found_or_makes(house: House) {
        let number = "Patient?identifier=http://example.test/number|1";
        let both = || vec![
            known(P, if_none_exist(&house, number, &numbered(1))),
            (None, create(&booked("x", P))),
        ];
        let first = house.transact(both()).await.unwrap();
        assert_eq!((first[0].outcome, actor(&first[1])), (Outcome::Created, first[0].key.to_string()));
        let second = house.transact(both()).await.unwrap();
        assert_eq!((second[0].outcome, &second[0].key), (Outcome::Unchanged, &first[0].key));
        assert_eq!(actor(&second[1]), first[0].key.to_string());
    }

    async fn case_65_equal_conditional_transactions_at_once_make_one_resource(house: House) {
        let number = "Patient?identifier=http://example.test/number|1";
        let runs = (0..12).map(|_| {
            let writes = vec![
                (None, create(&booked("x", P))),
                known(P, if_none_exist(&house, number, &numbered(1))),
            ];
            let engine = house.engine.clone();
            tokio::spawn(async move { engine.transact(&client(), entries(writes)).await })
        });
        let mut keys = Vec::new();
        for run in futures_util::future::join_all(runs).await {
            let written = run.unwrap().unwrap();
            assert_eq!(actor(&written[0]), written[1].key.to_string());
            keys.push(written[1].key.clone());
        }
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }

    async fn a_conditional_reference_is_the_one_that_it_finds(house: House) {
        let asked = |number: u32| booked("x", &format!("Patient?identifier=http://example.test/number|{number}"));
        let there = house.engine.write(&client(), create(&numbered(1))).await.unwrap().key;
        let written = house.transact(vec![(None, create(&asked(1)))]).await.unwrap();
        assert_eq!(actor(&written[0]), there.to_string());

        let written = house.transact(vec![(None, create(&asked(2))), (None, create(&numbered(2)))]).await.unwrap();
        assert_eq!(actor(&written[0]), written[1].key.to_string(), "made with it");

        let before = house.kept().await;
        let place = "Bundle.entry[0].resource.participant[0].actor.reference";
        let deleted = vec![(None, create(&asked(1))), (None, deletion(&there.to_string()))];
        for (writes, code) in [
            (vec![(None, create(&asked(3)))], IssueCode::NotFound),
            (deleted, IssueCode::NotFound),
            (vec![(None, create(&asked(1))), (None, create(&numbered(1)))], IssueCode::MultipleMatches),
        ] {
            let rejected = house.transact(writes).await.unwrap_err();
            let Problem::PreconditionFailed(issue) = rejected.problem else { panic!("no 412") };
            assert_eq!((issue.code, issue.expression.as_deref()), (code, Some(place)));
        }
        let rejected = house.transact(vec![(None, create(&booked("x", "Patient?nothing=1")))]).await.unwrap_err();
        assert!(matches!(rejected.problem, Problem::Malformed(_)), "{rejected:?}");
        assert_eq!(house.kept().await, before);
    }

    async fn of_many_transactions_about_one_resource_each_is_done_whole_or_not_at_all(house: House) {
        house.put("shared", "booked").await;
        let runs = (0..50).map(|n| {
            let own = resource(&appointment(&format!("own-{n}"), "booked").text().replace("Patient/p1", P));
            let shared = resource(&appointment("shared", "booked").text().replace("Patient/p1", &format!("Patient/p{n}")));
            let shared = Write { precondition: Precondition::Version(vec![Version(1)]), ..update(&shared) };
            let writes = vec![(None, shared), (None, update(&own)), known(P, create(&numbered(n)))];
            let engine = house.engine.clone();
            tokio::spawn(async move { engine.transact(&client(), entries(writes)).await })
        });
        let runs: Vec<_> = futures_util::future::join_all(runs).await.into_iter().map(Result::unwrap).collect();
        let mut won = runs.iter().filter_map(|run| run.as_ref().ok());
        let (winner, second) = (won.next().unwrap(), won.next());
        assert!(second.is_none());
        assert_eq!(actor(&winner[1]), winner[2].key.to_string());
        assert_eq!(house.count("resource_version").await, 1 + 3);
        assert_eq!(house.count("audit").await, 1 + 3);
    }
}

/// The writes of a transaction in which all mention each other, by what they are.
fn mixed() -> Vec<(Option<String>, Write)> {
    let named = |id: &str, family: &str| {
        resource(&format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{family}"}}]}}"#))
    };
    vec![
        known(P, create(&numbered(1))),
        (None, update(&booked("a", P))),
        (None, deletion("Appointment/gone")),
        (None, update(&named("n", "Nieuw"))),
        known(A, create(&booked("x", "Patient/n"))),
        (None, create(&booked("y", "Patient?identifier=http://example.test/number|1"))),
    ]
}

/// What the house is like after them, without the ids that are drawn.
async fn after(order: &[usize]) -> Vec<String> {
    let house = House::on_sqlite().await;
    house.put("gone", "booked").await;
    let all = mixed();
    let written = house.transact(order.iter().map(|n| all[*n].clone()).collect()).await.unwrap();
    let place = |n: usize| order.iter().position(|at| *at == n).unwrap();
    let made: Vec<(Key, String)> =
        [0, 4, 5].map(|n| (written[place(n)].key.clone(), format!("made-{n}"))).to_vec();
    let told = (0..all.len()).map(|n| {
        let one = &written[place(n)];
        let text = format!("{} {:?} {} {:?}", one.key, one.outcome, one.version, one.text);
        made.iter().fold(text, |text, (key, name)| text.replace(key.id.as_str(), name))
    });
    told.collect()
}

#[test]
fn the_order_of_the_entries_changes_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let expected = runtime.block_on(after(&[0, 1, 2, 3, 4, 5]));
    let orders = Just(vec![0, 1, 2, 3, 4, 5]).prop_shuffle();
    let config = proptest::test_runner::Config { cases: 12, ..Default::default() };
    proptest::test_runner::TestRunner::new(config)
        .run(&(orders, any::<bool>()), |(order, _)| {
            proptest::prop_assert_eq!(&runtime.block_on(after(&order)), &expected);
            Ok(())
        })
        .unwrap();
    assert!(expected[0].contains("made-0") && key("Patient/n").to_string() == "Patient/n");
}
