//! `elements.tsv`: path, min, max, types, required value set, flags, content reference, constraint keys; and
//! `constraints.tsv`: path, key, severity, what it says, FHIRPath.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::definitions::{self, Definitions, last_segment, list, text};

/// Constraints of every element and of every resource; the walk itself takes care of them.
const EVERYWHERE: [&str; 7] = ["ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6"];

pub(crate) struct Elements {
    pub(crate) rows: Vec<String>,
    pub(crate) constraints: Vec<String>,
    pub(crate) bindings: BTreeSet<String>,
}

pub(crate) fn table(definitions: &Definitions, names: &[String]) -> Elements {
    let mut table = Elements { rows: vec![], constraints: vec![], bindings: BTreeSet::new() };
    for structure in names.iter().filter_map(|name| definitions.structures.get(name)) {
        for element in definitions::elements(structure) {
            table.add(structure, element);
        }
    }
    table
}

impl Elements {
    fn add(&mut self, structure: &Value, element: &Value) {
        let path = text(element, "path");
        let binding = required_value_set(element);
        if !binding.is_empty() {
            self.bindings.insert(binding.to_owned());
        }
        let types = if path.contains('.') {
            list(element, "type").iter().map(type_text).collect::<Vec<_>>().join(" ")
        } else {
            last_segment(text(structure, "baseDefinition")).to_owned()
        };
        let content = text(element, "contentReference").trim_start_matches('#');
        let keys = self.keys(structure, element);
        let min = element["min"].as_u64().unwrap_or_default();
        let max = text(element, "max");
        let flags = flags(element);
        self.rows.push(format!("{path}\t{min}\t{max}\t{types}\t{binding}\t{flags}\t{content}\t{keys}"));
    }

    /// The constraints an element has of its own: inherited ones stand at their type.
    fn keys(&mut self, structure: &Value, element: &Value) -> String {
        let path = text(element, "path");
        let root = !path.contains('.');
        let own = list(element, "constraint").iter().filter(|constraint| {
            let source = text(constraint, "source");
            let here = source.is_empty() || root || source == text(structure, "url");
            here && !EVERYWHERE.contains(&text(constraint, "key"))
        });
        let mut keys = Vec::new();
        for constraint in own {
            let key = text(constraint, "key");
            let [severity, human, expression] =
                ["severity", "human", "expression"].map(|part| one_line(text(constraint, part)));
            self.constraints.push(format!("{path}\t{key}\t{severity}\t{human}\t{expression}"));
            keys.push(key);
        }
        keys.join(",")
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn required_value_set(element: &Value) -> &str {
    let binding = &element["binding"];
    if text(binding, "strength") == "required" { last_segment(text(binding, "valueSet")) } else { "" }
}

fn flags(element: &Value) -> String {
    [("isModifier", 'm'), ("isSummary", 's')]
        .into_iter()
        .filter(|(key, _)| element[key].as_bool() == Some(true))
        .map(|(_, flag)| flag)
        .collect()
}

/// `Reference:Patient,Group`, `Period`, or the FHIR name of a FHIRPath system type.
fn type_text(of: &Value) -> String {
    let code = text(of, "code");
    if code.starts_with("http:") {
        return list(of, "extension").iter().map(|e| text(e, "valueUrl")).collect();
    }
    let targets: Vec<_> = list(of, "targetProfile")
        .iter()
        .filter_map(Value::as_str)
        .map(last_segment)
        .filter(|target| *target != "Resource")
        .collect();
    if code == "Reference" && !targets.is_empty() {
        format!("{code}:{}", targets.join(","))
    } else {
        code.to_owned()
    }
}
