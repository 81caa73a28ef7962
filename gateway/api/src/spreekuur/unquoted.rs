//! Ids and BSNs that came without their quotes, as the published examples show them (`spreekuur.md` section 12, Q-09).
//!
//! In lenient mode they are read as the strings they should have been; a BSN gets back the zeros a number cannot have.

use std::fmt::Write as _;

use gateway_core::json::{Document, Node};
use gateway_core::{Bsn, Issue, IssueCode, Resource};

use super::shape::items;

/// A number that stands where a string belongs.
struct Number<'d> {
    node: Node<'d>,
    is_bsn: bool,
}

/// Reads a body, with quotes put around those numbers when there are any.
pub(super) fn parse(bytes: &[u8]) -> Result<Resource, Issue> {
    let parsed = Resource::parse(bytes);
    let may_have = match &parsed {
        Ok(resource) => !numbers(resource.root()).is_empty(),
        Err(issue) => issue.code == IssueCode::Value,
    };
    let Some(document) = may_have.then(|| Document::parse(bytes).ok()).flatten() else { return parsed };
    let numbers = numbers(document.root());
    if numbers.is_empty() { parsed } else { Resource::from_text(quoted(document.text(), &numbers)) }
}

fn numbers(root: Node<'_>) -> Vec<Number<'_>> {
    let actors =
        items(root, "participant").filter_map(|participant| participant.get("actor")?.get("identifier"));
    let patients = items(root, "contained").flat_map(|contained| items(contained, "identifier"));
    let bsns = actors.chain(patients).filter(|identifier| identifier.text("system") == Some(Bsn::SYSTEM));
    let bsns = bsns.filter_map(|identifier| Some(Number { node: identifier.get("value")?, is_bsn: true }));
    let ids = std::iter::once(root).chain(items(root, "contained")).filter_map(|resource| resource.get("id"));
    let ids = ids.map(|node| Number { node, is_bsn: false });
    let mut found: Vec<_> = ids.chain(bsns).filter(|one| one.node.number().is_some_and(is_plain)).collect();
    found.sort_unstable_by_key(|one| one.node.raw().as_ptr().addr());
    found
}

fn is_plain(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `text` with `numbers`, which are slices of it in order, as strings.
fn quoted(text: &str, numbers: &[Number<'_>]) -> String {
    let mut out = String::with_capacity(text.len() + 16 * numbers.len());
    let mut done = 0;
    for Number { node, is_bsn } in numbers {
        let raw = node.raw();
        let start = raw.as_ptr().addr() - text.as_ptr().addr();
        out.push_str(text.get(done..start).unwrap_or_default());
        let width = if *is_bsn { 9 } else { 0 };
        write!(out, "\"{raw:0>width$}\"").expect("writing to a String cannot fail");
        done = start + raw.len();
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

    #[test]
    fn q_09_ids_and_bsns_get_their_quotes() {
        let text = format!(
            r#"{{"resourceType":"Appointment","id": 12345 ,"minutesDuration":10,"participant":[
                {{"actor":{{"identifier":{{"value":9921,"system":"{BSN}"}}}}}},
                {{"actor":{{"identifier":{{"value":7,"system":"other"}}}}}}]}}"#
        );
        let resource = parse(text.as_bytes()).unwrap();
        assert_eq!(resource.id().unwrap().as_str(), "12345");
        assert!(resource.text().contains(r#""value":"000009921","#), "{}", resource.text());
        assert!(
            resource.text().contains(r#""minutesDuration":10,"#) && resource.text().contains(r#""value":7,"#)
        );
    }

    #[test]
    fn anything_else_is_left_as_it_came() {
        for text in [
            r#"{"resourceType":"Communication","id":"1","contained":[{"id":"2"}]}"#,
            r#"{"resourceType":"Communication","contained":[{"id":1.5},{"id":-1},{"id":1e3}]}"#,
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap().text(), text);
        }
        for bad in
            [r#"{"resourceType":"Communication","id":1.5}"#, r#"{"resourceType":"Communication","id":true}"#]
        {
            assert_eq!(parse(bad.as_bytes()).unwrap_err().code, IssueCode::Value);
        }
        assert_eq!(parse(b"{").unwrap_err().code, IssueCode::Structure);
    }
}
