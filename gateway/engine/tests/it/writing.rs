//! What gets in and what does not.

use gateway_core::{Caller, Interaction, Issue, IssueCode, Origin, Problem, ResourceType, Scopes, Version};
use gateway_engine::{Target, Write};
use gateway_store::{Outcome, Precondition};

use crate::house::{House, appointment, caller, client, deletion, key, patient, resource, update};

/// BSNs that pass the eleven-test and belong to nobody.
const ONE: &str = "999990019";
const OTHER: &str = "123456782";

fn scoped(scopes: &str) -> Caller {
    Caller { scopes: Scopes::parse(scopes).unwrap(), ..client() }
}

fn at(precondition: Precondition, write: Write) -> Write {
    Write { precondition, ..write }
}

fn code(problem: &Problem) -> Option<IssueCode> {
    match problem {
        Problem::Conflict(issue) | Problem::PreconditionFailed(issue) | Problem::Forbidden(issue) => {
            Some(issue.code)
        }
        Problem::Invalid(issues) | Problem::Malformed(issues) => issues.first().map(|issue| issue.code),
        _ => None,
    }
}

on_each_store! {
    async fn versions_count_and_content_is_kept(house: House) {
        let created = house.put("a", "booked").await;
        let updated = house.put("a", "cancelled").await;
        assert_eq!((created.outcome, updated.outcome), (Outcome::Created, Outcome::Updated));
        assert_eq!(updated.version, Version(2));
        assert!(updated.text.unwrap().contains(r#""start":"2026-09-20T09:00:00+02:00""#));
    }

    async fn a_new_resource_gets_an_id_of_ours(house: House) {
        let text = r#"{"resourceType":"Patient","id":"theirs","gender":"female"}"#;
        let write = Write {
            target: Target::New(ResourceType::Patient),
            interaction: Interaction::Create,
            ..update(&resource(text))
        };
        let written = house.engine.write(&client(), write).await.unwrap();
        assert_ne!(written.key.id.as_str(), "theirs");
        assert!(written.text.unwrap().contains(&format!(r#""id":"{}""#, written.key.id)));
    }

    async fn scopes_are_asked_first(house: House) {
        let reader = scoped("system/*.rs system/Slot.cud");
        let refused = house.put_as(&reader, "a", "booked").await.unwrap_err();
        assert_eq!(code(&refused), Some(IssueCode::Forbidden));
        let text = r#"{"resourceType":"Appointment","id":"a"}"#;
        let refused = house.engine.write(&reader, update(&resource(text))).await.unwrap_err();
        assert_eq!(code(&refused), Some(IssueCode::Forbidden), "before the content is looked at");
    }

    async fn what_the_gateway_shows_of_itself_is_read_only(house: House) {
        for name in ["AuditEvent", "Task", "Endpoint"] {
            let text = format!(r#"{{"resourceType":"{name}","id":"x"}}"#);
            for write in [update(&resource(&text)), deletion(&format!("{name}/x"))] {
                let refused = house.engine.write(&client(), write).await.unwrap_err();
                assert_eq!(refused, Problem::NotAllowed { allow: "GET" }, "{name}");
            }
        }
    }

    async fn what_is_refused_leaves_nothing(house: House) {
        let bad = resource(r#"{"resourceType":"Appointment","id":"b","status":"perhaps"}"#);
        let writes = vec![update(&appointment("a", "booked")), update(&bad)];
        let refused = house.engine.write_all(&client(), writes).await.unwrap_err();
        assert!(matches!(refused, Problem::Malformed(_) | Problem::Invalid(_)), "{refused:?}");
        let read = house.engine.read(&client(), &key("Appointment/a")).await;
        assert_eq!(read.unwrap_err(), Problem::NotFound);
        assert_eq!(house.deliveries("first").await.len(), 0);
    }

    async fn a_part_of_a_resource_does_not_replace_the_whole(house: House) {
        let text = r#"{"resourceType":"Patient","id":"p","meta":{"tag":[{"system":
            "http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}"#;
        let refused = house.engine.write(&client(), update(&resource(text))).await.unwrap_err();
        let Problem::Invalid(issues) = refused else { panic!("no 422") };
        assert_eq!(issues[0].expression.as_deref(), Some("Patient.meta.tag"));
    }

    async fn what_is_referred_to_is_not_deleted_by_a_client(house: House) {
        let slot = r#"{"resourceType":"Slot","id":"s","schedule":{"reference":"Schedule/x"},"status":"free",
            "start":"2026-09-20T09:00:00+02:00","end":"2026-09-20T09:10:00+02:00"}"#;
        let schedule =
            r#"{"resourceType":"Schedule","id":"x","actor":[{"reference":"Practitioner/never-stored"}]}"#;
        for text in [slot, schedule] {
            house.engine.write(&client(), update(&resource(text))).await.unwrap();
        }
        let refused = house.engine.write(&client(), deletion("Schedule/x")).await.unwrap_err();
        let wanted = Issue::error(IssueCode::Conflict, "other resources still refer to it: Slot/s");
        assert_eq!(refused, Problem::Conflict(wanted));
        let blind = scoped("system/Schedule.cruds");
        let refused = house.engine.write(&blind, deletion("Schedule/x")).await.unwrap_err();
        assert!(!format!("{refused:?}").contains("Slot/s"), "{refused:?}");
        let nothing = house.engine.write(&client(), deletion("Practitioner/never-stored")).await.unwrap();
        assert_eq!(nothing.outcome, Outcome::Unchanged);
        let both = vec![deletion("Schedule/x"), deletion("Slot/s")];
        assert_eq!(house.engine.write_all(&client(), both).await.unwrap().len(), 2);
    }

    async fn what_a_counterpart_no_longer_has_is_gone(house: House) {
        let text = r#"{"resourceType":"Schedule","id":"x","actor":[{"reference":"Practitioner/p"}]}"#;
        let practitioner = r#"{"resourceType":"Practitioner","id":"p"}"#;
        for text in [text, practitioner] {
            house.engine.write(&client(), update(&resource(text))).await.unwrap();
        }
        assert!(house.engine.write(&client(), deletion("Practitioner/p")).await.is_err());
        let theirs = caller("de-linde", Origin::Link("second".parse().unwrap()));
        assert_eq!(
            house.engine.write(&theirs, deletion("Practitioner/p")).await.unwrap().outcome,
            Outcome::Deleted
        );
    }

    async fn case_39_a_resource_may_come_before_what_it_refers_to(house: House) {
        let text = r#"{"resourceType":"Schedule","id":"x","actor":[{"reference":"Practitioner/later"}]}"#;
        assert_eq!(
            house.engine.write(&client(), update(&resource(text))).await.unwrap().outcome,
            Outcome::Created
        );
    }

    async fn case_35_an_address_of_a_bundle_leads_nowhere_outside_of_it(house: House) {
        let write = |reference: &str| {
            let text = format!(
                r#"{{"resourceType":"Schedule","id":"x","identifier":[{{"system":"urn:ietf:rfc:3986",
                "value":"urn:uuid:3fa85f64-5717-4562-b3fc-2c963f66afa6"}}],"actor":[{{"reference":"{reference}"}}]}}"#
            );
            let (engine, write) = (house.engine.clone(), update(&resource(&text)));
            async move { engine.write(&client(), write).await }
        };
        let refused = write("urn:uuid:3fa85f64-5717-4562-b3fc-2c963f66afa6").await.unwrap_err();
        let Problem::Malformed(issues) = refused else { panic!("no 400") };
        assert_eq!(issues[0].expression.as_deref(), Some("Schedule.actor[0].reference"));
        for kept in ["Practitioner/p", "https://elsewhere.test/fhir/Practitioner/p", "Practitioner/p/_history/2"] {
            write(kept).await.unwrap();
        }
    }

    async fn one_request_writes_a_resource_once(house: House) {
        let writes = vec![update(&appointment("a", "booked")), deletion("Appointment/a")];
        let refused = house.engine.write_all(&client(), writes).await.unwrap_err();
        assert_eq!(code(&refused), Some(IssueCode::Invalid));
    }

    async fn preconditions_hold_or_nothing_happens(house: House) {
        house.put("a", "booked").await;
        let newer = || update(&appointment("a", "cancelled"));
        for precondition in [Precondition::Absent, Precondition::Version(vec![Version(2)])] {
            let write = at(precondition, newer());
            let refused = house.engine.write(&client(), write).await.unwrap_err();
            let wanted = Issue::error(IssueCode::Conflict, "the current version is W/\"1\"");
            assert_eq!(refused, Problem::PreconditionFailed(wanted));
        }
        let write = at(Precondition::Exists, update(&appointment("b", "booked")));
        assert_eq!(code(&house.engine.write(&client(), write).await.unwrap_err()), Some(IssueCode::Conflict));
        let write = at(Precondition::Version(vec![Version(1)]), newer());
        assert_eq!(house.engine.write(&client(), write).await.unwrap().version, Version(2));
    }

    async fn preconditions_hold_for_what_is_read_before_too(house: House) {
        let stale = at(Precondition::Version(vec![Version(7)]), update(&patient("p", ONE)));
        assert_eq!(code(&house.engine.write(&client(), stale).await.unwrap_err()), Some(IssueCode::Conflict));
        let there = at(Precondition::Exists, deletion("Appointment/a"));
        assert_eq!(code(&house.engine.write(&client(), there).await.unwrap_err()), Some(IssueCode::Conflict));
        assert_eq!(house.delete("Appointment/a").await.outcome, Outcome::Unchanged);
    }

    async fn case_31_a_second_patient_with_the_same_bsn_is_refused(house: House) {
        let write = |id: &str, bsn: &str| {
            let (engine, write) = (house.engine.clone(), update(&patient(id, bsn)));
            async move { engine.write(&client(), write).await }
        };
        write("p1", ONE).await.unwrap();
        let refused = write("p2", ONE).await.unwrap_err();
        assert_eq!(code(&refused), Some(IssueCode::Duplicate));
        assert!(!format!("{refused:?}").contains(ONE));
        write("p1", ONE).await.unwrap();
        write("p1", OTHER).await.unwrap();
        write("p2", ONE).await.expect("p1 has another BSN now");
        house.delete("Patient/p1").await;
        write("p3", OTHER).await.expect("p1 is deleted");
        assert_eq!(code(&write("p1", OTHER).await.unwrap_err()), Some(IssueCode::Duplicate));
    }

    async fn case_31_holds_when_two_come_at_once(house: House) {
        let writes = (0..6).map(|n| {
            let (engine, write) = (house.engine.clone(), update(&patient(&format!("p{n}"), ONE)));
            async move { engine.write(&client(), write).await }
        });
        let written = futures_util::future::join_all(writes).await;
        assert_eq!(written.iter().filter(|one| one.is_ok()).count(), 1);
    }

    async fn case_31_is_about_one_tenant(house: House) {
        let write = || update(&patient("p1", ONE));
        house.engine.write(&client(), write()).await.unwrap();
        let elsewhere = caller("de-eik", Origin::Client("other-xis".into()));
        house.engine.write(&elsewhere, write()).await.unwrap();
    }

    async fn a_patient_is_found_by_the_bsn_it_has(house: House) {
        house.engine.write(&client(), update(&patient("p1", ONE))).await.unwrap();
        let find = async |bsn: &str| {
            let key = house.engine.bsn_key(&bsn.parse().unwrap());
            house.engine.by_counterpart_key(&client(), &key).await.unwrap().map(|found| found.key.to_string())
        };
        assert_eq!(find(ONE).await.as_deref(), Some("Patient/p1"));
        house.engine.write(&client(), update(&patient("p1", OTHER))).await.unwrap();
        assert_eq!(find(ONE).await, None);
        assert_eq!(find(OTHER).await.as_deref(), Some("Patient/p1"));
    }
}
