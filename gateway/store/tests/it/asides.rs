//! What could not be taken in, and what went over the wire for looks and questions.

use gateway_core::{CounterpartKey, Issue, IssueCode};
use gateway_store::{AsideFilter, AsideRow, Call, CallKind, SetAside};

use crate::house::{House, at, both, link};

const SAID: &[u8] = b"met de naam Testpersoon erin";

fn theirs(value: &str) -> CounterpartKey {
    CounterpartKey { space: "tetra/Afspraak".to_owned(), value: value.to_owned() }
}

fn record(place: &str, key: Option<&str>) -> SetAside {
    let issue = Issue::error(IssueCode::CodeInvalid, "no such status").at("Appointment.status");
    SetAside { place: place.to_owned(), key: key.map(theirs), issues: vec![issue] }
}

async fn set(house: &House, records: &[SetAside], exchange: Option<i64>, second: i64) {
    let of = (&link("tetra"), &"de-linde".parse().unwrap());
    house.store.set_aside(of, records, exchange, at(second)).await.unwrap();
}

async fn listed(house: &House, solved: bool) -> Vec<AsideRow> {
    let filter = AsideFilter { solved, limit: 1000, ..AsideFilter::default() };
    house.store.asides(&filter).await.unwrap()
}

async fn keep(house: &House, kind: CallKind, quiet: bool, second: i64) -> i64 {
    let call = Call {
        link: link("tetra"),
        tenant: "de-linde".parse().unwrap(),
        kind,
        at: at(second),
        quiet,
        exchange: SAID.to_vec(),
    };
    house.store.keep_call(&call).await.unwrap()
}

#[test]
fn a_record_is_one_row_however_often_it_is_seen() {
    both(async |house| {
        set(house, &[record("Afspraken[3]", Some("880001")), record("Afspraken[4]", None)], Some(7), 0).await;
        set(house, &[record("Afspraken[1]", Some("880001")), record("Afspraken[4]", None)], None, 300).await;
        let rows = listed(house, false).await;
        assert_eq!(rows.len(), 2);
        let known = rows.iter().find(|row| row.key.is_some()).unwrap();
        assert_eq!((known.place.as_str(), known.times, known.exchange), ("Afspraken[1]", 2, None));
        assert_eq!((known.first_seen, known.last_seen), (at(0), at(300)));
        assert_eq!(known.key, Some(theirs("880001")));
        assert_eq!(known.issues, record("", None).issues);
    });
}

#[test]
fn what_is_taken_in_later_is_solved_and_opens_again_when_it_fails_again() {
    both(async |house| {
        set(house, &[record("Afspraken[3]", Some("1")), record("Afspraken[4]", Some("2"))], None, 0).await;
        let taken = [theirs("2"), theirs("3")];
        assert_eq!(house.store.solve_aside(&link("tetra"), &taken, at(10)).await.unwrap(), 1);
        assert_eq!(house.store.solve_aside(&link("tetra"), &taken, at(11)).await.unwrap(), 0);
        assert_eq!(house.store.solve_aside(&link("other"), &[theirs("1")], at(11)).await.unwrap(), 0);
        assert_eq!((listed(house, false).await.len(), listed(house, true).await.len()), (1, 2));
        set(house, &[record("Afspraken[4]", Some("2"))], None, 20).await;
        assert_eq!(listed(house, false).await.len(), 2);
        let other = AsideFilter { link: Some(link("other")), limit: 9, ..AsideFilter::default() };
        assert!(house.store.asides(&other).await.unwrap().is_empty());
    });
}

#[test]
fn a_key_that_could_be_a_bsn_is_kept_as_a_hash() {
    both(async |house| {
        set(house, &[record("Patienten[0]", Some("999990019"))], None, 0).await;
        let row = listed(house, false).await.remove(0);
        assert_eq!(row.key.unwrap().value.len(), 64);
        let clear = house.raw_texts("SELECT slot || coalesce(key_value, '') || issues FROM set_aside").await;
        assert!(!clear[0].contains("999990019"));
        assert_eq!(house.store.solve_aside(&link("tetra"), &[theirs("999990019")], at(1)).await.unwrap(), 1);
    });
}

#[test]
fn calls_are_sealed_and_of_the_quiet_ones_the_last_is_kept() {
    both(async |house| {
        let loud = keep(house, CallKind::Look, false, 0).await;
        let quiet = keep(house, CallKind::Look, true, 1).await;
        let question = keep(house, CallKind::Question, true, 2).await;
        let last = keep(house, CallKind::Look, true, 3).await;
        assert_eq!(house.store.calls(&link("tetra"), 9).await.unwrap(), [last, question, loud]);
        assert_eq!(house.store.call_exchange(loud).await.unwrap().as_deref(), Some(SAID));
        assert_eq!(house.store.call_exchange(quiet).await.unwrap(), None);
        house
            .raw(&format!(
                "UPDATE call_exchange SET body = (SELECT body FROM call_exchange WHERE id = {loud}) WHERE id = {last}"
            ))
            .await;
        assert!(house.store.call_exchange(last).await.is_err(), "another row's body");
    });
}

#[test]
fn calls_and_what_is_no_longer_seen_are_forgotten_with_the_exchanges() {
    both(async |house| {
        keep(house, CallKind::Look, false, 0).await;
        let young = keep(house, CallKind::SignIn, false, 100).await;
        set(house, &[record("Afspraken[3]", Some("1")), record("Afspraken[4]", Some("2"))], None, 0).await;
        house.store.solve_aside(&link("tetra"), &[theirs("2")], at(100)).await.unwrap();
        assert_eq!(house.store.forget_exchanges(at(100)).await.unwrap(), 2);
        assert_eq!(house.store.calls(&link("tetra"), 9).await.unwrap(), [young]);
        let left = listed(house, true).await;
        assert_eq!(left.iter().map(|row| row.place.as_str()).collect::<Vec<_>>(), ["Afspraken[4]"]);
    });
}
