//! Bulk exports: one at a time for a client, leased, sealed.

use gateway_store::Export;

use crate::house::{at, both};

fn export(id: &str, client: &str) -> Export {
    Export {
        id: id.to_owned(),
        client: client.to_owned(),
        asked: "Patient?name=Testpersoon".to_owned(),
        at: at(0),
        expires: at(100),
        progress: "begun".to_owned(),
        files: None,
    }
}

#[test]
fn an_export_is_prepared_once_and_taken_over_when_nothing_is_heard() {
    both(async |house| {
        let view = house.view();
        assert!(view.begin_export(&export("one", "xis"), at(10)).await.unwrap());
        assert!(!view.begin_export(&export("two", "xis"), at(10)).await.unwrap(), "one at a time");
        assert!(view.begin_export(&export("three", "other"), at(10)).await.unwrap());
        assert_eq!(view.export("one", at(1)).await.unwrap(), Some(export("one", "xis")));

        assert!(!view.take_export("one", at(9), at(19)).await.unwrap(), "somebody prepares it");
        assert!(view.note_export("one", "1 of 2 types", at(15)).await.unwrap());
        assert!(!view.take_export("one", at(12), at(22)).await.unwrap(), "the note held the lease");
        assert!(view.take_export("one", at(15), at(25)).await.unwrap());

        view.finish_export("one", "[]").await.unwrap();
        assert!(!view.take_export("one", at(50), at(60)).await.unwrap(), "it is ready");
        assert!(view.begin_export(&export("two", "xis"), at(10)).await.unwrap());
        view.forget_export("two").await.unwrap();
        assert!(!view.note_export("two", "on", at(20)).await.unwrap(), "it was cancelled");

        let kept = view.export("one", at(99)).await.unwrap().unwrap();
        assert_eq!((kept.files.as_deref(), &*kept.progress), (Some("[]"), "1 of 2 types"));
        assert_eq!(view.export("one", at(100)).await.unwrap(), None, "it expired");
    });
}

#[test]
fn an_export_is_seen_by_its_own_organisation_only() {
    both(async |house| {
        house.view().begin_export(&export("one", "xis"), at(10)).await.unwrap();
        let other = house.other_view();
        assert_eq!(other.export("one", at(1)).await.unwrap(), None);
        other.forget_export("one").await.unwrap();
        assert!(house.view().export("one", at(1)).await.unwrap().is_some());
    });
}
