//! `systems.tsv` and `value-sets.tsv`: the code systems of HL7 that elements of our types are bound to, however strong, and
//! the value sets that can be made of them.
//!
//! Systems of others (SNOMED CT, LOINC, DICOM) are left out: their terms are not ours to hand out. A value set that
//! needs one of them is left out too. A line that starts with a tab belongs to the line above it that does not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::definitions::{Definitions, elements, list, text};

/// Whose code systems are carried.
const OURS_TO_TELL: [&str; 2] = ["http://hl7.org/fhir/", "http://terminology.hl7.org/"];
/// Systems of which a value set may name codes, without more being known of them.
const NAMED_ONLY: [&str; 3] = ["http://unitsofmeasure.org", "urn:ietf:bcp:47", "urn:ietf:bcp:13"];

pub(crate) struct Terms {
    pub(crate) systems: Vec<String>,
    pub(crate) value_sets: Vec<String>,
}

pub(crate) fn tables(definitions: &Definitions, names: &[String]) -> Terms {
    let mut found = Finding { definitions, systems: BTreeSet::new(), value_sets: BTreeMap::new() };
    for url in bindings(definitions, names) {
        found.value_set(&url);
    }
    let systems = found.systems.iter().flat_map(|url| system(&definitions.code_systems[url])).collect();
    let value_sets = found.value_sets.into_values().flatten().flatten().collect();
    Terms { systems, value_sets }
}

/// Every value set an element of these types is bound to.
fn bindings(definitions: &Definitions, names: &[String]) -> BTreeSet<String> {
    let structures = names.iter().filter_map(|name| definitions.structures.get(name));
    let bound = structures.flat_map(elements).map(|e| text(&e["binding"], "valueSet"));
    bound
        .map(|url| url.split('|').next().unwrap_or_default().to_owned())
        .filter(|url| !url.is_empty())
        .collect()
}

struct Finding<'d> {
    definitions: &'d Definitions,
    systems: BTreeSet<String>,
    /// The lines of each value set; `None` for one that cannot be made.
    value_sets: BTreeMap<String, Option<Vec<String>>>,
}

impl Finding<'_> {
    fn value_set(&mut self, url: &str) -> bool {
        if let Some(known) = self.value_sets.get(url) {
            return known.is_some();
        }
        self.value_sets.insert(url.to_owned(), None);
        let lines = self.definitions.value_sets.get(url).and_then(|value_set| self.lines(value_set));
        if lines.is_none() {
            println!("{url}: cannot be made");
        }
        let made = lines.is_some();
        self.value_sets.insert(url.to_owned(), lines);
        made
    }

    fn lines(&mut self, value_set: &Value) -> Option<Vec<String>> {
        let [url, version, name] = ["url", "version", "name"].map(|key| text(value_set, key));
        let mut lines = vec![format!("{url}\t{version}\t{name}")];
        let compose = &value_set["compose"];
        for (sign, part) in [("+", "include"), ("-", "exclude")] {
            for part in list(compose, part) {
                lines.extend(self.part(part)?.into_iter().map(|line| format!("\t{sign}\t{line}")));
            }
        }
        (lines.len() > 1).then_some(lines)
    }

    /// Value set, system, filter and code: the last three empty where they do not apply.
    fn part(&mut self, part: &Value) -> Option<Vec<String>> {
        let sets: Vec<&str> = list(part, "valueSet").iter().filter_map(Value::as_str).collect();
        let system = text(part, "system");
        let [] = sets.as_slice() else {
            let alone = sets.len() == 1 && system.is_empty();
            return (alone && self.value_set(sets[0])).then(|| vec![format!("{}\t\t\t", sets[0])]);
        };
        let known = self.system(system);
        let named = list(part, "concept");
        if !known && (named.is_empty() || !NAMED_ONLY.contains(&system)) {
            return None;
        }
        match list(part, "filter") {
            [] if named.is_empty() => Some(vec![format!("\t{system}\t\t")]),
            [] => Some(named.iter().map(|one| format!("\t{system}\t\t{}", text(one, "code"))).collect()),
            [one] if text(one, "property") == "concept" => {
                Some(vec![format!("\t{system}\t{}\t{}", text(one, "op"), text(one, "value"))])
            }
            _ => None,
        }
    }

    fn system(&mut self, url: &str) -> bool {
        let told = OURS_TO_TELL.iter().any(|start| url.starts_with(start)) && !url.contains('|');
        let known = self.definitions.code_systems.get(url).is_some_and(|s| !list(s, "concept").is_empty());
        if told && known {
            self.systems.insert(url.to_owned());
        }
        told && known
    }
}

fn system(system: &Value) -> Vec<String> {
    let [url, version, name, content, whole] =
        ["url", "version", "name", "content", "valueSet"].map(|key| text(system, key));
    let mut lines = vec![format!("{url}\t{version}\t{name}\t{content}\t{whole}")];
    collect(list(system, "concept"), "", &mut lines);
    lines
}

fn collect(concepts: &[Value], parent: &str, into: &mut Vec<String>) {
    for concept in concepts {
        let code = text(concept, "code");
        let display = text(concept, "display").split_whitespace().collect::<Vec<_>>().join(" ");
        into.push(format!("\t{code}\t{parent}\t{display}"));
        collect(list(concept, "concept"), code, into);
    }
}
