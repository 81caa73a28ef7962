//! What the tests of tables share.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fhir_profiles::Profiles;
use gateway_core::{Resource, Zone};

use crate::wire::{Document, Format, Names};
use crate::{Context, Laid, MapIssue, Package, Table, Told};

pub(super) static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::embedded);
static PACKAGE: LazyLock<Package> = LazyLock::new(|| Package::embedded(&PROFILES).unwrap());

pub(super) fn table(name: &str) -> &'static Table {
    PACKAGE.table(name).unwrap()
}

pub(super) fn resource(text: &str) -> Resource {
    Resource::from_text(text).unwrap()
}

/// Runs with a context in which keys and references hold each other.
pub(super) fn with<T>(run: impl FnOnce(&Context<'_>) -> T) -> T {
    let values = BTreeMap::from([("practice".to_owned(), "01999999".to_owned())]);
    let reference = |role: &str, key: &str| (key != "404").then(|| format!("{role}/{key}"));
    let key = |role: &str, reference: &str| Some(reference.strip_prefix(role)?.strip_prefix('/')?.to_owned());
    run(&Context { values: &values, zone: Zone::amsterdam(), reference: &reference, key: &key })
}

pub(super) fn lay(table: &Table, json: &str, current: Option<&Resource>) -> Result<Laid, Vec<MapIssue>> {
    let document = Document::json(json.as_bytes(), Names::AnyCase).unwrap();
    with(|cx| table.lay(document.root(), Format::Json, "Afspraken[3]", current, cx))
}

pub(super) fn lay_xml(table: &Table, xml: &str, current: Option<&Resource>) -> Result<Laid, Vec<MapIssue>> {
    let document = Document::xml(xml.as_bytes(), None).unwrap();
    with(|cx| table.lay(document.root(), Format::Xml, "Afspraken[3]", current, cx))
}

pub(super) fn tell(table: &Table, resource: &Resource, format: Format) -> Result<Told, Vec<MapIssue>> {
    with(|cx| table.tell(resource, format, cx))
}

pub(super) fn package() -> &'static Package {
    &PACKAGE
}
