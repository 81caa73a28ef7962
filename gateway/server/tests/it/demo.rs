//! `zorgtolk demo`: the scenario holds, nothing personal is logged, `demo.json` says what it promises.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::running::{Folder, Ran};

/// A demo that runs until this goes away.
pub(crate) struct Demo {
    folder: Folder,
    child: Child,
    sheet: Value,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        let mut child = folder
            .command(&[
                "demo",
                "--json",
                "--listen",
                "127.0.0.1:0",
                "--listen-base",
                "127.0.0.1:0",
                "--data",
                "d",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            text.push_str(&line.unwrap());
            if serde_json::from_str::<Value>(&text).is_ok() {
                break;
            }
        }
        let sheet = serde_json::from_str(&text).unwrap_or_else(|_| {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the demo did not come up: {said}")
        });
        Self { folder, child, sheet }
    }

    pub(crate) fn gateway(&self) -> String {
        self.sheet["gateway"].as_str().unwrap().to_owned()
    }

    /// The address of the stand-in's control side.
    pub(crate) fn control(&self) -> String {
        self.sheet["control"]["spreekuur"].as_str().unwrap().to_owned()
    }

    /// Runs the command on this demo's configuration.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.folder.run(&[arguments, &["--config", "d/zorgtolk.toml"]].concat())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn the_sheet_has_every_key_of_the_contract() {
    let demo = Demo::start();
    let keys: BTreeSet<&str> = demo.sheet.as_object().unwrap().keys().map(String::as_str).collect();
    let promised = "gateway fhir_base spreekuur_base token_url standins control tenants clients users api_tokens \
                    nextauth_secret cron_secret console database";
    assert_eq!(keys, promised.split_ascii_whitespace().collect());
    let file = std::fs::read_to_string(demo.folder.path().join("d/demo.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&file).unwrap(), demo.sheet);
    let tenant = &demo.sheet["tenants"][0];
    assert_eq!((&tenant["slug"], &tenant["agb"]), (&"de-linde".into(), &"01000001".into()));
    assert_eq!(demo.sheet["clients"][2]["agb"], serde_json::json!(["01000001", "12345678"]));
}

#[test]
fn the_scenario_holds_and_logs_nothing_personal() {
    let folder = Folder::new();
    let output = folder
        .command(&["demo", "--once", "--data", "d"])
        .env("ZORGTOLK_LOG__FILTER", "debug")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(folder.path().join("d/gateway.log")).unwrap();
    assert!(output.status.success(), "{out}\n{err}\n{log}");
    for missing in 10..=14 {
        let told = out
            .lines()
            .any(|line| line.trim_start().starts_with(format!("{missing:>2}  missing").trim_start()));
        assert!(told, "step {missing} is not told as missing:\n{out}");
    }
    assert!(log.contains("DEBUG"), "the log was not captured at debug level");
    assert_nothing_personal(&log);
    assert_nothing_personal(&format!("{out}{err}"));
}

/// BSNs, names, texts and tokens of the demo's data and scenario. Credentials of the demo are no secret, and in no log.
fn assert_nothing_personal(text: &str) {
    let people = include_str!("../../src/demo/people.rs");
    let rows: Vec<Vec<&str>> = people
        .lines()
        .filter(|line| line.trim_start().starts_with("\"p-") || line.trim_start().starts_with("\"u-"))
        .map(|line| line.split('"').skip(1).step_by(2).collect())
        .collect();
    assert!(rows.len() >= 20);
    let names_and_numbers = rows.iter().flat_map(|row| [row[1], row[3], row[5]]);
    let texts = ["Neem uw", "medicatielijst", "griepprik", "U bent welkom", "xxxxxxxxxx", "eyJ", "Bearer ey"];
    let secrets = ["demo-xis-secret", "zorgtolk-secret"];
    for personal in names_and_numbers.chain(texts).chain(secrets) {
        let line = text.lines().find(|line| line.contains(personal));
        assert!(line.is_none(), "{personal:?} was logged: {}", line.unwrap_or_default());
    }
}
