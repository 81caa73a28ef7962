//! `AfspraakStatus`, edge cases 33 to 39.

use super::*;

fn with_status(status: &str) -> Record {
    afspraak(&format!(r#","AfspraakStatus":{status}"#))
}

fn status(record: Record, current: Option<&Resource>) -> (String, Option<String>) {
    let appointment = value(&appointment(record, current));
    let raw = extension(&appointment, "tetra-appointment-status");
    (
        appointment["status"].as_str().unwrap().to_owned(),
        raw.map(|coding| coding["code"].as_str().unwrap().to_owned()),
    )
}

#[test]
fn edge_33_every_word_and_number_has_its_status() {
    for (word, number, wanted) in [
        ("NietAanwezig", 1, "booked"),
        ("Aanwezig", 2, "arrived"),
        ("Gebeurd", 3, "fulfilled"),
        ("NietGekomen", 4, "noshow"),
        ("Bezig", 5, "checked-in"),
    ] {
        let upper = word.to_uppercase();
        for written in [
            format!("\"{word}\""),
            format!("\"{upper}\""),
            format!("\"OZB_Afspraak_Status_{word}\""),
            format!("{number}"),
            format!("\"{number}\""),
        ] {
            let (status, raw) = status(with_status(&written), None);
            assert_eq!(status, wanted, "{written}");
            assert_eq!(raw.as_deref(), Some(written.trim_matches('"')), "the raw one is kept");
        }
    }
}

#[test]
fn edge_33_nothing_is_planned() {
    for nothing in ["\"\"", "null", "0", "\"0\"", "\"OZB_NietGevuld\"", "\" \""] {
        assert_eq!(status(with_status(nothing), None), ("booked".to_owned(), None), "{nothing}");
    }
    assert_eq!(status(afspraak(""), None).0, "booked", "absent");
}

#[test]
fn edge_33_an_unknown_word_keeps_the_last_known_status() {
    let arrived = appointment(with_status("\"Aanwezig\""), None);
    let unknown = with_status("\"Onderweg\"");
    assert_eq!(status(unknown.clone(), Some(&arrived)), ("arrived".to_owned(), Some("Onderweg".to_owned())));
    assert!(!composer().knows_status(&unknown));
    for known in ["\"\"", "null", "0", "\"OZB_NietGevuld\"", "5", "\"bezig\"", "\"OZB_x_Gebeurd\""] {
        assert!(composer().knows_status(&with_status(known)), "{known}");
    }
    assert_eq!(status(unknown, None), ("booked".to_owned(), Some("Onderweg".to_owned())));
}

#[test]
fn edge_34_a_past_appointment_without_a_status_stays_booked() {
    let past = afspraak(r#","Start":"2019-06-02T10:20:00","Eind":"2019-06-02T10:30:00","AfspraakStatus":"""#);
    assert_eq!(status(past, None).0, "booked");
}

#[test]
fn edge_35_steps_back_are_taken_in() {
    for (before, after, wanted) in [("2", "1", "booked"), ("5", "2", "arrived"), ("3", "\"\"", "booked")] {
        let current = appointment(with_status(before), None);
        assert_eq!(status(with_status(after), Some(&current)).0, wanted);
    }
}

#[test]
fn edge_36_not_here_yet_is_no_noshow() {
    assert_eq!(status(with_status("\"NietAanwezig\""), None).0, "booked");
    assert_eq!(status(with_status("1"), None).0, "booked");
}

#[test]
fn edge_39_a_noshow_has_no_cancelation_reason() {
    let appointment = value(&appointment(with_status("\"NietGekomen\""), None));
    assert_eq!(appointment["status"], "noshow");
    assert!(appointment.get("cancelationReason").is_none());
}

#[test]
fn edge_55_what_has_vanished_is_cancelled_and_says_when_that_was_found() {
    let current = appointment(with_status("\"Aanwezig\""), None);
    let item = composer().vanished("880001", "Afspraken", "2026-06-02T08:00:00.000Z".to_owned());
    let gone = laid(
        &Item {
            lay: Box::new(move |current, refers| {
                let laid = (item.lay)(current, refers)?;
                Ok(laid.or_else(|| current.cloned()))
            }),
            ..composer().vanished("880001", "", String::new())
        },
        Some(&current),
    );
    let told = value(&gone);
    assert_eq!(told["status"], "cancelled");
    assert_eq!(extension(&told, "tetra-absence-detected").unwrap(), "2026-06-02T08:00:00.000Z");
    assert_eq!(extension(&told, "tetra-appointment-status").unwrap()["code"], "Aanwezig");
    let back = value(&appointment(with_status("\"\""), Some(&gone)));
    assert_eq!(back["status"], "booked");
    assert_eq!(extension(&back, "tetra-absence-detected"), None);
}

#[test]
fn edge_55_what_was_never_here_is_not_made_to_be_cancelled() {
    let item = composer().vanished("1", "Afspraken", "2026-06-02T08:00:00Z".to_owned());
    assert!((item.lay)(None, &[]).unwrap().is_none());
}
