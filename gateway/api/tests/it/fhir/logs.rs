//! What the doors log: one line per request, and nothing of anybody, at any level.

use std::io;
use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::json;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::Client;
use crate::house::House;

const BSN: &str = "999990019";

/// Everything logged in this thread, which is all of a test.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn one_line_per_request_and_nothing_of_anybody() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(captured.clone())
        .finish();
    let capturing = tracing::subscriber::set_default(subscriber);

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
    drop(capturing);

    let text = captured.text();
    for secret in [BSN, "Testpersoon", "stolen-token", "identifier=", "eyJ"] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
    let lines: Vec<_> = text.lines().filter(|line| line.contains("request answered")).collect();
    assert_eq!(lines.len(), 7, "{text}");
    for part in [r#""method":"PUT""#, "/fhir/{type}/{id}", "201", "r-77", "de-linde", "linde-fhir"] {
        assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
    }
}
