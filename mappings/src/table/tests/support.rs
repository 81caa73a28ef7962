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
    let reference = |role: &str, key: &str| (key != "404404404404").then(|| format!("{role}/{key}"));
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

/// Records and a map for small tables.
const RECORDS: &str = r#"
[Regel]
fields = [{ name = "Code", type = "text" }, { name = "Aantal", type = "integer" }]
[Ding]
fields = [
  { name = "Id", type = "integer", xml = "@Id" },
  { name = "Naam", type = "text", nullable = true },
  { name = "Soort", type = "text" },
  { name = "Vlag", type = "boolean" },
  { name = "Start", type = "local-time" },
  { name = "Eind", type = "local-time" },
  { name = "Nummers", type = "list:text", xml = "Nummers/string" },
  { name = "Regels", type = "list:Regel", xml = "Regel" },
  { name = "AlleenJson", type = "text", xml = false },
]
"#;
const MAP: &str = r#"{"resourceType":"ConceptMap","id":"soort","url":"https://zorgtolk.example/fhir/ConceptMap/soort",
  "status":"active","group":[{"element":[
  {"code":"M","target":[{"code":"male","equivalence":"equal"}]},
  {"code":"V","target":[{"code":"female","equivalence":"equal"}]},
  {"code":"niets","target":[{"equivalence":"unmatched","comment":"no code"}]}]}]}"#;

/// A package with the one table `klein/ding` of these rows on this resource (and profile, after a space).
pub(super) fn small(resource: &str, rows: &str) -> Result<Package, Vec<MapIssue>> {
    let (resource, profile) =
        resource.split_once(' ').map_or((resource, ""), |(resource, profile)| (resource, profile));
    let profile = if profile.is_empty() { String::new() } else { format!("profile = {profile:?}") };
    let table = format!("record = \"klein.Ding\"\nresource = {resource:?}\n{profile}\nrows = [\n{rows}\n]");
    let files = [("klein/records.toml", RECORDS), ("klein/soort.json", MAP), ("klein/ding.toml", &table)];
    Package::of(files.map(|(path, text)| (path.to_owned(), text.to_owned())).into(), &PROFILES)
}

/// The rows, with all other fields lost.
pub(super) fn small_rest(resource: &str, rows: &str) -> Package {
    let all = ["Id", "Naam", "Soort", "Vlag", "Start", "Eind", "Nummers", "Regels", "AlleenJson"];
    let rest = all.iter().filter(|name| !rows.contains(&format!("wire = \"{name}")));
    let rest: Vec<_> = rest.map(|name| format!("{{ wire = {name:?}, lost = \"not here\" }},")).collect();
    match small(resource, &format!("{rows}{}", rest.join("\n"))) {
        Ok(package) => package,
        Err(faults) => {
            let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
            panic!(
                "{}",
                told.join(
                    "
"
                )
            )
        }
    }
}
