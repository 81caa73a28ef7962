//! What a write does to one resource.

use gateway_core::Version;
use gateway_store::{CommitError, Outcome, Precondition, WriteSet};

use crate::house::{V1, at, both, commit, deletion, key};

#[test]
fn a_new_resource_is_answered_and_read_back_byte_for_byte() {
    both(async |house| {
        let text = r#"{ "resourceType" : "Patient", "id":"p1", "birthDate" : "1986-09-29",
            "extension":[{"url":"https://example.org/x","valueDecimal": 5.00}] }"#;
        let written = house.write(house.put(text)).await.unwrap();
        assert_eq!((written.outcome, written.version), (Outcome::Created, V1));
        assert_eq!(written.last_updated, at(0));
        let read = house.view().read(&key("Patient/p1")).await.unwrap().unwrap();
        assert_eq!(read.text, written.text);
        let text = read.text.unwrap();
        assert!(
            text.contains(r#""meta":{"versionId":"1","lastUpdated":"2026-09-21T14:13:20.000Z"}"#),
            "{text}"
        );
        assert!(text.contains(r#""valueDecimal": 5.00"#), "{text}");
        assert_eq!((read.version, read.last_updated, read.method), (V1, at(0), "PUT"));
    });
}

#[test]
fn same_content_makes_no_version() {
    both(async |house| {
        let first = house.write(house.patient("p1", "Jansen")).await.unwrap();
        let again = commit(&house.view(), at(60), house.patient("p1", "Jansen")).await.unwrap();
        assert_eq!(again.outcome, Outcome::Unchanged);
        assert_eq!((again.version, again.last_updated, again.text), (V1, at(0), first.text));
        let changed = commit(&house.view(), at(60), house.patient("p1", "Jansens")).await.unwrap();
        assert_eq!((changed.outcome, changed.version), (Outcome::Updated, Version(2)));
        assert_eq!(changed.last_updated, at(60));
        assert!(changed.text.unwrap().contains(r#""versionId":"2""#));
    });
}

#[test]
fn a_deletion_is_a_version_and_what_comes_back_is_new() {
    both(async |house| {
        house.write(house.patient("p1", "Jansen")).await.unwrap();
        let gone = house.write(deletion("Patient/p1")).await.unwrap();
        assert_eq!((gone.outcome, gone.version, gone.text), (Outcome::Deleted, Version(2), None));
        let tombstone = house.view().read(&key("Patient/p1")).await.unwrap().unwrap();
        assert_eq!((tombstone.version, tombstone.text, tombstone.method), (Version(2), None, "DELETE"));
        let again = house.write(deletion("Patient/p1")).await.unwrap();
        assert_eq!((again.outcome, again.version), (Outcome::Unchanged, Version(2)));
        let back = house.write(house.patient("p1", "Jansen")).await.unwrap();
        assert_eq!((back.outcome, back.version), (Outcome::Created, Version(3)));
    });
}

#[test]
fn deleting_what_never_was_changes_nothing() {
    both(async |house| {
        let written = house.write(deletion("Patient/never")).await.unwrap();
        assert_eq!((written.outcome, written.version), (Outcome::Unchanged, Version(0)));
        assert_eq!(house.view().read(&key("Patient/never")).await.unwrap(), None);
    });
}

#[test]
fn every_version_can_be_read() {
    both(async |house| {
        for family in ["A", "B"] {
            house.write(house.patient("p1", family)).await.unwrap();
        }
        let view = house.view();
        let first = view.vread(&key("Patient/p1"), V1).await.unwrap().unwrap();
        assert!(first.text.unwrap().contains(r#""family":"A""#));
        assert_eq!(view.vread(&key("Patient/p1"), Version(3)).await.unwrap(), None);
        assert_eq!(view.vread(&key("Patient/p2"), V1).await.unwrap(), None);
    });
}

#[test]
fn preconditions_are_looked_at_before_the_content() {
    use Precondition::{Absent, Any, Exists, Version as Is};
    let cases = [
        (None, Any, true),
        (None, Absent, true),
        (None, Exists, false),
        (None, Is(vec![V1]), false),
        (Some("living"), Any, true),
        (Some("living"), Absent, false),
        (Some("living"), Exists, true),
        (Some("living"), Is(vec![V1]), true),
        (Some("living"), Is(vec![Version(9), V1]), true),
        (Some("living"), Is(vec![Version(2)]), false),
        (Some("living"), Is(vec![]), false),
        (Some("deleted"), Absent, true),
        (Some("deleted"), Exists, false),
        (Some("deleted"), Is(vec![Version(2)]), false),
    ];
    both(async |house| {
        for (n, (there, precondition, holds)) in cases.iter().enumerate() {
            let id = format!("p{n}");
            if there.is_some() {
                house.write(house.patient(&id, "A")).await.unwrap();
            }
            if *there == Some("deleted") {
                house.write(deletion(&format!("Patient/{id}"))).await.unwrap();
            }
            // Also with the content that is there already.
            for family in ["A", "B"] {
                let mut put = house.patient(&id, family);
                put.precondition = precondition.clone();
                let result = house.write(put).await;
                if family == "A" || !holds {
                    assert_eq!(result.is_ok(), *holds, "{there:?} {precondition:?} {family}");
                }
                if let Err(CommitError::Precondition { key, found }) = result {
                    assert_eq!(key.id.as_str(), id);
                    assert_eq!(found.is_some(), *there == Some("living") || (family == "B" && *holds));
                }
            }
        }
    });
}

#[test]
fn a_deletion_can_have_a_precondition() {
    both(async |house| {
        house.write(house.patient("p1", "A")).await.unwrap();
        let mut put = deletion("Patient/p1");
        put.precondition = Precondition::Version(vec![Version(2)]);
        assert!(matches!(house.write(put).await, Err(CommitError::Precondition { found: Some(V1), .. })));
        let mut put = deletion("Patient/p1");
        put.precondition = Precondition::Version(vec![V1]);
        assert_eq!(house.write(put).await.unwrap().outcome, Outcome::Deleted);
    });
}

#[test]
fn of_many_writes_on_the_same_version_exactly_one_wins() {
    both(async |house| {
        house.write(house.patient("p1", "A")).await.unwrap();
        let tries = (0..16).map(|n| {
            let mut put = house.patient("p1", &format!("B{n}"));
            put.precondition = Precondition::Version(vec![V1]);
            house.write(put)
        });
        let results = futures_util::future::join_all(tries).await;
        let won = results.iter().filter(|r| r.is_ok()).count();
        assert_eq!(won, 1);
        for lost in results.into_iter().filter_map(Result::err) {
            assert!(matches!(lost, CommitError::Precondition { found: Some(Version(2)), .. }), "{lost:?}");
        }
    });
}

#[test]
fn of_many_creations_exactly_one_wins() {
    both(async |house| {
        let tries = (0..16).map(|n| {
            let mut put = house.patient("p1", &format!("B{n}"));
            put.precondition = Precondition::Absent;
            house.write(put)
        });
        let results = futures_util::future::join_all(tries).await;
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
        assert_eq!(house.search("Patient?").await, ["p1"]);
    });
}

#[test]
fn concurrent_writes_get_versions_one_by_one_and_the_index_of_the_last() {
    both(async |house| {
        let writes = (0..20).map(|n| house.write(house.patient("p1", &format!("family{n:02}"))));
        let results = futures_util::future::join_all(writes).await;
        let mut versions: Vec<_> = results.into_iter().map(|r| r.unwrap().version.0).collect();
        versions.sort_unstable();
        assert_eq!(versions, (1..=20).collect::<Vec<_>>());
        let current = house.view().read(&key("Patient/p1")).await.unwrap().unwrap().text.unwrap();
        for n in 0..20 {
            let family = format!("family{n:02}");
            let found = house.search(&format!("Patient?family={family}")).await;
            assert_eq!(found.len() == 1, current.contains(&family), "{family}");
        }
    });
}

#[test]
fn a_set_is_all_or_nothing() {
    both(async |house| {
        house.write(house.patient("p1", "A")).await.unwrap();
        let mut refused = house.patient("p1", "B");
        refused.precondition = Precondition::Absent;
        let set = WriteSet { at: at(1), puts: vec![house.patient("p0", "New"), refused], unless: Vec::new() };
        assert!(matches!(house.view().commit(set).await, Err(CommitError::Precondition { .. })));
        assert_eq!(house.view().read(&key("Patient/p0")).await.unwrap(), None);
        let puts = vec![house.patient("p2", "B"), house.patient("p0", "New"), deletion("Patient/p1")];
        let written = house.view().commit(WriteSet { at: at(1), puts, unless: Vec::new() }).await.unwrap();
        let told: Vec<_> = written.iter().map(|w| (w.key.id.as_str(), w.outcome)).collect();
        assert_eq!(
            told,
            [("p2", Outcome::Created), ("p0", Outcome::Created), ("p1", Outcome::Deleted)],
            "answers come in the order asked"
        );
    });
}
