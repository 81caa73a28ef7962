//! `docs/fhir/search.md`; each row about an answer is asked of the running router.

use std::fmt::Write as _;

use fhir_profiles::Profiles;
use fhir_profiles::search::ParameterKind;
use gateway_api::fhir::{Rest, offered};
use gateway_core::ResourceType;

use super::{Left, Page, head, left_out};
use crate::fhir::Client;
use crate::house::House;

/// Parameters about the answer, with a value to try.
const RESULT: [(&str, &str, &str); 10] = [
    ("_count", "10", "entries on a page, at most 1000; 0 is the number only"),
    ("_sort", "-_lastUpdated", "any parameter of the type, `-` turns it round"),
    ("_include", "*", "what is referred to comes along; `:iterate` goes on"),
    ("_revinclude", "Appointment:patient", "what refers comes along; `:iterate` goes on"),
    ("_summary", "true", "`true`, `text`, `data`, `count`, `false`"),
    ("_elements", "name", "only these elements of the root"),
    ("_total", "accurate", "`none`, `estimate`, `accurate`"),
    ("_format", "json", "json, xml or a media type"),
    ("_pretty", "true", "indented JSON"),
    ("_has:Appointment:patient:status", "booked", "what is referred to by something, also nested"),
];

/// Parameters that are refused, with why.
const REFUSED: [(&str, &str); 8] = [
    ("_text", "texts are not indexed as a whole"),
    ("_content", "texts are not indexed as a whole"),
    ("_filter", "the parameters of the types say the same, and are indexed"),
    ("_query", "there are no named queries"),
    ("_list", "there are no lists"),
    ("_contained", "contained resources are found by what contains them"),
    ("_containedType", "contained resources are found by what contains them"),
    ("_score", "nothing is ranked"),
];

const LEFT: &Left = &[
    (
        "Bundle.composition, Bundle.message",
        "the first entry of a Bundle is no reference; Bundles are not kept",
    ),
    ("any modifier that is not in the row of the parameter", "400, also with `Prefer: handling=lenient`"),
];

pub(super) fn page() -> Page {
    let mut out = head("Search");
    out.push_str("Prefixes, for date, number and quantity: `eq ne gt lt ge le sa eb ap`.\n\n## About the answer\n\n| parameter | supported | |\n|---|---|---|\n");
    for (name, _, what) in RESULT {
        writeln!(out, "| `{name}` | yes | {what} |").unwrap();
    }
    for (name, why) in REFUSED {
        writeln!(out, "| `{name}` | no (400) | {why} |").unwrap();
    }
    let profiles = Profiles::embedded();
    let searched = ResourceType::ALL.iter().filter(|of| offered(**of).contains(&Rest::SearchType));
    for resource_type in searched {
        of_type(&mut out, &profiles, *resource_type);
    }
    left_out(&mut out, LEFT);
    ("search.md", out)
}

fn of_type(out: &mut String, profiles: &Profiles, resource_type: ResourceType) {
    writeln!(out, "\n## {resource_type}\n\n| parameter | kind | modifiers |\n|---|---|---|").unwrap();
    let own = [("_id", "token"), ("_lastUpdated", "date")].map(|(code, kind)| (code, kind, &[][..]));
    let known = profiles.search_parameters(resource_type).iter();
    let known = known.map(|parameter| (parameter.code, kind(parameter.kind), parameter.targets));
    for (code, kind, targets) in own.into_iter().chain(known) {
        let modifiers = profiles.search_modifiers(resource_type, code).iter();
        let mut told: Vec<String> = modifiers.map(|modifier| format!("`:{modifier}`")).collect();
        if kind == "reference" && !targets.is_empty() {
            told.push(format!(
                "`:[{}]`",
                if targets.len() > 8 { "Type".to_owned() } else { targets.join("\\|") }
            ));
        }
        writeln!(out, "| {code} | {kind} | {} |", told.join(" ")).unwrap();
    }
}

fn kind(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Token => "token",
        ParameterKind::String => "string",
        ParameterKind::Date => "date",
        ParameterKind::Reference => "reference",
        ParameterKind::Uri => "uri",
        ParameterKind::Number => "number",
        ParameterKind::Quantity => "quantity",
        ParameterKind::Composite => "composite",
        ParameterKind::Special => "special",
    }
}

#[tokio::test]
async fn what_is_said_about_the_answer_is_so() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for (name, value, _) in RESULT {
        let reply = client.get(&format!("/fhir/Patient?{name}={value}")).await;
        assert_eq!(reply.status, 200, "{name}: {:?}", reply.json());
    }
    for (name, _) in REFUSED {
        let reply = client.get(&format!("/fhir/Patient?{name}=x")).await;
        assert_eq!(reply.status, 400, "{name}: {:?}", reply.json());
    }
}
