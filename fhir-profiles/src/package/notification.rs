//! What Spreekuur asks of a notification beyond counting (`spreekuur.md` section 7.3).

use gateway_core::Bsn;
use gateway_core::IssueCode::{BusinessRule, CodeInvalid, NotFound, Required, Structure, Value};
use gateway_core::json::Node;

use super::judges::bsn_may_lack_its_zero;
use crate::Rules;
use crate::check::{Level, Place, Sink};

/// N-12.
const MOST_ATTACHMENTS: usize = 5;

/// N-05: some category is a `melding`; the system does not count.
pub(super) fn says_melding(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let codings = place.node.find(&["category", "coding"]);
    if !place.node.find(&["category"]).is_empty()
        && !codings.iter().any(|c| c.text("code") == Some("melding"))
    {
        let at = place.child("category", place.node);
        sink.once(Level::Refused, CodeInvalid, &at, || "category.coding.code must be melding".to_owned());
    }
}

/// N-09, N-10, N-25: exactly one text, and not a blank one.
pub(super) fn has_one_text(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let entries = || place.each("payload").filter(|entry| entry.node.get("contentString").is_some());
    let at = place.child("payload", place.node);
    match entries().count() {
        0 if !place.node.find(&["payload"]).is_empty() => {
            sink.once(Level::Refused, Required, &at, || "payload.contentString is required".to_owned());
        }
        0 | 1 => {}
        count => {
            let text = || format!("payload.contentString occurs {count} times, at most 1 is allowed");
            sink.once(Level::Refused, Structure, &at, text);
        }
    }
    for entry in entries() {
        if entry.text("contentString").is_some_and(|text| text.trim().is_empty()) {
            let at = entry.child("content", entry.node);
            sink.once(Level::Refused, Required, &at, || "payload.contentString is required".to_owned());
        }
    }
}

/// N-12.
pub(super) fn has_few_attachments(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let count = place.node.find(&["payload", "contentAttachment"]).len();
    if count > MOST_ATTACHMENTS {
        let at = place.child("payload", place.node);
        let text = || format!("payload has {count} attachments, at most {MOST_ATTACHMENTS} are allowed");
        sink.once(Level::Refused, BusinessRule, &at, text);
    }
}

/// N-16: a text or an attachment in each entry, not both, not neither.
pub(super) fn entry_has_one_content(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let has = |name| place.node.get(name).is_some();
    if has("contentString") == has("contentAttachment") {
        let text = || "payload must have either contentString or contentAttachment".to_owned();
        sink.once(Level::Refused, Structure, place, text);
    }
}

/// N-17: the recipient points to a contained Patient.
pub(super) fn recipient_is_contained(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let Some(reference) = place.text("reference").filter(|text| !text.trim().is_empty()) else { return };
    let patient = reference.strip_prefix('#').and_then(|id| place.contained(id)).filter(|p| is_patient(*p));
    if patient.is_none() {
        let at = place.child("reference", place.node);
        let text = || "recipient.reference must be # and the id of a contained Patient".to_owned();
        sink.once(Level::Refused, NotFound, &at, text);
    }
}

fn is_patient(resource: Node<'_>) -> bool {
    resource.text("resourceType") == Some("Patient")
}

/// N-19, N-20, N-21: the Patient the notification is for has a BSN, and e-mail addresses at most.
pub(super) fn patient_is_identified(place: &Place<'_>, rules: Rules, sink: &mut Sink) {
    let references = place.node.find(&["recipient", "reference"]);
    let wanted: Vec<_> = references.into_iter().filter_map(|r| r.as_str()?.strip_prefix('#')).collect();
    for patient in place.each("contained").filter(|p| is_patient(p.node)) {
        if patient.text("id").is_some_and(|id| wanted.contains(&id)) {
            identifiers(&patient, rules, sink);
            telecom(&patient, sink);
        }
    }
}

fn identifiers(patient: &Place<'_>, rules: Rules, sink: &mut Sink) {
    let mut found = false;
    for identifier in patient.each("identifier").filter(|i| i.text("system") == Some(Bsn::SYSTEM)) {
        let Some(value) = identifier.node.get("value") else { continue };
        found = true;
        let at = identifier.child("value", value);
        match value.as_str() {
            Some(_) => bsn_may_lack_its_zero(&at, rules, sink),
            None => sink.once(Level::Refused, Value, &at, || "a BSN must be a string".to_owned()),
        }
    }
    if !found {
        let at = patient.child("identifier", patient.node);
        sink.once(Level::Refused, Required, &at, || "contained.identifier with a BSN is required".to_owned());
    }
}

fn telecom(patient: &Place<'_>, sink: &mut Sink) {
    for telecom in patient.each("telecom") {
        if telecom.text("system") != Some("email") {
            let at = telecom.child("system", telecom.node);
            sink.once(Level::Refused, Value, &at, || "contained.telecom.system must be email".to_owned());
        }
        if !telecom.text("value").is_some_and(is_address) {
            let at = telecom.child("value", telecom.node);
            sink.once(Level::Refused, Value, &at, || {
                "contained.telecom.value must be an e-mail address".to_owned()
            });
        }
    }
}

/// Plausible, not proved: something, an at sign, a domain with a dot.
fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control());
    let labels = || domain.split('.');
    plain(name)
        && plain(domain)
        && text.len() <= 254
        && labels().count() > 1
        && labels().all(|label| {
            let ends = label.starts_with('-') || label.ends_with('-');
            !label.is_empty() && !ends && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plausible() {
        for good in ["a@b.nl", "test.persoon+x@example.org", "x@münchen.de"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "", "a", "a@", "@b.nl", "a@b", "a b@c.nl", "a@b c.nl", "a@b..nl", "a@@b.nl", "a@-b.nl",
            "a@b.nl\n",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
