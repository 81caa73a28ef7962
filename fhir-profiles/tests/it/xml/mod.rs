//! The XML format: there and back without loss, and what is refused (`dutch-fhir.md` section 6, cases 28, 58 to 61).

#![expect(clippy::unwrap_used, reason = "a text that is not as made here must fail")]

mod made;
mod refused;
mod said;

use fhir_profiles::xml::{from_xml, to_xml};
use gateway_core::json::{Document, canonical};

/// A JSON text as XML.
fn as_xml(json: &str) -> String {
    let document = Document::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error} in {json}"));
    to_xml(document.root()).unwrap_or_else(|issues| panic!("{issues:?} for {json}"))
}

/// An XML text as JSON.
fn as_json(xml: &str) -> String {
    from_xml(xml.as_bytes(), None).unwrap_or_else(|issues| panic!("{issues:?} for {xml}"))
}

fn canonical_text(json: &str) -> String {
    let document = Document::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error} in {json}"));
    canonical(document.root())
}

/// The elements inside the root element of what is written.
fn inner(xml: &str) -> &str {
    let (_, rest) = xml.split_once(" xmlns=\"http://hl7.org/fhir\">").unwrap();
    rest.rsplit_once("</").unwrap().0
}
