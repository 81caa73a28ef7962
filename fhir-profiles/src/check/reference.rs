//! References: their form, and whether they point to a type that may stand there.

use gateway_core::IssueCode::Value;

use super::place::type_of;
use super::{Level, Place, Sink};
use crate::r4::{is_id, r4};

/// The form of a reference, and whether it points to one of `targets` (none: any) and to what `type` says
/// (`dutch-fhir.md` cases 35, 36 and 38).
pub(super) fn check(place: &Place<'_>, targets: &[&str], sink: &mut Sink) {
    let reference = place.text("reference");
    let contained =
        reference.and_then(|r| r.strip_prefix('#')).and_then(|id| place.contained(id)).and_then(type_of);
    let pointed = contained.or_else(|| reference.and_then(named_type));
    if let (None, Some(reference)) = (pointed, reference) {
        check_form(reference, place, sink);
    }
    let said = place.text("type").filter(|name| r4().is_resource_type(name));
    if let (Some(pointed), Some(said)) = (pointed, said)
        && pointed != said
    {
        sink.add(
            Level::Refused,
            Value,
            &place.child("type", place.node),
            "and reference name different types",
        );
    }
    let Some(pointed) = pointed.or(said) else { return };
    if !targets.is_empty() && !targets.contains(&pointed) {
        let rest = format!("must point to one of {}", targets.join(", "));
        sink.add(Level::Refused, Value, place, &rest);
    }
}

/// A reference that names no type may still be a URL, and in a Bundle a urn or a question.
fn check_form(reference: &str, place: &Place<'_>, sink: &mut Sink) {
    let at = || place.child("reference", place.node);
    if reference.starts_with("urn:") {
        if !place.in_bundle() {
            sink.add(Level::Malformed, Value, &at(), "may be a urn: in a Bundle only");
        }
    } else if !reference.starts_with('#') && !reference.contains("://") {
        let conditional =
            place.in_bundle() && reference.split_once('?').is_some_and(|(t, _)| r4().is_resource_type(t));
        if !conditional {
            sink.add(Level::Malformed, Value, &at(), "must be Type/id, #id or an absolute URL");
        }
    }
}

/// The type in `Type/id`, `Type/id/_history/1` or an absolute URL that ends so.
pub(crate) fn named_type(reference: &str) -> Option<&str> {
    let absolute = reference.contains("://");
    let mut parts = reference.rsplit('/');
    let (mut id, mut name) = (parts.next()?, parts.next()?);
    if name == "_history" {
        (id, name) = (parts.next()?, parts.next()?);
    }
    let fits = is_id(id) && r4().is_resource_type(name);
    (fits && (absolute || parts.next().is_none())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_read_from_every_form() {
        for (reference, name) in [
            ("Patient/1", Some("Patient")),
            ("Patient/1/_history/2", Some("Patient")),
            ("https://elsewhere/fhir/Patient/1", Some("Patient")),
            ("https://elsewhere/fhir/Patient/1/_history/2", Some("Patient")),
            ("https://elsewhere/things/1", None),
            ("a/Patient/1", None),
            ("patient/1", None),
            ("Patient/a_b", None),
            ("Patient", None),
            ("", None),
        ] {
            assert_eq!(named_type(reference), name, "{reference}");
        }
    }
}
