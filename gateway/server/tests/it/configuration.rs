//! `zorgtolk check --offline` finds every wrong setting, by file and key, and repeats no value.

use crate::running::Folder;

/// A link as its settings must at least be.
pub(crate) const LINK: &str = r#"
[[link]]
name = "line"
kind = "spreekuur"
tenant = "de-linde"
base_url = "https://api.example/fhir/r4"
agb = "01000001"
token_url = "https://login.example/token"
client_id = "zorgtolk"
client_secret = "hush-hush"
"#;

/// A link of the other kind.
pub(crate) const TETRA: &str = r#"
[[link]]
name = "practice"
kind = "tetra"
tenant = "de-linde"
json_url = "https://switchboard.example/v2"
target = "01000001"
application_name = "zorgtolk"
application_key = "hush-hush"
"#;

fn check(text: &str) -> (Option<i32>, String) {
    let folder = Folder::new();
    folder.write("zorgtolk.toml", text);
    let ran = folder.run_configured(&["check", "--offline"]);
    assert_eq!(ran.err, "", "{text}");
    (ran.code, ran.out)
}

#[test]
fn a_right_file_is_in_order() {
    assert_eq!(check(""), (Some(0), "zorgtolk.toml: in order\n".to_owned()));
    assert_eq!(check(LINK), (Some(0), "zorgtolk.toml: in order\n".to_owned()));
    assert_eq!(check(TETRA), (Some(0), "zorgtolk.toml: in order\n".to_owned()));
}

#[test]
fn without_a_file_the_defaults_hold_and_nothing_is_made() {
    let folder = Folder::new();
    let ran = folder.run(&["check", "--offline"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "defaults: in order\n"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_unknown_key_names_the_nearest_one() {
    for (text, said) in [
        ("[server]\nlistn = 1", "`server.listn` is no key; did you mean `listen`?"),
        ("[servr]\nlisten = 1", "`servr` is no key; did you mean `server`?"),
        ("[database]\nurl_fiel = \"x\"", "`database.url_fiel` is no key; did you mean `url_file`?"),
        ("[log]\nzzz = 1", "`log.zzz` is no key; there are format, filter"),
        ("[log]\nformat = \"jsn\"", "`log.format` is no value; did you mean `json`?"),
    ] {
        assert_eq!(check(text), (Some(1), format!("zorgtolk.toml: {said}\n")));
    }
}

#[test]
fn a_links_keys_are_its_own_and_its_adapters() {
    for (more, said) in [
        ("first_pause = 1", "`link[0].first_pause` is no key; did you mean `first_pause_ms`?"),
        ("bse_url = \"x\"", "`link[0].bse_url` is no key; did you mean `base_url`?"),
        ("issuer = \"x\"", "`link[0].token_url` is set, and so is issuer: keep one"),
        ("criteria = [\"Apointment\"]", "`link[0].criteria`"),
        (
            "org_header_value = { appointmen = 1 }",
            "`link[0].org_header_value.appointmen` is no key; did you mean",
        ),
    ] {
        let (code, out) = check(&format!("{LINK}{more}\n"));
        assert!(code == Some(1) && out.starts_with(&format!("zorgtolk.toml: {said}")), "{more}: {out}");
    }
}

#[test]
fn every_link_is_looked_at_and_every_finding_is_a_line() {
    let (code, out) = check(&format!(
        "{}{}{LINK}{LINK}",
        LINK.replace("\"line\"", "\"other\"").replace("tenant = \"de-linde\"\n", ""),
        LINK.replace("\"line\"", "\"No Name\""),
    ));
    let keys: Vec<&str> = out.lines().map(|line| line.split('`').nth(1).unwrap_or(line)).collect();
    assert_eq!((code, keys), (Some(1), vec!["link[0].tenant", "link[1].name", "link[3].name"]));
}

#[test]
fn no_finding_repeats_a_value() {
    for text in [
        "[database]\nurl = [\"hush-hush\"]",
        "[security]\nmaster_key = \"hush-hush\"",
        "[security]\nmaster_key = \"hush-hush",
        "[security]\nmaster_key = hush-hush",
        "[[link]]\nname = \"hush-hush!\"",
        "hush-hush",
    ] {
        let (code, out) = check(text);
        assert!(code == Some(1) && !out.contains("hush-hush"), "{text}: {out}");
    }
}

#[test]
fn a_syntax_error_is_told_by_its_line() {
    let (_, out) = check("[server]\n\nlisten = = 1\n");
    assert!(out.starts_with("zorgtolk.toml: is no TOML at line 3: "), "{out}");
}

#[test]
fn the_environment_overrides_the_file_and_is_named_when_it_is_wrong() {
    let folder = Folder::with_config("[log]\nformat = \"yaml\"\n");
    let mut right = folder.command(&["check", "--offline", "--config", "zorgtolk.toml"]);
    assert!(right.env("ZORGTOLK_LOG__FORMAT", "json").status().unwrap().success());

    let mut wrong = folder.command(&["check", "--offline"]);
    let output = wrong.env("ZORGTOLK_SERVER__LISTN", "x").output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(out, "environment: `server.listn` is no key; did you mean `listen`?\n");
}

#[test]
fn secrets_may_stand_in_files() {
    let folder = Folder::new();
    folder.write("key", &"ab".repeat(32));
    folder.write("url", "postgres://me:hush-hush@127.0.0.1:1/x\n");
    let files = "[server]\nlisten = \"127.0.0.1:0\"\n[database]\nurl_file = \"url\"\n[security]\nmaster_key_file = \"key\"\n";
    folder.write("zorgtolk.toml", files);
    assert_eq!(folder.run_configured(&["check", "--offline"]).code, Some(0));

    folder.write("zorgtolk.toml", &files.replace("\"key\"", "\"nowhere\""));
    let ran = folder.run_configured(&["check", "--offline"]);
    assert!(ran.out.contains("`security.master_key_file` nowhere cannot be read"), "{ran:?}");

    let started = folder.run_configured(&["serve"]);
    assert!(started.code == Some(2) && !started.err.contains("hush-hush"), "{started:?}");
}

#[test]
fn postgres_needs_a_master_key() {
    let (code, out) = check("[database]\nurl = \"postgres://127.0.0.1/x\"\n");
    assert!(code == Some(1) && out.contains("`security.master_key` is missing"), "{out}");
}

#[test]
fn serve_refuses_a_wrong_configuration_with_code_2_and_one_line() {
    let folder = Folder::new();
    folder.write("zorgtolk.toml", "[server]\nlistn = 1\n");
    let ran = folder.run_configured(&["serve"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.err, "error: zorgtolk.toml: `server.listn` is no key; did you mean `listen`?\n");
}
