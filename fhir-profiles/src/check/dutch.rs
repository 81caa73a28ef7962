//! Dutch rules: identifiers and the parts of a surname (`dutch-fhir.md` sections 1.2, 1.3 and 2.1).

use gateway_core::IssueCode::{Invariant, Value};
use gateway_core::{Agb, Bsn};

use super::{Level, Place, Sink};
use crate::systems::{self, Weight};
use crate::{BsnCheck, Rules};

/// The value of an identifier in a Dutch system, and a system that lost its `urn:oid:`.
pub(super) fn identifier(place: &Place<'_>, rules: Rules, sink: &mut Sink) {
    let Some(system) = place.text("system") else { return };
    if is_bare_oid(system) {
        return sink.add(
            Level::Malformed,
            Value,
            &place.child("system", place.node),
            "must have urn:oid: before an OID",
        );
    }
    let Some(value) = place.text("value") else { return };
    let at = place.child("value", place.node);
    if systems::is_bsn(system) {
        return bsn(value, &at, rules.bsn, sink);
    }
    let Some(shape) = systems::shape(system) else { return };
    let (least, most) = shape.digits;
    let fits = (least..=most).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    let level = if shape.weight == Weight::Error { Level::Refused } else { Level::Told };
    if !fits {
        let count = if least == most { least.to_string() } else { format!("{least} to {most}") };
        sink.add(level, Value, &at, &format!("must be {}: {count} digits", shape.name));
    } else if systems::canonical(system) == Agb::SYSTEM && value == "00000000" {
        sink.add(Level::Told, Value, &at, "is 00000000, which stands for no AGB code");
    }
}

/// Nine digits, and the eleven-test as far as it is asked for. The number itself is never repeated.
pub(crate) fn bsn(value: &str, place: &Place<'_>, check: BsnCheck, sink: &mut Sink) {
    let bsn = value.parse::<Bsn>().ok().filter(|_| value.len() == 9);
    match (bsn, check) {
        (None, _) => sink.add(Level::Refused, Value, place, "must be a BSN: 9 digits"),
        (Some(bsn), BsnCheck::ElevenTest) if !bsn.passes_eleven_test() => {
            sink.add(Level::Refused, Value, place, "must be a BSN that passes the eleven-test");
        }
        (Some(bsn), BsnCheck::Warn) if !bsn.passes_eleven_test() => {
            sink.add(Level::Told, Value, place, "is a BSN that does not pass the eleven-test");
        }
        (Some(_), _) => {}
    }
}

fn is_bare_oid(system: &str) -> bool {
    system.contains('.')
        && system.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && system.split('.').all(|arc| !arc.is_empty())
}

const OWN_PREFIX: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix";
const OWN_NAME: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-name";
const PARTNER_PREFIX: &str = "http://hl7.org/fhir/StructureDefinition/humanname-partner-prefix";
const PARTNER_NAME: &str = "http://hl7.org/fhir/StructureDefinition/humanname-partner-name";

/// zib-NameInformation-1 and -2: a prefix needs the name it belongs to.
pub(super) fn name(place: &Place<'_>, sink: &mut Sink) {
    let Some(extra) = place.node.get("_family") else { return };
    let has = |url: &str| extra.find(&["extension"]).iter().any(|e| e.text("url") == Some(url));
    let at = place.child("family", extra);
    for (key, prefix, name, of) in [
        ("zib-NameInformation-1", OWN_PREFIX, OWN_NAME, "own"),
        ("zib-NameInformation-2", PARTNER_PREFIX, PARTNER_NAME, "partner"),
    ] {
        if has(prefix) && !has(name) {
            let text = || format!("{key}: {} has a prefix of the {of} name without that name", at.said());
            sink.sentence(Level::Refused, Invariant, &at, text);
        }
    }
}
