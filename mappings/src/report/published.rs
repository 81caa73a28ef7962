//! What is published is what the tables say: `docs/mappings/` holds the report of each embedded table and nothing else.
//! `UPDATE_GOLDEN=1` writes it anew. Each StructureMap and ConceptMap passes our own checker.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use fhir_profiles::{Profiles, Rules};
use gateway_core::Resource;

use super::Report;
use crate::{Package, structure_map};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mappings")
}

fn package() -> Package {
    Package::embedded(&Profiles::embedded()).unwrap()
}

/// Each page by its path below the folder.
fn pages() -> BTreeMap<String, String> {
    let package = package();
    let reports: Vec<Report> = package.tables().map(Report::of).collect();
    let mut pages: BTreeMap<String, String> =
        reports.iter().map(|report| (format!("{}.md", report.table), report.markdown())).collect();
    pages.insert("README.md".to_owned(), contents(&reports));
    pages
}

fn contents(reports: &[Report]) -> String {
    let mut out = "# Mapping tables\n\nOne page per table, made from the table itself by `zorgtolk map report`. A test keeps \
                   them true; `UPDATE_GOLDEN=1 cargo test -p mappings published` writes them anew.\n\n| table | | coverage |\n|---|---|---|\n"
        .to_owned();
    for Report { table, record, resource, coverage, .. } in reports {
        writeln!(out, "| [{table}]({table}.md) | `{record}` ↔ {resource} | {coverage} |").unwrap();
    }
    out
}

fn published(folder: &Path, below: &str, found: &mut BTreeMap<String, String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            published(&path, &format!("{name}/"), found);
        } else {
            found.insert(name, std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn the_published_pages_are_what_the_tables_say() {
    let (folder, pages) = (folder(), pages());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        for (name, page) in &pages {
            let file = folder.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, page).unwrap();
        }
    }
    let mut found = BTreeMap::new();
    published(&folder, "", &mut found);
    let names: Vec<_> = found.keys().collect();
    assert_eq!(
        names,
        pages.keys().collect::<Vec<_>>(),
        "docs/mappings holds other pages; UPDATE_GOLDEN=1 adds them"
    );
    for (name, page) in &pages {
        assert!(
            found[name] == *page,
            "docs/mappings/{name} is not what its table says; UPDATE_GOLDEN=1 writes it anew"
        );
    }
}

#[test]
fn the_structure_map_of_every_table_passes_our_own_checker() {
    let (package, profiles) = (package(), Profiles::embedded());
    for table in package.tables() {
        let made = structure_map(table);
        assert_eq!(made, structure_map(table), "it differs from one time to the next");
        let resource = Resource::from_text(made).unwrap();
        assert_eq!(resource.id().unwrap().as_str(), table.name().replace('/', "-"));
        let found = profiles.issues(&resource, None, Rules::default());
        assert_eq!(found.issues, [], "{}", table.name());
        let rules = resource.root().find(&["group", "rule"]).len();
        assert_eq!(rules, table.rows().len(), "{}", table.name());
    }
}

#[test]
fn the_text_of_every_code_map_passes_our_own_checker() {
    let (package, profiles) = (package(), Profiles::embedded());
    assert_eq!(package.concept_map_texts().count(), package.concept_maps().count());
    for (id, text) in package.concept_map_texts() {
        let resource = Resource::from_text(text).unwrap();
        assert_eq!(resource.id().unwrap().as_str(), id);
        assert_eq!(profiles.issues(&resource, None, Rules::default()).issues, [], "{id}");
    }
}
