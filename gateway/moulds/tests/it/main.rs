//! What the moulds cast passes the check that every received resource must pass.

use std::time::Duration;

use fhir_profiles::{Profiles, Rules};
use gateway_core::{
    Attempt, DeliveryState, Issue, IssueCode, Key, Resource, ResourceType, Severity, Version,
};
use gateway_moulds::{
    DeliveryTask, LinkEndpoint, Offered, Parameter, RouteSubscription, Statement, capability_statement,
    endpoint, operation_outcome, subscription, task,
};
use time::macros::datetime;

#[track_caller]
fn passes(text: &str) {
    let resource = Resource::from_text(text).expect("a cast is a resource");
    let checked = Profiles::embedded().check(resource, Rules::default());
    assert_eq!(checked.map(|_| ()), Ok(()), "{text}");
}

#[test]
fn an_outcome_of_any_severity_passes() {
    for severity in [Severity::Information, Severity::Warning, Severity::Error, Severity::Fatal] {
        let issue = Issue { severity, ..Issue::error(IssueCode::Invariant, "why").at("Patient.name[0]") };
        passes(&operation_outcome(&[issue]));
    }
}

#[test]
fn a_task_in_any_state_passes() {
    let attempt = |reason: Option<&str>| Attempt {
        number: 1,
        at: datetime!(2026-09-14 07:10:01.25 UTC),
        took: Duration::from_millis(20),
        outcome: "later".into(),
        reason: reason.map(str::to_owned),
    };
    for state in DeliveryState::ALL {
        for attempts in [&[][..], &[attempt(None), attempt(Some("503"))]] {
            passes(&task(&DeliveryTask {
                id: 7,
                link: &"spreekuur-linde".parse().expect("a name"),
                key: &Key::from_reference("Appointment/a1").expect("a reference"),
                version: Version(2),
                state,
                reason: (state != DeliveryState::Due).then_some("why"),
                created: datetime!(2026-09-14 07:10 UTC),
                settled: (state != DeliveryState::Due).then_some(datetime!(2026-09-14 07:11 UTC)),
                attempts,
            }));
        }
    }
}

#[test]
fn a_link_and_a_route_pass() {
    let link = "spreekuur-linde".parse().expect("a name");
    for paused in [true, false] {
        passes(&endpoint(&LinkEndpoint { link: &link, address: "https://them.example/fhir/r4", paused }));
    }
    passes(&subscription(&RouteSubscription {
        id: "r1",
        link: &link,
        endpoint: "https://us.example/fhir/Endpoint/spreekuur-linde",
        criteria: "Appointment?status=booked,cancelled",
    }));
}

#[test]
fn a_statement_passes() {
    passes(&capability_statement(&Statement {
        version: "0.1.0",
        base: "https://us.example/fhir",
        token_url: "https://us.example/oauth/token",
        patch_formats: &["application/json-patch+json"],
        date: datetime!(2026-11-01 00:00 UTC),
        interactions: vec!["search-system"],
        operations: Vec::new(),
        compartments: Vec::new(),
        offered: vec![Offered {
            resource_type: ResourceType::Patient,
            interactions: vec!["read", "search-type"],
            versioned: false,
            profiles: Vec::new(),
            parameters: vec![Parameter {
                name: "_id",
                kind: "token",
                definition: "http://hl7.org/fhir/SearchParameter/Resource-id",
            }],
            includes: Vec::new(),
            revincludes: Vec::new(),
            topics: vec!["https://us.example/fhir/SubscriptionTopic/t".to_owned()],
            operations: vec![("sign-in", "https://us.example/fhir/OperationDefinition/sign-in")],
        }],
    }));
}
