//! Rules R4 ought to have: keys begin with `zt-`.

use gateway_core::json::Node;

use super::{Constraint, Place};
use crate::moment::Moment;

const CONSENT_SCOPES: &str = "http://terminology.hl7.org/CodeSystem/consentscope";

/// Path and rule.
pub(crate) fn own_rules() -> &'static [(&'static str, Constraint)] {
    &[
        (
            "Consent",
            Constraint {
                key: "zt-consent-1",
                human: "a consent about privacy, treatment, research or advance care must name its patient",
                holds: consent_has_a_patient,
            },
        ),
        (
            "Slot",
            Constraint {
                key: "zt-slot-1",
                human: "a slot must end later than it starts",
                holds: slot_has_length,
            },
        ),
        (
            "Patient",
            Constraint {
                key: "zt-patient-link",
                human: "a patient must not link to itself",
                holds: patient_links_away,
            },
        ),
    ]
}

/// ppc-2 to ppc-5 test a system named 'something' and never fire (`dutch-fhir.md` case 86).
fn consent_has_a_patient(place: &Place<'_>) -> bool {
    let codings = place.node.find(&["scope", "coding"]);
    let asks = |coding: Node<'_>| {
        coding.text("system") == Some(CONSENT_SCOPES)
            && matches!(coding.text("code"), Some("patient-privacy" | "treatment" | "research" | "adr"))
    };
    place.has("patient") || !codings.into_iter().any(asks)
}

/// `dutch-fhir.md` case 78.
fn slot_has_length(place: &Place<'_>) -> bool {
    let moment = |name| place.text(name).and_then(Moment::instant).map(Moment::period);
    match (moment("start"), moment("end")) {
        (Some(start), Some(end)) => start.0 < end.0,
        _ => true,
    }
}

/// `dutch-fhir.md` case 42.
fn patient_links_away(place: &Place<'_>) -> bool {
    let Some(id) = place.text("id") else { return true };
    let links = place.node.find(&["link", "other", "reference"]);
    !links.into_iter().filter_map(Node::as_str).any(|link| link.strip_prefix("Patient/") == Some(id))
}
