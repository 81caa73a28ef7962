//! XML at the FHIR door: sent, answered, and refused in it (`dutch-fhir.md` cases 28, 59 to 61, 63 and 64).

use fhir_profiles::xml::from_xml;
use gateway_core::json::{Document, canonical};
use http::Method;
use serde_json::Value;

use super::{Client, patient};
use crate::house::{House, Reply};

const XML: (&str, &str) = ("accept", "application/fhir+xml");
const SENT: (&str, &str) = ("content-type", "application/fhir+xml");

/// Odd, and right: an extension instead of a value, an id on a primitive, a decimal with zeros, a narrative.
const PATIENT: &str = r#"<Patient xmlns="http://hl7.org/fhir"><id value="p1"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">a &lt; b<br/></div></text>
  <extension url="https://example.org/e"><valueDecimal value="1.00"/></extension>
  <name><family id="f" value="O'Neill &amp; 't Hart"/><given value="A"/><given><extension url="https://example.org/g"><valueCode value="x"/></extension></given></name>
  <birthDate><extension url="https://example.org/b"><valueCode value="unknown"/></extension></birthDate>
</Patient>"#;

fn text(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}

/// What an answer in XML says, as JSON.
fn said(reply: &Reply) -> Value {
    assert_eq!(reply.header("content-type"), "application/fhir+xml; charset=utf-8", "{reply:?}");
    let json = from_xml(&reply.body, None).unwrap_or_else(|issues| panic!("{issues:?}: {}", text(reply)));
    serde_json::from_str(&json).unwrap()
}

#[tokio::test]
async fn case_60_what_is_sent_in_xml_is_kept_in_json_and_answered_in_both() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let created = client.call(Method::PUT, "/fhir/Patient/p1", &[SENT, XML], PATIENT).await;
    assert_eq!((created.status, said(&created)["id"].as_str()), (201, Some("p1")));

    let json = client.get("/fhir/Patient/p1").await;
    assert!(text(&json).contains(r#""valueDecimal":1.00"#), "{json:?}");
    assert_eq!(json.json()["_birthDate"]["extension"][0]["valueCode"], "unknown");
    let xml = client.call(Method::GET, "/fhir/Patient/p1", &[XML], "").await;
    assert_eq!((xml.header("etag"), xml.header("vary")), ("W/\"1\"", "accept"));
    assert!(text(&xml).contains(r#"<valueDecimal value="1.00"/>"#), "{xml:?}");
    let back = from_xml(&xml.body, None).unwrap();
    let same = |text: &str| canonical(Document::parse(text.as_bytes()).unwrap().root());
    assert_eq!(same(&back), same(text(&json)));

    let again = client.call(Method::PUT, "/fhir/Patient/p1", &[SENT], xml.body.clone()).await;
    assert_eq!((again.status, again.header("etag")), (200, "W/\"1\""), "the same content is no new version");
}

#[tokio::test]
async fn bundles_and_the_statement_are_answered_in_xml() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for n in 0..60 {
        client.patient(&format!("p{n}")).await;
    }
    for path in ["/fhir/Patient?_format=xml&_count=2", "/fhir/Patient/p1/_history?_format=text/xml"] {
        let plain = client.get(&path.replace("_format=", "_pretty=true&_format=")).await;
        assert_eq!(said(&plain)["resourceType"], "Bundle");
        assert!(!text(&plain).contains("\n  <"), "indenting is for JSON");
    }
    let packed = [XML, ("accept-encoding", "gzip")];
    let long = client.call(Method::GET, "/fhir/Patient?_count=60", &packed, "").await;
    assert_eq!(long.header("content-encoding"), "gzip");
    assert_eq!(long.header("content-type"), "application/fhir+xml; charset=utf-8");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let found = client.call(Method::POST, "/fhir/Patient/_search", &form, "_format=xml&_id=p1").await;
    assert_eq!(said(&found)["entry"][0]["resource"]["id"], "p1");
    let statement = house.call(Method::GET, "/fhir/metadata?_format=xml", &[], "").await;
    let json = house.call(Method::GET, "/fhir/metadata", &[], "").await;
    assert_eq!(said(&statement), json.json());
    let head = client.call(Method::HEAD, "/fhir/Patient/p1", &[XML], "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), "application/fhir+xml; charset=utf-8");
}

#[tokio::test]
async fn a_refusal_is_in_the_format_that_was_asked_for() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let cases = [
        (Method::GET, "/fhir/Patient/none", 404),
        (Method::GET, "/fhir/Patient?nothing=x", 400),
        (Method::POST, "/fhir/Patient/p1", 405),
        (Method::PUT, "/fhir/Patient/p1", 415),
    ];
    for (method, path, status) in cases {
        let reply = client.call(method, path, &[XML], "").await;
        assert_eq!((reply.status, said(&reply)["resourceType"].as_str()), (status, Some("OperationOutcome")));
    }
    let stranger = house.call(Method::GET, "/fhir/Patient/p1", &[XML], "").await;
    assert_eq!((stranger.status, said(&stranger)["issue"][0]["code"].as_str()), (401, Some("login")));
}

#[tokio::test]
async fn case_28_59_61_bad_xml_is_400_with_its_places_and_stored_nowhere() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let deep = format!(
        r#"<Patient xmlns="http://hl7.org/fhir"><id value="p1"/>{}{}</Patient>"#,
        "<extension url='u'>".repeat(100_000),
        "</extension>".repeat(100_000)
    );
    let cases = [
        ("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><Patient xmlns='http://hl7.org/fhir'/>", ""),
        ("<Patient xmlns='http://hl7.org/fhir'><id value='p1'/><active/></Patient>", "Patient.active"),
        ("<Patient><id value='p1'/></Patient>", ""),
        (
            "<Patient xmlns='http://hl7.org/fhir'><active value='true'/><id value='p1'/></Patient>",
            "Patient.id",
        ),
        ("{\"resourceType\":\"Patient\"}", ""),
        ("<Slot xmlns='http://hl7.org/fhir'/>", "Slot"),
        ("", ""),
    ];
    for (body, place) in cases {
        let reply = client.call(Method::PUT, "/fhir/Patient/p1", &[SENT], body).await;
        assert_eq!((reply.status, reply.issues()[0].1.as_str()), (400, place), "{body}: {reply:?}");
    }
    assert_eq!(client.call(Method::PUT, "/fhir/Patient/p1", &[SENT], deep).await.status, 400);
    let invalid = "<Patient xmlns='http://hl7.org/fhir'><id value='p1'/><gender value='x'/></Patient>";
    assert_eq!(
        client.call(Method::PUT, "/fhir/Patient/p1", &[SENT], invalid).await.refusal(),
        (422, "code-invalid".into())
    );
    let latin = [("content-type", "application/fhir+xml; charset=iso-8859-1")];
    assert_eq!(client.call(Method::PUT, "/fhir/Patient/p1", &latin, PATIENT).await.status, 415);
    assert_eq!(client.get("/fhir/Patient/p1").await.status, 404);
}

#[tokio::test]
async fn what_xml_cannot_say_is_406_for_a_read_and_json_after_a_write() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let body = patient("p1").replacen('{', r#"{"language":"nl\ufffe","#, 1);
    let json = ("content-type", "application/fhir+json");
    let written = client.call(Method::PUT, "/fhir/Patient/p1", &[json, XML], body).await;
    assert_eq!((written.status, written.json()["id"].as_str()), (201, Some("p1")), "{written:?}");
    let read = client.call(Method::GET, "/fhir/Patient/p1", &[XML], "").await;
    assert_eq!(read.refusal(), (406, "not-supported".into()));
    assert_eq!(read.issues()[1].1, "Patient.language");
}
