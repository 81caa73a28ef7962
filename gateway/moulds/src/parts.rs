//! Small parts that several moulds share.

use fhir_model::r4b::types::{CodeableConcept, Coding, Meta, Reference};
use fhir_model::{DateTime, Instant};
use serde::Serialize;
use time::OffsetDateTime;

/// The codes of the gateway itself.
pub(crate) const CODES: &str = "https://zorgtolk.example/fhir/CodeSystem/gateway";

/// Why a cast with every mandatory element set cannot fail.
pub(crate) const COMPLETE: &str = "every mandatory element is set";

pub(crate) fn text(text: &str) -> CodeableConcept {
    CodeableConcept::builder().text(text.to_owned()).build().expect(COMPLETE)
}

pub(crate) fn coding(system: &str, code: &str) -> Coding {
    Coding::builder().system(system.to_owned()).code(code.to_owned()).build().expect(COMPLETE)
}

pub(crate) fn concept(system: &str, code: &str) -> CodeableConcept {
    CodeableConcept::builder().coding(vec![Some(coding(system, code))]).build().expect(COMPLETE)
}

pub(crate) fn reference(to: &str) -> Reference {
    Reference::builder().reference(to.to_owned()).build().expect(COMPLETE)
}

pub(crate) fn date_time(at: OffsetDateTime) -> DateTime {
    DateTime::DateTime(instant(at))
}

/// To the millisecond, like every instant of the gateway.
pub(crate) fn instant(at: OffsetDateTime) -> Instant {
    Instant(at.truncate_to_millisecond())
}

pub(crate) fn updated(at: OffsetDateTime) -> Meta {
    Meta::builder().last_updated(instant(at)).build().expect(COMPLETE)
}

pub(crate) fn some<T>(items: impl IntoIterator<Item = T>) -> Vec<Option<T>> {
    items.into_iter().map(Some).collect()
}

pub(crate) fn json(resource: &impl Serialize) -> String {
    serde_json::to_string(resource).expect("a resource of ours has string keys only")
}
