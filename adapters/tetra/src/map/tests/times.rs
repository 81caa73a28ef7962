//! Local times, edge cases 40, 41, 44, 45 and 57.

use super::*;

fn between(start: &str, end: &str) -> Record {
    afspraak(&format!(r#","Start":"{start}","Eind":"{end}""#))
}

fn uncertain(appointment: &Value, element: &str) -> Option<Value> {
    extension(&appointment[format!("_{element}")], "tetra-time-uncertain")
}

#[test]
fn edge_40_a_time_in_the_gap_is_moved_behind_it_and_flagged() {
    let got = value(&appointment(between("2026-03-29T02:30:00", "2026-03-29T03:45:00"), None));
    assert_eq!(got["start"], "2026-03-29T03:30:00+02:00");
    assert_eq!(uncertain(&got, "start").unwrap(), "gap");
    assert_eq!(uncertain(&got, "end"), None);
    assert_eq!(got["minutesDuration"], 15);
}

#[test]
fn edge_41_a_time_in_the_fold_is_the_first_and_an_end_comes_after_it() {
    let got = value(&appointment(between("2026-10-25T02:50:00", "2026-10-25T02:10:00"), None));
    assert_eq!(got["start"], "2026-10-25T02:50:00+02:00");
    assert_eq!(got["end"], "2026-10-25T02:10:00+01:00");
    assert_eq!(got["minutesDuration"], 20);
    assert_eq!(uncertain(&got, "start").unwrap(), "fold");
    assert_eq!(uncertain(&got, "end").unwrap(), "fold");
    let clear = value(&appointment(between("2026-10-25T10:00:00", "2026-10-25T10:10:00"), None));
    assert_eq!(uncertain(&clear, "start"), None);
}

#[test]
fn edge_41_a_flag_goes_when_the_time_is_clear_again() {
    let folded = appointment(between("2026-10-25T02:30:00", "2026-10-25T03:30:00"), None);
    let got = value(&appointment(between("2026-10-26T02:30:00", "2026-10-26T03:30:00"), Some(&folded)));
    assert_eq!(uncertain(&got, "start"), None);
    assert!(got.get("_start").is_none(), "{got}");
}

#[test]
fn edge_44_other_forms_of_time_are_tolerated_and_wrong_ones_set_aside() {
    for (start, wanted) in [
        ("2026-06-02T10:20:00.000", "2026-06-02T10:20:00+02:00"),
        ("2026-06-02T08:20:00Z", "2026-06-02T10:20:00+02:00"),
        ("2026-06-02T10:20:00+02:00", "2026-06-02T10:20:00+02:00"),
        ("2026-06-02 10:20:00", "2026-06-02T10:20:00+02:00"),
        ("2026-06-02", "2026-06-02T00:00:00+02:00"),
    ] {
        let got = value(&appointment(between(start, "2026-06-02T10:30:00"), None));
        assert_eq!(got["start"], wanted, "{start}");
    }
    for wrong in ["2026-02-30T10:20:00", "morgen", "2026-06-02T25:00:00"] {
        let item = composer().appointment(between(wrong, "2026-06-02T10:30:00"), Asked::Agendas);
        let issues = (item.unwrap_or_else(|a| panic!("{a:?}")).lay)(None, &[]).unwrap_err();
        let told = issues.iter().find(|issue| issue.expression.as_deref() == Some("Appointment.start"));
        let text = &told.unwrap_or_else(|| panic!("{issues:?}")).text;
        assert!(text.contains("afspraken[0].Start"), "{text}");
        assert!(!text.contains(wrong), "no content in an issue: {text}");
    }
}

#[test]
fn edge_45_an_end_that_is_no_end_gives_no_length() {
    for end in ["2026-06-02T10:20:00", "2026-06-02T09:00:00"] {
        let got = value(&appointment(between("2026-06-02T10:20:00", end), None));
        assert!(got.get("minutesDuration").is_none(), "{end}");
        assert_eq!(got["start"], "2026-06-02T10:20:00+02:00");
    }
    let across = value(&appointment(between("2026-06-02T23:50:00", "2026-06-03T00:10:00"), None));
    assert_eq!(across["minutesDuration"], 20);
}

#[test]
fn edge_57_the_clock_is_the_practices() {
    let item = composer_in("America/Kralendijk").appointment(afspraak(""), Asked::Agendas);
    let got = value(&laid(&item.unwrap_or_else(|a| panic!("{a:?}")), None));
    assert_eq!(got["start"], "2026-06-02T10:20:00-04:00");
}

#[test]
fn edge_23_the_length_follows_the_times_and_not_the_block_type() {
    let record = afspraak(
        r#","Eind":"2026-06-02T10:25:00","BlokType":{"Id":1,"Naam":"x","AfspraakDuurMinuten10":100}"#,
    );
    assert_eq!(value(&appointment(record, None))["minutesDuration"], 5);
}
