//! FHIR → Tetra: edge cases 37, 38, 40 and 43, and what has no place over there (section 4.4).

use gateway_core::{Delivery, IssueCode, LinkId, TenantId, Version};

use super::*;
use crate::map::outbound::{Person, Wish};

fn delivery(resource: Option<Resource>) -> Delivery {
    Delivery {
        id: 1,
        tenant: "demo".parse::<TenantId>().unwrap(),
        link: "tetra".parse::<LinkId>().unwrap(),
        key: Key::from_reference("Appointment/a1").unwrap(),
        version: Version::FIRST,
        attempt: 1,
        resource,
        before: None,
        referenced: BTreeMap::new(),
        note: None,
        sent_before: false,
    }
}

fn booking(change: impl FnOnce(&mut Value)) -> Resource {
    let mut appointment = value(&appointment(
        afspraak(r#","PatientId":4242,"BlokType":{"Id":501,"Naam":"Consult"},"Opmerkingen":"Oorpijn""#),
        None,
    ));
    change(&mut appointment);
    resource(&appointment.to_string())
}

fn wish(change: impl FnOnce(&mut Value)) -> Result<Wish, Vec<Issue>> {
    composer().wish(&delivery(Some(booking(change))))
}

fn booked(change: impl FnOnce(&mut Value)) -> crate::map::outbound::Booking {
    match wish(change) {
        Ok(Wish::Booked(booking)) => booking,
        other => panic!("{other:?}"),
    }
}

fn refused(change: impl FnOnce(&mut Value), path: &str) -> Issue {
    let issues = wish(change).unwrap_err();
    let found = issues.iter().find(|issue| issue.expression.as_deref() == Some(path));
    found.unwrap_or_else(|| panic!("{issues:?}")).clone()
}

#[test]
fn a_booking_says_agenda_block_type_times_patient_and_remark() {
    let booking = booked(|_| {});
    assert_eq!((booking.agenda.as_str(), booking.block_type.as_str()), ("71", "501"));
    assert_eq!(
        (booking.start.as_str(), booking.end.as_str()),
        ("2026-06-02T10:20:00", "2026-06-02T10:30:00")
    );
    assert_eq!(booking.remark.as_deref(), Some("Oorpijn"));
    assert_eq!(booking.known.appointment.as_deref(), Some("880001"));
    assert_eq!(booking.known.patient, Person::Number("4242".to_owned()));
    assert!(booking.warnings.is_empty());
}

#[test]
fn edge_37_under_way_is_read_and_told_back_without_a_call() {
    let under_way = appointment(afspraak(r#","PatientId":4242,"AfspraakStatus":"Bezig""#), None);
    assert_eq!(value(&under_way)["status"], "checked-in");
    assert!(matches!(composer().wish(&delivery(Some(under_way))), Ok(Wish::Nothing(_))));
    assert!(matches!(wish(|a| a["status"] = "checked-in".into()), Ok(Wish::Arrived(_))), "from elsewhere");
    assert!(matches!(wish(|a| a["status"] = "arrived".into()), Ok(Wish::Arrived(_))));
    assert!(matches!(wish(|a| a["status"] = "cancelled".into()), Ok(Wish::Cancelled(_))));
}

#[test]
fn edge_38_what_cannot_be_told_is_refused() {
    for status in ["fulfilled", "noshow", "entered-in-error", "proposed", "pending", "waitlist"] {
        let issue = refused(|a| a["status"] = status.into(), "Appointment.status");
        assert_eq!(issue.code, IssueCode::NotSupported, "{status}");
    }
    assert!(composer().wish(&delivery(None)).is_err(), "a deletion is no cancellation");
}

#[test]
fn edge_43_every_offset_is_the_same_time_on_their_clock() {
    for start in ["2026-06-02T08:20:00Z", "2026-06-02T10:20:00+02:00", "2026-06-02T03:20:00-05:00"] {
        assert_eq!(booked(|a| a["start"] = start.into()).start, "2026-06-02T10:20:00", "{start}");
    }
}

#[test]
fn edge_40_what_their_clock_cannot_say_is_refused() {
    let second = |a: &mut Value| {
        a["start"] = "2026-10-25T02:30:00+01:00".into();
        a["end"] = "2026-10-25T02:40:00+01:00".into();
    };
    refused(second, "Appointment.start");
    refused(|a| a["start"] = "2026-06-02T10:20:00.5+02:00".into(), "Appointment.start");
    let first = booked(|a| {
        a["start"] = "2026-10-25T02:30:00+02:00".into();
        a["end"] = "2026-10-25T02:40:00+02:00".into();
    });
    assert_eq!(first.start, "2026-10-25T02:30:00");
}

#[test]
fn one_agenda_one_block_type_of_their_own_one_patient() {
    refused(
        |a| a["serviceType"][0]["coding"][0]["system"] = "https://elsewhere".into(),
        "Appointment.serviceType",
    );
    refused(
        |a| a["participant"] = serde_json::json!([a["participant"][1].clone()]),
        "Appointment.participant",
    );
    let twice = |a: &mut Value| {
        let mut other = a["participant"][0].clone();
        other["actor"]["identifier"]["value"] = "72".into();
        a["participant"].as_array_mut().unwrap().push(other);
    };
    refused(twice, "Appointment.participant");
    let stranger = serde_json::json!({"actor": {"reference": "Patient/x"}, "status": "accepted"});
    refused(|a| a["participant"][1] = stranger, "Appointment.participant");
}

#[test]
fn a_patient_is_known_by_number_or_bsn_of_the_resource_referred_to() {
    let patient = |system: &str, number: &str| {
        let text = format!(
            r#"{{"resourceType":"Patient","identifier":[{{"system":"{system}","value":"{number}"}}]}}"#
        );
        let stranger = serde_json::json!({"actor": {"reference": "Patient/x"}, "status": "accepted"});
        let mut delivery = delivery(Some(booking(|a| a["participant"][1] = stranger)));
        delivery.referenced.insert(Key::from_reference("Patient/x").unwrap(), resource(&text));
        match composer().wish(&delivery) {
            Ok(Wish::Booked(booking)) => booking.known.patient,
            other => panic!("{other:?}"),
        }
    };
    let his = "https://zorgtolk.example/fhir/NamingSystem/tetra-patient-id/01999999";
    assert_eq!(patient(his, "77"), Person::Number("77".to_owned()));
    assert_eq!(
        patient("http://fhir.nl/fhir/NamingSystem/bsn", "999911120"),
        Person::Bsn("999911120".parse().unwrap())
    );
}

#[test]
fn what_has_no_place_over_there_is_a_warning() {
    let booking = booked(|a| {
        a["priority"] = 1.into();
        a["description"] = "Controle".into();
    });
    let paths: Vec<_> = booking.warnings.iter().filter_map(|issue| issue.expression.as_deref()).collect();
    assert_eq!(paths, ["Appointment.priority", "Appointment.description"]);
    assert_eq!(booked(|a| drop(a.as_object_mut().unwrap().remove("comment"))).remark, None);
}
