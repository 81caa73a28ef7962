//! The edge cases of `tetra.md` section 5 that are about local times, by their numbers.

use proptest::prelude::*;

use super::{Moment, SecondHour, Uncertain, Zone};
use crate::LocalTimeError;

fn read(text: &str, after: Option<&str>) -> Result<Option<Moment>, LocalTimeError> {
    let zone = Zone::amsterdam();
    zone.read(text, after.map(|text| zone.instant(text).unwrap()))
}

fn text(local: &str) -> String {
    read(local, None).unwrap().unwrap().text()
}

fn tell(instant: &str) -> Result<String, LocalTimeError> {
    Zone::amsterdam().tell(instant, None, SecondHour::Refuse)
}

#[test]
fn edge_40_a_time_in_the_gap_is_the_instant_after_it() {
    let moment = read("2026-03-29T02:30:00", None).unwrap().unwrap();
    assert_eq!(
        (moment.text().as_str(), moment.uncertain),
        ("2026-03-29T03:30:00+02:00", Some(Uncertain::Gap))
    );
    assert_eq!(tell("2026-03-29T03:30:00+02:00").unwrap(), "2026-03-29T03:30:00");
}

#[test]
fn edge_41_a_fold_takes_the_first_and_its_end_the_earliest_later_one() {
    let start = read("2026-10-25T02:50:00", None).unwrap().unwrap();
    assert_eq!(
        (start.text().as_str(), start.uncertain),
        ("2026-10-25T02:50:00+02:00", Some(Uncertain::Fold))
    );
    let end = Zone::amsterdam().read("2026-10-25T02:10:00", Some(start)).unwrap().unwrap();
    assert_eq!(end.text(), "2026-10-25T02:10:00+01:00");
    assert_eq!(end.seconds_since(start), 20 * 60);
    let later = Zone::amsterdam().read("2026-10-25T02:55:00", Some(start)).unwrap().unwrap();
    assert_eq!(later.text(), "2026-10-25T02:55:00+02:00");
    let equal = Zone::amsterdam().read("2026-10-25T02:50:00", Some(start)).unwrap().unwrap();
    assert_eq!(equal.text(), "2026-10-25T02:50:00+01:00");
}

#[test]
fn edge_41_the_second_hour_is_told_only_where_it_reads_back() {
    let zone = Zone::amsterdam();
    assert_eq!(tell("2026-10-25T02:30:00+02:00").unwrap(), "2026-10-25T02:30:00");
    assert_eq!(tell("2026-10-25T02:30:00+01:00"), Err(LocalTimeError::SecondHour));
    let allowed = zone.tell("2026-10-25T02:30:00+01:00", None, SecondHour::Allow);
    assert_eq!(allowed.unwrap(), "2026-10-25T02:30:00");
    let start = zone.instant("2026-10-25T02:50:00+02:00").unwrap();
    let end = zone.tell("2026-10-25T02:10:00+01:00", Some(start), SecondHour::Refuse);
    assert_eq!(end.unwrap(), "2026-10-25T02:10:00");
}

#[test]
fn edge_43_the_offset_of_an_instant_does_not_matter() {
    for instant in ["2026-06-02T08:20:00Z", "2026-06-02T10:20:00+02:00", "2026-06-02T03:20:00-05:00"] {
        assert_eq!(tell(instant).unwrap(), "2026-06-02T10:20:00", "{instant}");
    }
    assert_eq!(tell("2026-06-02T08:20:00.250Z"), Err(LocalTimeError::SubSecond));
    assert_eq!(tell("2026-06-02T08:20:00.000Z").unwrap(), "2026-06-02T10:20:00");
    for bad in ["2026-06-02", "2026-06-02T08:20:00", "", "nu"] {
        assert_eq!(tell(bad), Err(LocalTimeError::Form), "{bad}");
    }
}

#[test]
fn edge_44_what_is_tolerated_and_what_is_not() {
    for (local, wanted) in [
        ("2026-06-02T10:20:00.5000000", "2026-06-02T10:20:00.5+02:00"),
        ("2026-06-02T10:20:00.000", "2026-06-02T10:20:00+02:00"),
        ("2026-06-02T10:20:00Z", "2026-06-02T12:20:00+02:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("2026-06-02 10:20:00", "2026-06-02T10:20:00+02:00"),
        ("2026-06-02T10:20", "2026-06-02T10:20:00+02:00"),
        ("2026-01-02", "2026-01-02T00:00:00+01:00"),
        (" 2026-01-02T00:00:00 ", "2026-01-02T00:00:00+01:00"),
    ] {
        assert_eq!(text(local), wanted, "{local}");
    }
    for bad in [
        "2026-02-30T10:00:00",
        "2026-02-30",
        "",
        "x",
        "2026-06-02T25:00:00",
        "20260602T102000",
        "2026-06-02T10",
    ] {
        assert_eq!(read(bad, None), Err(LocalTimeError::Form), "{bad}");
    }
}

#[test]
fn a_year_before_1850_is_no_value() {
    for none in ["0001-01-01T00:00:00", "0001-01-01", "1849-12-31T23:59:59", "0001-01-01T00:00:00Z"] {
        assert_eq!(read(none, None), Ok(None), "{none}");
    }
    assert!(read("1850-01-01T00:00:00", None).unwrap().is_some());
}

#[test]
fn edge_57_another_zone_has_its_own_hours() {
    let kralendijk = Zone::named("America/Kralendijk").unwrap();
    let moment = kralendijk.read("2026-03-29T02:30:00", None).unwrap().unwrap();
    assert_eq!((moment.text().as_str(), moment.uncertain), ("2026-03-29T02:30:00-04:00", None));
    assert_eq!(
        kralendijk.tell("2026-06-02T08:20:00Z", None, SecondHour::Refuse).unwrap(),
        "2026-06-02T04:20:00"
    );
    assert_eq!(kralendijk.name(), "America/Kralendijk");
    assert!(Zone::named("Europe/Nergens").is_err());
}

proptest! {
    #[test]
    fn a_told_instant_reads_back_as_itself(seconds in 0_i64..4_000_000_000) {
        let zone = Zone::amsterdam();
        let instant = jiff::Timestamp::from_second(seconds).unwrap().to_string();
        if let Ok(local) = zone.tell(&instant, None, SecondHour::Refuse) {
            let back = zone.read(&local, None).unwrap().unwrap();
            prop_assert_eq!(back.seconds_since(zone.instant(&instant).unwrap()), 0);
        }
    }

    #[test]
    fn any_text_is_a_moment_or_an_error(text in "[0-9TZ:. +-]{0,30}|.{0,12}") {
        if let Ok(Some(moment)) = read(&text, None) {
            prop_assert!(Zone::amsterdam().instant(&moment.text()).is_ok());
        }
    }
}
