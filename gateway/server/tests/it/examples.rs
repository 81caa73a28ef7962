//! Everything in `examples/` is run: resources are checked, requests are sent to a demo. (`zorgtolk.toml` has a file of its
//! own, `example_file.rs`.)

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reqwest::{Client, Method};
use serde_json::Value;

use crate::demo::Demo;
use crate::running::Folder;

const PROFILES: &str = "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

#[test]
fn every_resource_of_the_examples_is_in_order() {
    let folder = Folder::new();
    for name in ["appointment.json", "notification.json"] {
        let file = examples().join(name);
        let profile = format!("{PROFILES}{}", name.replace(".json", ""));
        let ran =
            folder.run(&["validate".as_ref(), "--profile".as_ref(), profile.as_ref(), file.as_os_str()]);
        assert_eq!(ran.code, Some(0), "{name}: {ran:?}");
    }
}

#[test]
fn every_example_has_a_test() {
    let mut names: Vec<String> = std::fs::read_dir(examples())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["appointment.json", "notification.json", "requests.http", "zorgtolk.toml"]);
}

#[tokio::test]
async fn every_request_of_the_examples_is_answered_well() {
    let demo = Demo::start();
    let text = std::fs::read_to_string(examples().join("requests.http")).unwrap();
    let mut known = BTreeMap::from([("gateway".to_owned(), demo.gateway())]);
    let http = Client::builder().no_proxy().build().unwrap();
    let requests: Vec<&str> = text.split("\n###").collect();
    for line in requests[0].lines().filter_map(|line| line.strip_prefix('@')) {
        let (name, value) = line.split_once(" = ").unwrap();
        known.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    assert_eq!(requests.len(), 7);
    for request in &requests[1..] {
        send(&http, request, &mut known).await;
    }
}

/// Sends one request of the file. An answer of a named one can be used by those after it.
async fn send(http: &Client, text: &str, known: &mut BTreeMap<String, String>) {
    let filled = known
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value));
    let name = filled.lines().find_map(|line| line.strip_prefix("# @name ")).map(str::to_owned);
    let asked: Vec<&str> = filled.lines().skip(1).filter(|line| !line.starts_with('#')).collect();
    let (method, url) = asked[0].split_once(' ').unwrap();
    let mut request = http.request(method.parse::<Method>().unwrap(), url);
    let blank = asked.iter().position(|line| line.is_empty()).unwrap_or(asked.len());
    for (header, value) in asked[1..blank].iter().filter_map(|line| line.split_once(": ")) {
        request = request.header(header, value);
    }
    let body = asked[blank..].join("\n");
    let body = match body.trim().strip_prefix("< ./") {
        Some(file) => std::fs::read_to_string(examples().join(file)).unwrap(),
        None => body.trim().to_owned(),
    };
    let answer = request.body(body).send().await.unwrap();
    let (status, answered) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{}: {status} {answered}", asked[0]);
    let answered: Value = serde_json::from_str(&answered).unwrap();
    if let (Some(name), Some(token)) = (name, answered["access_token"].as_str()) {
        known.insert(format!("{name}.response.body.access_token"), token.to_owned());
    }
}
