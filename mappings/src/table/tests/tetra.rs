//! The tables of Tetra on the examples of `tetra.md` section 2.

use super::support::{lay, lay_xml, table, tell};
use crate::wire::Format;

const BOOKED: &str = r#"{ "Id": 880001, "PatientId": 0, "AgendaId": 71, "AgendaNaam": "Mw. Proefarts",
  "Start": "2026-06-02T10:20:00", "Eind": "2026-06-02T10:30:00", "AfspraakStatus": "",
  "WisAfspraakToken": "01999999_EXAMPLE-NOT-A-REAL-TOKEN", "Metas": {},
  "BlokType": { "Id": 501, "Naam": "Consult kort ", "Kleur": "3366CC", "AfspraakDuurMinuten10": 100 },
  "Email": null, "Voornaam": null, "Achternaam": null, "Geslacht": "O" }"#;

#[test]
fn an_appointment_in_json() {
    let laid = lay(table("tetra/afspraak"), BOOKED, None).unwrap();

    let told = tell(table("tetra/afspraak"), &laid.resource, Format::Json).unwrap();
    assert!(told.record.to_json().starts_with(r#"{"Id":880001,"PatientId":0,"AgendaId":71,"#));

    let told = tell(table("tetra/afspraak"), &laid.resource, Format::Xml).unwrap();

    let again = lay(table("tetra/afspraak"), BOOKED, Some(&laid.resource)).unwrap();
    assert_eq!(again.resource.text(), laid.resource.text());
    let xml = lay_xml(table("tetra/afspraak"), &told.record.to_xml("A"), None).unwrap();
    assert_eq!(xml.resource.text(), laid.resource.text());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn every_table_of_the_package_is_its_own_inverse(seed: u64) {
        for table in super::support::package().tables() {
            for format in [Format::Json, Format::Xml] {
                let proved = super::support::with(|cx| crate::proof::round_trip(table, format, seed, cx));
                proptest::prop_assert!(proved.is_ok(), "{} {format:?}: {}", table.name(), proved.unwrap_err());
            }
        }
    }
}
