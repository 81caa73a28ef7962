//! Formats of values, names and texts: `dutch-fhir.md` section 6, cases 1 to 28, 51, 52 and 62.

use fhir_profiles::{BsnCheck, Rules};

use super::support::{PROFILES, appointment, lines, malformed, patient, refusal, refused, resource, valid};

#[test]
fn case_01_a_birth_date_may_be_partial() {
    for date in ["1980", "1980-02", "1980-02-29"] {
        valid(&patient(&format!(r#""birthDate":"{date}""#)));
    }
}

#[test]
fn case_02_03_16_a_birth_date_is_a_date_that_exists() {
    for date in ["2023-02-30", "1980-2-1", "01-02-1980", "1980-02-01T00:00:00Z", "0000", "10000", "-1980"] {
        malformed(&patient(&format!(r#""birthDate":"{date}""#)), &["error value Patient.birthDate"]);
    }
}

#[test]
fn case_04_05_06_11_12_a_moment_has_seconds_and_a_zone() {
    let created = |text: &str| appointment(&format!(r#""created":"{text}""#));
    for good in
        ["2026-03-29T10:00:00+01:00", "2026-03-29T10:00:00.1234567+02:00", "2026-03-29T23:59:60Z", "2026-03"]
    {
        valid(&created(good));
    }
    for bad in
        ["2026-03-29T10:00:00", "2026-03-29T10:00+01:00", "2026-03-29T24:00:00Z", "2026-03-29T10:00:00+14:30"]
    {
        malformed(&created(bad), &["error value Appointment.created"]);
    }
}

#[test]
fn case_15_a_period_does_not_end_before_it_starts() {
    let period = |start: &str, end: &str| {
        patient(&format!(r#""identifier":[{{"value":"x","period":{{"start":"{start}","end":"{end}"}}}}]"#))
    };
    refused(&period("2026-02-01", "2026-01-01"), &["error invariant Patient.identifier[0].period"]);
    valid(&period("2026-01-01", "2026-01-01"));
    valid(&period("2026-01-15", "2026-01"));
    valid(&patient(r#""identifier":[{"value":"x","period":{"start":"2026-01-01"}}]"#));
}

#[test]
fn case_21_a_prefix_needs_its_name() {
    let family = |parts: &[(&str, &str)]| {
        let part = |(name, value): &(&str, &str)| {
            format!(
                r#"{{"url":"http://hl7.org/fhir/StructureDefinition/humanname-{name}","valueString":"{value}"}}"#
            )
        };
        let parts: Vec<_> = parts.iter().map(part).collect();
        patient(&format!(r#""name":[{{"family":"x","_family":{{"extension":[{}]}}}}]"#, parts.join(",")))
    };
    valid(&family(&[("own-prefix", "de"), ("own-name", "Vries")]));
    refused(&family(&[("own-prefix", "de")]), &["error invariant Patient.name[0].family"]);
    refused(
        &family(&[("own-name", "Vries"), ("partner-prefix", "van")]),
        &["error invariant Patient.name[0].family"],
    );
}

#[test]
fn case_20_22_a_name_needs_no_surname() {
    valid(&patient(r#""name":[{"text":"Sukarno"},{"given":["Anna"]}]"#));
}

#[test]
fn case_24_25_a_text_is_visible() {
    malformed(&patient(r#""name":[{"text":"a\u0007b"}]"#), &["error value Patient.name[0].text"]);
    malformed(&patient(r#""name":[{"text":"a\u0000b"}]"#), &["error value Patient.name[0].text"]);
    malformed(&patient(r#""name":[{"text":" \n "}]"#), &["error value Patient.name[0].text"]);
    malformed(&patient(r#""name":[{"text":""}]"#), &["error structure Patient.name[0].text"]);
}

#[test]
fn case_26_a_text_is_not_too_long() {
    let text = |length: usize| appointment(&format!(r#""comment":"{}""#, "x".repeat(length)));
    valid(&text(1_048_576));
    malformed(&text(1_048_577), &["error too-long Appointment.comment"]);
}

#[test]
fn case_27_a_narrative_cannot_run() {
    let text = |div: &str| {
        patient(&format!(r#""text":{{"status":"generated","div":{}}}"#, gateway_core::json::quoted(div)))
    };
    valid(&text(r#"<div xmlns="http://www.w3.org/1999/xhtml"><p>Anna</p></div>"#));
    refused(&text("<div><script>x</script></div>"), &["error invariant Patient.text.div"]);
    refused(&text("<div> </div>"), &["error invariant Patient.text.div"]);
}

#[test]
fn case_51_a_decimal_keeps_its_digits() {
    let text = r#"{"resourceType":"ChargeItem","status":"billable","code":{"text":"x"},"subject":{"reference":"Patient/1"},
        "factorOverride":1.00,"quantity":{"value":12345678901234567890.1200}}"#;
    valid(text);
    assert!(resource(text).content().contains("12345678901234567890.1200"));
}

#[test]
fn case_52_numbers_have_a_range() {
    for bad in ["0", "-1", "2147483648", "1.5", "1e1"] {
        malformed(
            &appointment(&format!(r#""minutesDuration":{bad}"#)),
            &["error value Appointment.minutesDuration"],
        );
    }
    malformed(&appointment(r#""minutesDuration":"10""#), &["error structure Appointment.minutesDuration"]);
    valid(&appointment(r#""priority":0"#));
}

#[test]
fn case_62_85_an_attachment_is_base64_and_says_what_it_is() {
    let photo = |members: &str| patient(&format!(r#""photo":[{{{members}}}]"#));
    valid(&photo(r#""contentType":"image/png","data":"QU JD\nREVG""#));
    malformed(&photo(r#""contentType":"image/png","data":"QUI""#), &["error value Patient.photo[0].data"]);
    refused(&photo(r#""data":"QUJD""#), &["error invariant Patient.photo[0]"]);
}

const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

fn identifier(system: &str, value: &str) -> String {
    patient(&format!(r#""identifier":[{{"system":"{system}","value":"{value}"}}]"#))
}

#[test]
fn case_29_a_bsn_keeps_its_zero() {
    valid(&identifier(BSN, "012345672"));
    assert!(resource(&identifier(BSN, "012345672")).content().contains("\"012345672\""));
}

#[test]
fn case_30_a_bsn_has_nine_digits_and_passes_the_eleven_test() {
    for bad in ["123456789", "0000000000", "12345678a", "123 456 782", "123.456.782", "12345672", "000000000"]
    {
        for system in [BSN, "urn:oid:2.16.840.1.113883.2.4.6.3"] {
            let found = refusal(&identifier(system, bad));
            assert_eq!(lines(&found), ["error value Patient.identifier[0].value"], "{bad}");
            assert!(!found.malformed && !found.issues[0].text.contains(bad));
        }
    }
    let checked = |check| {
        let rules = Rules { bsn: check, ..Rules::default() };
        lines(&PROFILES.issues(&resource(&identifier(BSN, "123456789")), None, rules))
    };
    assert_eq!(checked(BsnCheck::Warn), ["warning value Patient.identifier[0].value"]);
    assert!(checked(BsnCheck::Format).is_empty());
}

#[test]
fn a_masked_bsn_has_no_value() {
    valid(&patient(&format!(
        r#""identifier":[{{"system":"{BSN}","_value":{{"extension":[
            {{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}}]}}}}]"#
    )));
}

#[test]
fn case_32_33_an_identifier_needs_no_system() {
    valid(&patient(
        r#""identifier":[{"value":"123456789"},{"use":"old","system":"https://elsewhere","value":"1"}]"#,
    ));
}

#[test]
fn dutch_numbers_have_their_shape() {
    let of = |name: &str| format!("http://fhir.nl/fhir/NamingSystem/{name}");
    for (system, good, bad) in [
        (of("agb-z"), "01000001", "1000001"),
        (of("agb"), "01000001", "0100000x"),
        ("urn:oid:2.16.840.1.113883.2.4.6.1".into(), "01000001", "010000011"),
        (of("uzovi"), "3332", "33320"),
        (of("uzi-nr-pers"), "000012345", "12345"),
        (of("ura"), "00015823", "15823"),
        (of("kvk"), "12345678", "1234567"),
        ("http://www.kvk.nl/".into(), "12345678", "x"),
        (of("kvk-vestigingsnummer"), "000012345678", "12345678"),
    ] {
        valid(&identifier(&system, good));
        refused(&identifier(&system, bad), &["error value Patient.identifier[0].value"]);
    }
    refused(&identifier(&of("big"), "1"), &["warning value Patient.identifier[0].value"]);
    refused(&identifier(&of("agb-z"), "00000000"), &["warning value Patient.identifier[0].value"]);
    malformed(
        &identifier("2.16.840.1.113883.2.4.6.3", "999990019"),
        &["error value Patient.identifier[0].system"],
    );
}
