//! What the doors log: one line per request, and nothing of anybody, at any level.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use http::Method;
use serde_json::json;
use tracing::level_filters::LevelFilter;

use super::Client;
use crate::house::House;

const BSN: &str = "999990019";

thread_local! {
    /// What this thread logs, while it is wanted. A test of tokio's runs in one thread.
    static CAPTURED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// One subscriber for the whole process: a subscriber per thread is not heard when another thread happens to come by a
/// line of code first.
fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(|| Capturing)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    CAPTURED.set(Some(Vec::new()));
}

fn captured() -> String {
    String::from_utf8(CAPTURED.take().unwrap()).unwrap()
}

struct Capturing;

impl io::Write for Capturing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with_borrow_mut(|captured| {
            if let Some(captured) = captured {
                captured.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_line_per_request_and_nothing_of_anybody() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    capture();

    let patient = json!({
        "resourceType": "Patient", "id": "p1", "name": [{ "family": "Testpersoon" }],
        "identifier": [{ "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN }]
    });
    client.put("/fhir/Patient/p1", &[("x-request-id", "r-77")], &patient.to_string()).await;
    client.get(&format!("/fhir/Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C{BSN}")).await;
    client.get(&format!("/fhir/Patient?family=Testpersoon&identifier={BSN}&nothing={BSN}")).await;
    client.get(&format!("/fhir/Patient/{BSN}")).await;
    client.get(&format!("/nowhere/{BSN}")).await;
    client.put("/fhir/Patient/p2", &[], &patient.to_string().replace("\"p1\"", "\"p2\",\"x\":1")).await;
    house.call(Method::GET, "/fhir/Patient", &[("authorization", "Bearer stolen-token")], "").await;
    let criteria = format!("identifier=http://fhir.nl/fhir/NamingSystem/bsn|{BSN}");
    client.post("/fhir/Patient", &[("if-none-exist", &criteria)], &patient.to_string()).await;
    client.put(&format!("/fhir/Patient?identifier={BSN}&nothing={BSN}"), &[], &patient.to_string()).await;
    client.delete(&format!("/fhir/Patient?identifier={BSN}")).await;

    let text = captured();
    for secret in [BSN, "Testpersoon", "stolen-token", "identifier=", "eyJ"] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
    let lines: Vec<_> = text.lines().filter(|line| line.contains("request answered")).collect();
    assert_eq!(lines.len(), 10, "{text}");
    for part in [r#""method":"PUT""#, "/fhir/{type}/{id}", "201", "r-77", "de-linde", "linde-fhir"] {
        assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
    }
}
