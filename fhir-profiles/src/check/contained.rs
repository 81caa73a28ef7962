//! Contained resources: dom-2 to dom-5, and ids that name one each (`dutch-fhir.md` case 40).

use gateway_core::IssueCode::Invariant;
use gateway_core::json::{Kind, Node};

use super::{Level, Place, Sink};

pub(super) fn check(resource: &Place<'_>, sink: &mut Sink) {
    if resource.name == "contained" {
        return;
    }
    let mut ids: Vec<&str> = Vec::new();
    for place in resource.each("contained") {
        let id = place.text("id").unwrap_or_default();
        let mut refuse = |text: &str| sink.add(Level::Refused, Invariant, &place, text);
        if place.has("contained") {
            refuse("must not contain resources itself (dom-2)");
        }
        if id.is_empty() || !is_referenced(resource.node, place.node, id) {
            refuse("must be referenced from the resource that contains it (dom-3)");
        }
        let meta = place.node.get("meta");
        let has = |name| meta.is_some_and(|meta| meta.get(name).is_some());
        if has("versionId") || has("lastUpdated") {
            refuse("must not have meta.versionId or meta.lastUpdated (dom-4)");
        }
        if has("security") {
            refuse("must not have meta.security (dom-5)");
        }
        if ids.contains(&id) {
            refuse("must have an id of its own");
        }
        ids.push(id);
    }
}

/// Whether some string points to `#id`, or the contained resource points to its container.
fn is_referenced(container: Node<'_>, inner: Node<'_>, id: &str) -> bool {
    any_string(inner, &|text| text == "#")
        || any_string(container, &|text| text.strip_prefix('#') == Some(id))
}

fn any_string(node: Node<'_>, wanted: &impl Fn(&str) -> bool) -> bool {
    match node.kind() {
        Kind::String => node.as_str().is_some_and(wanted),
        Kind::Array => node.items().any(|item| any_string(item, wanted)),
        Kind::Object => node.entries().any(|(_, value)| any_string(value, wanted)),
        Kind::Null | Kind::Bool(_) | Kind::Number => false,
    }
}
