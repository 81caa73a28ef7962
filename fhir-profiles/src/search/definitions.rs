//! The definitions of search parameters: those of R4 as the rows of `r4/search.tsv`, our own as the SearchParameter
//! resources in `SearchParameter/`. Both become the same rows, and rows are shown as SearchParameter resources again.
//!
//! A new parameter is a new file there, named in [`OURS`]; [`fingerprint`] tells the store that its index is not up to it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gateway_core::Resource;
use serde_json::{Value, json};

const R4: &str = include_str!("../../r4/search.tsv");

/// `SearchParameter/`
const OURS: &[&str] = &[
    include_str!("../../SearchParameter/zt-address-house-number.json"),
    include_str!("../../SearchParameter/zt-person-surname.json"),
];

/// One parameter of one type (or of `Resource`: of every type).
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) base: &'static str,
    pub(crate) code: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) expression: &'static str,
    /// The types a reference may point to, separated by blanks.
    pub(crate) targets: &'static str,
    pub(crate) url: &'static str,
    /// Of a composite: the codes of the parameters it is made of, separated by blanks.
    pub(crate) components: &'static str,
}

/// All of them, R4's first. Read once, they live as long as the program.
pub(crate) fn definitions() -> &'static [Definition] {
    static ALL: LazyLock<Vec<Definition>> =
        LazyLock::new(|| R4.lines().map(of_r4).chain(OURS.iter().flat_map(|text| ours(text))).collect());
    &ALL
}

fn of_r4(line: &'static str) -> Definition {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().unwrap_or_default();
    Definition {
        base: cell(),
        code: cell(),
        kind: cell(),
        expression: cell(),
        targets: cell(),
        url: cell(),
        components: cell(),
    }
}

fn ours(text: &'static str) -> Vec<Definition> {
    let parameter: Value =
        serde_json::from_str(text).expect("the files of the package are JSON; a test reads them all");
    let bases = listed(&parameter, "base").into_iter();
    bases
        .map(|base| Definition {
            code: leaked(&parameter["code"]),
            kind: leaked(&parameter["type"]),
            expression: alternatives_of(&base, parameter["expression"].as_str().unwrap_or_default()).leak(),
            targets: listed(&parameter, "target").join(" ").leak(),
            url: leaked(&parameter["url"]),
            components: "",
            base: base.leak(),
        })
        .collect()
}

fn leaked(value: &Value) -> &'static str {
    value.as_str().unwrap_or_default().to_owned().leak()
}

fn listed(parameter: &Value, key: &str) -> Vec<String> {
    let items = parameter[key].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The alternatives that begin at this type, as in `r4/search.tsv`.
fn alternatives_of(base: &str, expression: &str) -> String {
    let begins = |part: &&str| part.trim_start_matches('(').split('.').next() == Some(base);
    expression.split(" | ").filter(begins).collect::<Vec<_>>().join(" | ")
}

/// Each definition as a resource, R4's too, by their urls. Made when they are first asked for.
pub(crate) fn resources() -> &'static [Resource] {
    static ALL: LazyLock<Vec<Resource>> = LazyLock::new(shown);
    &ALL
}

fn shown() -> Vec<Resource> {
    let mut by_url: BTreeMap<&str, Vec<&Definition>> = BTreeMap::new();
    for definition in definitions() {
        by_url.entry(definition.url).or_default().push(definition);
    }
    by_url.into_iter().map(|(url, all)| resource(url, &all)).collect()
}

fn resource(url: &str, all: &[&Definition]) -> Resource {
    if let Some(text) = OURS.iter().find(|text| text.contains(&format!("\"{url}\""))) {
        return read((*text).to_owned());
    }
    let first = all.first().expect("a url is only listed with its definitions");
    let each = |part: fn(&Definition) -> &str| -> Vec<&str> {
        let mut parts: Vec<_> = all.iter().map(|d| part(d)).filter(|text| !text.is_empty()).collect();
        parts.dedup();
        parts
    };
    let name: String = url.rsplit('/').next().unwrap_or_default().split('-').map(capital).collect();
    let mut parameter = json!({
        "resourceType": "SearchParameter",
        "id": url.rsplit('/').next(),
        "url": url,
        "name": name,
        "version": "4.0.1",
        "status": "active",
        "description": format!("The parameter {} of FHIR R4.", first.code),
        "code": first.code,
        "base": each(|d| d.base),
        "type": first.kind,
    });
    let mut add = |key: &str, value: Value| {
        if !matches!(&value, Value::Array(list) if list.is_empty()) && value != "" {
            parameter[key] = value;
        }
    };
    add("expression", each(|d| d.expression).join(" | ").into());
    add("target", first.targets.split_whitespace().collect::<Vec<_>>().into());
    add("component", components(first).into());
    read(parameter.to_string())
}

fn components(composite: &Definition) -> Vec<Value> {
    let part = |code: &str| {
        let of = definitions().iter().find(|d| d.base == composite.base && d.code == code)?;
        let inner = of.expression.replace(&format!("{}.", composite.expression), "");
        Some(json!({"definition": of.url, "expression": inner}))
    };
    composite.components.split_whitespace().filter_map(part).collect()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

fn read(text: String) -> Resource {
    Resource::from_text(text).expect("a definition is a resource; a test checks them all")
}

/// Raised when values are folded or read in another way, so that rows made before are not up to date.
const FILLING: u32 = 2;

/// What the rows of the index depend on, as a short text.
pub(crate) fn fingerprint(base: &str) -> String {
    let mut hash = Fnv::default();
    hash.add(&FILLING.to_string());
    hash.add(base);
    for d in definitions() {
        for part in [d.base, d.code, d.kind, d.expression, d.components] {
            hash.add(part);
        }
    }
    format!("{:016x}", hash.0)
}

/// The hash of Fowler, Noll and Vo (64 bits, 1a): the same in every build, and no secret depends on it.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Profiles, Rules};

    #[test]
    fn every_definition_is_a_valid_search_parameter() {
        let profiles = Profiles::embedded();
        let all = resources();
        assert!(all.len() > 300, "{}", all.len());
        for resource in all {
            let text = resource.root().raw().to_owned();
            let issues = profiles.issues(resource, None, Rules::default()).issues;
            let wrong: Vec<_> = issues.into_iter().filter(gateway_core::Issue::refuses).collect();
            assert!(wrong.is_empty(), "{text}: {wrong:?}");
        }
    }

    #[test]
    fn every_file_of_ours_is_named_here() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/SearchParameter")).unwrap();
        assert_eq!(folder.count(), OURS.len());
    }

    #[test]
    fn the_fingerprint_stays_until_something_changes() {
        assert_eq!(fingerprint("a/"), fingerprint("a/"));
        assert_ne!(fingerprint("a/"), fingerprint("b/"));
        let hash = |parts: [&str; 2]| {
            let mut hash = Fnv::default();
            for part in parts {
                hash.add(part);
            }
            hash.0
        };
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
    }

    #[test]
    fn a_composite_shows_its_parts() {
        let all = resources();
        let relationship =
            all.iter().find(|r| r.root().text("id") == Some("DocumentReference-relationship")).unwrap();
        let parts: Vec<_> = relationship.root().find(&["component", "expression"]);
        assert_eq!(parts.iter().filter_map(|part| part.as_str()).collect::<Vec<_>>(), ["code", "target"]);
    }
}
