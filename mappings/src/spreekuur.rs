//! The maps for Spreekuur.nl (`mappings/spreekuur/`).

use std::sync::LazyLock;

use crate::ConceptMap;

static APPOINTMENT_STATUS: LazyLock<ConceptMap> = LazyLock::new(|| {
    ConceptMap::from_text(include_str!("../spreekuur/appointment-status.json"))
        .expect("the map is part of the crate and a test reads it")
});

/// `Appointment.status` → the status Spreekuur.nl is told (`spreekuur.md` section 6.5).
#[must_use]
pub fn appointment_status() -> &'static ConceptMap {
    &APPOINTMENT_STATUS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;

    #[test]
    fn every_status_of_r4_is_told_or_named_as_not_told() {
        for (status, told) in [
            ("proposed", None),
            ("pending", None),
            ("booked", Some("booked")),
            ("arrived", None),
            ("fulfilled", None),
            ("cancelled", Some("cancelled")),
            ("noshow", None),
            ("entered-in-error", Some("cancelled")),
            ("checked-in", None),
            ("waitlist", None),
        ] {
            let target = appointment_status().forward(status, "Appointment.status").unwrap();
            match (target, told) {
                (Target::Code(code), Some(told)) => assert_eq!(code, told, "{status}"),
                (Target::Nothing(why), None) => assert!(!why.is_empty(), "{status}"),
                _ => panic!("{status} is mapped the wrong way"),
            }
        }
    }

    #[test]
    fn there_and_back_is_the_same_for_what_they_know() {
        let map = appointment_status();
        for status in ["booked", "cancelled"] {
            assert_eq!(map.backward(status, "status").unwrap(), status);
        }
    }

    #[test]
    fn the_map_is_a_right_concept_map() {
        let map =
            gateway_core::Resource::from_text(include_str!("../spreekuur/appointment-status.json")).unwrap();
        let refusal = fhir_profiles::Profiles::embedded().issues(&map, None, fhir_profiles::Rules::default());
        assert_eq!(refusal.issues, []);
    }
}
