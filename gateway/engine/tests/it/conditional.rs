//! Writes that do not name their resource, and patches: settled on what is there, and on nothing else.

use std::sync::Arc;

use fhir_profiles::search::Query;
use gateway_core::{Caller, Interaction, IssueCode, Problem, Resource, Scopes, Version};
use gateway_engine::{Change, Patch, Target, Write};
use gateway_store::{Outcome, Precondition, Written};

use crate::house::{House, client, key, resource, update};

const NUMBER: &str = "Patient?identifier=http://example.test/number|7";

/// A write that finds its resource.
fn matching(house: &House, criteria: &str, change: Change, interaction: Interaction) -> Write {
    let query = Query::from_criteria(&house.engine.parts().profiles, criteria).unwrap();
    let target = Target::Matching(query);
    Write { target, change, precondition: Precondition::Any, bind: None, interaction, bsn: None }
}

/// A Patient with a number of ours; `id` is an element with its comma, or nothing.
fn numbered(id: &str, number: u32, family: &str) -> Resource {
    resource(&format!(
        r#"{{"resourceType":"Patient",{id}"identifier":[{{"system":"http://example.test/number","value":"{number}"}}],
            "name":[{{"family":"{family}"}}]}}"#
    ))
}

fn document(id: &str, number: u32, family: &str) -> Change {
    Change::Document(numbered(id, number, family))
}

impl House {
    async fn created(&self, family: &str) -> Result<Written, Problem> {
        let write = matching(self, NUMBER, document("", 7, family), Interaction::Create);
        self.engine.write(&client(), write).await
    }

    async fn updated(&self, id: &str, family: &str) -> Result<Written, Problem> {
        let write = matching(self, NUMBER, document(id, 7, family), Interaction::Update);
        self.engine.write(&client(), write).await
    }
}

/// Gives the first name another family name.
#[derive(Debug)]
struct Rename(&'static str);

impl Patch for Rename {
    fn apply(&self, current: &Resource) -> Result<Resource, Problem> {
        let name = format!(r#"[{{"family":"{}"}}]"#, self.0);
        current.draft().set("name", name).build().map_err(|issue| Problem::Invalid(vec![issue]))
    }
}

/// Counts how often it was applied, in the resource itself.
#[derive(Debug)]
struct OneMore;

impl Patch for OneMore {
    fn apply(&self, current: &Resource) -> Result<Resource, Problem> {
        let count: u32 =
            current.root().get("multipleBirthInteger").map_or(0, |node| node.raw().parse().unwrap());
        let next = count + 1;
        current
            .draft()
            .set("multipleBirthInteger", next.to_string())
            .build()
            .map_err(|issue| Problem::Invalid(vec![issue]))
    }
}

fn patch(reference: &str, patch: impl Patch + 'static) -> Write {
    Write {
        target: Target::Key(key(reference)),
        change: Change::Patch(Arc::new(patch)),
        precondition: Precondition::Any,
        bind: None,
        interaction: Interaction::Update,
        bsn: None,
    }
}

fn multiple(result: Result<Written, Problem>) -> bool {
    matches!(result, Err(Problem::PreconditionFailed(issue)) if issue.code == IssueCode::MultipleMatches)
}

on_each_store! {
    async fn a_conditional_create_makes_what_is_not_there_and_answers_with_what_is(house: House) {
        let first = house.created("First").await.unwrap();
        assert_eq!((first.outcome, first.version), (Outcome::Created, Version(1)));
        let second = house.created("Second").await.unwrap();
        assert_eq!((second.outcome, second.version), (Outcome::Unchanged, Version(1)));
        assert_eq!(second.key, first.key);
        assert!(second.text.unwrap().contains("First"));
    }

    async fn case_65_equal_conditional_creates_at_once_make_one_resource(house: House) {
        let engines = [house.engine.clone(), house.beside().await];
        let writes = (0..24).map(|n| {
            let write = matching(&house, NUMBER, document("", 7, &format!("F{n}")), Interaction::Create);
            let engine = engines[n % 2].clone();
            tokio::spawn(async move { engine.write(&client(), write).await })
        });
        let written = futures_util::future::join_all(writes).await;
        let written: Vec<_> = written.into_iter().map(|one| one.unwrap().unwrap()).collect();
        let made = written.iter().filter(|one| one.outcome == Outcome::Created).count();
        assert_eq!(made, 1);
        assert!(written.iter().all(|one| one.key == written[0].key && one.text == written[0].text));
    }

    async fn case_65_holds_for_conditional_updates(house: House) {
        let engines = [house.engine.clone(), house.beside().await];
        let writes = (0..12).map(|n| {
            let write = matching(&house, NUMBER, document("", 7, &format!("F{n}")), Interaction::Update);
            let engine = engines[n % 2].clone();
            tokio::spawn(async move { engine.write(&client(), write).await })
        });
        let written = futures_util::future::join_all(writes).await;
        let written: Vec<_> = written.into_iter().map(|one| one.unwrap().unwrap()).collect();
        let made = written.iter().filter(|one| one.outcome == Outcome::Created).count();
        assert_eq!(made, 1);
        assert!(written.iter().all(|one| one.key == written[0].key));
        assert_eq!(written.iter().map(|one| one.version.0).max(), Some(12));
    }

    async fn conditional_creates_of_different_things_do_not_meet(house: House) {
        let engine = &house.engine;
        let writes = (0..20).map(|n| {
            let criteria = format!("Patient?identifier=http://example.test/number|{n}");
            let write = matching(&house, &criteria, document("", n, "Same"), Interaction::Create);
            async move { engine.write(&client(), write).await }
        });
        for written in futures_util::future::join_all(writes).await {
            assert_eq!(written.unwrap().outcome, Outcome::Created);
        }
    }

    async fn one_request_does_not_make_what_it_looked_for_twice(house: House) {
        let create = || matching(&house, NUMBER, document("", 7, "First"), Interaction::Create);
        let named = update(&numbered(r#""id":"x","#, 7, "First"));
        for writes in [vec![create(), create()], vec![named, create()]] {
            let refused = house.engine.write_all(&client(), writes).await.unwrap_err();
            assert!(matches!(refused, Problem::Malformed(_)), "{refused:?}");
        }
        let other = update(&numbered(r#""id":"x","#, 8, "Other"));
        assert_eq!(house.engine.write_all(&client(), vec![other, create()]).await.unwrap().len(), 2);
    }

    async fn what_is_refused_with_a_conditional_create_is_refused_with_it(house: House) {
        let create = matching(&house, NUMBER, document("", 7, "First"), Interaction::Create);
        let stale = Write {
            precondition: Precondition::Exists,
            ..update(&numbered(r#""id":"x","#, 8, "Other"))
        };
        let refused = house.engine.write_all(&client(), vec![create, stale]).await.unwrap_err();
        assert!(matches!(refused, Problem::PreconditionFailed(_)), "{refused:?}");
        assert_eq!(house.created("Second").await.unwrap().outcome, Outcome::Created);
    }

    async fn a_conditional_create_gives_its_own_id(house: House) {
        let write = matching(&house, NUMBER, document(r#""id":"theirs","#, 7, "A"), Interaction::Create);
        let written = house.engine.write(&client(), write).await.unwrap();
        assert_ne!(written.key.id.as_str(), "theirs");
    }

    async fn a_conditional_update_goes_by_what_it_finds(house: House) {
        let made = house.updated("", "First").await.unwrap();
        assert_eq!(made.outcome, Outcome::Created);
        let changed = house.updated("", "Second").await.unwrap();
        assert_eq!((&changed.key, changed.outcome), (&made.key, Outcome::Updated));
        let own = format!(r#""id":"{}","#, made.key.id);
        assert_eq!(house.updated(&own, "Third").await.unwrap().version, Version(3));
        let other = house.updated(r#""id":"other","#, "Fourth").await.unwrap_err();
        assert!(matches!(other, Problem::Malformed(_)), "{other:?}");
    }

    async fn a_conditional_update_that_finds_nothing_takes_the_id_of_the_body(house: House) {
        let made = house.updated(r#""id":"mine","#, "First").await.unwrap();
        assert_eq!((made.key, made.outcome), (key("Patient/mine"), Outcome::Created));
    }

    async fn a_conditional_update_never_replaces_what_it_did_not_find(house: House) {
        house.engine.write(&client(), update(&numbered(r#""id":"mine","#, 8, "Other"))).await.unwrap();
        let refused = house.updated(r#""id":"mine","#, "First").await.unwrap_err();
        assert!(matches!(refused, Problem::Conflict(_)), "{refused:?}");
        house.delete("Patient/mine").await;
        assert_eq!(house.updated(r#""id":"mine","#, "First").await.unwrap().version, Version(3));
    }

    async fn what_finds_more_than_one_changes_nothing(house: House) {
        for id in ["a", "b"] {
            let resource = numbered(&format!(r#""id":"{id}","#), 7, "Same");
            house.engine.write(&client(), update(&resource)).await.unwrap();
        }
        assert!(multiple(house.created("Third").await));
        assert!(multiple(house.updated("", "Third").await));
        for change in [Change::Deleted, Change::Patch(Arc::new(Rename("Third")))] {
            let write = matching(&house, NUMBER, change, Interaction::Delete);
            assert!(multiple(house.engine.write(&client(), write).await));
        }
    }

    async fn a_conditional_delete_of_nothing_is_no_error(house: House) {
        let delete = || matching(&house, NUMBER, Change::Deleted, Interaction::Delete);
        let nothing = house.engine.write(&client(), delete()).await.unwrap();
        assert_eq!((nothing.outcome, nothing.version), (Outcome::Unchanged, Version(0)));
        let made = house.created("First").await.unwrap();
        let gone = house.engine.write(&client(), delete()).await.unwrap();
        assert_eq!((gone.key, gone.outcome), (made.key, Outcome::Deleted));
    }

    async fn a_condition_holds_for_what_is_found(house: House) {
        let asked = |precondition| Write {
            precondition,
            ..matching(&house, NUMBER, document("", 7, "Next"), Interaction::Update)
        };
        let failed = house.engine.write(&client(), asked(Precondition::Exists)).await.unwrap_err();
        assert!(matches!(failed, Problem::PreconditionFailed(_)), "{failed:?}");
        house.created("First").await.unwrap();
        let stale = asked(Precondition::Version(vec![Version(2)]));
        let failed = house.engine.write(&client(), stale).await.unwrap_err();
        assert!(matches!(failed, Problem::PreconditionFailed(_)), "{failed:?}");
        let current = asked(Precondition::Version(vec![Version(1)]));
        assert_eq!(house.engine.write(&client(), current).await.unwrap().version, Version(2));
    }

    async fn who_may_not_search_may_not_write_by_what_is_found(house: House) {
        let scopes = Scopes::parse("system/Patient.cud").unwrap();
        let blind = Caller { scopes, ..client() };
        let write = matching(&house, NUMBER, document("", 7, "First"), Interaction::Create);
        let refused = house.engine.write(&blind, write).await.unwrap_err();
        assert!(matches!(refused, Problem::Forbidden(_)), "{refused:?}");
    }

    async fn a_patch_is_laid_on_the_current_version(house: House) {
        let absent = house.engine.write(&client(), patch("Patient/p", Rename("New"))).await.unwrap_err();
        assert_eq!(absent, Problem::NotFound);
        house.engine.write(&client(), update(&numbered(r#""id":"p","#, 7, "Old"))).await.unwrap();
        let written = house.engine.write(&client(), patch("Patient/p", Rename("New"))).await.unwrap();
        assert_eq!((written.outcome, written.version), (Outcome::Updated, Version(2)));
        let again = house.engine.write(&client(), patch("Patient/p", Rename("New"))).await.unwrap();
        assert_eq!((again.outcome, again.version), (Outcome::Unchanged, Version(2)));
        house.delete("Patient/p").await;
        let gone = house.engine.write(&client(), patch("Patient/p", Rename("New"))).await.unwrap_err();
        assert_eq!(gone, Problem::Gone { key: key("Patient/p"), version: Version(3) });
    }

    async fn a_stale_patch_is_not_even_tried(house: House) {
        house.engine.write(&client(), update(&numbered(r#""id":"p","#, 7, "Old"))).await.unwrap();
        let precondition = Precondition::Version(vec![Version(2)]);
        let stale = Write { precondition, ..patch("Patient/p", Rename("New")) };
        let refused = house.engine.write(&client(), stale).await.unwrap_err();
        assert!(matches!(refused, Problem::PreconditionFailed(_)), "{refused:?}");
    }

    async fn what_a_patch_makes_is_checked(house: House) {
        #[derive(Debug)]
        struct Bad(&'static str, &'static str);
        impl Patch for Bad {
            fn apply(&self, current: &Resource) -> Result<Resource, Problem> {
                let draft = current.draft().set(self.0, self.1);
                draft.build().map_err(|issue| Problem::Invalid(vec![issue]))
            }
        }
        house.engine.write(&client(), update(&numbered(r#""id":"p","#, 7, "Old"))).await.unwrap();
        for bad in [Bad("gender", r#""perhaps""#), Bad("shoeSize", "44"), Bad("id", r#""q""#)] {
            let refused = house.engine.write(&client(), patch("Patient/p", bad)).await.unwrap_err();
            assert!(matches!(refused, Problem::Invalid(_)), "{refused:?}");
        }
        assert_eq!(house.engine.read(&client(), &key("Patient/p")).await.unwrap().version, Version(1));
    }

    async fn patches_that_come_at_once_are_all_applied(house: House) {
        house.engine.write(&client(), update(&numbered(r#""id":"p","#, 7, "Old"))).await.unwrap();
        let patches = (0..8).map(|_| {
            let engine = house.engine.clone();
            async move { engine.write(&client(), patch("Patient/p", OneMore)).await }
        });
        for written in futures_util::future::join_all(patches).await {
            assert_eq!(written.unwrap().outcome, Outcome::Updated);
        }
        let text = house.engine.read(&client(), &key("Patient/p")).await.unwrap().text.unwrap();
        assert!(text.contains(r#""multipleBirthInteger":8"#), "{text}");
    }

    async fn a_patch_goes_to_what_the_criteria_find(house: House) {
        let write = || matching(&house, NUMBER, Change::Patch(Arc::new(Rename("New"))), Interaction::Update);
        assert_eq!(house.engine.write(&client(), write()).await.unwrap_err(), Problem::NotFound);
        let made = house.created("Old").await.unwrap();
        assert_eq!(house.engine.write(&client(), write()).await.unwrap().key, made.key);
    }

    async fn answers_keep_the_order_of_the_writes(house: House) {
        let there = house.created("First").await.unwrap();
        let writes = vec![
            update(&numbered(r#""id":"x","#, 1, "X")),
            matching(&house, NUMBER, document("", 7, "Second"), Interaction::Create),
            update(&numbered(r#""id":"y","#, 2, "Y")),
        ];
        let written = house.engine.write_all(&client(), writes).await.unwrap();
        let keys: Vec<_> = written.into_iter().map(|one| one.key).collect();
        assert_eq!(keys, [key("Patient/x"), there.key, key("Patient/y")]);
    }
}
