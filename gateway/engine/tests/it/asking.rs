//! Asking a counterpart while somebody waits: who may, what is kept, what is told when it fails.

use std::time::Duration;

use adapter_kit::{Asker, Question, Session};
use gateway_core::{Caller, Failure, Issue, IssueCode, Origin, Problem, ResourceType, Scopes};
use gateway_engine::Answered;
use gateway_store::AsideFilter;
use secrecy::SecretString;

use crate::desk::{Desk, Said};
use crate::house::{House, caller, client, link};
use crate::ledger::{Record, visit, visits};

fn question(resource_type: ResourceType) -> Question {
    let parameters = vec![("date".to_owned(), "2026-09-20".to_owned())];
    Question { resource_type, parameters, asker: Asker::Practice }
}

async fn ask(house: &House, by: &Caller, over: &str) -> Result<Answered, Problem> {
    house.engine.ask(by, &link(over), question(ResourceType::Appointment)).await
}

fn with_scopes(text: &str) -> Caller {
    Caller { scopes: Scopes::parse(text).unwrap(), ..client() }
}

on_each_store! {
    async fn what_lasts_is_kept_and_answered_as_it_stands(house: House) {
        let changed = vec![visit("0", "booked"), visit("9", "booked"), visit("1", "booked")];
        let same = || Said::Records(visits(0..2, "booked"));
        house.open(&Desk::new(vec![same(), same(), Said::Records(changed)]));
        let first = ask(&house, &client(), "first").await.unwrap();
        let again = ask(&house, &client(), "first").await.unwrap();
        assert_eq!((first.kept.len(), &first.kept), (2, &again.kept));
        let third = ask(&house, &client(), "first").await.unwrap().kept;
        assert_eq!((&third[0], &third[2]), (&first.kept[0], &first.kept[1]), "in the order of their answer");
        let stored = house.engine.read(&client(), &first.kept[0].key).await.unwrap();
        assert_eq!(stored.text, first.kept[0].text);
        assert_eq!((house.deliveries("first").await.len(), house.deliveries("second").await.len()), (0, 3));
        assert_eq!(house.store.calls(&link("first"), 9).await.unwrap().len(), 3, "what went over the wire is kept");
    }

    async fn free_time_is_passed_on_and_kept_nowhere(house: House) {
        house.open(&Desk::new(vec![Said::Free]));
        let told = house.engine.ask(&client(), &link("first"), question(ResourceType::Slot)).await.unwrap();
        assert_eq!((told.kept.len(), told.passing.len(), told.warnings.len()), (0, 1, 1));
        assert_eq!((house.count("resource").await, house.count("audit").await), (0, 0));
    }

    async fn what_cannot_be_read_is_set_aside_and_told(house: House) {
        house.open(&Desk::new(vec![Said::Spoilt, Said::Records(vec![visit("0", "no-such-status"), visit("1", "booked")])]));
        let told = ask(&house, &client(), "first").await.unwrap();
        assert_eq!(told.warnings[0].code, IssueCode::Incomplete);
        let told = ask(&house, &client(), "first").await.unwrap();
        assert_eq!((told.kept.len(), told.warnings.len()), (1, 1));
        let filter = AsideFilter { limit: 9, ..AsideFilter::default() };
        assert_eq!(house.store.asides(&filter).await.unwrap().len(), 2);
    }

    async fn only_what_the_caller_may_see_is_asked_and_answered(house: House) {
        let person = Record::Person { key: "4242", family: "Zonnebloem", bsn: None };
        let desk = Desk::new(vec![Said::Records(vec![person, visit("0", "booked")])]);
        house.open(&desk);
        let refused = ask(&house, &with_scopes("system/Slot.rs"), "first").await.unwrap_err();
        assert!(matches!(refused, Problem::Forbidden(_)), "{refused:?}");
        let stranger = caller("de-eik", Origin::Client("demo-xis".into()));
        for (by, over) in [(&stranger, "first"), (&client(), "elsewhere"), (&client(), "never-was")] {
            assert_eq!(ask(&house, by, over).await.unwrap_err(), Problem::NotFound);
        }
        assert!(desk.asked().is_empty());
        let told = ask(&house, &with_scopes("system/Appointment.rs"), "first").await.unwrap();
        let types: Vec<_> = told.kept.iter().map(|one| one.key.resource_type).collect();
        assert_eq!(types, [ResourceType::Appointment], "the person is kept, and not shown");
        assert_eq!(house.count("resource").await, 2);
    }

    async fn who_cannot_be_asked_says_so(house: House) {
        house.open(&Desk::new(vec![]));
        let asked = question(ResourceType::Communication);
        for (over, question) in [("first", asked), ("second", question(ResourceType::Appointment))] {
            let refused = house.engine.ask(&client(), &link(over), question).await.unwrap_err();
            let Problem::Malformed(issues) = refused else { panic!("{refused:?}") };
            assert_eq!(issues[0].code, IssueCode::NotSupported);
        }
    }

    async fn a_failure_is_told_to_the_one_who_waits(house: House) {
        let never = |code| Said::Fails(Failure::Never(vec![Issue::error(code, "no")]));
        house.open(&Desk::new(vec![
            never(IssueCode::Login),
            never(IssueCode::Forbidden),
            Said::Fails(Failure::Later { after: Some(Duration::from_secs(7)) }),
            Said::Panics,
            Said::Silence,
            Said::Fails(Failure::Broken("the certificate is not trusted".to_owned())),
        ]));
        assert!(matches!(ask(&house, &client(), "first").await, Err(Problem::Unauthenticated(_))));
        assert!(matches!(ask(&house, &client(), "first").await, Err(Problem::Forbidden(_))));
        for wait in [7, 5, 5, 60, 60] {
            let retry_after = Duration::from_secs(wait);
            assert_eq!(ask(&house, &client(), "first").await.unwrap_err(), Problem::Unavailable { retry_after });
        }
        assert_eq!(house.pause_of("first").await.as_deref(), Some("broken: the certificate is not trusted"));
    }

    async fn a_paused_link_is_not_asked(house: House) {
        let desk = Desk::new(vec![]);
        house.open(&desk);
        house.store.pause_link(&link("first"), Some("maintenance"), house.now()).await.unwrap();
        assert!(matches!(ask(&house, &client(), "first").await, Err(Problem::Unavailable { .. })));
        assert!(desk.asked().is_empty());
    }

    async fn a_person_signs_in_asks_and_leaves(house: House) {
        let desk = Desk::new(vec![]);
        house.open(&desk);
        let (engine, by, over) = (&house.engine, client(), link("first"));
        let refused = engine.open_session(&by, &over, "puck", &SecretString::from("wrong")).await.unwrap_err();
        assert!(matches!(refused, Problem::Unauthenticated(_)), "{refused:?}");
        let session = engine.open_session(&by, &over, "puck", &SecretString::from("right")).await.unwrap();
        engine.send_code(&by, &over, &session).await.unwrap();
        engine.confirm_code(&by, &over, &session, &SecretString::from("123")).await.unwrap();
        let asked = Question { asker: Asker::Patient(session.clone()), ..question(ResourceType::Appointment) };
        engine.ask(&by, &over, asked).await.unwrap();
        engine.close_session(&by, &over, &session).await.unwrap();
        let wanted = [
            "sign in puck", "sign in puck", "send code session-1", "confirm session-1 123",
            "Appointment? by session-1", "close session-1",
        ];
        assert_eq!(desk.asked(), wanted);
        assert_eq!(house.store.calls(&over, 9).await.unwrap().len(), 6);
    }

    async fn nobody_signs_in_over_anothers_link_or_without_the_scope(house: House) {
        let desk = Desk::new(vec![]);
        house.open(&desk);
        let session = Session(SecretString::from("session-1"));
        let stranger = caller("de-eik", Origin::Client("demo-xis".into()));
        assert_eq!(house.engine.send_code(&stranger, &link("first"), &session).await, Err(Problem::NotFound));
        let unable = with_scopes("system/Appointment.rs");
        let refused = house.engine.close_session(&unable, &link("first"), &session).await.unwrap_err();
        assert!(matches!(refused, Problem::Forbidden(_)), "{refused:?}");
        assert!(desk.asked().is_empty());
    }
}
