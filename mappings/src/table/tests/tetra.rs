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

fn text(json: &str) -> String {
    lay(table("tetra/afspraak"), json, None).unwrap().resource.text().to_owned()
}

#[test]
fn edge_23_an_appointment_is_as_long_as_its_start_and_end_say() {
    let laid = text(
        r#"{"Id":1,"Start":"2026-06-02T10:20:00","Eind":"2026-06-02T10:25:00","BlokType":{"Id":5,"AfspraakDuurMinuten10":100}}"#,
    );
    assert!(laid.contains(r#""minutesDuration":5"#) && laid.contains(r#""value":10,"#), "{laid}");
}

#[test]
fn edge_27_a_letter_nobody_knows_is_unknown_and_kept() {
    let gender = |letter: &str| {
        let json = format!(r#"{{"PatientId":7,"Geslacht":{letter}}}"#);
        let laid = lay(table("tetra/patient"), &json, None).unwrap().resource;
        let gender = laid.root().text("gender").map(str::to_owned);
        (gender, laid.text().contains("tetra-gender-raw"))
    };
    for (letter, wanted, kept) in [
        ("\"O\"", Some("unknown"), false),
        ("\"M\"", Some("male"), false),
        ("\"V\"", Some("female"), false),
        ("\"v\"", Some("unknown"), true),
        ("\"X\"", Some("unknown"), true),
        ("\"\"", None, false),
        ("null", None, false),
    ] {
        assert_eq!(gender(letter), (wanted.map(str::to_owned), kept), "{letter}");
    }
}

#[test]
fn edge_28_what_is_not_told_erases_nothing() {
    let known = lay(
        table("tetra/patient"),
        r#"{"PatientId":7,"Email":"a@example.org","Voornaam":"T.","Achternaam":"Testpersoon","Geslacht":"V"}"#,
        None,
    );
    let known = known.unwrap().resource;
    let nulls = r#"{"PatientId":7,"Email":null,"Voornaam":null,"Achternaam":null,"Geslacht":null}"#;
    let after = lay(table("tetra/patient"), nulls, Some(&known)).unwrap().resource;
    assert_eq!(after.text(), known.text());
}

#[test]
fn edge_33_and_36_every_spelling_of_a_status() {
    let status = |value: &str| {
        let laid =
            lay(table("tetra/afspraak"), &format!(r#"{{"Id":1,"AfspraakStatus":{value}}}"#), None).unwrap();
        laid.resource.root().text("status").unwrap_or_default().to_owned()
    };
    for (values, wanted) in [
        (
            &["\"NietAanwezig\"", "\"nietaanwezig\"", "1", "\"1\"", "\"OZB_Status_NietAanwezig\""][..],
            "booked",
        ),
        (&["\"Aanwezig\"", "2", "\"2\"", "\"OZB_Aanwezig\""], "arrived"),
        (&["\"Gebeurd\"", "3", "\"3\""], "fulfilled"),
        (&["\"NietGekomen\"", "4", "\"4\""], "noshow"),
        (&["\"Bezig\"", "5", "\"5\""], "checked-in"),
        (&["\"\"", "null", "0", "\"0\"", "\"OZB_NietGevuld\"", "\"Iets\""], "booked"),
    ] {
        for value in values {
            assert_eq!(status(value), wanted, "{value}");
        }
    }
    assert!(text(r#"{"Id":1}"#).contains(r#""status":"booked""#));
}

#[test]
fn edge_40_and_41_the_hours_of_the_clock_change_are_flagged() {
    let laid = lay(
        table("tetra/afspraak"),
        r#"{"Id":1,"Start":"2026-10-25T02:50:00","Eind":"2026-10-25T02:10:00"}"#,
        None,
    );
    let laid = laid.unwrap();
    let text = laid.resource.text();
    assert!(text.contains(r#""start":"2026-10-25T02:50:00+02:00""#), "{text}");
    assert!(
        text.contains(r#""end":"2026-10-25T02:10:00+01:00""#) && text.contains(r#""minutesDuration":20"#)
    );
    assert_eq!(text.matches(r#""valueCode":"fold""#).count(), 2);
    let places: Vec<_> = laid.warnings.iter().filter_map(|w| w.wire.as_deref()).collect();
    assert_eq!(places, ["Afspraken[3].Start", "Afspraken[3].Eind"]);
    let told = tell(table("tetra/afspraak"), &laid.resource, Format::Json).unwrap().record.to_json();
    assert!(told.contains(r#""Start":"2026-10-25T02:50:00","Eind":"2026-10-25T02:10:00""#), "{told}");
    let gap = text_of_gap();
    assert!(gap.contains(r#""start":"2026-03-29T03:30:00+02:00""#) && gap.contains(r#""valueCode":"gap""#));
}

fn text_of_gap() -> String {
    text(r#"{"Id":1,"Start":"2026-03-29T02:30:00","Eind":"2026-03-29T03:40:00"}"#)
}

#[test]
fn edge_45_an_end_before_the_start_has_no_length() {
    for end in ["2026-06-02T10:20:00", "2026-06-02T10:10:00"] {
        let laid = text(&format!(r#"{{"Id":1,"Start":"2026-06-02T10:20:00","Eind":"{end}"}}"#));
        assert!(!laid.contains("minutesDuration"), "{laid}");
    }
    let midnight = text(r#"{"Id":1,"Start":"2026-06-02T23:50:00","Eind":"2026-06-03T00:05:00"}"#);
    assert!(midnight.contains(r#""minutesDuration":15"#));
}

#[test]
fn edge_26_a_block_type_without_a_number_is_a_text() {
    let laid = text(r#"{"Id":1,"BlokType":{"Id":0,"Naam":"Consult "}}"#);
    assert!(laid.contains(r#""serviceType":[{"text":"Consult"}]"#), "{laid}");
    assert!(!text(r#"{"Id":1,"BlokType":null}"#).contains("serviceType"));
}

#[test]
fn edge_31_the_same_number_at_two_practices_is_two_systems() {
    assert!(text(r#"{"Id":1}"#).contains("tetra-appointment-id/01999999"));
    assert!(table("tetra/afspraak").names().all(|name| name == "practice"));
}

#[test]
fn edge_43_the_offset_an_instant_is_written_with_does_not_matter() {
    let laid =
        lay(table("tetra/afspraak"), r#"{"Id":1,"Start":"2026-06-02T10:20:00"}"#, None).unwrap().resource;
    for instant in ["2026-06-02T08:20:00Z", "2026-06-02T03:20:00-05:00"] {
        let text = laid.text().replace("2026-06-02T10:20:00+02:00", instant);
        let told = tell(table("tetra/afspraak"), &super::support::resource(&text), Format::Json).unwrap();
        assert!(told.record.to_json().contains(r#""Start":"2026-06-02T10:20:00""#));
    }
}

#[test]
fn edge_44_a_time_that_is_none_is_an_issue_with_both_paths() {
    let issues = lay(table("tetra/afspraak"), r#"{"Id":1,"Start":"2026-02-30T10:00:00"}"#, None).unwrap_err();
    assert_eq!(issues[0].issue.expression.as_deref(), Some("Appointment.start"));
    assert_eq!(issues[0].wire.as_deref(), Some("Afspraken[3].Start"));
    assert!(!issues[0].to_string().contains("2026"));
}
