//! A tenant's own mapping tables: in force after SIGHUP when they compile, and what was in force stays when they do not.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::running::Folder;

const LINK: &str = "[[link]]\nname = \"line\"\nkind = \"spreekuur\"\ntenant = \"de-linde\"\nagb = \"01000001\"\n\
    base_url = \"http://127.0.0.1:9\"\ntoken_url = \"http://127.0.0.1:9/token\"\nclient_id = \"x\"\nclient_secret = \"y\"\n";

fn agenda() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/tetra/agenda.toml");
    std::fs::read_to_string(file).unwrap()
}

/// A configuration with a link.
fn folder() -> Folder {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    Folder::with_config(&format!("[server]\nlisten = \"{address}\"\n{LINK}"))
}

/// A table of the tenant's own.
fn put(folder: &Folder, text: &str) {
    std::fs::create_dir_all(folder.path().join("mappings/de-linde/tetra")).unwrap();
    folder.write("mappings/de-linde/tetra/agenda.toml", text);
}

/// Reads the log on until a line holds all of `words`.
fn until(log: &mut impl BufRead, words: &[&str]) -> String {
    let mut seen = String::new();
    loop {
        let before = seen.len();
        assert!(log.read_line(&mut seen).unwrap() > 0, "the log ended before {words:?}: {seen}");
        let line = seen.get(before..).unwrap_or_default();
        if words.iter().all(|word| line.contains(word)) {
            return line.to_owned();
        }
    }
}

fn hang_up(child: &Child) {
    assert!(Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn sighup_reads_the_tables_anew_and_keeps_the_old_ones_when_they_do_not_compile() {
    let folder = folder();
    let mut command = folder.command(&["serve", "--config", "zorgtolk.toml"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    until(&mut log, &["is ready"]);

    put(&folder, &agenda().replace("fhir = \"comment\"", "fhir = \"coment\""));
    hang_up(&child);
    let refused = until(&mut log, &["do not compile", "de-linde"]);
    assert!(refused.contains("agenda.toml") && refused.contains("comment"), "{refused}");

    put(&folder, &agenda());
    hang_up(&child);
    until(&mut log, &["were read anew", "de-linde"]);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    until(&mut log, &["has stopped"]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn tables_that_do_not_compile_stop_the_start_and_are_a_finding_of_check() {
    let folder = folder();
    put(&folder, "rows = 1");
    for command in ["serve", "check"] {
        let ran = folder.run_configured(&[command]);
        let told = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, Some(if command == "serve" { 2 } else { 1 }), "{ran:?}");
        assert!(told.contains("mappings/de-linde") && told.contains("agenda.toml"), "{ran:?}");
    }
}
