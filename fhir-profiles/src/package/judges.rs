//! The constraints of our profiles as Rust functions, by key. A test keeps keys and functions in step.

use gateway_core::IssueCode::{BusinessRule, CodeInvalid, Invariant, Value};
use gateway_core::json::Node;

use super::notification;
use crate::check::{Level, Place, Sink, bsn};
use crate::moment::Moment;
use crate::{BsnCheck, Rules};

/// Looks at a value and says what is wrong with it.
pub(crate) type Judge = fn(&Place<'_>, Rules, &mut Sink);

const JUDGES: &[(&str, Judge)] = &[
    ("zt-a-12", ends_later),
    ("zt-bsn-1", bsn_has_nine_digits),
    ("zt-bsn-2", bsn_may_lack_its_zero),
    ("zt-language-1", language_is_dutch_coded),
    ("zt-name-1", given_names_are_qualified),
    ("zt-name-2", name_has_text),
    ("zt-name-3", family_has_value),
    ("zt-telecom-1", use_is_of_nl_core),
    ("zt-n-05", notification::says_melding),
    ("zt-n-09", notification::has_one_text),
    ("zt-n-12", notification::has_few_attachments),
    ("zt-n-16", notification::entry_has_one_content),
    ("zt-n-17", notification::recipient_is_contained),
    ("zt-n-19", notification::patient_is_identified),
];

/// The function of a constraint.
pub(super) fn find(key: &str) -> Option<Judge> {
    JUDGES.iter().find(|(has, _)| *has == key).map(|(_, judge)| *judge)
}

#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    JUDGES.iter().map(|(key, _)| *key)
}

/// the end is later than the start; what is no moment has an issue already.
fn ends_later(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let moment = |name| place.text(name).and_then(Moment::instant).map(|moment| moment.period().0);
    if let (Some(start), Some(end)) = (moment("start"), moment("end"))
        && end <= start
    {
        let at = place.child("end", place.node);
        sink.once(Level::Refused, BusinessRule, &at, || "end must be later than start".to_owned());
    }
}

fn bsn_has_nine_digits(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    if !place.text("system").is_some_and(crate::systems::is_bsn) {
        return;
    }
    let Some(value) = place.text("value") else { return };
    if value.len() != 9 || !value.bytes().all(|b| b.is_ascii_digit()) {
        let at = place.child("value", place.node);
        sink.once(Level::Refused, Value, &at, || format!("{} must be a BSN: 9 digits", at.said()));
    }
}

/// N-20: the value of an identifier that is a BSN.
pub(super) fn bsn_may_lack_its_zero(place: &Place<'_>, rules: Rules, sink: &mut Sink) {
    let Some(value) = place.node.as_str() else { return };
    let padded = format!("{value:0>9}");
    let check = if value.len() < 8 { BsnCheck::Format } else { rules.bsn };
    bsn(if value.len() == 8 { &padded } else { value }, place, check, sink);
}

/// nl-core wants ISO 639-1, which has a system of its own.
fn language_is_dutch_coded(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let fits = |coding: &Node<'_>| {
        let code = coding.text("code").unwrap_or_default();
        coding.text("system") == Some("urn:oid:1.0.639.1")
            && code.len() == 2
            && code.bytes().all(|b| b.is_ascii_lowercase())
    };
    if !place.node.find(&["coding"]).iter().any(fits) {
        let text = || format!("{} must have a two-letter code of urn:oid:1.0.639.1", place.said());
        sink.once(Level::Refused, CodeInvalid, place, text);
    }
}

const QUALIFIER: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier";

/// Each `given` of an official name says whether it is a name (BR) or an initial (IN).
fn given_names_are_qualified(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let extras = place.node.get("_given");
    for given in place.each("given") {
        let extra = given.index.and_then(|index| extras?.items().nth(index));
        let qualified = extra.is_some_and(|extra| {
            let extensions = extra.find(&["extension"]);
            extensions.iter().any(|e| e.text("url") == Some(QUALIFIER) && e.text("valueCode").is_some())
        });
        if !qualified {
            let text = || format!("{} needs the extension iso21090-EN-qualifier", given.said());
            sink.once(Level::Refused, Invariant, &given, text);
        }
    }
}

fn name_has_text(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    let parts = ["family", "given", "prefix", "suffix"].iter().any(|part| place.has(part));
    if parts && !place.has("text") {
        let text =
            || format!("{} should have a text beside its parts (nl-core-NameInformation-01)", place.said());
        sink.once(Level::Told, Invariant, place, text);
    }
}

fn family_has_value(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    if place.node.get("_family").is_some() && place.node.get("family").is_none() {
        let at = place.child("family", place.node);
        let text =
            || format!("{} should have a value beside its parts (nl-core-NameInformation-02)", at.said());
        sink.once(Level::Told, Invariant, &at, text);
    }
}

/// `mobile` and `old` are codes of R4 and not of nl-core (`dutch-fhir.md` section 2.1 and case 83).
fn use_is_of_nl_core(place: &Place<'_>, _: Rules, sink: &mut Sink) {
    if matches!(place.text("use"), Some("mobile" | "old")) {
        let at = place.child("use", place.node);
        let text = || format!("{} is a code that nl-core does not know", at.said());
        sink.once(Level::Told, CodeInvalid, &at, text);
    }
}
