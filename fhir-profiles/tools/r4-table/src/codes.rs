//! `codes.tsv`: value set, system, code, for every required value set that can be listed.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::definitions::{Definitions, last_segment, list, text};

pub(crate) fn table(definitions: &Definitions, bindings: &BTreeSet<String>) -> Vec<String> {
    let mut rows = Vec::new();
    for (url, value_set) in &definitions.value_sets {
        let name = last_segment(url);
        if !bindings.contains(name) || url != &format!("http://hl7.org/fhir/ValueSet/{name}") {
            continue;
        }
        match codes(definitions, value_set) {
            Some(codes) => {
                rows.extend(codes.into_iter().map(|(system, code)| format!("{name}\t{system}\t{code}")));
            }
            None => println!("{name}: cannot be listed"),
        }
    }
    rows
}

fn codes(definitions: &Definitions, value_set: &Value) -> Option<Vec<(String, String)>> {
    let compose = &value_set["compose"];
    let mut found = Vec::new();
    if !list(compose, "exclude").is_empty() {
        return None;
    }
    for include in list(compose, "include") {
        if !list(include, "filter").is_empty() || !list(include, "valueSet").is_empty() {
            return None;
        }
        let system = text(include, "system");
        let mut named = Vec::new();
        collect(list(include, "concept"), &mut named);
        if named.is_empty() {
            let whole = definitions.code_systems.get(system)?;
            collect(list(whole, "concept"), &mut named);
        }
        found.extend(named.into_iter().map(|code| (system.to_owned(), code)));
    }
    (!found.is_empty()).then_some(found)
}

fn collect(concepts: &[Value], into: &mut Vec<String>) {
    for concept in concepts {
        into.push(text(concept, "code").to_owned());
        collect(list(concept, "concept"), into);
    }
}
