//! `search.tsv`: type, code, kind, FHIRPath, targets, url; the alternatives of other types cut out of the FHIRPath.

use gateway_core::ResourceType;
use serde_json::Value;

use crate::definitions::{Definitions, list, text};

pub(crate) fn table(definitions: &Definitions) -> Vec<String> {
    let mut rows: Vec<String> = definitions.parameters.iter().flat_map(rows).collect();
    rows.sort();
    rows
}

fn rows(parameter: &Value) -> Vec<String> {
    let bases = list(parameter, "base").iter().filter_map(Value::as_str);
    let ours = bases.filter(|base| *base == "Resource" || base.parse::<ResourceType>().is_ok());
    let [code, kind, url] = ["code", "type", "url"].map(|part| text(parameter, part));
    let targets: Vec<_> = list(parameter, "target").iter().filter_map(Value::as_str).collect();
    ours.map(|base| {
        let expression = alternatives_of(base, text(parameter, "expression"));
        format!("{base}\t{code}\t{kind}\t{expression}\t{}\t{url}", targets.join(" "))
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
