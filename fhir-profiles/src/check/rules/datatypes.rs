//! Constraints of the datatypes.

use gateway_core::json::Node;

use super::{Holds, Place};
use crate::check::narrative;
use crate::moment::Moment;

const UCUM: &str = "http://unitsofmeasure.org";

pub(super) fn rule(path: &str, key: &str) -> Option<Holds> {
    let holds: Holds = match (path, key) {
        ("Attachment", "att-1") => |at| !at.has("data") || at.has("contentType"),
        ("ContactPoint", "cpt-2") => |at| !at.has("value") || at.has("system"),
        (_, "qty-3") => |at| !at.has("code") || at.has("system"),
        ("Age", "age-1") => |at| is_in_ucum(at) && number(at, "value").is_none_or(|n| n > 0.0),
        ("Count", "cnt-3") => |at| {
            let whole = at.node.get("value").and_then(Node::number).is_none_or(|n| !n.contains('.'));
            is_in_ucum(at) && at.text("code").is_none_or(|code| code == "1") && whole
        },
        ("Distance", "dis-1") => is_in_ucum,
        ("Duration", "drt-1") => |at| !at.has("code") || at.text("system") == Some(UCUM) && at.has("value"),
        ("DataRequirement.codeFilter", "drq-1") | ("DataRequirement.dateFilter", "drq-2") => {
            |at| at.has("path") != at.has("searchParam")
        }
        ("Expression", "exp-1") => |at| at.has("expression") || at.has("reference"),
        ("Narrative.div", "txt-1") => |at| at.node.as_str().is_none_or(narrative::is_safe),
        ("Narrative.div", "txt-2") => |at| at.node.as_str().is_none_or(narrative::has_content),
        ("Period", "per-1") => |at| is_in_order(at.text("start"), at.text("end")),
        ("Range", "rng-2") => |at| match (quantity(at, "low"), quantity(at, "high")) {
            (Some(low), Some(high)) => low <= high,
            _ => true,
        },
        ("Ratio", "rat-1") => |at| {
            let whole = at.has("numerator");
            whole == at.has("denominator") && (whole || at.has("extension"))
        },
        ("Reference", "ref-1") => |at| {
            let id = at.text("reference").and_then(|reference| reference.strip_prefix('#'));
            id.is_none_or(|id| id.is_empty() || at.contained(id).is_some())
        },
        ("Timing.repeat", _) => return timing(key),
        ("TriggerDefinition", "trd-1") => |at| !at.has("data") || !at.has_choice("timing"),
        ("TriggerDefinition", "trd-2") => |at| !at.has("condition") || at.has("data"),
        ("TriggerDefinition", "trd-3") => |at| match at.text("type") {
            Some("named-event") => at.has("name"),
            Some("periodic") => at.has_choice("timing"),
            Some(kind) if kind.starts_with("data-") => at.has("data"),
            _ => true,
        },
        _ => return None,
    };
    Some(holds)
}

fn timing(key: &str) -> Option<Holds> {
    let holds: Holds = match key {
        "tim-1" => |at| !at.has("duration") || at.has("durationUnit"),
        "tim-2" => |at| !at.has("period") || at.has("periodUnit"),
        "tim-4" => |at| number(at, "duration").is_none_or(|n| n >= 0.0),
        "tim-5" => |at| number(at, "period").is_none_or(|n| n >= 0.0),
        "tim-6" => |at| !at.has("periodMax") || at.has("period"),
        "tim-7" => |at| !at.has("durationMax") || at.has("duration"),
        "tim-8" => |at| !at.has("countMax") || at.has("count"),
        "tim-10" => |at| !at.has("timeOfDay") || !at.has("when"),
        _ => return None,
    };
    Some(holds)
}

fn is_in_ucum(at: &Place<'_>) -> bool {
    (at.has("code") || !at.has("value")) && at.text("system").is_none_or(|system| system == UCUM)
}

/// Only to compare sizes: the text is what counts and is kept.
fn number(at: &Place<'_>, name: &str) -> Option<f64> {
    at.node.get(name)?.number()?.parse().ok()
}

/// The value of a quantity, when it can be compared with one of the same unit.
fn quantity(at: &Place<'_>, name: &str) -> Option<f64> {
    number(&at.child(name, at.node.get(name)?), "value")
}

/// Whether the start does not lie after all of the end; what cannot be compared is in order.
pub(super) fn is_in_order(start: Option<&str>, end: Option<&str>) -> bool {
    let period = |text: Option<&str>| text.and_then(Moment::date_time).map(Moment::period);
    match (period(start), period(end)) {
        (Some(start), Some(end)) => start.0 < end.1,
        _ => true,
    }
}
