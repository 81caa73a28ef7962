//! Dutch identifier systems: their aliases, and the shape of their values (`dutch-fhir.md` sections 1.1 to 1.3).

use gateway_core::Bsn;

/// Whether a value that does not fit refuses the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Error,
    Warning,
}

/// What the values of a system look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) digits: (usize, usize),
    pub(crate) weight: Weight,
    /// What the value is called in a sentence.
    pub(crate) name: &'static str,
}

/// Canonical system, its aliases, and the shape of a value where there is one. The BSN has rules of its own.
const SYSTEMS: &[(&str, &[&str], Option<Shape>)] = &[
    (Bsn::SYSTEM, &["urn:oid:2.16.840.1.113883.2.4.6.3"], None),
    (
        "http://fhir.nl/fhir/NamingSystem/agb-z",
        &["urn:oid:2.16.840.1.113883.2.4.6.1", "http://fhir.nl/fhir/NamingSystem/agb"],
        Some(digits(8, 8, Weight::Error, "an AGB code")),
    ),
    (
        "http://fhir.nl/fhir/NamingSystem/uzovi",
        &["urn:oid:2.16.840.1.113883.2.4.6.4"],
        Some(digits(4, 4, Weight::Error, "a UZOVI code")),
    ),
    (
        "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers",
        &["urn:oid:2.16.528.1.1007.3.1", "http://fhir.nl/fhir/NamingSystem/uzi"],
        Some(digits(9, 9, Weight::Error, "a UZI number")),
    ),
    (
        "http://fhir.nl/fhir/NamingSystem/uzi-nr-sys",
        &["urn:oid:2.16.528.1.1007.3.2"],
        Some(digits(9, 9, Weight::Error, "a UZI number")),
    ),
    (
        "http://fhir.nl/fhir/NamingSystem/ura",
        &["urn:oid:2.16.528.1.1007.3.3"],
        Some(digits(8, 8, Weight::Error, "a URA number")),
    ),
    (
        "http://fhir.nl/fhir/NamingSystem/big",
        &["urn:oid:2.16.528.1.1007.5.1"],
        Some(digits(8, 11, Weight::Warning, "a BIG number")),
    ),
    (
        "http://fhir.nl/fhir/NamingSystem/kvk",
        &["http://www.kvk.nl/"],
        Some(digits(8, 8, Weight::Error, "a KvK number")),
    ),
    (
        "http://fhir.nl/fhir/NamingSystem/kvk-vestigingsnummer",
        &[],
        Some(digits(12, 12, Weight::Error, "a KvK branch number")),
    ),
    ("http://fhir.nl/fhir/NamingSystem/uzi-rolcode", &["urn:oid:2.16.840.1.113883.2.4.15.111"], None),
    (
        "http://nictiz.nl/fhir/NamingSystem/organization-type",
        &["urn:oid:2.16.840.1.113883.2.4.15.1060"],
        None,
    ),
    ("http://fhir.nl/fhir/NamingSystem/aorta-app-id", &["urn:oid:2.16.840.1.113883.2.4.6.6"], None),
];

const fn digits(least: usize, most: usize, weight: Weight, name: &'static str) -> Shape {
    Shape { digits: (least, most), weight, name }
}

fn find(system: &str) -> Option<&'static (&'static str, &'static [&'static str], Option<Shape>)> {
    // Every system in the list begins with one of these, and most systems in a document do not.
    if !(system.starts_with("http://fhir.nl/")
        || system.starts_with("urn:oid:2.16.")
        || system.ends_with("organization-type")
        || system == "http://www.kvk.nl/")
    {
        return None;
    }
    SYSTEMS.iter().find(|(canonical, aliases, _)| *canonical == system || aliases.contains(&system))
}

/// The form a system is searched by: Dutch OIDs and aliases become their URI, anything else stays.
pub(crate) fn canonical(system: &str) -> &str {
    find(system).map_or(system, |(canonical, ..)| canonical)
}

/// What a value in this system looks like.
pub(crate) fn shape(system: &str) -> Option<Shape> {
    find(system).and_then(|(_, _, shape)| *shape)
}

/// Whether the system is that of the BSN.
pub(crate) fn is_bsn(system: &str) -> bool {
    canonical(system) == Bsn::SYSTEM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_become_their_uri_and_others_stay() {
        assert_eq!(canonical("urn:oid:2.16.840.1.113883.2.4.6.3"), Bsn::SYSTEM);
        assert_eq!(canonical("http://fhir.nl/fhir/NamingSystem/agb"), gateway_core::Agb::SYSTEM);
        assert_eq!(canonical("http://www.kvk.nl/"), "http://fhir.nl/fhir/NamingSystem/kvk");
        for other in
            ["https://fhir.nl/fhir/NamingSystem/bsn", "2.16.840.1.113883.2.4.6.3", "", "urn:oid:2.16.1"]
        {
            assert_eq!(canonical(other), other);
        }
        for (system, aliases, shape) in SYSTEMS {
            assert_eq!(canonical(system), *system);
            assert!(aliases.iter().all(|alias| canonical(alias) == *system));
            assert_eq!(super::shape(system), *shape);
        }
    }
}
