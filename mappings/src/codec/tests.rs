//! Each codec on its own, both ways. `edge_*` are the cases of `tetra.md` section 5.

use std::collections::BTreeMap;

use fhir_profiles::outline::ElementType;
use gateway_core::{SecondHour, Zone};
use proptest::prelude::*;

use super::{Beside, Codec, Fault, Leaf, colour, decimal, time, whole};
use crate::Context;
use crate::record::FieldType;
use crate::wire::{Document, Names, Value};

fn beside<T>(element: ElementType, field: &FieldType, run: impl FnOnce(Beside<'_>) -> T) -> T {
    let values = BTreeMap::new();
    let reference = |_: &str, _: &str| None;
    let cx = Context { values: &values, zone: Zone::amsterdam(), reference: &reference, key: &reference };
    run(Beside { element, field, cx: &cx, after: None, second_hour: SecondHour::Refuse })
}

/// What a text becomes in FHIR, as text.
fn to_fhir(codec: &Codec, text: &str, element: ElementType) -> Result<Option<String>, Fault> {
    let json = gateway_core::json::quoted(text);
    let document = Document::json(json.as_bytes(), Names::AsWritten).unwrap();
    beside(element, &FieldType::Any, |beside| {
        codec.to_fhir(document.root(), document.root().as_str().unwrap(), beside).map(|(leaf, _)| {
            leaf.map(|leaf| match leaf {
                Leaf::Text(text) | Leaf::Number(text) => text.into_owned(),
                Leaf::Bool(value) => value.to_string(),
            })
        })
    })
}

/// What a JSON value becomes on the wire.
fn to_wire(codec: &Codec, json: &str, field: &FieldType) -> Result<Option<Value>, Fault> {
    let document = gateway_core::json::Document::parse_text(json.into()).unwrap();
    beside(ElementType::String, field, |beside| codec.to_wire(document.root(), beside))
}

fn number(text: &str) -> Value {
    Value::Number(text.to_owned())
}

#[test]
fn edge_21_the_unit_of_a_duration_is_the_codecs() {
    let minutes = |codec: Codec, text| to_fhir(&codec, text, ElementType::Decimal).unwrap();
    assert_eq!(minutes(Codec::MinutesTimesTen, "100").as_deref(), Some("10"));
    assert_eq!(minutes(Codec::Minutes, "10").as_deref(), Some("10"));
    assert_eq!(to_wire(&Codec::MinutesTimesTen, "10", &FieldType::Decimal).unwrap(), Some(number("100")));
    assert_eq!(to_wire(&Codec::Minutes, "10", &FieldType::Decimal).unwrap(), Some(number("10")));
}

#[test]
fn edge_22_half_minutes_stay_and_nothing_is_no_value() {
    let tenths = |text| to_fhir(&Codec::MinutesTimesTen, text, ElementType::Decimal);
    assert_eq!(tenths("75").unwrap().as_deref(), Some("7.5"));
    assert_eq!(tenths("5").unwrap().as_deref(), Some("0.5"));
    assert_eq!(tenths("100.0").unwrap().as_deref(), Some("10"));
    for none in ["0", "-50", "00", "0.0", "-0"] {
        assert_eq!(tenths(none).unwrap(), None, "{none}");
    }
    assert!(tenths("tien").is_err());
    assert!(to_fhir(&Codec::MinutesTimesTen, "75", ElementType::PositiveInt).is_err());
    assert_eq!(to_wire(&Codec::MinutesTimesTen, "7.5", &FieldType::Decimal).unwrap(), Some(number("75")));
    assert!(to_wire(&Codec::Minutes, "7.5", &FieldType::Integer).is_err());
}

#[test]
fn edge_24_colours_both_ways() {
    for (argb, hex) in [
        ("-128", "FFFF80"),
        ("-1", "FFFFFF"),
        ("-16777216", "000000"),
        ("-65536", "FF0000"),
        ("-16711936", "00FF00"),
        ("-13408564", "3366CC"),
    ] {
        assert_eq!(colour::from_argb(argb).as_deref(), Some(hex), "{argb}");
        assert_eq!(colour::to_argb(hex).as_deref(), Some(argb), "{hex}");
        assert_eq!(colour::from_hex(hex).as_deref(), Some(hex), "{hex}");
    }
    for (text, hex) in [
        ("3366cc", "3366CC"),
        ("#3366CC", "3366CC"),
        ("366CC", "0366CC"),
        ("FF3366CC", "3366CC"),
        ("0", "000000"),
    ] {
        assert_eq!(colour::from_hex(text).as_deref(), Some(hex), "{text}");
    }
    for garbage in ["", "#", "rood", "1234567", "123456789", "12 456"] {
        assert_eq!(colour::from_hex(garbage), None, "{garbage}");
    }
    for garbage in ["0", "", "3366CC", "99999999999"] {
        assert_eq!(colour::from_argb(garbage), None, "{garbage}");
    }
    assert_eq!(to_wire(&Codec::ColourArgb, "\"paars\"", &FieldType::Text).unwrap(), None);
}

#[test]
fn edge_29_a_date_of_midnight_is_its_date_part() {
    for (text, wanted) in [
        ("1980-03-14T00:00:00", Some("1980-03-14")),
        ("1980-03-14 00:00:00", Some("1980-03-14")),
        ("1980-03-14", Some("1980-03-14")),
        ("1980-03-14T00:00:00Z", Some("1980-03-14")),
        ("0001-01-01T00:00:00", None),
        ("1849-12-31", None),
    ] {
        assert_eq!(
            to_fhir(&Codec::DateOfMidnight, text, ElementType::Date).unwrap().as_deref(),
            wanted,
            "{text}"
        );
    }
    for bad in ["1980-02-30", "19800314", "14-03-1980", "", "1980-03-1é"] {
        assert!(time::date(bad).is_err(), "{bad}");
    }
    let told = to_wire(&Codec::DateOfMidnight, "\"1980-03-14\"", &FieldType::LocalTime).unwrap();
    assert_eq!(told, Some(Value::Text("1980-03-14T00:00:00".into())));
    assert!(to_wire(&Codec::DateOfMidnight, "\"1980-03\"", &FieldType::LocalTime).is_err());
}

#[test]
fn edge_32_long_keys_survive() {
    for key in ["2147483648", "9007199254740993", "98765432109876543210987"] {
        assert_eq!(to_fhir(&Codec::Integer, key, ElementType::String).unwrap().as_deref(), Some(key));
        assert_eq!(
            to_wire(&Codec::Integer, &format!("\"{key}\""), &FieldType::Integer).unwrap(),
            Some(number(key))
        );
    }
    assert!(to_fhir(&Codec::Integer, "2147483648", ElementType::PositiveInt).is_err());
    assert!(to_fhir(&Codec::Integer, "0", ElementType::PositiveInt).is_err());
    assert!(to_fhir(&Codec::Integer, "1.0", ElementType::String).is_err());
}

#[test]
fn cents_are_two_places_and_nothing_is_rounded() {
    for (cents, euros) in
        [("0", "0.00"), ("5", "0.05"), ("1234", "12.34"), ("-7", "-0.07"), ("-1234", "-12.34")]
    {
        assert_eq!(decimal::from_cents(cents).unwrap(), euros);
        assert_eq!(decimal::to_cents(euros).unwrap(), cents);
    }
    assert_eq!(decimal::to_cents("12").unwrap(), "1200");
    assert_eq!(decimal::to_cents("12.5").unwrap(), "1250");
    assert_eq!(decimal::to_cents("12.500").unwrap(), "1250");
    assert!(decimal::to_cents("12.345").is_err());
}

#[test]
fn numbers_of_people() {
    let bsn = |text| to_fhir(&Codec::Bsn, text, ElementType::String);
    assert_eq!(bsn("999911120").unwrap().as_deref(), Some("999911120"));
    assert!(bsn("999911121").is_err() && bsn("12").is_err());
    assert_eq!(to_fhir(&Codec::Agb, "1000001", ElementType::String).unwrap().as_deref(), Some("01000001"));
}

#[test]
fn whatever_holds_nothing_is_no_json_to_keep() {
    let of = |json: &str| {
        let document = Document::json(json.as_bytes(), Names::AsWritten).unwrap();
        super::text::raw_json(document.root()).map(|leaf| format!("{leaf:?}"))
    };
    for none in ["{}", "{ }", "[]", "null", "\"\""] {
        assert_eq!(of(none), None, "{none}");
    }
    assert!(of(r#"{ "a" : 5.00 }"#).unwrap().contains(r#"{\"a\":5.00}"#));
    let told = to_wire(&Codec::RawJson, r#""{\"a\":1}""#, &FieldType::Any).unwrap();
    assert_eq!(told, Some(Value::Json(r#"{"a":1}"#.into())));
    assert!(to_wire(&Codec::RawJson, r#""{a""#, &FieldType::Any).is_err());
}

#[test]
fn no_fault_repeats_what_was_read() {
    let secret = "GEHEIM";
    let codecs = [
        Codec::Integer,
        Codec::Decimal,
        Codec::Cents,
        Codec::Boolean,
        Codec::LocalTime,
        Codec::Date,
        Codec::Minutes,
        Codec::Bsn,
        Codec::Agb,
    ];
    for codec in codecs {
        let fault = to_fhir(&codec, secret, ElementType::String).unwrap_err();
        assert!(!fault.text.contains(secret), "{codec:?}");
    }
}

proptest! {
    #[test]
    fn cents_there_and_back(cents: i64) {
        let euros = decimal::from_cents(&cents.to_string()).unwrap();
        prop_assert_eq!(decimal::to_cents(&euros).unwrap(), cents.to_string());
    }

    #[test]
    fn tenths_of_minutes_there_and_back(tenths in 1_u32..10_000_000) {
        let told = tenths.to_string();
        let minutes = to_fhir(&Codec::MinutesTimesTen, &told, ElementType::Decimal).unwrap().unwrap();
        prop_assert_eq!(to_wire(&Codec::MinutesTimesTen, &minutes, &FieldType::Decimal).unwrap(), Some(number(&told)));
    }

    #[test]
    fn colours_there_and_back(rgb in 0_u32..=0x00FF_FFFF) {
        let hex = format!("{rgb:06X}");
        prop_assert_eq!(colour::from_argb(&colour::to_argb(&hex).unwrap()).unwrap(), hex);
    }

    #[test]
    fn any_text_is_a_value_none_or_a_fault(text in "[-0-9.T:Z +#A-F]{0,14}|.{0,10}") {
        for codec in [Codec::Integer, Codec::Decimal, Codec::Cents, Codec::Boolean, Codec::LocalTime, Codec::Date, Codec::DateOfMidnight,
            Codec::Minutes, Codec::MinutesTimesTen, Codec::ColourHex, Codec::ColourArgb, Codec::Bsn, Codec::Agb] {
            if let Ok(Some(value)) = to_fhir(&codec, &text, ElementType::Decimal) {
                prop_assert!(!value.is_empty());
            }
        }
        if let Some(number) = whole(&text) {
            prop_assert!(number.parse::<f64>().is_ok());
        }
        if let Ok(number) = decimal::number(&text) {
            prop_assert!(gateway_core::json::Document::parse_text((*number).into()).is_ok(), "{}", number);
        }
    }
}
