//! What can be done with which type (<https://hl7.org/fhir/R4/http.html>).
//!
//! Types that are not listed are not there for callers: parts of messages (Bundle, Parameters), what is made on the spot
//! (OperationOutcome, CapabilityStatement), and AuditEvent until the audit trail can be read.

use gateway_core::{Problem, ResourceType};

use super::route::Route;
use crate::problem::Refused;

/// An interaction with a resource, a type or the whole system, named as FHIR's restful-interaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the interactions are FHIR's own")]
pub enum Rest {
    Read,
    Vread,
    Update,
    Patch,
    Delete,
    HistoryInstance,
    Create,
    HistoryType,
    SearchType,
    Batch,
    Transaction,
    /// A search within a compartment; FHIR has no code of its own for it.
    SearchCompartment,
    SearchSystem,
    HistorySystem,
}

impl Rest {
    /// FHIR's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Vread => "vread",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::HistoryInstance => "history-instance",
            Self::Create => "create",
            Self::HistoryType => "history-type",
            Self::SearchType | Self::SearchCompartment => "search-type",
            Self::SearchSystem => "search-system",
            Self::HistorySystem => "history-system",
            Self::Batch => "batch",
            Self::Transaction => "transaction",
        }
    }
}

/// Everything.
const EDITED: &[Rest] = &[
    Rest::Read,
    Rest::Vread,
    Rest::Update,
    Rest::Patch,
    Rest::Delete,
    Rest::HistoryInstance,
    Rest::Create,
    Rest::HistoryType,
    Rest::SearchType,
];
/// A consent is withdrawn, never removed (`dutch-fhir.md` section 4.3, delete).
const KEPT: &[Rest] = &[
    Rest::Read,
    Rest::Vread,
    Rest::Update,
    Rest::Patch,
    Rest::HistoryInstance,
    Rest::Create,
    Rest::HistoryType,
    Rest::SearchType,
];
/// What happened is added to and never changed.
const APPENDED: &[Rest] =
    &[Rest::Read, Rest::Vread, Rest::HistoryInstance, Rest::Create, Rest::HistoryType, Rest::SearchType];
/// The gateway's own state, shown as resources (`own`).
const SHOWN: &[Rest] = &[Rest::Read, Rest::SearchType];

/// What is offered over all types.
pub const SYSTEM: &[Rest] = &[Rest::SearchSystem, Rest::HistorySystem, Rest::Batch, Rest::Transaction];

/// What a type offers.
#[must_use]
pub fn offered(resource_type: ResourceType) -> &'static [Rest] {
    match resource_type {
        ResourceType::AuditEvent
        | ResourceType::Bundle
        | ResourceType::CapabilityStatement
        | ResourceType::OperationOutcome
        | ResourceType::Parameters => &[],
        ResourceType::Endpoint | ResourceType::Task => SHOWN,
        ResourceType::Consent => KEPT,
        ResourceType::Provenance => APPENDED,
        ResourceType::Appointment
        | ResourceType::AppointmentResponse
        | ResourceType::Binary
        | ResourceType::ChargeItem
        | ResourceType::CodeSystem
        | ResourceType::Communication
        | ResourceType::ConceptMap
        | ResourceType::Coverage
        | ResourceType::CoverageEligibilityRequest
        | ResourceType::CoverageEligibilityResponse
        | ResourceType::DocumentReference
        | ResourceType::HealthcareService
        | ResourceType::Invoice
        | ResourceType::Location
        | ResourceType::NamingSystem
        | ResourceType::Organization
        | ResourceType::Patient
        | ResourceType::PlanDefinition
        | ResourceType::Practitioner
        | ResourceType::PractitionerRole
        | ResourceType::Procedure
        | ResourceType::Schedule
        | ResourceType::SearchParameter
        | ResourceType::Slot
        | ResourceType::StructureDefinition
        | ResourceType::StructureMap
        | ResourceType::Subscription
        | ResourceType::ValueSet => EDITED,
    }
}

/// Goes on only when the type offers the interaction.
///
/// # Errors
/// 404 for a type that offers nothing, 405 for one that offers something else.
pub(super) fn gate(resource_type: ResourceType, rest: Rest) -> Result<(), Refused> {
    gate_at(Route::of(rest), resource_type, rest)
}

/// The same for an interaction that finds its resource by criteria, on the path of the type.
///
/// # Errors
/// As [`gate`].
pub(super) fn gate_by_criteria(resource_type: ResourceType, rest: Rest) -> Result<(), Refused> {
    gate_at(Route::Type, resource_type, rest)
}

fn gate_at(route: Route, resource_type: ResourceType, rest: Rest) -> Result<(), Refused> {
    let offered = offered(resource_type);
    if offered.contains(&rest) {
        return Ok(());
    }
    if offered.is_empty() {
        return Err(Refused(Problem::NotFound));
    }
    Err(Refused(Problem::NotAllowed { allow: route.allow(offered) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_87_what_happened_is_never_changed() {
        for resource_type in [ResourceType::Provenance, ResourceType::AuditEvent] {
            for rest in [Rest::Update, Rest::Patch, Rest::Delete] {
                assert!(gate(resource_type, rest).is_err());
            }
        }
    }

    #[test]
    fn a_consent_cannot_be_deleted() {
        let refused = gate(ResourceType::Consent, Rest::Delete);
        assert_eq!(refused, Err(Refused(Problem::NotAllowed { allow: "GET, HEAD, PUT, PATCH" })));
    }
}
