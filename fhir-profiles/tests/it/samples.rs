//! Resources made from the table, of every type: what is right by R4 passes, whatever optional elements it has.

use std::collections::HashMap;
use std::sync::LazyLock;

use fhir_profiles::{Rules, Subset};
use gateway_core::{IssueCode, Resource, ResourceType};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::agreement::{Rows, capitalised, rows, schema};
use super::support::PROFILES;

const CODES: &str = include_str!("../../r4/codes.tsv");

/// Makes one resource; what is optional is drawn from the seed.
struct Maker {
    seed: u64,
}

static ROWS: LazyLock<Rows> = LazyLock::new(rows);

/// A code of each value set.
static A_CODE: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let code = |line: &'static str| {
        let cells: Vec<_> = line.split('\t').collect();
        (cells[0], cells[2])
    };
    CODES.lines().map(code).collect()
});

impl Maker {
    fn draw(&mut self, of: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % of
    }

    fn resource(&mut self, resource_type: ResourceType) -> Value {
        let mut members = self.members(resource_type.as_str(), 0);
        members.insert("resourceType".into(), json!(resource_type.as_str()));
        Value::Object(members)
    }

    fn members(&mut self, path: &'static str, depth: u64) -> Map<String, Value> {
        let mut members = Map::new();
        for (child, row) in ROWS.range(path..).take_while(|(child, _)| child.starts_with(path)) {
            let Some(name) = child.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')) else {
                continue;
            };
            let refused =
                matches!(name, "contained" | "modifierExtension" | "implicitRules" | "id" | "extension");
            if name.contains('.') || refused || !row.mandatory && self.draw(2 + depth * 3) > 0 {
                continue;
            }
            let at = usize::try_from(self.draw(row.types.len() as u64)).expect("a choice has some types");
            let type_name = row.types[at];
            let value = self.value(child, type_name, depth + 1);
            let json_name = match name.strip_suffix("[x]") {
                Some(stem) => format!("{stem}{}", capitalised(type_name)),
                None => name.to_owned(),
            };
            members.insert(json_name, if row.many { json!([value]) } else { value });
        }
        members
    }

    fn value(&mut self, path: &'static str, type_name: &'static str, depth: u64) -> Value {
        let row = &ROWS[path];
        let text = match type_name {
            "boolean" => return json!(true),
            "integer" | "unsignedInt" | "positiveInt" => return json!(7),
            "decimal" => return json!(1.5),
            "Resource" => return json!({"resourceType": "Binary", "contentType": "text/plain"}),
            "Reference" => return json!({"display": "x"}),
            "Extension" => return json!({"url": "https://x/e", "valueString": "y"}),
            "code" => match row.binding {
                "currencies" => "EUR",
                set => A_CODE.get(set).copied().unwrap_or("x"),
            },
            "id" => "a-1.B",
            "uri" | "url" | "canonical" => "https://x/y",
            "oid" => "urn:oid:1.2.3",
            "uuid" => "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
            "date" => "2026-02",
            "dateTime" | "instant" => "2026-03-29T10:00:00.5+02:00",
            "time" => "10:00:00",
            "base64Binary" => "QUJD",
            "xhtml" => "<div>x</div>",
            "string" | "markdown" => "tekst\nmeer",
            _ => "",
        };
        if !text.is_empty() {
            return json!(text);
        }
        let definition = match type_name {
            "BackboneElement" | "Element" => path,
            _ if !row.content.is_empty() => row.content,
            name => name,
        };
        let mut members = self.members(definition, depth);
        if members.is_empty() {
            members.insert("extension".into(), json!([{"url": "https://x/e", "valueString": "y"}]));
        }
        Value::Object(members)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_the_table_allows_breaks_invariants_at_most(at in 0..ResourceType::ALL.len(), seed in any::<u64>()) {
        let resource_type = ResourceType::ALL[at];
        let mut maker = Maker { seed };
        let document = maker.resource(resource_type);
        let resource = Resource::from_text(document.to_string()).unwrap();
        let refusal = PROFILES.issues(&resource, None, Rules::default());
        for issue in &refusal.issues {
            prop_assert_eq!(issue.code, IssueCode::Invariant, "{} in {}", issue, document);
        }
        prop_assert!(!refusal.malformed);
        drop(PROFILES.index(&resource));
    }
}

#[test]
fn a_schema_of_every_type_takes_what_the_table_allows() {
    for resource_type in ResourceType::ALL {
        let schema = schema(resource_type.as_str());
        for seed in 0..3 {
            let document = Maker { seed }.resource(*resource_type);
            assert!(schema.is_valid(&document), "{document}");
        }
    }
}

/// The four kinds of part; of the elements every third.
fn parts(document: &Value, seed: u64) -> Vec<Subset> {
    let names = document.as_object().expect("a resource is an object").keys().enumerate();
    let some =
        names.filter(|(n, _)| (*n as u64 + seed).is_multiple_of(3)).map(|(_, name)| name.clone()).collect();
    vec![Subset::Summary, Subset::Text, Subset::Data, Subset::Elements(some)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Rules that ask for one of several elements may break in a part; that is what its tag is for.
    #[test]
    fn a_part_has_all_that_must_be_there(at in 0..ResourceType::ALL.len(), seed in any::<u64>()) {
        let document = Maker { seed }.resource(ResourceType::ALL[at]);
        let whole = Resource::from_text(document.to_string()).unwrap();
        for subset in parts(&document, seed) {
            let text = PROFILES.subset(whole.root(), &subset);
            let part = Resource::from_text(text.clone()).unwrap();
            let issues = PROFILES.issues(&part, None, Rules::default()).issues;
            let others: Vec<_> = issues.iter().filter(|issue| issue.code != IssueCode::Invariant).collect();
            prop_assert!(others.is_empty(), "{:?}: {:?} in {} of {}", subset, others, text, document);
            prop_assert_eq!(PROFILES.subset(part.root(), &subset), text, "a part of a part");
        }
    }
}
