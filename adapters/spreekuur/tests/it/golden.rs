//! Pairs a domain expert can read: `testdata/NAME.fhir.json` is what we hold (a Bundle: the resource, then those it refers
//! to), `testdata/NAME.spreekuur.json` is what Spreekuur.nl gets. `booked` and `melding` are the documented examples of
//! `spreekuur.md` 6.4 and 7.4, to the letter. `UPDATE_GOLDEN=1` rewrites the others' outcome.

use std::path::Path;

use gateway_core::json::{Document, canonical};
use serde_json::Value;

use crate::setting::{Setting, deliver, delivery, note};

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

fn canonical_text(text: &str) -> String {
    canonical(Document::parse_text(text.into()).unwrap().root())
}

/// Delivers the pair's left side, and compares what left the house with its right side.
async fn pair(name: &str) {
    let held: Value = serde_json::from_str(&read(&format!("{name}.fhir.json"))).unwrap();
    let resources: Vec<Value> =
        held["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].clone()).collect();
    let (changed, referenced) = resources.split_first().unwrap();
    let setting = Setting::start().await;
    let mut change = delivery(changed, referenced);
    change.sent_before = true;

    let (outcome, exchanges) = deliver(&setting.link(&adapter_kit::conformance::Setup::Right), &change).await;
    note(outcome);
    let sent = String::from_utf8(exchanges.last().unwrap().request.clone()).unwrap();
    let outcome_file = format!("{name}.spreekuur.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() && !matches!(name, "booked" | "melding") {
        let sent: Value = serde_json::from_str(&sent).unwrap();
        std::fs::write(file(&outcome_file), serde_json::to_string_pretty(&sent).unwrap() + "\n").unwrap();
    }
    assert_eq!(canonical_text(&sent), canonical_text(&read(&outcome_file)), "{name}");
}

macro_rules! pairs {
    ($($name:ident)+) => {
        $(#[tokio::test]
        async fn $name() {
            pair(stringify!($name)).await;
        })+

        #[test]
        fn every_pair_is_tested() {
            let tested = [$(concat!(stringify!($name), ".fhir.json")),+];
            for entry in std::fs::read_dir(file("")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.ends_with(".fhir.json") {
                    assert!(tested.contains(&name.as_str()), "{name} has no test");
                }
            }
        }
    };
}

pairs! { booked cancelled contained melding melding_native }
