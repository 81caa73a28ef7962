//! The compartment of a patient (<https://hl7.org/fhir/R4/compartmentdefinition-patient.html>, `dutch-fhir.md` section 4.5):
//! `GET /fhir/Patient/{id}/{type}?…`, `GET /fhir/Patient/{id}/*?…`, and both by POST on `…/_search`.
//!
//! It is the one compartment that is offered. A patient that is not there has none: 404.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::{Caller, Key, Problem, ResourceType};
use http::HeaderMap;

use super::{Field, posted, run};
use crate::App;
use crate::caller::Access;
use crate::fhir::offer::offered;
use crate::fhir::place::{Instance, Member};
use crate::fhir::wish::Wish;
use crate::problem::Refused;

/// The types in the compartment, each with the parameters that lead to the patient.
const MEMBERS: &[(ResourceType, &[&str])] = &[
    (ResourceType::Appointment, &["actor"]),
    (ResourceType::AppointmentResponse, &["actor"]),
    (ResourceType::ChargeItem, &["subject"]),
    (ResourceType::Communication, &["subject", "sender", "recipient"]),
    (ResourceType::Consent, &["patient"]),
    (ResourceType::Coverage, &["policy-holder", "subscriber", "beneficiary", "payor"]),
    (ResourceType::CoverageEligibilityRequest, &["patient"]),
    (ResourceType::CoverageEligibilityResponse, &["patient"]),
    (ResourceType::DocumentReference, &["subject", "author"]),
    (ResourceType::Invoice, &["subject", "patient", "recipient"]),
    (ResourceType::Patient, &["link"]),
    (ResourceType::Procedure, &["patient", "performer"]),
    (ResourceType::Provenance, &["patient"]),
    (ResourceType::Schedule, &["actor"]),
];

/// The types in the compartment that can be searched here.
pub(in crate::fhir) fn types() -> impl Iterator<Item = ResourceType> {
    MEMBERS.iter().map(|(of, _)| *of).filter(|of| !offered(*of).is_empty())
}

/// The parameters of a type that lead to the patient; none when it is not in the compartment.
pub(in crate::fhir) fn membership(of: ResourceType) -> &'static [&'static str] {
    MEMBERS.iter().find(|(member, _)| *member == of).map_or(&[], |(_, parameters)| parameters)
}

pub(in crate::fhir) async fn by_get(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Instance(patient): Instance,
    Member(of): Member,
    wish: Wish,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let field = field(&app, &caller, patient, of).await?;
    run(&app, &caller, &field, wish, &headers).await
}

pub(in crate::fhir) async fn by_post(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Instance(patient): Instance,
    Member(of): Member,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    let field = field(&app, &caller, patient, of).await?;
    posted(&app, &caller, &field, wish, request).await
}

async fn field(app: &App, caller: &Caller, patient: Key, of: Option<ResourceType>) -> Result<Field, Refused> {
    let is_member = of.is_none_or(|of| types().any(|member| member == of));
    if patient.resource_type != ResourceType::Patient || !is_member {
        return Err(Refused(Problem::NotFound));
    }
    app.engine.read(caller, &patient).await?;
    Ok(Field::Compartment { patient, of })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir_profiles::Profiles;
    use fhir_profiles::search::ParameterKind;

    #[test]
    fn every_member_is_found_by_a_reference_to_a_patient() {
        let profiles = Profiles::embedded();
        for (of, codes) in MEMBERS {
            for code in *codes {
                let parameter = profiles.search_parameters(*of).iter().find(|p| p.code == *code);
                let parameter = parameter.unwrap_or_else(|| panic!("{of}.{code}"));
                assert_eq!(parameter.kind, ParameterKind::Reference, "{of}.{code}");
                assert!(parameter.targets.contains(&"Patient"), "{of}.{code}");
            }
        }
    }
}
