//! What an appointment means to a patient: two with the same meaning are the same, however they are written
//! (`spreekuur.md` 6.2; rules A-24 and A-25).

use std::collections::BTreeSet;

use gateway_core::json::Node;
use gateway_core::{Key, ResourceType};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::shape::{display, items, participant_bsn, reference};

/// What counts as a change when it differs. The patient is compared apart (A-21).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meaning<'d> {
    status: Option<&'d str>,
    start: Moment<'d>,
    end: Moment<'d>,
    comment: &'d str,
    categories: BTreeSet<[Option<&'d str>; 3]>,
    others: Vec<(Option<&'d str>, Option<&'d str>)>,
}

/// A point in time; a text that is none only equals itself.
#[derive(Debug, PartialEq, Eq)]
enum Moment<'d> {
    At(OffsetDateTime),
    Unread(Option<&'d str>),
}

impl<'d> Meaning<'d> {
    /// Of what a XIS sent.
    pub(super) fn sent(appointment: Node<'d>) -> Self {
        Self::of(appointment, |participant| participant_bsn(participant).is_some())
    }

    /// Of what is stored, where the patient is known by our reference.
    pub(super) fn stored(appointment: Node<'d>, patient: &Key) -> Self {
        Self::of(appointment, |participant| refers_to(participant, patient))
    }

    fn of(appointment: Node<'d>, is_patient: impl Fn(Node<'d>) -> bool) -> Self {
        let codings = items(appointment, "serviceCategory").flat_map(|concept| items(concept, "coding"));
        let others = items(appointment, "participant").filter(|p| !is_patient(*p));
        let mut others: Vec<_> = others.map(|p| (reference(p), display(p))).collect();
        others.sort_unstable();
        Self {
            status: appointment.text("status"),
            start: Moment::read(appointment.text("start")),
            end: Moment::read(appointment.text("end")),
            comment: appointment.text("comment").unwrap_or_default(),
            categories: codings.map(|c| [c.text("system"), c.text("code"), c.text("display")]).collect(),
            others,
        }
    }
}

impl<'d> Moment<'d> {
    fn read(text: Option<&'d str>) -> Self {
        text.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok()).map_or(Self::Unread(text), Self::At)
    }
}

/// Whether the stored appointment is this patient's (A-21).
pub(super) fn is_of(appointment: Node<'_>, patient: &Key) -> bool {
    debug_assert_eq!(patient.resource_type, ResourceType::Patient);
    items(appointment, "participant").any(|participant| refers_to(participant, patient))
}

fn refers_to(participant: Node<'_>, patient: &Key) -> bool {
    reference(participant).and_then(Key::from_reference).is_some_and(|key| key == *patient)
}

#[cfg(test)]
mod tests {
    use gateway_core::json::Document;

    use super::*;

    const PATIENT: &str = r#"{"actor":{"reference":"Patient/1","display":"T.","identifier":{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}},"status":"accepted"}"#;

    fn text(start: &str, comment: &str, codes: &[&str], others: &[&str]) -> String {
        let coding =
            |code: &&str| format!(r#"{{"coding":[{{"system":"s","code":"{code}","display":"d"}}]}}"#);
        let other = |name: &&str| {
            format!(r#"{{"actor":{{"reference":"{name}","display":"d"}},"status":"accepted"}}"#)
        };
        let participants: Vec<_> =
            std::iter::once(PATIENT.to_owned()).chain(others.iter().map(other)).collect();
        format!(
            r#"{{"status":"booked","start":"{start}","end":"2026-09-14T09:20:00Z"{comment},
                "serviceCategory":[{}],"participant":[{}],"meta":{{"x":1}},"foo":true}}"#,
            codes.iter().map(coding).collect::<Vec<_>>().join(","),
            participants.join(","),
        )
    }

    #[test]
    fn the_same_meaning_in_other_words() {
        let a =
            text("2026-09-14T10:00:00+02:00", r#","comment":"""#, &["A", "B"], &["Location/1", "Location/2"]);
        let b = text("2026-09-14T08:00:00.000Z", "", &["B", "A", "A"], &["Location/2", "Location/1"]);
        let (a, b) = (Document::parse(a.as_bytes()).unwrap(), Document::parse(b.as_bytes()).unwrap());
        assert_eq!(Meaning::sent(a.root()), Meaning::sent(b.root()));
        let patient = Key::from_reference("Patient/1").unwrap();
        assert_eq!(Meaning::sent(a.root()), Meaning::stored(b.root(), &patient));
        assert!(is_of(a.root(), &patient));
    }

    #[test]
    fn each_named_element_counts() {
        let base = text("2026-09-14T10:00:00Z", "", &["A"], &["Location/1"]);
        let base = Document::parse(base.as_bytes()).unwrap();
        for other in [
            text("2026-09-14T10:00:01Z", "", &["A"], &["Location/1"]),
            text("2026-09-14T10:00:00Z", r#","comment":"c""#, &["A"], &["Location/1"]),
            text("2026-09-14T10:00:00Z", "", &["B"], &["Location/1"]),
            text("2026-09-14T10:00:00Z", "", &["A"], &[]),
            text("2026-09-14T10:00:00Z", "", &["A"], &["Location/1", "Location/1"]),
            text("2026-09-14T10:00:00Z", "", &["A"], &["Location/1"]).replace("booked", "cancelled"),
            text("2026-09-14T10:00:00Z", "", &["A"], &["Location/1"]).replace("09:20", "09:21"),
        ] {
            let other = Document::parse(other.as_bytes()).unwrap();
            assert_ne!(Meaning::sent(base.root()), Meaning::sent(other.root()));
        }
    }
}
