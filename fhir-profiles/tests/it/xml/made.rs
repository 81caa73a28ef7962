//! Case 60, on resources made from the table: everything R4 allows goes there and back.

use std::sync::LazyLock;

use gateway_core::ResourceType;
use gateway_core::json::quoted;
use proptest::prelude::*;

use super::{as_json, as_xml, canonical_text};
use crate::agreement::{Rows, capitalised, rows};

static ROWS: LazyLock<Rows> = LazyLock::new(rows);

const TEXTS: &[&str] = &[
    "tekst",
    " met blanco's ",
    "a\nb\r\nc\td",
    "<b>&amp;\"'</b>]]>",
    "👩‍👩‍👧 é e\u{301} \u{feff}\u{a0}",
    "\\ \u{7f} /",
    "true",
    "1.00",
];

const NUMBERS: &[&str] = &["0", "-1", "1.00", "1E3", "1e-7", "-0", "12345678901234567890.10", "0.1000"];

const DIV: &str = r#"<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="nl">a &lt; b&#160;<b class='x "y"'>é</b><br/>
 <!-- c --><table><tr><td>1</td></tr></table></div>"#;

/// Makes JSON texts by the table; what they hold is drawn from the seed.
struct Maker(u64);

impl Maker {
    fn draw(&mut self, of: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % of
    }

    fn one_of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.draw(list.len())]
    }

    fn resource(&mut self, resource_type: ResourceType, depth: usize) -> String {
        let members = self.members(resource_type.as_str(), depth);
        let comma = if members.is_empty() { "" } else { "," };
        format!("{{\"resourceType\":\"{resource_type}\"{comma}{members}}}")
    }

    /// The members of an object, in an order that is not R4's.
    fn members(&mut self, path: &'static str, depth: usize) -> String {
        let mut members: Vec<String> = Vec::new();
        for (child, row) in ROWS.range(path..).take_while(|(child, _)| child.starts_with(path)) {
            let name = child.strip_prefix(path).and_then(|rest| rest.strip_prefix('.'));
            let Some(name) = name.filter(|name| !name.contains('.')) else { continue };
            // an extension without url is none; anything else may be absent here
            if name != "url" && self.draw(2 + depth * 3) > 0 {
                continue;
            }
            let at = self.draw(row.types.len());
            let type_name = row.types[at];
            let json_name = match name.strip_suffix("[x]") {
                Some(stem) => format!("{stem}{}", capitalised(type_name)),
                None => name.to_owned(),
            };
            let attribute = name == "url" && path == "Extension" || name == "id" && !is_resource(path);
            let primitive = is_primitive(type_name) && !attribute && type_name != "xhtml";
            let count = if row.many { 1 + self.draw(3) } else { 1 };
            let mut values: Vec<Option<String>> = Vec::new();
            let mut extras: Vec<Option<String>> = Vec::new();
            for _ in 0..count {
                let extra = (primitive && self.draw(4) == 0).then(|| self.extra(depth + 1));
                let bare = extra.as_ref().is_some_and(|e| e.contains("extension")) && self.draw(2) == 0;
                values.push((!bare).then(|| self.value(child, type_name, depth + 1)));
                extras.push(extra);
            }
            members.extend(member("", &json_name, &values, row.many));
            members.extend(member("_", &json_name, &extras, row.many));
        }
        members.reverse();
        members.join(",")
    }

    fn extra(&mut self, depth: usize) -> String {
        let id = r#""id":"e1""#;
        let extension = format!(r#""extension":[{}]"#, self.extension(depth));
        match self.draw(3) {
            0 => format!("{{{id}}}"),
            1 => format!("{{{extension}}}"),
            _ => format!("{{{extension},{id}}}"),
        }
    }

    fn extension(&mut self, depth: usize) -> String {
        format!("{{{}}}", self.members("Extension", depth + 2))
    }

    fn value(&mut self, path: &'static str, type_name: &'static str, depth: usize) -> String {
        let row = &ROWS[path];
        let definition = match type_name {
            "boolean" => return self.one_of(&["true", "false"]).to_owned(),
            "integer" | "unsignedInt" | "positiveInt" | "decimal" => return self.one_of(NUMBERS).to_owned(),
            "xhtml" => return quoted(DIV),
            name if is_primitive(name) => return quoted(self.one_of(TEXTS)),
            "Resource" => return self.nested(depth),
            "OperationOutcome" => return self.resource(ResourceType::OperationOutcome, depth),
            "BackboneElement" | "Element" => path,
            _ if !row.content.is_empty() => row.content,
            name => name,
        };
        let members = self.members(definition, depth);
        if members.is_empty() { r#"{"id":"x"}"#.to_owned() } else { format!("{{{members}}}") }
    }

    fn nested(&mut self, depth: usize) -> String {
        let at = self.draw(ResourceType::ALL.len());
        self.resource(ResourceType::ALL[at], depth + 1)
    }
}

fn is_primitive(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_resource(path: &str) -> bool {
    matches!(ROWS[path].types.as_slice(), ["DomainResource" | "Resource"])
}

/// The text of a member, unless all of it is absent.
fn member(mark: &str, name: &str, items: &[Option<String>], many: bool) -> Option<String> {
    if items.iter().all(Option::is_none) {
        return None;
    }
    let texts: Vec<_> = items.iter().map(|item| item.as_deref().unwrap_or("null")).collect();
    let (open, close) = if many { ("[", "]") } else { ("", "") };
    Some(format!("\"{mark}{name}\":{open}{}{close}", texts.join(", ")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn case_60_a_resource_goes_to_xml_and_back_without_loss(
        at in 0..ResourceType::ALL.len(), seed in any::<u64>()
    ) {
        let json = Maker(seed).resource(ResourceType::ALL[at], 0);
        let xml = as_xml(&json);
        let back = as_json(&xml);
        prop_assert_eq!(canonical_text(&back), canonical_text(&json), "{}", xml);
        prop_assert_eq!(as_xml(&back), xml);
    }

    #[test]
    fn noise_in_xml_never_panics(seed in any::<u64>(), at in any::<usize>(), noise in "(<|>|/|&|\"|'|=|x|\\PC){1,3}") {
        let xml = as_xml(&Maker(seed).resource(ResourceType::Patient, 0));
        let (at, _) = xml.char_indices().nth(at % xml.chars().count()).unwrap();
        let (before, after) = xml.split_at(at);
        drop(fhir_profiles::xml::from_xml(format!("{before}{noise}{after}").as_bytes(), None));
        drop(fhir_profiles::xml::from_xml(before.as_bytes(), None));
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        drop(fhir_profiles::xml::from_xml(&bytes, None));
    }
}

#[test]
fn case_60_every_type_goes_there_and_back() {
    for resource_type in ResourceType::ALL {
        for seed in 0..4 {
            let json = Maker(seed).resource(*resource_type, 0);
            assert_eq!(canonical_text(&as_json(&as_xml(&json))), canonical_text(&json));
        }
    }
}
