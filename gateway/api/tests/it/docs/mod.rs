//! `docs/fhir`: what is offered and what is not, written from the tables the router, the index and the CapabilityStatement
//! are made of. `UPDATE_GOLDEN=1 cargo test -p gateway-api docs` writes the pages anew.

mod interactions;
mod operations;
mod search;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A page: its file and its text.
type Page = (&'static str, String);

/// What is not offered, and why.
type Left = [(&'static str, &'static str)];

fn head(title: &str) -> String {
    format!(
        "# {title}\n\n<!-- Written from the code; a test keeps it true (UPDATE_GOLDEN=1 rewrites it). -->\n\n"
    )
}

fn left_out(out: &mut String, left: &Left) {
    out.push_str("\n## Not supported\n\n| what | because |\n|---|---|\n");
    for (what, why) in left {
        writeln!(out, "| {what} | {why} |").unwrap();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fhir")
}

#[test]
fn the_pages_are_what_the_tables_say() {
    let pages: [Page; 3] = [interactions::page(), operations::page(), search::page()];
    for (name, text) in pages {
        let file = folder().join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == text, "docs/fhir/{name} is not what the code says; UPDATE_GOLDEN=1 writes it anew");
    }
}
