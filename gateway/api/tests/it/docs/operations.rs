//! `docs/fhir/operations.md`

use std::fmt::Write as _;

use gateway_api::fhir::operation::{Kind, Methods, OPERATIONS, Operation, Types};

use super::{Left, Page, head, left_out};

const LEFT: &Left = &[
    ("`$expand` with `context`, `date`, `exclude-system`", "one version of each system is carried"),
    ("`$translate` with `dependency`", "an entry that depends on another element is left out of the answer"),
    (
        "`$closure`, `$find-matches`",
        "this is a gateway with the terms of its own elements, no terminology server: 404",
    ),
    (
        "`$validate` of a resource in XML that is not R4",
        "what cannot be read cannot be looked at: 400 with every place",
    ),
    (
        "SNOMED CT, LOINC and other systems that are not HL7's or ours",
        "their terms are not ours to hand out: 404, never a no",
    ),
    ("`$match`, `$convert`, `$graphql`, `$process-message`", "not offered: 404"),
];

pub(super) fn page() -> Page {
    let mut out = head("Operations");
    out.push_str(
        "A parameter that is not listed is 400, and so is one that is missing, doubled or of another type; all of them are told \
         at once. Parameters come in the query as far as they are simple, in a Parameters resource, or as the resource itself.\n",
    );
    for operation in OPERATIONS {
        write_one(&mut out, operation);
    }
    left_out(&mut out, LEFT);
    ("operations.md", out)
}

fn write_one(out: &mut String, operation: &Operation) {
    let paths: Vec<_> = operation.paths().map(|path| format!("`{path}`")).collect();
    let of = match operation.types {
        Types::Every => "every type".to_owned(),
        Types::Only(types) => types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let how = match operation.methods {
        Methods::GetOrPost => "GET, POST",
        Methods::Post => "POST",
    };
    writeln!(out, "\n## ${} ({of})\n\n{}\n", operation.name, operation.does).unwrap();
    writeln!(out, "{}; {how}. <{}>", paths.join(", "), operation.definition).unwrap();
    if operation.takes.is_empty() {
        return;
    }
    out.push_str("\n| parameter | type | |\n|---|---|---|\n");
    for takes in operation.takes {
        let much = match (takes.mandatory, takes.repeats) {
            (true, _) => "must be there",
            (false, true) => "any number",
            (false, false) => "",
        };
        let never = if takes.kind == Kind::Secret { ", never in a URL" } else { "" };
        writeln!(out, "| {} | {} | {much}{never} |", takes.name, takes.kind.name()).unwrap();
    }
}
