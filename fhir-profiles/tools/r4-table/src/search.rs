//! `search.tsv`: type, code, kind, FHIRPath, targets, url, components; the alternatives of other types cut out of the
//! FHIRPath, the components of a composite as the codes of their own parameters.

use std::collections::BTreeMap;

use gateway_core::ResourceType;
use serde_json::Value;

use crate::definitions::{Definitions, list, text};

pub(crate) fn table(definitions: &Definitions) -> Vec<String> {
    let codes = Codes::of(definitions);
    let mut all: Vec<String> = definitions.parameters.iter().flat_map(|p| rows(p, &codes)).collect();
    all.sort();
    all
}

/// The codes of parameters by their url and by their FHIRPath.
struct Codes<'d>(BTreeMap<&'d str, &'d str>);

impl<'d> Codes<'d> {
    fn of(definitions: &'d Definitions) -> Self {
        let keys = |p: &'d Value| [text(p, "url"), text(p, "expression")].map(|key| (key, text(p, "code")));
        Self(definitions.parameters.iter().flat_map(keys).collect())
    }

    /// The parameter a component is. Its FHIRPath goes before the definition it names: those of
    /// `DocumentReference.relationship` are swapped in R4.
    fn component(&self, composite: &Value, part: &Value) -> &'d str {
        let path = format!("{}.{}", text(composite, "expression"), text(part, "expression"));
        self.0.get(path.as_str()).unwrap_or_else(|| &self.0[text(part, "definition")])
    }
}

fn rows(parameter: &Value, codes: &Codes<'_>) -> Vec<String> {
    let bases = list(parameter, "base").iter().filter_map(Value::as_str);
    let ours = bases.filter(|base| *base == "Resource" || base.parse::<ResourceType>().is_ok());
    let [code, kind, url] = ["code", "type", "url"].map(|part| text(parameter, part));
    let targets: Vec<_> = list(parameter, "target").iter().filter_map(Value::as_str).collect();
    let components = list(parameter, "component").iter().map(|part| codes.component(parameter, part));
    let components = components.collect::<Vec<_>>().join(" ");
    ours.map(|base| {
        let expression = alternatives_of(base, text(parameter, "expression"));
        format!("{base}\t{code}\t{kind}\t{expression}\t{}\t{url}\t{components}", targets.join(" "))
    })
    .collect()
}

fn alternatives_of(base: &str, expression: &str) -> String {
    let mut depth = 0;
    let parts = expression.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == '|' && depth == 0
    });
    let begins = |part: &&str| part.trim_start_matches('(').split('.').next() == Some(base);
    parts.map(str::trim).filter(begins).collect::<Vec<_>>().join(" | ")
}
