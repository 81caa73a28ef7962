//! Tenants, clients and deliveries without HTTP, and the schema they need.

use crate::configuration::LINK;
use crate::running::Folder;

const TENANT: [&str; 6] = ["tenant", "add", "de-linde", "--agb", "01000001", "--name"];

fn with_tenant() -> Folder {
    let folder = Folder::with_config("");
    let ran = folder.run_configured(&[&TENANT[..], &["De Linde"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    folder
}

#[test]
fn a_tenant_is_added_changed_and_listed() {
    let folder = with_tenant();
    assert_eq!(folder.run_configured(&[&TENANT[..], &["De Nieuwe Linde"]].concat()).code, Some(0));
    let listed = folder.run_configured(&["tenant", "list", "--json"]).json();
    assert_eq!(
        listed,
        serde_json::json!([{"slug": "de-linde", "agb": "01000001", "name": "De Nieuwe Linde", "host": null}])
    );
    assert!(folder.run_configured(&["tenant", "list"]).out.contains("De Nieuwe Linde"));
}

#[test]
fn a_clients_secret_is_shown_once() {
    let folder = with_tenant();
    let added = folder.run_configured(&["client", "add", "xis", "--agb", "01000001", "--json"]);
    let secret = added.json()["client_secret"].as_str().unwrap().to_owned();
    assert_eq!((added.code, secret.len()), (Some(0), 64));

    let listed = folder.run_configured(&["client", "list", "--json"]);
    assert_eq!(listed.json()[0]["client_id"], "xis");
    assert!(
        !listed.out.contains(&secret) && !folder.run_configured(&["client", "list"]).out.contains(&secret)
    );
}

#[test]
fn a_client_is_replaced_only_when_that_is_said() {
    let folder = with_tenant();
    let add = ["client", "add", "xis", "--agb", "01000001"];
    assert_eq!(folder.run_configured(&add).code, Some(0));
    let again = folder.run_configured(&add);
    assert!(again.code == Some(1) && again.err.contains("--replace"), "{again:?}");
    assert_eq!(folder.run_configured(&[&add[..], &["--replace"]].concat()).code, Some(0));
}

#[test]
fn a_client_for_an_organisation_that_is_not_there_is_refused() {
    let ran = with_tenant().run_configured(&["client", "add", "xis", "--agb", "01000009"]);
    assert!(ran.code == Some(1) && ran.err.contains("01000009"), "{ran:?}");
}

#[test]
fn a_revoked_client_is_told_as_such() {
    let folder = with_tenant();
    folder.run_configured(&["client", "add", "xis", "--agb", "01000001"]);
    assert_eq!(folder.run_configured(&["client", "revoke", "xis"]).code, Some(0));
    assert!(folder.run_configured(&["client", "list", "--json"]).json()[0]["revoked"].is_string());
    assert_eq!(folder.run_configured(&["client", "revoke", "nobody"]).code, Some(1));
}

#[test]
fn keys_of_a_client_are_public_ones() {
    let folder = with_tenant();
    let public = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"a","y":"b"}]}"#;
    let add = ["client", "add", "xis", "--agb", "01000001", "--jwks", "keys.json", "--json"];
    for (text, why) in [
        ("{", "JSON"),
        ("{}", "no keys"),
        (r#"{"keys":[]}"#, "no keys"),
        (&public.replace("EC", "oct"), "neither RSA nor EC"),
        (&public.replace("\"x\"", "\"d\":\"hush\",\"x\""), "private key"),
    ] {
        folder.write("keys.json", text);
        let ran = folder.run_configured(&add);
        assert!(ran.code == Some(2) && ran.err.contains(why) && !ran.err.contains("hush"), "{text}: {ran:?}");
    }
    folder.write("keys.json", public);
    let added = folder.run_configured(&add).json();
    assert_eq!((&added["auth"], &added["client_secret"]), (&"jwks".into(), &serde_json::Value::Null));
}

#[test]
fn deliveries_are_an_empty_list_before_there_are_any() {
    let folder = with_tenant();
    let listed = folder.run_configured(&["deliveries", "list", "--state", "due", "--json"]);
    assert_eq!((listed.code, listed.json()), (Some(0), serde_json::json!([])));
    assert_eq!(folder.run_configured(&["deliveries", "show", "1"]).code, Some(1));
    assert_eq!(folder.run_configured(&["deliveries", "replay", "1"]).code, Some(1));
    assert_eq!(folder.run_configured(&["links", "list", "--json"]).json(), serde_json::json!([]));
    assert_eq!(folder.run_configured(&["links", "resume", "line"]).code, Some(1));
}

#[test]
fn a_link_is_paused_with_a_reason_and_runs_again() {
    let folder = Folder::with_config(LINK);
    assert_eq!(
        folder.run_configured(&["links", "pause", "line", "--reason", "they move house"]).code,
        Some(0)
    );
    let listed = folder.run_configured(&["links", "list", "--json"]).json();
    assert_eq!((&listed[0]["link"], &listed[0]["paused"]), (&"line".into(), &"they move house".into()));
    assert_eq!(folder.run_configured(&["links", "resume", "line"]).code, Some(0));
    assert_eq!(folder.run_configured(&["links", "resume", "line"]).code, Some(1));
    assert_eq!(folder.run_configured(&["links", "pause", "other"]).code, Some(1));
}

#[test]
fn the_schema_is_brought_up_once() {
    let folder = Folder::with_config("auto_migrate = false\n");
    let refused = folder.run_configured(&["tenant", "list"]);
    assert!(refused.code == Some(1) && refused.err.contains("zorgtolk migrate"), "{refused:?}");
    assert!(folder.run_configured(&["migrate"]).out.contains("newest"));
    assert!(folder.run_configured(&["migrate"]).out.contains("current"));
    assert_eq!(folder.run_configured(&["tenant", "list"]).code, Some(0));
}

#[test]
fn the_master_key_is_made_for_its_owner_alone_and_missed_when_it_is_gone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = with_tenant();
    let key = folder.path().join("master.key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let made = std::fs::read_to_string(&key).unwrap();
    assert_eq!(folder.run_configured(&["tenant", "list"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(&key).unwrap(), made);

    std::fs::remove_file(&key).unwrap();
    let ran = folder.run_configured(&["tenant", "list"]);
    assert!(ran.code == Some(2) && ran.err.contains("master.key"), "{ran:?}");
}
