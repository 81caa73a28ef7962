//! What others have written for FHIR R4, used against the running gateway (`tests/clients`): fhir-kit-client, fhirpath.js and the
//! validator of Medplum from npm, fhirpy from the Python index. `.ci/run` installs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::House;

#[tokio::test]
async fn fhir_kit_client_goes_round() {
    node("fhir-kit-client.mjs").await;
}

#[tokio::test]
async fn fhirpath_finds_what_our_issues_point_at() {
    node("fhirpath.mjs").await;
}

#[tokio::test]
async fn the_validator_of_medplum_agrees_on_a_hundred_resources() {
    node("validator.mjs").await;
}

#[tokio::test]
async fn fhirpy_goes_round() {
    let Some(python) = installed("venv/bin/python") else { return };
    round(Command::new(python), "fhirpy-round.py").await;
}

async fn node(script: &str) {
    if installed("node_modules/fhir-kit-client").is_some() {
        round(Command::new("node"), script).await;
    }
}

/// Runs a script of `tests/clients` against a gateway of its own.
async fn round(mut program: Command, script: &str) {
    let mut house = House::build(None).await;
    house.start().await;
    program
        .arg(script)
        .current_dir(folder())
        .env("ZORGTOLK_FHIR", format!("http://{}/fhir", house.address))
        .env("ZORGTOLK_TOKEN", house.token().await);
    let output = tokio::task::spawn_blocking(move || program.output()).await.expect("no panic");
    let output = output.expect("it starts");
    let seen = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {seen}\n{}", String::from_utf8_lossy(&output.stdout));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients")
}

/// Where something is installed; `None` when it is not, which `ZORGTOLK_TEST_REQUIRE=clients` forbids.
fn installed(what: &str) -> Option<PathBuf> {
    let path = folder().join(what);
    let required = std::env::var("ZORGTOLK_TEST_REQUIRE").unwrap_or_default();
    assert!(path.exists() || !required.contains("clients"), "{what} is not installed in tests/clients");
    path.exists().then_some(path)
}
