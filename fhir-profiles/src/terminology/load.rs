//! Reading what is carried. The tables and files are part of the program: a mistake in them is a bug, and a test finds it.

use gateway_core::Resource;

use super::Terms;
use super::code_system::{CodeSystem, Content};
use super::value_set::{Filter, Named, Part, ValueSet};
use crate::package::files::{CODE_SYSTEMS, VALUE_SETS};

const SYSTEMS: &str = include_str!("../../r4/systems.tsv");
const SETS: &str = include_str!("../../r4/value-sets.tsv");

pub(super) fn embedded() -> Terms {
    let mut terms = Terms::default();
    for system in systems() {
        terms.systems.insert(system.url.clone(), system);
    }
    for value_set in value_sets() {
        terms.value_sets.insert(value_set.url.clone(), value_set);
    }
    for text in CODE_SYSTEMS.iter().chain(VALUE_SETS) {
        terms.add(&Resource::from_text(*text).expect("the files of the package are resources"));
    }
    terms
}

fn systems() -> Vec<CodeSystem> {
    let mut found: Vec<CodeSystem> = Vec::new();
    for line in SYSTEMS.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        match (cells.as_slice(), found.last_mut()) {
            (["", code, parent, display], Some(system)) => {
                let parent = system.place(parent);
                system.push(code, display, parent);
            }
            ([url, version, name, content, whole], _) => {
                let content = if *content == "complete" { Content::Complete } else { Content::Part };
                let mut system = CodeSystem::new(url, version, name, content);
                system.whole = Some((*whole).to_owned()).filter(|whole| !whole.is_empty());
                found.push(system);
            }
            _ => panic!("systems.tsv: {line}"),
        }
    }
    found
}

fn value_sets() -> Vec<ValueSet> {
    let mut found: Vec<ValueSet> = Vec::new();
    for line in SETS.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        match (cells.as_slice(), found.last_mut()) {
            (["", sign, value_set, system, op, code], Some(last)) => {
                let parts = if *sign == "+" { &mut last.include } else { &mut last.exclude };
                add(parts, value_set, system, op, code);
            }
            ([url, version, name], _) => found.push(ValueSet {
                url: (*url).to_owned(),
                version: (*version).to_owned(),
                name: (*name).to_owned(),
                composed: true,
                ..ValueSet::default()
            }),
            _ => panic!("value-sets.tsv: {line}"),
        }
    }
    found
}

/// A line; codes of one system that follow each other are one part.
fn add(parts: &mut Vec<Part>, value_set: &str, system: &str, op: &str, code: &str) {
    let named = op.is_empty() && !code.is_empty();
    let one = || Named { code: code.to_owned(), display: None };
    match parts.last_mut() {
        Some(last) if named && !last.codes.is_empty() && last.system.as_deref() == Some(system) => {
            last.codes.push(one());
        }
        _ => parts.push(Part {
            value_sets: [value_set]
                .iter()
                .filter(|url| !url.is_empty())
                .map(|url| (*url).to_owned())
                .collect(),
            system: Some(system.to_owned()).filter(|system| !system.is_empty()),
            filters: if op.is_empty() { Vec::new() } else { vec![filter(op, code)] },
            codes: if named { vec![one()] } else { Vec::new() },
        }),
    }
}

fn filter(op: &str, value: &str) -> Filter {
    Filter { property: "concept".to_owned(), op: op.to_owned(), value: value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    use crate::Profiles;

    #[test]
    fn every_value_set_that_is_carried_has_codes() {
        let terms = Terms::embedded();
        assert!(terms.value_sets().count() > 150 && terms.systems().count() > 170);
        for value_set in terms.value_sets() {
            assert!(!terms.expand(value_set).unwrap().is_empty(), "{}", value_set.url);
        }
    }

    #[test]
    fn the_codes_that_are_checked_are_the_codes_that_are_told() {
        let profiles = Profiles::embedded();
        let mut checked: HashMap<&str, Vec<(String, String)>> = HashMap::new();
        for line in include_str!("../../r4/codes.tsv").lines() {
            let mut cells = line.split('\t').map(str::to_owned);
            let set = line.split('\t').next().unwrap();
            cells.next();
            checked.entry(set).or_default().push((cells.next().unwrap(), cells.next().unwrap()));
        }
        for (set, mut codes) in checked {
            let mut told = profiles.codes_of(&format!("http://hl7.org/fhir/ValueSet/{set}")).unwrap();
            told.sort_unstable();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(told, codes, "{set}");
        }
    }

    #[test]
    fn codes_stand_below_each_other() {
        let profiles = Profiles::embedded();
        let act_reason = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
        let below = profiles.descendants(act_reason, "TREAT").unwrap();
        assert!(below.contains(&"TREAT".to_owned()) && below.contains(&"ETREAT".to_owned()), "{below:?}");
        let above = profiles.ancestors(act_reason, "ETREAT").unwrap();
        assert!(above.contains(&"PurposeOfUse".to_owned()) && above[0] == "ETREAT", "{above:?}");
        assert_eq!(profiles.descendants("http://snomed.info/sct", "1"), None);
        assert_eq!(profiles.ancestors(act_reason, "none"), None);
    }

    #[test]
    fn a_whole_system_is_a_value_set_of_two_names() {
        let profiles = Profiles::embedded();
        let all = profiles.codes_of("http://terminology.hl7.org/ValueSet/v3-MaritalStatus").unwrap();
        let same = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus?vs";
        assert_eq!(profiles.codes_of(same).as_ref(), Some(&all));
        assert_eq!(profiles.codes_of("http://snomed.info/sct?vs"), None);
        assert_eq!(profiles.codes_of("http://hl7.org/fhir/ValueSet/administrative-gender|3.0.2"), None);
        assert_eq!(
            profiles.codes_of("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1").unwrap().len(),
            4
        );
    }
}
