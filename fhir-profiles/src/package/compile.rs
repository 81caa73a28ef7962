//! From structure definitions to rules. The files are part of the program: what cannot be compiled is a bug.

use std::collections::HashMap;

use serde_json::Value;

use super::Profile;
use super::differential::Element;
use super::files::{STRUCTURE_DEFINITIONS, VALUE_SETS};
use super::judges;
use super::rule::{Count, Member, OfEach, Rule, Slice, Test};
use crate::r4::{Kind, Max, Shape, r4};

/// Codes by the canonical of their value set.
type ValueSets = HashMap<String, Vec<(String, String)>>;

/// Every profile by its canonical. Definitions of extensions are read by `outline`.
pub(super) fn all() -> HashMap<String, Profile> {
    let value_sets = VALUE_SETS.iter().map(|text| value_set(&json(text))).collect();
    let structures = STRUCTURE_DEFINITIONS.iter().map(|text| json(text));
    structures.filter(|s| text(s, "type") != "Extension").map(|s| profile(&s, &value_sets)).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the files of the package are JSON; a test reads them all")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn value_set(value_set: &Value) -> (String, Vec<(String, String)>) {
    let includes = value_set["compose"]["include"].as_array().into_iter().flatten();
    let codes = includes.flat_map(|include| {
        let concepts = include["concept"].as_array().into_iter().flatten();
        concepts.map(|concept| (text(include, "system").to_owned(), text(concept, "code").to_owned()))
    });
    (text(value_set, "url").to_owned(), codes.collect())
}

fn profile(structure: &Value, value_sets: &ValueSets) -> (String, Profile) {
    let name = text(structure, "type");
    let element = Element::read(structure);
    let shape = r4().find(name).unwrap_or_else(|| panic!("{name} is a type of the table"));
    let compiler = Compiler { value_sets };
    let root = Rule {
        label: name.to_owned(),
        name: shape.path,
        members: vec![],
        many: false,
        count: Count { min: 1, max: Some(1) },
        of_each: compiler.of_each(&element, Some(shape), ""),
        slices: vec![],
    };
    let resource_type = name.parse().expect("a profile is on a resource type of ours");
    (text(structure, "url").to_owned(), Profile { resource_type, root })
}

struct Compiler<'v> {
    value_sets: &'v ValueSets,
}

impl Compiler<'_> {
    /// `label` is the label of the element itself, empty for the resource.
    fn of_each(&self, element: &Element, shape: Option<&'static Shape>, label: &str) -> OfEach {
        let mut of_each = OfEach { tests: self.tests(element), children: vec![] };
        for (name, child) in &element.children {
            // An extension of a primitive value stands beside it (`_start`): read by mapping tables, not checked here.
            if shape.is_none() && name == "extension" {
                continue;
            }
            let shape = shape.unwrap_or_else(|| panic!("{label} has no children"));
            self.child(&mut of_each.children, name, child, (shape, label));
        }
        of_each
    }

    /// A child, or for a choice that is sliced by type one rule per type.
    fn child(
        &self,
        into: &mut Vec<Rule>,
        name: &str,
        child: &Element,
        (shape, label): (&'static Shape, &str),
    ) {
        let stem = name.strip_suffix("[x]");
        if stem.is_some() && !child.slices.is_empty() {
            for (json, slice) in &child.slices {
                into.push(self.rule(json, slice, (shape, label)));
            }
        } else {
            into.push(self.rule(stem.unwrap_or(name), child, (shape, label)));
        }
    }

    fn rule(&self, name: &str, element: &Element, (shape, parent): (&'static Shape, &str)) -> Rule {
        let label = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        let is_named = |json: &str, slot: &str| slot == name || json == name;
        let properties = shape.properties.iter().filter(|p| is_named(p.name, shape.slot_of(p).name));
        let members: Vec<_> = properties.map(|p| Member { json: p.name, kind: p.kind }).collect();
        let slot = shape.slots.iter().find(|slot| members.iter().any(|m| is_of(shape, slot.name, m)));
        let slot = slot.unwrap_or_else(|| panic!("{label} is an element of {}", shape.path));
        let inner = match members.as_slice() {
            [Member { kind: Kind::Complex(id), .. }] => Some(r4().shape(*id)),
            _ => None,
        };
        Rule {
            name: slot.name,
            many: slot.max == Max::Many,
            count: count(element),
            of_each: self.of_each(element, inner, &label),
            slices: element
                .slices
                .iter()
                .map(|(_, slice)| self.slice(element, slice, (inner, &label)))
                .collect(),
            members,
            label,
        }
    }

    fn slice(
        &self,
        sliced: &Element,
        slice: &Element,
        (shape, label): (Option<&'static Shape>, &str),
    ) -> Slice {
        let discriminators = sliced.discriminators(label).into_iter().map(|path| {
            let value = slice.fixed(&path).unwrap_or_else(|| panic!("a slice of {label} fixes {path:?}"));
            (path.into_iter().map(str::to_owned).collect(), value.clone())
        });
        Slice {
            short: slice.text("short").unwrap_or(label).to_owned(),
            discriminators: discriminators.collect(),
            count: count(slice),
            of_each: self.of_each(slice, shape, label),
        }
    }

    fn tests(&self, element: &Element) -> Vec<Test> {
        let definition = &element.definition;
        let mut tests = Vec::new();
        if let Some(most) = definition["maxLength"].as_u64() {
            tests.push(Test::MaxLength(usize::try_from(most).unwrap_or(usize::MAX)));
        }
        if text(&definition["binding"], "strength") == "required" {
            let url = text(&definition["binding"], "valueSet");
            let codes = self.value_sets.get(url).unwrap_or_else(|| panic!("{url} is in the package"));
            tests.push(Test::Codes(codes.clone()));
        }
        tests.extend(element.pattern().cloned().map(Test::Pattern));
        for constraint in definition["constraint"].as_array().into_iter().flatten() {
            let key = text(constraint, "key");
            let judge = judges::find(key).unwrap_or_else(|| panic!("{key} names a function"));
            tests.push(Test::Judge(judge));
        }
        tests
    }
}

fn is_of(shape: &Shape, slot: &str, member: &Member) -> bool {
    shape.property(member.json).is_some_and(|property| shape.slot_of(property).name == slot)
}

/// What the differential says of the number; unsaid it is free, because R4 itself is checked apart.
fn count(element: &Element) -> Count {
    let min = element.definition["min"].as_u64().and_then(|min| usize::try_from(min).ok()).unwrap_or(0);
    Count { min, max: element.text("max").and_then(|max| max.parse().ok()) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_profile_compiles() {
        let extensions =
            STRUCTURE_DEFINITIONS.iter().filter(|t| text(&json(t), "type") == "Extension").count();
        assert_eq!(all().len() + extensions, STRUCTURE_DEFINITIONS.len());
    }

    #[test]
    fn every_constraint_of_a_profile_has_its_function_and_the_other_way_round() {
        let mut keys = BTreeSet::new();
        for structure in STRUCTURE_DEFINITIONS.iter().map(|text| json(text)) {
            for element in structure["differential"]["element"].as_array().unwrap() {
                let constraints = element["constraint"].as_array().into_iter().flatten();
                keys.extend(constraints.map(|constraint| text(constraint, "key").to_owned()));
            }
        }
        let functions: BTreeSet<_> = judges::keys().map(str::to_owned).collect();
        assert_eq!(keys, functions);
    }
}
