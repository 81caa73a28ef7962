//! Who may know whom: the package graph has no other edges than these (`docs/architecture.md`).

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// What each crate of the house may depend on. Development dependencies are free: a test may look at anything.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("gateway-core", &[]),
    ("fhir-profiles", &["gateway-core"]),
    ("r4-table", &["gateway-core"]),
    ("gateway-store", &["gateway-core", "fhir-profiles"]),
    ("adapter-kit", &["gateway-core"]),
    ("mappings", &["gateway-core", "fhir-profiles"]),
    ("gateway-engine", &["gateway-core", "fhir-profiles", "gateway-store", "adapter-kit"]),
    ("gateway-moulds", &["gateway-core"]),
    (
        "gateway-api",
        &[
            "gateway-core",
            "fhir-profiles",
            "gateway-store",
            "gateway-engine",
            "gateway-moulds",
            "adapter-kit",
            "mappings",
        ],
    ),
    ("adapter-spreekuur", &["gateway-core", "fhir-profiles", "adapter-kit", "mappings"]),
    ("standin-spreekuur", &["adapter-kit"]),
    ("adapter-tetra", &["gateway-core", "fhir-profiles", "adapter-kit", "mappings"]),
    ("standin-tetra", &["adapter-kit"]),
    ("fuzz-targets", &["gateway-core", "fhir-profiles", "gateway-engine"]),
    ("gateway-tests", &[]),
    ("xtask", &[]),
];

/// Crates that wire the house or measure it and may know everything.
const MAY_KNOW_ALL: &[&str] = &["gateway", "load"];

/// Crates of others that only one of ours may use.
const ONE_HOME: &[(&str, &[&str])] = &[
    ("sqlx", &["gateway-store", "load"]),
    ("fhir-model", &["gateway-moulds"]),
    ("quick-xml", &["fhir-profiles", "mappings", "standin-tetra"]),
    ("anyhow", &["gateway", "load", "xtask", "r4-table"]),
];

#[test]
fn every_edge_of_the_package_graph_is_allowed() {
    let graph = graph();
    let ours: Vec<&String> = graph.keys().collect();
    for (name, knows) in &graph {
        if MAY_KNOW_ALL.contains(&name.as_str()) {
            continue;
        }
        let (_, allowed) = MAY_KNOW
            .iter()
            .find(|(n, _)| n == name)
            .unwrap_or_else(|| panic!("{name} is new: add it to MAY_KNOW with what it may know"));
        for known in knows.iter().filter(|k| ours.contains(k)) {
            assert!(
                allowed.contains(&known.as_str()),
                "{name} may not know {known}: move the code to where it belongs"
            );
        }
    }
}

#[test]
fn what_has_one_home_is_used_nowhere_else() {
    for (name, knows) in &graph() {
        for (crate_name, homes) in ONE_HOME {
            assert!(
                !knows.iter().any(|k| k == crate_name) || homes.contains(&name.as_str()),
                "{crate_name} is for {homes:?}, not for {name}"
            );
        }
    }
}

#[test]
fn a_stand_in_shares_no_code_with_its_adapter() {
    let graph = graph();
    for (name, knows) in graph.iter().filter(|(name, _)| name.starts_with("standin-")) {
        let adapter = name.replace("standin-", "adapter-");
        assert!(!knows.contains(&adapter), "{name} knows {adapter}");
        assert!(!graph[&adapter].contains(name), "{adapter} knows {name}");
    }
}

/// Each crate of the workspace with the names of its normal dependencies.
fn graph() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("there are packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("a package lists dependencies");
            let normal = dependencies.iter().filter(|d| d["kind"].is_null()).map(|d| text(&d["name"]));
            (text(&package["name"]), normal.collect())
        })
        .collect()
}
