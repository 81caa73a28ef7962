//! Extensions: any url is taken, but the extension must be one.

use gateway_core::IssueCode::{BusinessRule, Extension, Structure, Value};

use super::{Level, Place, Sink};
use crate::r4::Slot;

/// ext-1, and an absolute url for an extension that stands on its own (`dutch-fhir.md` cases 54 and 55).
pub(super) fn check(place: &Place<'_>, sink: &mut Sink) {
    if place.has("extension") == place.has_choice("value") {
        sink.add(Level::Malformed, Structure, place, "must have either a value or extensions (ext-1)");
    }
    let inside = place.parent.is_some_and(|parent| is_extension(parent.name));
    let relative = place.text("url").is_some_and(|url| !url.contains(':'));
    if relative && !inside {
        sink.add(Level::Malformed, Value, &place.child("url", place.node), "must be absolute");
    }
}

fn is_extension(name: &str) -> bool {
    matches!(name, "extension" | "modifierExtension")
}

/// What may change the meaning of everything else and is not understood here refuses the resource (cases 56 and 57).
pub(super) fn refuse_modifier(slot: &Slot, place: &Place<'_>, sink: &mut Sink) {
    match slot.name {
        "modifierExtension" => {
            sink.add(Level::Refused, Extension, place, "is not understood here, so the resource is refused");
        }
        "implicitRules" => {
            sink.add(Level::Refused, BusinessRule, place, "names rules that are not understood here");
        }
        _ => {}
    }
}
