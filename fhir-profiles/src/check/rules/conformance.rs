//! Constraints of the definitions (CapabilityStatement, CodeSystem, ValueSet and their like); the keys are unique.

use std::collections::HashSet;

use gateway_core::json::Node;

use super::Holds;

pub(super) fn rule(key: &str) -> Option<Holds> {
    let holds: Holds = match key {
        "cmd-1" => |at| at.has("comment") || !matches!(at.text("equivalence"), Some("narrower" | "inexact")),
        "cmd-2" => |at| at.text("mode") != Some("fixed") || at.has("code"),
        "cmd-3" => |at| at.text("mode") != Some("other-map") || at.has("url"),
        "csd-1" => |at| {
            let mut seen = HashSet::new();
            codes_differ(at.node, &mut seen)
        },
        "nsd-1" => |at| {
            at.text("kind") != Some("root")
                || !at.node.find(&["uniqueId", "type"]).iter().any(|t| t.as_str() == Some("uuid"))
        },
        "nsd-2" => |at| {
            let preferred = at.node.find(&["uniqueId"]).into_iter();
            differ(
                preferred
                    .filter(|id| id.get("preferred").and_then(Node::as_bool) == Some(true))
                    .map(|id| id.text("type")),
            )
        },
        "smp-1" => |at| !at.has("element") || at.has("context"),
        "smp-2" => |at| !at.has("context") || at.has("contextType"),
        "spd-1" => |at| !at.has("xpath") || at.has("xpathUsage"),
        "spd-2" => |at| !at.has("chain") || at.text("type") == Some("reference"),
        "vsd-1" => |at| at.has("valueSet") || at.has("system"),
        "vsd-2" => |at| !(at.has("concept") || at.has("filter")) || at.has("system"),
        "vsd-3" => |at| !at.has("concept") || !at.has("filter"),
        "vsd-6" => |at| at.has("code") || at.has("display"),
        "vsd-9" => |at| at.has("code") || at.node.get("abstract").and_then(Node::as_bool) == Some(true),
        "vsd-10" => |at| !at.has("code") || at.has("system"),
        _ => return capability(key),
    };
    Some(holds)
}

fn capability(key: &str) -> Option<Holds> {
    let holds: Holds = match key {
        "cpb-1" => |at| ["rest", "messaging", "document"].iter().any(|name| at.has(name)),
        "cpb-2" => |at| ["description", "software", "implementation"].iter().any(|name| at.has(name)),
        "cpb-3" => {
            |at| at.node.find(&["messaging", "endpoint"]).is_empty() || at.text("kind") == Some("instance")
        }
        "cpb-7" => {
            |at| differ(at.node.find(&["document"]).into_iter().map(|d| (d.text("profile"), d.text("mode"))))
        }
        "cpb-9" => |at| differ(at.node.find(&["resource", "type"]).into_iter().map(Node::as_str)),
        "cpb-12" => |at| differ(at.node.find(&["searchParam", "name"]).into_iter().map(Node::as_str)),
        "cpb-14" => |at| at.text("kind") != Some("instance") || at.has("implementation"),
        "cpb-15" => {
            |at| at.text("kind") != Some("capability") || !at.has("implementation") && at.has("software")
        }
        "cpb-16" => {
            |at| at.text("kind") != Some("requirements") || !at.has("implementation") && !at.has("software")
        }
        _ => return None,
    };
    Some(holds)
}

fn differ<T: Eq + std::hash::Hash>(mut values: impl Iterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    values.all(|value| seen.insert(value))
}

fn codes_differ<'d>(node: Node<'d>, seen: &mut HashSet<&'d str>) -> bool {
    node.find(&["concept"]).into_iter().all(|concept| {
        concept.text("code").is_none_or(|code| seen.insert(code)) && codes_differ(concept, seen)
    })
}
