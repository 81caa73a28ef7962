//! Constraints of the resources that carry care and its administration.

use std::collections::HashSet;

use gateway_core::json::Node;

use super::datatypes::is_in_order;
use super::{Holds, Place};

pub(super) fn rule(path: &str, key: &str) -> Option<Holds> {
    let holds: Holds = match (path, key) {
        ("Appointment.participant", "app-1") => |at| at.has("type") || at.has("actor"),
        ("Appointment", "app-2") => |at| at.has("start") == at.has("end"),
        ("Appointment", "app-3") => |at| {
            at.has("start") && at.has("end")
                || matches!(at.text("status"), Some("proposed" | "cancelled" | "waitlist"))
        },
        ("Appointment", "app-4") => {
            |at| !at.has("cancelationReason") || matches!(at.text("status"), Some("noshow" | "cancelled"))
        }
        ("AppointmentResponse", "apr-1") => |at| at.has("participantType") || at.has("actor"),
        ("AuditEvent.entity", "sev-1") => |at| !at.has("name") || !at.has("query"),
        ("Consent", "ppc-1") => |at| at.has("policy") || at.has("policyRule"),
        ("CoverageEligibilityResponse.insurance.item", "ces-1") => {
            |at| at.has("category") != at.has("productOrService")
        }
        ("Organization", "org-1") => |at| at.has("identifier") || at.has("name"),
        ("Organization.address", "org-2") | ("Organization.telecom", "org-3") => {
            |at| at.text("use") != Some("home")
        }
        ("Patient.contact", "pat-1") => {
            |at| ["name", "telecom", "address", "organization"].iter().any(|name| at.has(name))
        }
        ("Task", "inv-1") => |at| is_in_order(at.text("authoredOn"), at.text("lastModified")),
        ("Parameters.parameter", "inv-1") => |at| {
            [at.has_choice("value"), at.has("resource"), at.has("part")]
                .into_iter()
                .filter(|there| *there)
                .count()
                == 1
        },
        ("Bundle" | "Bundle.entry", _) => return bundle(key),
        _ => return None,
    };
    Some(holds)
}

fn bundle(key: &str) -> Option<Holds> {
    let holds: Holds = match key {
        "bdl-1" => |at| !at.has("total") || matches!(at.text("type"), Some("searchset" | "history")),
        "bdl-2" => |at| at.node.find(&["entry", "search"]).is_empty() || at.text("type") == Some("searchset"),
        "bdl-3" => |at| {
            let asked = matches!(at.text("type"), Some("batch" | "transaction" | "history"));
            at.node.find(&["entry"]).into_iter().all(|entry| entry.get("request").is_some() == asked)
        },
        "bdl-4" => |at| {
            let answered =
                matches!(at.text("type"), Some("batch-response" | "transaction-response" | "history"));
            at.node.find(&["entry"]).into_iter().all(|entry| entry.get("response").is_some() == answered)
        },
        "bdl-5" => |at| ["resource", "request", "response"].iter().any(|name| at.has(name)),
        "bdl-7" => |at| at.text("type") == Some("history") || full_urls_differ(at.node),
        "bdl-8" => |at| at.text("fullUrl").is_none_or(|url| !url.contains("/_history/")),
        "bdl-9" => |at| {
            let identified = at
                .node
                .get("identifier")
                .is_some_and(|i| i.get("system").is_some() && i.get("value").is_some());
            at.text("type") != Some("document") || identified
        },
        "bdl-10" => |at| at.text("type") != Some("document") || at.text("timestamp").is_some(),
        "bdl-11" => |at| at.text("type") != Some("document") || first_is(at, "Composition"),
        "bdl-12" => |at| at.text("type") != Some("message") || first_is(at, "MessageHeader"),
        _ => return None,
    };
    Some(holds)
}

fn first_is(at: &Place<'_>, name: &str) -> bool {
    let first = at.node.get("entry").and_then(|entries| entries.items().next());
    first.and_then(|entry| entry.get("resource")).and_then(|resource| resource.text("resourceType"))
        == Some(name)
}

fn full_urls_differ(bundle: Node<'_>) -> bool {
    let mut seen = HashSet::new();
    bundle.find(&["entry"]).into_iter().all(|entry| {
        let version = entry.find(&["resource", "meta", "versionId"]).first().and_then(|v| v.as_str());
        entry.text("fullUrl").is_none_or(|url| seen.insert((url, version)))
    })
}
