//! Searches and histories of more than one type.

use http::Method;

use super::Client;
use super::include::with_a_practice;
use super::search::{FORM, ids, link};
use crate::house::{BASE, House, LINDE};

#[tokio::test]
async fn types_are_named_or_something_is_looked_for() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    let cases: [(&str, &[&str]); 5] = [
        ("_type=Patient,PractitionerRole", &["p1", "role"]),
        ("_type=Patient&_type=PractitionerRole", &["p1", "role"]),
        ("_type=Patient,PractitionerRole&_id=role", &["role"]),
        ("_id=a1,p1,practice", &["a1", "p1", "practice"]),
        // both types know this one
        ("_type=Patient,PractitionerRole&organization=practice", &["p1", "role"]),
    ];
    for (query, expected) in cases {
        let get = client.get(&format!("/fhir?{query}")).await;
        assert_eq!(
            (get.status, ids(&get)),
            (200, expected.iter().map(ToString::to_string).collect()),
            "{query}"
        );
        assert_eq!(get.json()["total"], expected.len());
        let post = client.call(Method::POST, "/fhir/_search", &[FORM], query.to_owned()).await;
        assert_eq!(
            (post.status, ids(&post)),
            (200, expected.iter().map(ToString::to_string).collect()),
            "{query}"
        );
    }
    let mine = client.get("/fhir?_type=Patient,Slot&_id=p1").await;
    assert_eq!(link(&mine, "self").unwrap(), "/fhir?_id=p1&_type=Patient%2CSlot");
}

#[tokio::test]
async fn everything_at_once_and_what_not_all_types_know_is_refused() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for bad in [
        "",
        "?_count=10",
        "?_type=Nothing",
        "?_type=Bundle",
        "?birthdate=2000",
        "?_type=Patient,Slot&birthdate=2000",
        "?_type=Patient,Slot&_sort=_id",
    ] {
        assert_eq!(
            client.get(&format!("/fhir{bad}")).await.refusal(),
            (400, "not-supported".into()),
            "{bad}"
        );
    }
    assert_eq!(client.get("/fhir/_search").await.status, 405);
    let narrow = Client::named(&house, "narrow", "system/Slot.rs", LINDE).await;
    assert_eq!(narrow.get("/fhir?_type=Patient").await.status, 403);
    let both = narrow.get("/fhir?_type=Patient,Slot").await;
    assert_eq!((both.status, link(&both, "self").unwrap()), (200, "/fhir?_type=Slot".into()));
}

#[tokio::test]
async fn the_history_of_everything_shows_what_the_caller_may_see() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_a_practice(&client).await;
    client.delete("/fhir/Appointment/a2").await;
    let bundle = client.get("/fhir/_history").await.json();
    assert_eq!((&bundle["type"], &bundle["total"]), (&"history".into(), &7.into()));
    assert_eq!(bundle["link"][0]["url"], format!("{BASE}/fhir/_history"));
    assert_eq!(bundle["entry"][0]["request"]["method"], "DELETE");
    let mut methods = Vec::new();
    let mut path = "/fhir/_history?_count=3".to_owned();
    loop {
        let reply = client.get(&path).await;
        let entries = reply.json()["entry"].as_array().unwrap().clone();
        methods.extend(entries.into_iter().map(|entry| entry["request"]["url"].to_string()));
        let Some(next) = link(&reply, "next") else { break };
        path = next;
    }
    assert_eq!(methods.len(), 7);
    let narrow = Client::named(&house, "narrow", "system/Organization.rs", LINDE).await;
    assert_eq!(narrow.get("/fhir/_history").await.json()["total"], 2);
}

#[tokio::test]
async fn at_shows_what_was_current_then() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    house.clock.advance(time::Duration::hours(1));
    let client = Client::linde(&house).await;
    client.put("/fhir/Patient/p1", &[], &super::patient_with("p1", "active", false.into())).await;
    for (path, at, version) in [
        ("/fhir/Patient/p1/_history", "2026-09-01T08:30:00Z", "1"),
        ("/fhir/Patient/_history", "2026-09-01T11:30:00+02:00", "2"),
        ("/fhir/_history", "2026-09-01T08:30:00Z", "1"),
    ] {
        let at = at.replace('+', "%2B");
        let bundle = client.get(&format!("{path}?_at={at}")).await.json();
        let entries = bundle["entry"].as_array().unwrap();
        assert_eq!(
            (entries.len(), &entries[0]["resource"]["meta"]["versionId"]),
            (1, &version.into()),
            "{path}"
        );
    }
    for bad in ["_at=2026", "_at=yesterday"] {
        assert_eq!(
            client.get(&format!("/fhir/_history?{bad}")).await.refusal(),
            (400, "value".into()),
            "{bad}"
        );
    }
}
