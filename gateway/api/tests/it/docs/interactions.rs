//! `docs/fhir/interactions.md`

use std::fmt::Write as _;

use gateway_api::fhir::{Rest, SYSTEM, offered, table};
use gateway_api::media::PATCH_FORMATS;
use gateway_core::ResourceType;

use super::{Left, Page, head, left_out};

/// The columns.
const ALL: [Rest; 9] = [
    Rest::Read,
    Rest::Vread,
    Rest::HistoryInstance,
    Rest::HistoryType,
    Rest::SearchType,
    Rest::Create,
    Rest::Update,
    Rest::Patch,
    Rest::Delete,
];

const LEFT: &Left = &[
    ("Turtle, ND-JSON as an answer format", "nobody here speaks them: 406 and 415"),
    ("XML Patch (`application/xml-patch+xml`)", "JSON Patch and FHIRPath Patch say the same: 415"),
    ("conditional delete of several", "`single` only: more than one match is 412"),
    ("another version of FHIR (`fhirVersion=`)", "R4 only: 406 and 415"),
    ("writing Task, Endpoint and our own maps", "they are the gateway's own state: 405"),
    (
        "types without a row",
        "parts of messages, or made on the spot; the audit trail cannot be read yet: 404",
    ),
];

pub(super) fn page() -> Page {
    let mut out = head("Interactions");
    let codes: Vec<_> = ALL.iter().map(|rest| rest.code()).collect();
    writeln!(out, "| type | {} |\n|---|{}", codes.join(" | "), "---|".repeat(ALL.len())).unwrap();
    for resource_type in ResourceType::ALL.iter().filter(|of| !offered(**of).is_empty()) {
        let has = |rest: &Rest| if offered(*resource_type).contains(rest) { "yes" } else { "no" };
        let cells: Vec<_> = ALL.iter().map(has).collect();
        writeln!(out, "| {resource_type} | {} |", cells.join(" | ")).unwrap();
    }
    out.push_str(
        "\nWhere a type has `create`, so it has conditional create (`If-None-Exist`); with `update` come conditional update, \
         update as create and `If-Match`; with `patch` conditional patch; with `delete` conditional delete of one. `HEAD` is \
         answered wherever `GET` is.\n",
    );
    let system: Vec<_> = SYSTEM.iter().map(|rest| format!("`{}`", rest.code())).collect();
    writeln!(out, "\nOver all types: {}.", system.join(", ")).unwrap();
    let formats: Vec<_> = PATCH_FORMATS.iter().map(|format| format!("`{format}`")).collect();
    writeln!(out, "\nA patch is one of {}.", formats.join(", ")).unwrap();
    out.push_str("\n## Paths\n\n| path | method | interaction |\n|---|---|---|\n");
    for (route, method, rest) in table() {
        writeln!(out, "| `{}` | {method} | {} |", route.path(), rest.code()).unwrap();
    }
    left_out(&mut out, LEFT);
    ("interactions.md", out)
}
