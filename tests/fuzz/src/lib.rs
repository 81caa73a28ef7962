//! What must hold for any bytes that a stranger sends: each target takes them and panics when it does not hold.
//!
//! `cargo test -p fuzz-targets` runs the corpus and thousands of mutations of it; `fuzz/` runs the same targets under
//! cargo-fuzz for as long as somebody likes (`README.md`).

use std::sync::LazyLock;

use fhir_profiles::search::Query;
use fhir_profiles::xml::{from_xml, to_xml};
use fhir_profiles::{Profiles, Rules};
use gateway_core::{Id, Key, Problem, Resource};
use gateway_engine::{FhirPathPatch, JsonPatch, Patch};

static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::embedded);

/// A target by name.
#[must_use]
pub fn target(name: &str) -> Option<fn(&[u8])> {
    match name {
        "json" => Some(json),
        "xml" => Some(xml),
        "search" => Some(search),
        "patch" => Some(patch),
        _ => None,
    }
}

/// A body in JSON: what is read is kept as it is, can be checked and indexed, and goes to XML and back without loss.
///
/// # Panics
/// When that does not hold.
pub fn json(bytes: &[u8]) {
    let Ok(resource) = Resource::parse(bytes) else { return };
    let again = Resource::from_text(resource.text()).expect("what was read can be read again");
    assert_eq!(again.text(), resource.text());
    drop(PROFILES.issues(&resource, None, Rules::default()));
    drop(PROFILES.index(&resource));
    if let Ok(valid) = PROFILES.check(resource, Rules::default()) {
        there_and_back(valid.resource());
    }
}

/// A body in XML: what is read is a resource, and what is written of it says the same.
///
/// # Panics
/// When that does not hold.
pub fn xml(bytes: &[u8]) {
    let Ok(text) = from_xml(bytes, None) else { return };
    let Ok(resource) = Resource::from_text(text) else { return };
    there_and_back(&resource);
}

fn there_and_back(resource: &Resource) {
    let Ok(written) = to_xml(resource.root()) else { return };
    let read = from_xml(written.as_bytes(), None).expect("what we write can be read");
    let back = Resource::from_text(read).expect("it is a resource");
    assert_eq!(back.content(), resource.content(), "{written}");
}

/// A search with its type: what is understood says everything that was asked, and can be asked of any resource.
///
/// # Panics
/// When that does not hold.
pub fn search(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(query) = Query::from_criteria(&PROFILES, text) else { return };
    let asked = text.split_once('?').map_or("", |(_, asked)| asked);
    let parameters = asked.split('&').filter(|pair| !pair.is_empty()).count();
    assert_eq!(query.filters.len(), parameters, "a filter for each parameter");
    let key = Key::new(query.resource_type, "a".parse::<Id>().expect("an id"));
    // Whatever it finds of a resource without values, it finds without a panic.
    let found = query.matches(&key, 0, &[]);
    assert!(found || parameters > 0, "a search without parameters finds everything");
}

/// A resource on the first line and a patch of it below: it makes another content of the same resource, each time the same.
///
/// # Panics
/// When that does not hold.
pub fn patch(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let (first, rest) = bytes.split_at(end);
    let Ok(current) = Resource::parse(first) else { return };
    if let Ok(patch) = JsonPatch::read(rest) {
        patched(&current, &patch);
    }
    let parameters = Resource::parse(rest).map_err(|issue| Problem::Malformed(vec![issue]));
    if let Ok(patch) = parameters.and_then(FhirPathPatch::read) {
        patched(&current, &patch);
    }
}

fn patched(current: &Resource, patch: &dyn Patch) {
    let Ok(next) = patch.apply(current) else { return };
    assert_eq!((next.resource_type(), next.id()), (current.resource_type(), current.id()));
    let again = patch.apply(current).expect("what could be applied can be applied again");
    assert_eq!(again.text(), next.text());
    drop(PROFILES.issues(&next, None, Rules::default()));
}
