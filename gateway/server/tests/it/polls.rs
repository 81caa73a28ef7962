//! `zorgtolk polls`: what an operator reads about looks, and wishing for one.

use gateway_core::{CounterpartKey, Issue, IssueCode};
use gateway_store::{Options, PollEnd, PollFigures, SetAside, Store};
use serde_json::json;
use time::macros::datetime;

use crate::running::Folder;

const BEGAN: time::OffsetDateTime = datetime!(2026-09-14 07:10:00 UTC);

/// A folder whose gateway looked at the link `tetra` once, and set one record aside.
async fn looked_at() -> Folder {
    let folder = Folder::with_config("[security]\nmaster_key_file = \"key\"\n");
    folder.write("key", &"07".repeat(32));
    assert_eq!(folder.run_configured(&["migrate"]).code, Some(0));
    let url = format!("sqlite://{}", folder.path().join("house.db").display());
    let options = Options { url, master_key: vec![7; 32].into(), connections: 1 };
    let store = Store::open(&options).await.unwrap();
    let (link, tenant) = ("tetra".parse().unwrap(), "de-linde".parse().unwrap());
    store.know_poll(&link, &tenant, BEGAN).await.unwrap();
    let next = BEGAN + time::Duration::minutes(5);
    let claim = store.claim_poll(&link, BEGAN, time::Duration::MINUTE, next).await.unwrap().unwrap();
    let key = CounterpartKey { space: "tetra/Afspraak".to_owned(), value: "880001".to_owned() };
    let issues = vec![Issue::error(IssueCode::CodeInvalid, "no such status").at("Appointment.status")];
    let record = SetAside { place: "Afspraken[3]".to_owned(), key: Some(key), issues };
    store.set_aside((&link, &tenant), &[record], None, BEGAN).await.unwrap();
    let figures = PollFigures { created: 5, updated: 4, unchanged: 3, aside: 1 };
    let end = PollEnd {
        cursor: Some("c1".to_owned()),
        outcome: "taken",
        reason: None,
        due_at: next,
        failures: 0,
        figures,
    };
    assert!(store.settle_poll(&claim, BEGAN + time::Duration::SECOND, &end).await.unwrap());
    store.close().await;
    folder
}

#[tokio::test]
async fn an_operator_sees_how_looking_stands_and_what_is_set_aside() {
    let folder = looked_at().await;
    let listed = folder.run_configured(&["polls", "list", "--json"]).json();
    assert_eq!((&listed[0]["link"], &listed[0]["outcome"]), (&json!("tetra"), &json!("taken")));
    assert_eq!((&listed[0]["created"], &listed[0]["waiting_aside"]), (&json!(5), &json!(1)));
    let table = folder.run_configured(&["polls", "list"]).out;
    assert!(table.contains("2026-09-14T07:10:01") && table.contains("2026-09-14T07:15:00"), "{table}");
    let shown = folder.run_configured(&["polls", "show", "tetra", "--json"]).json();
    assert_eq!(shown["set_aside"][0]["issues"][0]["expression"], "Appointment.status");
    let shown = folder.run_configured(&["polls", "show", "tetra"]).out;
    assert!(shown.contains("5 created, 4 updated, 3 unchanged, 1 set aside"), "{shown}");
    let aside = folder.run_configured(&["polls", "aside", "--link", "tetra"]).out;
    assert!(aside.contains("Afspraken[3]") && aside.contains("tetra/Afspraak 880001"), "{aside}");
    let other = folder.run_configured(&["polls", "aside", "--tenant", "de-eik", "--json"]);
    assert_eq!((other.code, other.json()), (Some(0), json!([])));
}

#[tokio::test]
async fn an_operator_has_a_link_looked_at_now() {
    let folder = looked_at().await;
    assert_eq!(folder.run_configured(&["polls", "run", "tetra"]).code, Some(0));
    let listed = folder.run_configured(&["polls", "list", "--json"]).json();
    assert_eq!(listed[0]["wished"], json!(true));
    for command in ["run", "show"] {
        let ran = folder.run_configured(&["polls", command, "spreekuur"]);
        assert!(ran.code == Some(1) && ran.err.contains("not looked at"), "{ran:?}");
    }
}
